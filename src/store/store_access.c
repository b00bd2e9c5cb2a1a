/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask, and what was asked: tokens, the node's secrets, and the audit. */
#include <errno.h>

#include "base/error.h"
#include "store/store_priv.h"

#define ACTIONS_KEPT   10000
#define REFUSED_KEPT   1000 /* beside them, so that who is refused cannot push out what was done */
#define STATUS_REFUSED "403"
#define TOKENS_KEPT_S  ((uint64_t)30 * 24 * 3600) /* after they have expired */

static bool read_number(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    (void)arena;
    *(uint64_t *)context = store_column_u64(statement, 0);
    return true;
}

/* Tokens */

static int add_token(struct store *store, const struct store_token *token, struct error **reterr)
{
    static const char doing[] = "keeping a token";
    uint64_t now_s = token->created_unix_s, live = 0;
    struct store_query query = {doing, NULL, read_number, &live};
    int r = store_write(store, doing, reterr, "DELETE FROM tokens WHERE expires < ?", "i",
                        now_s > TOKENS_KEPT_S ? now_s - TOKENS_KEPT_S : 0);

    if (r >= 0)
        r = store_read(store, &query, reterr,
                       "SELECT count(*) FROM tokens WHERE revoked = 0 AND expires > ?", "i", now_s);
    if (r < 0)
        return r;
    if (live >= STORE_TOKENS_LIVE_MAX)
        return error_set(reterr, EBUSY,
                         "there are %d tokens already: revoke those that nobody needs",
                         STORE_TOKENS_LIVE_MAX);
    r = store_write(store, doing, reterr,
                    "DELETE FROM tokens WHERE (revoked <> 0 OR expires <= ?1) AND id NOT IN "
                    "(SELECT id FROM tokens ORDER BY number DESC LIMIT ?2)",
                    "ii", now_s, (uint64_t)STORE_TOKENS_MAX - 1);
    if (r < 0)
        return r;
    return store_write(store, doing, reterr,
                       "INSERT INTO tokens (id, name, role, created, expires, revoked) "
                       "VALUES (?, ?, ?, ?, ?, ?)",
                       "tttiii", token->id, token->name, token->role, token->created_unix_s,
                       token->expires_unix_s, token->revoked_unix_s);
}

int store_add_token(struct store *store, const struct store_token *token, struct error **reterr)
{
    static const char doing[] = "keeping a token";
    int r = store_begin(store, doing, reterr);

    if (r == 0)
        r = store_end(store, add_token(store, token, reterr), doing, reterr);
    return r < 0 ? r : 0;
}

int store_revoke_token(struct store *store, const char *id, uint64_t unix_s, struct error **reterr)
{
    int r = store_write(store, "revoking a token", reterr,
                        "UPDATE tokens SET revoked = CASE revoked WHEN 0 THEN ?2 ELSE revoked END "
                        "WHERE id = ?1",
                        "ti", id, unix_s);

    return r == 0 ? error_set(reterr, ENOENT, "there is no token \"%.40s\"", id) : r < 0 ? r : 0;
}

static bool read_token(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_token *token =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_token));

    token->id = store_column_text(statement, arena, 0);
    token->name = store_column_text(statement, arena, 1);
    token->role = store_column_text(statement, arena, 2);
    token->created_unix_s = store_column_u64(statement, 3);
    token->expires_unix_s = store_column_u64(statement, 4);
    token->revoked_unix_s = store_column_u64(statement, 5);
    return true;
}

int store_list_tokens(struct store *store, struct arena *arena, struct store_token **ret,
                      uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading tokens", arena, read_token, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT id, name, role, created, expires, revoked FROM tokens "
                       "ORDER BY number DESC",
                       "");

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}

/* Secrets */

static bool read_text(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    *(const char **)context = store_column_text(statement, arena, 0);
    return true;
}

int store_need_secret(struct store *store, struct arena *arena, const char *name, const char *value,
                      const char **ret_value, struct error **reterr)
{
    static const char doing[] = "reading a secret";
    static const char select[] = "SELECT value FROM secrets WHERE name = ?";
    const char *found = NULL;
    struct store_query query = {doing, arena, read_text, &found};
    int r = store_read(store, &query, reterr, select, "t", name);

    /* Who only reads must not wait for who writes, or fail where the disk is full. */
    if (r >= 0 && found == NULL) {
        r = store_write(store, "keeping a secret", reterr,
                        "INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)", "tt", name,
                        value);
        if (r >= 0)
            r = store_read(store, &query, reterr, select, "t", name);
    }
    if (r < 0)
        return r;
    if (found == NULL)
        return store_fail_damaged(store, doing, reterr);
    *ret_value = found;
    return 0;
}

/* The audit */

/* The newest of those that were refused, or of the others. */
static int trim_actions(struct store *store, bool refused, uint64_t kept, struct error **reterr)
{
    return store_write(store, "trimming the audit", reterr,
                       "DELETE FROM audit WHERE (status = " STATUS_REFUSED ") = ?1 AND "
                       "sequence <= (SELECT sequence FROM audit "
                       "WHERE (status = " STATUS_REFUSED ") = ?1 "
                       "ORDER BY sequence DESC LIMIT 1 OFFSET ?2)",
                       "ii", (uint64_t)refused, kept);
}

static int add_action(struct store *store, const struct store_action *action,
                      uint64_t *ret_sequence, struct error **reterr)
{
    int r = store_write(store, "writing an action down", reterr,
                        "INSERT INTO audit (time, name, role, token, via, method, path, detail, "
                        "status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        "ittttttti", action->unix_ns, action->name, action->role, action->token,
                        action->via, action->method, action->path, action->detail,
                        (uint64_t)action->status);

    if (r < 0)
        return r;
    *ret_sequence = (uint64_t)sqlite3_last_insert_rowid(store->database);
    if (*ret_sequence <= REFUSED_KEPT)
        return 0;
    r = trim_actions(store, true, REFUSED_KEPT, reterr);
    return r < 0 ? r : trim_actions(store, false, ACTIONS_KEPT, reterr);
}

int store_add_action(struct store *store, const struct store_action *action, uint64_t *ret_sequence,
                     struct error **reterr)
{
    static const char doing[] = "writing an action down";
    uint64_t sequence = 0;
    int r = store_begin(store, doing, reterr);

    if (r == 0)
        r = store_end(store, add_action(store, action, &sequence, reterr), doing, reterr);
    if (r < 0)
        return r;
    *ret_sequence = sequence;
    return 0;
}

int store_set_action_status(struct store *store, uint64_t sequence, unsigned int status,
                            struct error **reterr)
{
    int r = store_write(store, "writing down what came of an action", reterr,
                        "UPDATE audit SET status = ?2 WHERE sequence = ?1", "ii", sequence,
                        (uint64_t)status);

    return r < 0 ? r : 0;
}

static bool read_action(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_action *action =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_action));

    action->sequence = store_column_u64(statement, 0);
    action->unix_ns = store_column_u64(statement, 1);
    action->name = store_column_text(statement, arena, 2);
    action->role = store_column_text(statement, arena, 3);
    action->token = store_column_text(statement, arena, 4);
    action->via = store_column_text(statement, arena, 5);
    action->method = store_column_text(statement, arena, 6);
    action->path = store_column_text(statement, arena, 7);
    action->detail = store_column_text(statement, arena, 8);
    action->status = store_column_u32(statement, 9);
    return true;
}

int store_list_actions(struct store *store, struct arena *arena, uint64_t before, uint64_t after,
                       uint32_t limit, struct store_action **ret, uint32_t *ret_count,
                       struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading the audit", arena, read_action, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT sequence, time, name, role, token, via, method, path, detail, "
                       "status FROM audit WHERE sequence < ?1 AND sequence > ?2 "
                       "ORDER BY sequence DESC LIMIT ?3",
                       "iii", before == 0 ? (uint64_t)INT64_MAX : before, after, (uint64_t)limit);

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}
