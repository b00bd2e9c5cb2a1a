/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "store/store_priv.h"

static bool read_revision(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_revision *revision =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_revision));
    uint32_t state = store_column_u32(statement, 5);

    revision->number = store_column_u32(statement, 0);
    revision->created_unix_ns = store_column_u64(statement, 1);
    revision->author = store_column_text(statement, arena, 2);
    revision->note = store_column_text(statement, arena, 3);
    revision->spec_hash = store_column_text(statement, arena, 4);
    revision->state = (enum store_revision_state)state;
    if (sqlite3_column_count(statement) > 6) {
        revision->spec = store_column_text(statement, arena, 6);
        revision->resolution = store_column_text(statement, arena, 7);
    }
    return state <= STORE_REVISION_FAILED && revision->number > 0;
}

static int insert(struct store *store, const char *project, uint32_t number,
                  const struct store_revision *revision, struct error **reterr)
{
    return store_write(store, "keeping a revision", reterr,
                       "INSERT INTO revisions (project, number, created, author, note, spec, "
                       "resolution, spec_hash, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       "tditttttd", project, number, revision->created_unix_ns, revision->author,
                       revision->note, revision->spec, revision->resolution, revision->spec_hash,
                       (unsigned int)revision->state);
}

static bool read_number(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    (void)arena;
    *(uint32_t *)context = store_column_u32(statement, 0);
    return *(uint32_t *)context > 0;
}

static int add(struct store *store, const char *project, const struct store_revision *revision,
               uint32_t *number, struct error **reterr)
{
    static const char doing[] = "counting revisions";
    struct store_query query = {doing, NULL, read_number, number};
    int r = store_need_project(store, project, reterr);

    if (r == 0)
        r = store_write(store, doing, reterr,
                        "UPDATE projects SET newest = newest + 1 WHERE name = ?", "t", project);
    if (r >= 0)
        r = store_read(store, &query, reterr, "SELECT newest FROM projects WHERE name = ?", "t",
                       project);
    return r < 0 ? r : insert(store, project, *number, revision, reterr);
}

int store_add_revision(struct store *store, const char *project,
                       const struct store_revision *revision, uint32_t *ret_number,
                       struct error **reterr)
{
    static const char doing[] = "keeping a revision";
    uint32_t number = 0;
    int r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    r = store_end(store, add(store, project, revision, &number, reterr), doing, reterr);
    if (r < 0)
        return r;
    *ret_number = number;
    return 0;
}

static int no_revision(const char *project, uint32_t number, struct error **reterr)
{
    return error_set(
        reterr, ENOENT,
        "project \"%.100s\" has no revision %u; 'slipway revisions' lists those that are "
        "kept",
        project, number);
}

int store_get_revision(struct store *store, struct arena *arena, const char *project,
                       uint32_t number, struct store_revision *ret, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading a revision", arena, read_revision, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT number, created, author, note, spec_hash, state, spec, resolution "
                       "FROM revisions WHERE project = ? AND number = ?",
                       "td", project, number);

    if (r < 0)
        return r;
    if (rows.count == 0)
        return no_revision(project, number, reterr);
    *ret = *(struct store_revision *)rows.items;
    return 0;
}

int store_list_revisions(struct store *store, struct arena *arena, const char *project,
                         struct store_revision **ret, uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading revisions", arena, read_revision, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT number, created, author, note, spec_hash, state FROM revisions "
                       "WHERE project = ? ORDER BY number DESC",
                       "t", project);

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}

int store_set_resolution(struct store *store, const char *project, uint32_t number,
                         const char *resolution, struct error **reterr)
{
    int r = store_write(store, "keeping what a revision comes to", reterr,
                        "UPDATE revisions SET resolution = ? WHERE project = ? AND number = ?",
                        "ttd", resolution, project, number);

    return r < 0 ? r : r == 0 ? no_revision(project, number, reterr) : 0;
}

int store_set_revision_state(struct store *store, const char *project, uint32_t number,
                             enum store_revision_state state, struct error **reterr)
{
    int r = store_write(store, "keeping what became of a revision", reterr,
                        "UPDATE revisions SET state = ? WHERE project = ? AND number = ?", "dtd",
                        (unsigned int)state, project, number);

    return r < 0 ? r : r == 0 ? no_revision(project, number, reterr) : 0;
}

/* Trimming */

static bool read_removed(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    uint32_t *number = store_rows_add((struct store_rows *)context, arena, sizeof(uint32_t));

    *number = store_column_u32(statement, 0);
    return *number > 0;
}

/* Of which project, and how many stay. */
#define TO_BE_TRIMMED                                                                              \
    "FROM revisions WHERE project = ?1"                                                            \
    " AND number NOT IN (SELECT number FROM revisions WHERE project = ?1"                          \
    "  ORDER BY number DESC LIMIT ?2)"                                                             \
    " AND number NOT IN (SELECT serving FROM projects WHERE name = ?1)"                            \
    " AND number NOT IN (SELECT from_revision FROM deploys WHERE project = ?1 AND state < ?3"      \
    "  UNION SELECT to_revision FROM deploys WHERE project = ?1 AND state < ?3)"

int store_trim_revisions(struct store *store, struct arena *arena, const char *project,
                         uint32_t keep, uint32_t **ret_removed, uint32_t *ret_count,
                         struct error **reterr)
{
    static const char doing[] = "trimming revisions";
    struct store_rows rows = {0};
    struct store_query query = {doing, arena, read_removed, &rows};
    int r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    r = store_read(store, &query, reterr, "SELECT number " TO_BE_TRIMMED " ORDER BY number", "tdd",
                   project, keep, (unsigned int)STORE_DEPLOY_DONE);
    if (r == 0 && rows.count > 0)
        r = store_write(store, doing, reterr, "DELETE " TO_BE_TRIMMED, "tdd", project, keep,
                        (unsigned int)STORE_DEPLOY_DONE);
    r = store_end(store, r, doing, reterr);
    if (r < 0)
        return r;
    *ret_removed = rows.items;
    *ret_count = rows.count;
    return 0;
}
