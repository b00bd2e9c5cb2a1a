/* SPDX-License-Identifier: Apache-2.0 */
#include "birthday/users.h"

#include <errno.h>
#include <string.h>

#include "birthday/cache.h"
#include "common/database.h"

enum {
    CHECK,
    FIND,
    SET,
    STATEMENT_COUNT,
};

static const struct database_statement statements[STATEMENT_COUNT] = {
    [CHECK] = {.sqlite = "SELECT 1 FROM users LIMIT 1",
               .postgresql = "SELECT 1 FROM base.users LIMIT 1",
               .repeatable = true},
    [FIND] = {.sqlite = "SELECT birthday FROM users WHERE username = ?1",
              .postgresql = "SELECT to_char(birthday, 'YYYY-MM-DD') FROM base.users"
                            " WHERE username = $1::text",
              .repeatable = true},
    [SET] = {.sqlite = "INSERT INTO users (username, birthday) VALUES (?1, ?2)"
                       " ON CONFLICT (username) DO UPDATE SET birthday = excluded.birthday",
             .postgresql = "INSERT INTO base.users (username, birthday)"
                           " VALUES ($1::text, $2::text::date)"
                           " ON CONFLICT (username) DO UPDATE SET birthday = excluded.birthday",
             .repeatable = true},
};

bool users_open(struct users *users, const char *database_url, struct cache *cache)
{
    static struct database_options options = {
        .application_name = "birthday",
        .schema_sqlite = "CREATE TABLE IF NOT EXISTS users ("
                         " username TEXT PRIMARY KEY NOT NULL,"
                         " birthday TEXT NOT NULL"
                         ") STRICT, WITHOUT ROWID",
        .schema_postgresql = "CREATE SCHEMA IF NOT EXISTS base;"
                             " CREATE TABLE IF NOT EXISTS base.users ("
                             " username text PRIMARY KEY,"
                             " birthday date NOT NULL)",
        .statements = statements,
        .statement_count = STATEMENT_COUNT,
    };

    options.url = database_url;
    users->cache = cache;
    users->database = database_open(&options);
    return users->database != NULL;
}

void users_close(struct users *users)
{
    users->database = database_close(users->database);
    users->cache = cache_close(users->cache);
}

int users_set(struct users *users, const char *key, const char *birthday)
{
    const char *const parameters[] = {key, birthday};
    int r = database_run(users->database, SET, parameters, 2, NULL, NULL);

    /* After a failure, too: a commit whose answer was lost may have happened. */
    cache_invalidate(users->cache, key);
    return r < 0 ? r : 0;
}

static int copy_birthday(void *context, const char *const *columns, size_t column_count)
{
    char *birthday = context;
    size_t length = column_count == 1 && columns[0] != NULL ? strlen(columns[0]) : 0;

    if (length != DATE_TEXT_SIZE - 1)
        return -EINVAL;
    memcpy(birthday, columns[0], DATE_TEXT_SIZE);
    return 0;
}

int users_find(struct users *users, const char *key, char ret_birthday[static DATE_TEXT_SIZE])
{
    char birthday[DATE_TEXT_SIZE] = "";
    struct cache_fill fill = {0};
    int r = 0;

    if (cache_find(users->cache, key, &fill, birthday)) {
        memcpy(ret_birthday, birthday, DATE_TEXT_SIZE);
        return 1;
    }
    r = database_run(users->database, FIND, &key, 1, copy_birthday, birthday);
    cache_fill(users->cache, key, &fill, r > 0 ? birthday : NULL);
    if (r <= 0)
        return r;
    memcpy(ret_birthday, birthday, DATE_TEXT_SIZE);
    return 1;
}

int users_check(struct users *users)
{
    int r = database_run(users->database, CHECK, NULL, 0, NULL, NULL);

    return r < 0 ? r : 0;
}
