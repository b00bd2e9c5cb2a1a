/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens that count: the store's table, kept in memory, so that the loop looks at them without
 * waiting. They are read from the store before the dashboard is opened, and changed there first. A
 * token is good while it is sealed with this node's key, is in the table, and has neither been
 * revoked nor expired, by the table and by its own words.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/access.h"

struct arena;
struct error;
struct store;
struct tokens;

enum tokens_verdict {
    TOKENS_GOOD,
    TOKENS_EXPIRED,
    TOKENS_REVOKED,
    TOKENS_INVALID,
    TOKENS_UNKNOWN, /* they have not been read yet */
};

struct token {
    char id[ACCESS_TOKEN_SIZE];
    char name[ACCESS_NAME_SIZE];
    enum access_role role;
    uint64_t created_unix_s;
    uint64_t expires_unix_s;
    uint64_t revoked_unix_s; /* 0: it was not */
};

#define TOKENS_LIFE_S_MIN 60
#define TOKENS_LIFE_S_MAX (366 * 24 * 3600)

struct tokens *tokens_new(void); /* NULL where memory is out */
struct tokens *tokens_free(struct tokens *tokens);

/* From any thread, in no time. The second is by its id. ret is written where it is good. */
enum tokens_verdict tokens_open(struct tokens *tokens, const char *text, size_t length,
                                uint64_t now_unix_s, struct token *ret);
enum tokens_verdict tokens_look(struct tokens *tokens, const char *id, uint64_t now_unix_s);

/* The rest waits for the store: not for the loop's thread. */

/* Reads them, unless that was done. */
int tokens_load(struct tokens *tokens, struct store *store, struct arena *arena,
                struct error **reterr);

/* -EINVAL with the reason. ret_text is memory of the arena. */
int tokens_add(struct tokens *tokens, struct store *store, struct arena *arena, const char *name,
               const char *role, uint64_t life_s, struct token *ret, const char **ret_text,
               struct error **reterr);

/* -ENOENT */
int tokens_revoke(struct tokens *tokens, struct store *store, struct arena *arena, const char *id,
                  struct token *ret, struct error **reterr);

/* Of what the store has. */
struct store_token;
void token_of_row(const struct store_token *row, struct token *ret);
