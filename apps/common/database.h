/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One interface to SQLite and PostgreSQL. A service gives its schema and its statements as tables,
 * with the SQL of both, and runs them by number:
 *
 *     enum {FIND_USER, STATEMENT_COUNT};
 *     static const struct database_statement statements[STATEMENT_COUNT] = {
 *         [FIND_USER] = {.sqlite = "SELECT birthday FROM users WHERE username = ?1",
 *                        .postgresql = "SELECT birthday FROM base.users WHERE username = $1"},
 *     };
 *     int rows = database_run(database, FIND_USER, (const char *[]){key}, 1, on_row, &found);
 *
 * Each thread that runs statements has a connection of its own, opened when first needed, with all
 * statements prepared, and closed when the thread ends. A connection that broke is opened anew: a
 * statement marked `repeatable` is then tried once more, another fails this once. While a server
 * is down, statements fail at once instead of queueing up behind timeouts.
 *
 * Failures are logged here; the caller only has to answer 503.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

struct database;

struct database_statement {
    const char *sqlite;     /* parameters are ?1, ?2 ... */
    const char *postgresql; /* parameters are $1, $2 ... */
    bool repeatable;        /* running it twice does no harm: reads, and writes that set a value */
};

struct database_options {
    const char *url;              /* from database_configure() */
    const char *application_name; /* as pg_stat_activity shows it */

    /*
     * Run in a transaction, by one process at a time, when the statements cannot be prepared
     * because the tables are missing. CREATE ... IF NOT EXISTS, several separated by ';'.
     */
    const char *schema_sqlite;
    const char *schema_postgresql;

    const struct database_statement *statements;
    size_t statement_count;
};

/*
 * DATABASE_URL (postgresql://..., postgres://... or sqlite:PATH), else DATABASE_PATH (a file of
 * SQLite), else `default_path`. The result belongs to the config; after a problem it is NULL.
 */
const char *database_configure(struct config *config, const char *default_path);

/*
 * The options, and what they point to, must outlive it. Fails (NULL, logged) when a file of SQLite
 * cannot be used. A PostgreSQL server that is not there yet is no failure: statements fail until
 * it is.
 */
struct database *database_open(const struct database_options *options);

/* When no other thread uses it any more. */
struct database *database_close(struct database *database);

/* A row; columns are texts, NULL for NULL, valid during the call. Non-zero stops: no more rows. */
typedef int database_on_row(void *context, const char *const *columns, size_t column_count);

/*
 * Runs a statement. Parameters are texts, NULL for NULL. Returns the number of rows given to
 * `on_row` (which may be NULL), or -errno: the database does not answer, or refused it.
 */
int database_run(struct database *database, size_t statement, const char *const *parameters,
                 size_t parameter_count, database_on_row *on_row, void *context);
