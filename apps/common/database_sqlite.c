/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite. Several processes share the file: WAL lets readers go on while one writes, and writers
 * wait for each other, up to DATABASE_TIMEOUT_MS. synchronous=FULL: what was answered with success
 * is on the disk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "common/cleanup.h"
#include "common/database_driver.h"
#include "common/log.h"

#define COLUMNS_MAX   16
#define RETRY_STEP_MS 10
/* How long a writer waits before it tries again while another one writes. */
#define LOCK_STEP_US 500

struct database_connection {
    sqlite3 *handle;
    size_t count;
    sqlite3_stmt *statements[];
};

static void sqlite_close(struct database_connection *connection)
{
    for (size_t i = 0; i < connection->count; i++)
        (void)sqlite3_finalize(connection->statements[i]);
    (void)sqlite3_close(connection->handle);
    free(connection);
}

static int fail(struct database_connection *connection, const char *what)
{
    log_error("database: cannot %s: %s", what, sqlite3_errmsg(connection->handle));
    return -EIO;
}

/*
 * Processes that start at once on a new file both want to change its journal mode; SQLite then says
 * "busy" without waiting, so the waiting is done here.
 */
static int execute(struct database_connection *connection, const char *sql)
{
    struct timespec step = {.tv_nsec = RETRY_STEP_MS * 1000000};
    int r = SQLITE_OK;

    for (int i = 0; i < DATABASE_TIMEOUT_MS / RETRY_STEP_MS; i++) {
        r = sqlite3_exec(connection->handle, sql, NULL, NULL, NULL);
        if ((r & 0xff) != SQLITE_BUSY)
            break;
        if (!sqlite3_get_autocommit(connection->handle))
            (void)sqlite3_exec(connection->handle, "ROLLBACK", NULL, NULL, NULL);
        (void)nanosleep(&step, NULL);
    }
    return r;
}

static int prepare_all(struct database_connection *connection,
                       const struct database_options *options)
{
    for (size_t i = 0; i < options->statement_count; i++) {
        if (connection->statements[i] == NULL &&
            sqlite3_prepare_v3(connection->handle, options->statements[i].sqlite, -1,
                               SQLITE_PREPARE_PERSISTENT, &connection->statements[i],
                               NULL) != SQLITE_OK)
            return -ENOENT;
    }
    return 0;
}

static int make_schema(struct database_connection *connection,
                       const struct database_options *options)
{
    char *sql = sqlite3_mprintf("BEGIN IMMEDIATE; %s; COMMIT", options->schema_sqlite);
    int r = sql != NULL ? execute(connection, sql) : SQLITE_NOMEM;

    sqlite3_free(sql);
    return r == SQLITE_OK ? 0 : fail(connection, "make the tables");
}

/*
 * SQLite's own waiting takes up to 100 ms at a time, longer each time, so that under many writers
 * who came first may be served last. A write takes well under a millisecond.
 */
static int wait_for_lock(void *context, int count)
{
    struct timespec step = {.tv_nsec = LOCK_STEP_US * 1000};

    (void)context;
    if (count >= DATABASE_TIMEOUT_MS * 1000 / LOCK_STEP_US)
        return 0;
    (void)nanosleep(&step, NULL);
    return 1;
}

static int set_up(struct database_connection *connection, const struct database_options *options)
{
    (void)sqlite3_extended_result_codes(connection->handle, 1);
    (void)sqlite3_busy_handler(connection->handle, wait_for_lock, NULL);
    if (execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                            "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY") != SQLITE_OK)
        return fail(connection, "set up the file");
    if (prepare_all(connection, options) == 0)
        return 0;
    if (make_schema(connection, options) < 0)
        return -EIO;
    return prepare_all(connection, options) == 0 ? 0 : fail(connection, "prepare a statement");
}

static int sqlite_connect(const struct database_options *options, struct database_connection **ret)
{
    size_t size = sizeof(struct database_connection);
    struct database_connection *connection =
        calloc(1, size + options->statement_count * sizeof(sqlite3_stmt *));
    const char *path = options->url + strlen("sqlite:");
    int r = 0;

    if (connection == NULL)
        return -ENOMEM;
    connection->count = options->statement_count;
    if (sqlite3_open_v2(path, &connection->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        log_error("database: cannot open %s: %s; check that its directory is there and may be "
                  "written to",
                  path, sqlite3_errmsg(connection->handle));
        r = -EIO;
    } else {
        r = set_up(connection, options);
    }
    if (r < 0) {
        sqlite_close(connection);
        return r;
    }
    *ret = connection;
    return 0;
}

static int give_row(sqlite3_stmt *statement, database_on_row *on_row, void *context)
{
    const char *columns[COLUMNS_MAX] = {NULL};
    int count = sqlite3_column_count(statement);

    for (int i = 0; i < count && i < COLUMNS_MAX; i++)
        columns[i] = (const char *)sqlite3_column_text(statement, i);
    return on_row != NULL ? on_row(context, columns, (size_t)count) : 0;
}

static int sqlite_run(struct database_connection *connection, size_t statement,
                      const char *const *parameters, size_t parameter_count,
                      database_on_row *on_row, void *context)
{
    sqlite3_stmt *prepared = connection->statements[statement];
    int rows = 0;
    int r = SQLITE_OK;

    for (size_t i = 0; i < parameter_count && r == SQLITE_OK; i++)
        r = sqlite3_bind_text(prepared, (int)i + 1, parameters[i], -1, SQLITE_STATIC);
    if (r == SQLITE_OK)
        r = sqlite3_step(prepared);
    while (r == SQLITE_ROW) {
        rows++;
        r = give_row(prepared, on_row, context) == 0 ? sqlite3_step(prepared) : SQLITE_DONE;
    }
    if (r != SQLITE_DONE)
        rows = fail(connection, "run a statement");
    (void)sqlite3_reset(prepared);
    (void)sqlite3_clear_bindings(prepared);
    return rows;
}

const struct database_driver database_sqlite = {
    .name = "SQLite",
    .connect = sqlite_connect,
    .close = sqlite_close,
    .run = sqlite_run,
};
