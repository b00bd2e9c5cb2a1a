/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command written as one string, cut into words. Not a shell: nothing is expanded or run.
 * Backslashes and both kinds of quotes work outside of `...` and $(...), which are kept as they
 * stand. An operator (; & | < >) outside of quotes ends the command, and the rest is dropped, as in
 * the reference implementation. Everything returned is owned by the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct shell_words {
    const char **words;
    size_t count;
    /* The operator that ended the command, so that callers can warn; '\0' where none did. */
    char dropped_from;
};

/* False where a quote or a backslash is left open, or a parenthesis stands alone. */
bool shell_words_parse(struct arena *arena, const char *text, size_t length,
                       struct shell_words *ret_words, const char **ret_message);

/* One string that reads back to the same words. */
const char *shell_words_print(struct arena *arena, const char *const *words, size_t count)
    __attribute__((returns_nonnull));
