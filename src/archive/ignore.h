/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .dockerignore: which files of a folder stay at home. A line is a pattern; the last one that
 * matches a path, or a folder that it is in, decides, and a '!' in front turns its sense round.
 *
 *     *    anything but a slash       ?      one character but a slash
 *     **   any folders, also none     [a-z]  one of these characters; [^a-z] none of them
 *     \x   x itself                   #      at the start of a line: a comment
 *
 * Patterns are of whole paths below the folder: "*.md" is not of "docs/a.md".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

struct ignore_pattern {
    char *text; /* cleaned: no slash in front or behind, no "." */
    bool is_exception;
};

struct ignore {
    struct ignore_pattern *patterns;
    size_t count;
    bool has_exceptions;
};

/* The name is for messages. All zero ignores nothing. */
int ignore_parse(const char *text, size_t size, const char *name, struct ignore *ret,
                 struct error **reterr);
void ignore_deinit(struct ignore *ignore);
#define _cleanup_ignore_ __attribute__((cleanup(ignore_deinit)))

/* "a/b/c", without a slash in front. */
bool ignore_has(const struct ignore *ignore, const char *path);

/* Whether something below this folder, which is ignored, may be an exception. */
bool ignore_may_have_exceptions_below(const struct ignore *ignore, const char *folder);
