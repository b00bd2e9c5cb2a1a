/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "store/store_priv.h"

#define EVENTS_KEPT 10000

static int add(struct store *store, const struct store_event *event, uint64_t *ret_sequence,
               struct error **reterr)
{
    int r = store_write(store, "keeping an event", reterr,
                        "INSERT INTO events (time, project, deploy, text) VALUES (?, ?, ?, ?)",
                        "itit", event->unix_ns, event->project, event->deploy, event->text);

    if (r < 0)
        return r;
    *ret_sequence = (uint64_t)sqlite3_last_insert_rowid(store->database);
    if (*ret_sequence <= EVENTS_KEPT)
        return 0;
    return store_write(store, "trimming events", reterr, "DELETE FROM events WHERE sequence <= ?",
                       "i", *ret_sequence - EVENTS_KEPT);
}

int store_add_event(struct store *store, const struct store_event *event, uint64_t *ret_sequence,
                    struct error **reterr)
{
    static const char doing[] = "keeping an event";
    uint64_t sequence = 0;
    int r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    r = store_end(store, add(store, event, &sequence, reterr), doing, reterr);
    if (r < 0)
        return r;
    *ret_sequence = sequence;
    return 0;
}

static bool read_event(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_event *event =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_event));

    event->sequence = store_column_u64(statement, 0);
    event->unix_ns = store_column_u64(statement, 1);
    event->project = store_column_text(statement, arena, 2);
    event->deploy = store_column_u64(statement, 3);
    event->text = store_column_text(statement, arena, 4);
    return true;
}

int store_list_events(struct store *store, struct arena *arena, const char *project,
                      uint64_t deploy, uint64_t after, uint32_t limit, struct store_event **ret,
                      uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading events", arena, read_event, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT sequence, time, project, deploy, text FROM events "
                       "WHERE sequence > ?1 AND (?2 = '' OR project = ?2) "
                       "AND (?3 = 0 OR deploy = ?3) ORDER BY sequence LIMIT ?4",
                       "itii", after, project, deploy, limit == 0 ? (uint64_t)INT64_MAX : limit);

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}

static bool read_last(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    (void)arena;
    *(uint64_t *)context = store_column_u64(statement, 0);
    return true;
}

int store_last_event(struct store *store, uint64_t *ret_sequence, struct error **reterr)
{
    uint64_t sequence = 0;
    struct store_query query = {"reading events", NULL, read_last, &sequence};
    int r = store_read(store, &query, reterr, "SELECT coalesce(max(sequence), 0) FROM events", "");

    if (r == 0)
        *ret_sequence = sequence;
    return r;
}
