/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes: a seeded one for tables, and a stable 128-bit one that names content. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* For tables: differs from process to process. */
uint64_t hash_bytes(const void *data, size_t size);

/* Sets the seed of hash_bytes(). Called once at the start with entropy; tests leave it alone. */
void hash_set_seed(uint64_t seed);

/* For naming content: the same everywhere and for ever. Not a defence against an attacker. */
struct content_hash {
    char text[33]; /* 32 hex digits and NUL */
};
struct content_hash content_hash_bytes(const void *data, size_t size);
