/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL. Nothing here waits for ever: connecting has a timeout, the server ends a statement
 * that takes too long, and should the server itself hang, the wait for its answer ends, too.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "common/cleanup.h"
#include "common/database_driver.h"
#include "common/log.h"

#define COLUMNS_MAX 16
#define NAME_SIZE   24
/* Any number that all replicas use and nobody else does: who makes the schema holds this lock. */
#define SCHEMA_LOCK "7234017283807667300"
#define TEXT_(x)    #x
#define TEXT(x)     TEXT_(x)

struct database_connection {
    PGconn *handle;
};

static void cleanup_resultp(PGresult **result)
{
    PQclear(*result);
}
#define _cleanup_result_ _cleanup_(cleanup_resultp)

static void postgresql_close(struct database_connection *connection)
{
    PQfinish(connection->handle);
    free(connection);
}

/* The first line; libpq's messages have several, and none holds the password. */
static void log_failure(const char *what, const char *message)
{
    log_error("database: cannot %s: %.*s", what, (int)strcspn(message, "\n"), message);
}

bool database_postgresql_check(struct config *config, const char *url)
{
    char *message = NULL;
    PQconninfoOption *parsed = PQconninfoParse(url, &message);

    if (parsed == NULL)
        config_problem(config, "DATABASE_URL", "PostgreSQL's library cannot read the address");
    PQfreemem(message);
    PQconninfoFree(parsed);
    return parsed != NULL;
}

static bool has_succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static int execute(PGconn *handle, const char *what, const char *sql)
{
    _cleanup_result_ PGresult *result = PQexec(handle, sql);

    if (has_succeeded(result))
        return 0;
    log_failure(what, PQerrorMessage(handle));
    return -EIO;
}

static void statement_name(char name[static NAME_SIZE], size_t statement)
{
    (void)snprintf(name, NAME_SIZE, "s%zu", statement);
}

/* -ENOENT: a table or its schema is not there yet. */
static int prepare_all(PGconn *handle, const struct database_options *options)
{
    for (size_t i = 0; i < options->statement_count; i++) {
        char name[NAME_SIZE];
        _cleanup_result_ PGresult *result = NULL;
        const char *state = NULL;

        statement_name(name, i);
        result = PQprepare(handle, name, options->statements[i].postgresql, 0, NULL);
        if (has_succeeded(result))
            continue;
        state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (state != NULL && (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0))
            return -ENOENT;
        log_failure("prepare a statement", PQerrorMessage(handle));
        return -EIO;
    }
    return 0;
}

/* Replicas that start at once wait for each other at the lock; it ends with the transaction. */
static int make_schema(PGconn *handle, const struct database_options *options)
{
    _cleanup_free_ char *sql = NULL;

    if (asprintf(&sql, "BEGIN; SELECT pg_advisory_xact_lock(" SCHEMA_LOCK "); %s; COMMIT",
                 options->schema_postgresql) < 0)
        return -ENOMEM;
    return execute(handle, "make the tables", sql);
}

static int set_up(PGconn *handle, const struct database_options *options)
{
    int r = execute(
        handle, "set it up",
        "SET statement_timeout = " TEXT(DATABASE_TIMEOUT_MS) "; "
                                                             "SET client_min_messages = warning");

    if (r == 0)
        r = prepare_all(handle, options);
    if (r != -ENOENT)
        return r;
    r = make_schema(handle, options);
    if (r < 0)
        return r;
    /* Names of statements that were prepared the first time are taken. */
    r = execute(handle, "set it up", "DEALLOCATE ALL");
    if (r == 0)
        r = prepare_all(handle, options);
    if (r == -ENOENT)
        log_error("database: the tables are missing, even after they were made");
    return r;
}

static int postgresql_connect(const struct database_options *options,
                              struct database_connection **ret)
{
    /* What the address itself says comes last, and wins. */
    const char *const names[] = {"fallback_application_name",
                                 "connect_timeout",
                                 "tcp_user_timeout",
                                 "keepalives_idle",
                                 "client_encoding",
                                 "dbname",
                                 NULL};
    const char *const values[] = {options->application_name,
                                  "3",
                                  TEXT(DATABASE_TIMEOUT_MS),
                                  "30",
                                  "UTF8",
                                  options->url,
                                  NULL};
    struct database_connection *connection = calloc(1, sizeof(*connection));
    int r = 0;

    if (connection == NULL)
        return -ENOMEM;
    connection->handle = PQconnectdbParams(names, values, 1);
    if (PQstatus(connection->handle) != CONNECTION_OK) {
        log_failure("connect", PQerrorMessage(connection->handle));
        r = -ENOTCONN;
    } else {
        r = set_up(connection->handle, options);
    }
    if (r < 0) {
        postgresql_close(connection);
        return r;
    }
    *ret = connection;
    return 0;
}

static long now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/* Until a result can be read without blocking. False: the connection broke, or took too long. */
static bool wait_for_result(PGconn *handle)
{
    /* The server's own timeout comes first, if the server can. */
    long deadline_ms = now_ms() + DATABASE_TIMEOUT_MS + 1000;

    while (PQisBusy(handle)) {
        struct pollfd wait = {.fd = PQsocket(handle), .events = POLLIN};
        long left_ms = deadline_ms - now_ms();

        if (left_ms <= 0 || (poll(&wait, 1, (int)left_ms) < 0 && errno != EINTR))
            return false;
        if (!PQconsumeInput(handle))
            return false;
    }
    return true;
}

static int give_rows(const PGresult *result, database_on_row *on_row, void *context)
{
    int column_count = PQnfields(result);
    int rows = 0;

    while (rows < PQntuples(result)) {
        const char *columns[COLUMNS_MAX] = {NULL};

        for (int i = 0; i < column_count && i < COLUMNS_MAX; i++)
            columns[i] = PQgetisnull(result, rows, i) ? NULL : PQgetvalue(result, rows, i);
        if (on_row(context, columns, (size_t)column_count) != 0)
            return rows + 1;
        rows++;
    }
    return rows;
}

/*
 * The connection broke; or the server is shutting down (57P..), lost the prepared statements
 * (26000) or the table (42P01), all of which a new connection mends.
 */
static bool is_broken(PGconn *handle, const PGresult *result)
{
    static const char *const states[] = {"57P", "08", "26000", "42P01"};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]); i++) {
        if (strncmp(state, states[i], strlen(states[i])) == 0)
            return true;
    }
    return PQstatus(handle) != CONNECTION_OK;
}

static int postgresql_run(struct database_connection *connection, size_t statement,
                          const char *const *parameters, size_t parameter_count,
                          database_on_row *on_row, void *context)
{
    PGconn *handle = connection->handle;
    char name[NAME_SIZE];
    _cleanup_result_ PGresult *result = NULL;
    PGresult *more = NULL;

    statement_name(name, statement);
    if (!PQsendQueryPrepared(handle, name, (int)parameter_count, parameters, NULL, NULL, 0) ||
        !wait_for_result(handle)) {
        log_failure("run a statement", PQerrorMessage(handle));
        return -ENOTCONN;
    }
    result = PQgetResult(handle);
    if (!has_succeeded(result)) {
        log_failure("run a statement", PQerrorMessage(handle));
        if (result == NULL || is_broken(handle, result))
            return -ENOTCONN;
    }
    /* The end of the answer, which libpq wants to be read. */
    while (wait_for_result(handle) && (more = PQgetResult(handle)) != NULL)
        PQclear(more);
    if (!has_succeeded(result))
        return -EIO;
    return on_row != NULL ? give_rows(result, on_row, context) : PQntuples(result);
}

const struct database_driver database_postgresql = {
    .name = "PostgreSQL",
    .connect = postgresql_connect,
    .close = postgresql_close,
    .run = postgresql_run,
};
