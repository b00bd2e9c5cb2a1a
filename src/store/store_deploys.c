/* SPDX-License-Identifier: Apache-2.0 */
/* Deploys, and the journal of each. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "store/store_priv.h"

#define DEPLOYS_KEPT 200 /* of each project, beside those that are not finished */

#define DEPLOY_COLUMNS                                                                             \
    "id, project, from_revision, to_revision, kind, author, options, message, state, started, "    \
    "finished, note, cancelled_by"

static bool read_deploy(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_deploy *deploy =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_deploy));
    uint32_t state = store_column_u32(statement, 8);

    deploy->id = store_column_u64(statement, 0);
    deploy->project = store_column_text(statement, arena, 1);
    deploy->from = store_column_u32(statement, 2);
    deploy->to = store_column_u32(statement, 3);
    deploy->kind = store_column_text(statement, arena, 4);
    deploy->author = store_column_text(statement, arena, 5);
    deploy->options = store_column_text(statement, arena, 6);
    deploy->message = store_column_text(statement, arena, 7);
    deploy->state = (enum store_deploy_state)state;
    deploy->started_unix_ns = store_column_u64(statement, 9);
    deploy->finished_unix_ns = store_column_u64(statement, 10);
    deploy->note = store_column_text(statement, arena, 11);
    deploy->cancelled_by = store_column_text(statement, arena, 12);
    return state <= STORE_DEPLOY_FAILED;
}

static int add(struct store *store, const struct store_deploy *deploy, uint64_t *ret_id,
               struct error **reterr)
{
    static const char doing[] = "keeping a deploy";
    int r = store_need_project(store, deploy->project, reterr);

    if (r == 0)
        r = store_write(store, doing, reterr,
                        "INSERT INTO deploys (project, from_revision, to_revision, kind, author, "
                        "options, message, state, started, finished, note) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        "tddttttdiit", deploy->project, deploy->from, deploy->to, deploy->kind,
                        deploy->author, deploy->options, deploy->message,
                        (unsigned int)deploy->state, deploy->started_unix_ns,
                        deploy->finished_unix_ns, deploy->note != NULL ? deploy->note : "");
    if (r < 0)
        return r;
    *ret_id = (uint64_t)sqlite3_last_insert_rowid(store->database);
    return store_write(store, "trimming deploys", reterr,
                       "DELETE FROM deploys WHERE project = ?1 AND state >= ?2 AND id <= "
                       "(SELECT id FROM deploys WHERE project = ?1 ORDER BY id DESC "
                       "LIMIT 1 OFFSET ?3)",
                       "tdd", deploy->project, (unsigned int)STORE_DEPLOY_DONE, DEPLOYS_KEPT);
}

int store_add_deploy(struct store *store, const struct store_deploy *deploy, uint64_t *ret_id,
                     struct error **reterr)
{
    static const char doing[] = "keeping a deploy";
    uint64_t id = 0;
    int r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    r = store_end(store, add(store, deploy, &id, reterr), doing, reterr);
    if (r < 0)
        return r;
    *ret_id = id;
    return 0;
}

static int no_deploy(uint64_t id, struct error **reterr)
{
    return error_set(reterr, ENOENT, "there is no deploy %llu", (unsigned long long)id);
}

int store_set_deploy_state(struct store *store, uint64_t id, enum store_deploy_state state,
                           const char *message, uint64_t unix_ns, struct error **reterr)
{
    uint64_t finished_ns = state >= STORE_DEPLOY_DONE ? unix_ns : 0;
    int r = store_write(store, "keeping how a deploy goes", reterr,
                        "UPDATE deploys SET state = ?2, "
                        "message = CASE WHEN ?3 = '' THEN message ELSE ?3 END, "
                        "started = CASE WHEN started = 0 THEN ?4 ELSE started END, "
                        "finished = ?5, "
                        /* It came too late for what is not undone. */
                        "cancelled_by = CASE ?2 WHEN ?6 THEN '' ELSE cancelled_by END "
                        "WHERE id = ?1 AND state < ?6",
                        "idtiid", id, (unsigned int)state, message, unix_ns, finished_ns,
                        (unsigned int)STORE_DEPLOY_DONE);

    if (r != 0)
        return r < 0 ? r : 0;
    return error_set(reterr, ENOENT, "no deploy %llu is under way", (unsigned long long)id);
}

/* Cancelling. Who cancels and who begins or settles it may be two: each is one transaction that
 * looks for the other. */

static int cancel_waiting(struct store *store, uint64_t id, const char *by, const char *message,
                          uint64_t unix_ns, struct error **reterr)
{
    static const char doing[] = "cancelling a deploy";
    int r = store_write(store, doing, reterr,
                        "UPDATE deploys SET cancelled_by = ?2, state = ?3, message = ?4, "
                        "finished = ?5 WHERE id = ?1 AND state = ?6",
                        "itdtid", id, by, (unsigned int)STORE_DEPLOY_FAILED, message, unix_ns,
                        (unsigned int)STORE_DEPLOY_WAITING);

    if (r <= 0)
        return r;
    r = store_write(store, doing, reterr,
                    "UPDATE revisions SET state = ?2 WHERE state = ?3 AND (project, number) = "
                    "(SELECT project, to_revision FROM deploys WHERE id = ?1)",
                    "idd", id, (unsigned int)STORE_REVISION_FAILED,
                    (unsigned int)STORE_REVISION_NEW);
    return r < 0 ? r : 1;
}

/* One that has switched to what serves for good is not undone: see deploy_settle(). */
static int cancel_begun(struct store *store, uint64_t id, const char *by, struct error **reterr)
{
    return store_write(store, "cancelling a deploy", reterr,
                       "UPDATE deploys SET cancelled_by = ?2 "
                       "WHERE id = ?1 AND cancelled_by = '' AND (state = ?3 OR "
                       "(state = ?4 AND NOT EXISTS (SELECT 1 FROM projects "
                       "WHERE name = project AND serving = to_revision AND is_down = 0)))",
                       "itdd", id, by, (unsigned int)STORE_DEPLOY_RUNNING,
                       (unsigned int)STORE_DEPLOY_SWITCHED);
}

int store_cancel_deploy(struct store *store, uint64_t id, const char *by, const char *message,
                        bool may_have_begun, uint64_t unix_ns, struct error **reterr)
{
    static const char doing[] = "cancelling a deploy";
    int cancelled = 0, r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    cancelled = cancel_waiting(store, id, by, message, unix_ns, reterr);
    if (cancelled == 0 && may_have_begun)
        cancelled = cancel_begun(store, id, by, reterr);
    r = store_end(store, cancelled < 0 ? cancelled : 0, doing, reterr);
    return r < 0 ? r : cancelled;
}

int store_settle_deploy(struct store *store, const struct store_deploy *deploy,
                        struct error **reterr)
{
    return store_write(store, "keeping what serves", reterr,
                       "UPDATE projects SET serving = ?2, is_down = 0 WHERE name = ?1 AND EXISTS "
                       "(SELECT 1 FROM deploys WHERE id = ?3 AND cancelled_by = '')",
                       "tdi", deploy->project, deploy->to, deploy->id);
}

int store_set_deploy_target(struct store *store, uint64_t id, uint32_t to, struct error **reterr)
{
    int r = store_write(store, "keeping what a deploy leads to", reterr,
                        "UPDATE deploys SET to_revision = ?2 WHERE id = ?1", "id", id, to);

    return r < 0 ? r : r == 0 ? no_deploy(id, reterr) : 0;
}

int store_get_deploy(struct store *store, struct arena *arena, uint64_t id,
                     struct store_deploy *ret, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading a deploy", arena, read_deploy, &rows};
    int r = store_read(store, &query, reterr, "SELECT " DEPLOY_COLUMNS " FROM deploys WHERE id = ?",
                       "i", id);

    if (r < 0)
        return r;
    if (rows.count == 0)
        return no_deploy(id, reterr);
    *ret = *(struct store_deploy *)rows.items;
    return 0;
}

int store_list_deploys(struct store *store, struct arena *arena, const char *project,
                       bool unfinished, uint32_t limit, struct store_deploy **ret,
                       uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading deploys", arena, read_deploy, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT " DEPLOY_COLUMNS " FROM deploys "
                       "WHERE (?1 = '' OR project = ?1) AND state < ?2 "
                       "ORDER BY id DESC LIMIT ?3",
                       "tdi", project,
                       (unsigned int)(unfinished ? STORE_DEPLOY_DONE : STORE_DEPLOY_FAILED + 1),
                       limit == 0 ? (uint64_t)INT64_MAX : limit);

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}

/* The journal */

static bool read_sequence(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    (void)arena;
    *(uint32_t *)context = store_column_u32(statement, 0);
    return *(uint32_t *)context > 0;
}

static int begin_step(struct store *store, uint64_t deploy, const char *text, uint64_t unix_ns,
                      uint32_t *sequence, struct error **reterr)
{
    static const char doing[] = "keeping a step";
    struct store_query query = {doing, NULL, read_sequence, sequence};
    int r = store_read(store, &query, reterr,
                       "SELECT coalesce(max(sequence), 0) + 1 FROM steps WHERE deploy = ?", "i",
                       deploy);

    return r < 0 ? r
                 : store_write(store, doing, reterr,
                               "INSERT INTO steps (deploy, sequence, text, state, message, begun, "
                               "ended) VALUES (?, ?, ?, ?, '', ?, 0)",
                               "idtdi", deploy, *sequence, text, (unsigned int)STORE_STEP_BEGUN,
                               unix_ns);
}

int store_begin_step(struct store *store, uint64_t deploy, const char *text, uint64_t unix_ns,
                     uint32_t *ret_sequence, struct error **reterr)
{
    static const char doing[] = "keeping a step";
    uint32_t sequence = 0;
    int r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    r = store_end(store, begin_step(store, deploy, text, unix_ns, &sequence, reterr), doing,
                  reterr);
    if (r < 0)
        return r;
    *ret_sequence = sequence;
    return 0;
}

int store_end_step(struct store *store, uint64_t deploy, uint32_t sequence,
                   enum store_step_state state, const char *message, uint64_t unix_ns,
                   struct error **reterr)
{
    int r = store_write(store, "keeping what came of a step", reterr,
                        "UPDATE steps SET state = ?3, message = ?4, ended = ?5 "
                        "WHERE deploy = ?1 AND sequence = ?2",
                        "iddti", deploy, sequence, (unsigned int)state, message, unix_ns);

    if (r != 0)
        return r < 0 ? r : 0;
    return error_set(reterr, ENOENT, "deploy %llu has no step %u", (unsigned long long)deploy,
                     sequence);
}

static bool read_step(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_step *step =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_step));
    uint32_t state = store_column_u32(statement, 2);

    step->sequence = store_column_u32(statement, 0);
    step->text = store_column_text(statement, arena, 1);
    step->state = (enum store_step_state)state;
    step->message = store_column_text(statement, arena, 3);
    step->begun_unix_ns = store_column_u64(statement, 4);
    step->ended_unix_ns = store_column_u64(statement, 5);
    return state <= STORE_STEP_FAILED;
}

int store_list_steps(struct store *store, struct arena *arena, uint64_t deploy,
                     struct store_step **ret, uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading steps", arena, read_step, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT sequence, text, state, message, begun, ended FROM steps "
                       "WHERE deploy = ? ORDER BY sequence",
                       "i", deploy);

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}
