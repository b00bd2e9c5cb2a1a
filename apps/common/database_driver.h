/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What database.c asks of SQLite and PostgreSQL. A connection belongs to one thread.
 * Private to the database's files.
 */
#pragma once

#include "common/database.h"

/* How long a statement may take, and how long it waits for another's lock. */
#define DATABASE_TIMEOUT_MS 5000

struct database_connection;

struct database_driver {
    const char *name;

    /* Connects and prepares every statement, making the schema where it is missing. -errno, logged.
     */
    int (*connect)(const struct database_options *options, struct database_connection **ret);
    void (*close)(struct database_connection *connection);

    /* As database_run(). -ENOTCONN: the connection is of no use any more. */
    int (*run)(struct database_connection *connection, size_t statement,
               const char *const *parameters, size_t parameter_count, database_on_row *on_row,
               void *context);
};

extern const struct database_driver database_sqlite;
extern const struct database_driver database_postgresql;

/* Notes a problem of DATABASE_URL, if libpq cannot read it. */
bool database_postgresql_check(struct config *config, const char *url);
