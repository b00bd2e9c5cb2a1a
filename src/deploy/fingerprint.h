/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for what holds secrets, given to people who must not know them: equal for equal texts on
 * one node, and made with a key that never leaves its store, so that nobody can try texts until one
 * has the same name. What stays inside is named by its content_hash.
 */
#pragma once

struct arena;
struct error;
struct store;

#define FINGERPRINT_SIZE 33 /* 32 hex digits and NUL */

struct fingerprint_key {
    char text[65];
};

/* Made when it is first needed; it stays the same for ever. */
int fingerprint_load_key(struct store *store, struct arena *arena, struct fingerprint_key *ret,
                         struct error **reterr);

int fingerprint_text(const struct fingerprint_key *key, const char *text,
                     char ret_text[FINGERPRINT_SIZE], struct error **reterr);
