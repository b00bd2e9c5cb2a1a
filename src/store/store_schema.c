/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the file looks like. Each migration leads from one format to the next; the file says which
 * it has (user_version). One that has been released is never changed.
 *
 * What belongs to a project goes with it, but for events, which tell its end too.
 */
#include <errno.h>

#include "base/error.h"
#include "store/store_priv.h"

#define APPLICATION_ID 0x536c6970 /* "Slip" */

static const char *const migrations[] = {
    "CREATE TABLE projects ("
    "  name TEXT PRIMARY KEY NOT NULL,"
    "  serving INTEGER NOT NULL DEFAULT 0,"
    "  newest INTEGER NOT NULL DEFAULT 0,"
    "  is_down INTEGER NOT NULL DEFAULT 0,"
    "  rotation TEXT NOT NULL DEFAULT ''"
    ") WITHOUT ROWID;"
    "CREATE TABLE revisions ("
    "  project TEXT NOT NULL REFERENCES projects(name) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  author TEXT NOT NULL,"
    "  note TEXT NOT NULL,"
    "  spec TEXT NOT NULL,"
    "  resolution TEXT NOT NULL,"
    "  spec_hash TEXT NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  PRIMARY KEY (project, number)"
    ");"
    "CREATE TABLE deploys ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  project TEXT NOT NULL REFERENCES projects(name) ON DELETE CASCADE,"
    "  from_revision INTEGER NOT NULL,"
    "  to_revision INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  author TEXT NOT NULL,"
    "  options TEXT NOT NULL,"
    "  message TEXT NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  started INTEGER NOT NULL,"
    "  finished INTEGER NOT NULL"
    ");"
    "CREATE INDEX deploys_of ON deploys (project, id);"
    "CREATE TABLE steps ("
    "  deploy INTEGER NOT NULL REFERENCES deploys(id) ON DELETE CASCADE,"
    "  sequence INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  message TEXT NOT NULL,"
    "  begun INTEGER NOT NULL,"
    "  ended INTEGER NOT NULL,"
    "  PRIMARY KEY (deploy, sequence)"
    ") WITHOUT ROWID;"
    "CREATE TABLE stopped ("
    "  project TEXT NOT NULL REFERENCES projects(name) ON DELETE CASCADE,"
    "  service TEXT NOT NULL,"
    "  PRIMARY KEY (project, service)"
    ") WITHOUT ROWID;"
    "CREATE TABLE loopbacks ("
    "  project TEXT NOT NULL REFERENCES projects(name) ON DELETE CASCADE,"
    "  service TEXT NOT NULL,"
    "  address INTEGER NOT NULL UNIQUE,"
    "  PRIMARY KEY (project, service)"
    ") WITHOUT ROWID;"
    "CREATE TABLE events ("
    "  sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  time INTEGER NOT NULL,"
    "  project TEXT NOT NULL,"
    "  deploy INTEGER NOT NULL,"
    "  text TEXT NOT NULL"
    ");"
    "CREATE INDEX events_of ON events (deploy, sequence) WHERE deploy <> 0;",

    "CREATE TABLE secrets ("
    "  name TEXT PRIMARY KEY NOT NULL,"
    "  value TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE tokens ("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  id TEXT NOT NULL UNIQUE,"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  expires INTEGER NOT NULL,"
    "  revoked INTEGER NOT NULL"
    ");"
    "CREATE TABLE audit ("
    "  sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  time INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL,"
    "  token TEXT NOT NULL,"
    "  via TEXT NOT NULL,"
    "  method TEXT NOT NULL,"
    "  path TEXT NOT NULL,"
    "  detail TEXT NOT NULL,"
    "  status INTEGER NOT NULL"
    ");",

    "ALTER TABLE deploys ADD COLUMN note TEXT NOT NULL DEFAULT '';",

    "ALTER TABLE deploys ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT '';",
};

#define FORMAT (sizeof(migrations) / sizeof(migrations[0]))

static bool read_number(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    (void)arena;
    *(uint64_t *)context = store_column_u64(statement, 0);
    return true;
}

static int get_format(struct store *store, uint64_t *ret_format, struct error **reterr)
{
    static const char doing[] = "reading its format";
    uint64_t application = 0, tables = 0;
    struct store_query query = {doing, NULL, read_number, ret_format};
    int r = store_read(store, &query, reterr, "PRAGMA user_version", "");

    query.context = &application;
    if (r == 0)
        r = store_read(store, &query, reterr, "PRAGMA application_id", "");
    query.context = &tables;
    if (r == 0)
        r = store_read(store, &query, reterr, "SELECT count(*) FROM sqlite_schema", "");
    if (r < 0)
        return r;
    if (application != APPLICATION_ID && (tables > 0 || *ret_format > 0))
        return error_set(reterr, EUCLEAN,
                         "%s: this is a database, but none of Slipway's: move it away",
                         store->path);
    return 0;
}

static int apply(struct store *store, uint64_t format, struct error **reterr)
{
    char text[96];
    int code = SQLITE_OK;

    while (format < FORMAT && code == SQLITE_OK)
        code = sqlite3_exec(store->database, migrations[format++], NULL, NULL, NULL);
    (void)snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   APPLICATION_ID, (int)FORMAT);
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->database, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : store_fail(store, code, "bringing it up to date", reterr);
}

static int check(struct store *store, uint64_t *ret_format, struct error **reterr)
{
    int r = get_format(store, ret_format, reterr);

    if (r == 0 && *ret_format > FORMAT)
        return error_set(reterr, EPROTO,
                         "%s: a newer version of Slipway wrote it (format %u; this one knows %u): "
                         "use that version, or move the file away to begin anew",
                         store->path, (unsigned int)*ret_format, (unsigned int)FORMAT);
    return r;
}

int store_migrate(struct store *store, struct error **reterr)
{
    static const char doing[] = "bringing it up to date";
    uint64_t format;
    int r = check(store, &format, reterr);

    if (r < 0 || format == FORMAT)
        return r;
    r = store_begin(store, doing, reterr);
    if (r < 0)
        return r;
    r = check(store, &format, reterr); /* another may have been faster */
    if (r == 0 && format < FORMAT)
        r = apply(store, format, reterr);
    return store_end(store, r, doing, reterr);
}
