/* SPDX-License-Identifier: Apache-2.0 */
#include "common/database.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/database_driver.h"
#include "common/log.h"

/* After a failure to connect, for so long nobody else tries: requests fail at once meanwhile. */
#define RETRY_AFTER_MS 500

struct database {
    const struct database_options *options;
    const struct database_driver *driver;
    pthread_key_t key; /* each thread's struct session */
    atomic_long retry_at_ms;
    atomic_bool is_down; /* so that an outage is two lines in the log, not thousands */
};

struct session {
    const struct database_driver *driver;
    struct database_connection *connection; /* NULL: not connected */
};

static long now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

static void disconnect(struct session *session)
{
    if (session->connection != NULL)
        session->driver->close(session->connection);
    session->connection = NULL;
}

static void session_free(void *data)
{
    struct session *session = data;

    disconnect(session);
    free(session);
}

static struct session *this_session(struct database *database)
{
    struct session *session = pthread_getspecific(database->key);

    if (session != NULL)
        return session;
    session = calloc(1, sizeof(*session));
    if (session == NULL)
        return NULL;
    session->driver = database->driver;
    if (pthread_setspecific(database->key, session) != 0) {
        free(session);
        return NULL;
    }
    return session;
}

static int connect_session(struct database *database, struct session *session)
{
    int r = 0;

    if (session->connection != NULL)
        return 0;
    if (now_ms() < atomic_load(&database->retry_at_ms))
        return -ENOTCONN;
    r = database->driver->connect(database->options, &session->connection);
    if (r < 0) {
        atomic_store(&database->retry_at_ms, now_ms() + RETRY_AFTER_MS);
        atomic_store(&database->is_down, true);
        return r;
    }
    if (atomic_exchange(&database->is_down, false))
        log_info("database: connected again");
    return 0;
}

const char *database_configure(struct config *config, const char *default_path)
{
    const char *url = config_text(config, "DATABASE_URL", NULL);
    const char *path = config_text(config, "DATABASE_PATH", default_path);

    if (url == NULL)
        return config_keep(config, "sqlite:%s", path);
    if (strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0)
        return database_postgresql_check(config, url) ? url : NULL;
    if (strncmp(url, "sqlite:", 7) == 0 && url[7] != '\0')
        return url;
    /* Not quoted: it may hold a password. */
    config_problem(config, "DATABASE_URL",
                   "it has to begin with postgresql:// or be sqlite:PATH of a file");
    return NULL;
}

struct database *database_open(const struct database_options *options)
{
    struct database *database = calloc(1, sizeof(*database));
    struct session *session = NULL;
    bool is_sqlite = strncmp(options->url, "sqlite:", 7) == 0;

    if (database == NULL || pthread_key_create(&database->key, session_free) != 0) {
        log_error("database: out of memory");
        free(database);
        return NULL;
    }
    database->options = options;
    database->driver = is_sqlite ? &database_sqlite : &database_postgresql;
    session = this_session(database);
    if (session == NULL || (connect_session(database, session) < 0 && is_sqlite))
        return database_close(database);
    log_info("database: %s", database->driver->name);
    return database;
}

struct database *database_close(struct database *database)
{
    struct session *session = NULL;

    if (database == NULL)
        return NULL;
    session = pthread_getspecific(database->key);
    if (session != NULL)
        session_free(session);
    (void)pthread_key_delete(database->key);
    free(database);
    return NULL;
}

int database_run(struct database *database, size_t statement, const char *const *parameters,
                 size_t parameter_count, database_on_row *on_row, void *context)
{
    struct session *session = this_session(database);
    bool may_repeat = database->options->statements[statement].repeatable;

    if (session == NULL)
        return -ENOMEM;
    for (;;) {
        bool is_new = session->connection == NULL;
        int r = connect_session(database, session);

        if (r < 0)
            return r;
        r = database->driver->run(session->connection, statement, parameters, parameter_count,
                                  on_row, context);
        if (r != -ENOTCONN)
            return r;
        /* A connection that stood idle while the server was restarted: a new one may do. */
        disconnect(session);
        if (is_new || !may_repeat)
            return r;
        may_repeat = false;
    }
}
