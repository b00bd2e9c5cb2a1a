/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the parts of value.h; nobody else includes it. */
#pragma once

#include <string.h>

#include "model/value.h"

/* More than a container can count is more than any arena may hold: fails the same way. */
_Noreturn void value_fail_too_large(struct arena *arena);

uint32_t value_next_capacity(struct arena *arena, uint32_t capacity);

static inline bool value_entry_has_key(const struct value_entry *entry, const char *key,
                                       size_t key_length)
{
    return entry->key_length == key_length && memcmp(entry->key, key, key_length) == 0;
}
