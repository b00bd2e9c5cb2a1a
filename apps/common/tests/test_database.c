/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite behind the interface; tests/e2e/birthday does the same with a server of PostgreSQL. */
#include "common/tests/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/database.h"

enum {
    ADD,
    LIST,
    STATEMENT_COUNT,
};

static const struct database_statement statements[STATEMENT_COUNT] = {
    [ADD] = {.sqlite = "INSERT INTO items (name, note) VALUES (?1, ?2)", .postgresql = ""},
    [LIST] = {.sqlite = "SELECT name, note FROM items ORDER BY name",
              .postgresql = "",
              .repeatable = true},
};

static char folder[64];
static char url[128];
static struct database_options options = {
    .url = url,
    .application_name = "test",
    .schema_sqlite =
        "CREATE TABLE IF NOT EXISTS items (name TEXT PRIMARY KEY, note TEXT) WITHOUT ROWID",
    .schema_postgresql = "",
    .statements = statements,
    .statement_count = STATEMENT_COUNT,
};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_database.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(url, sizeof(url), "sqlite:%s/items", folder);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"items", "items-wal", "items-shm"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static int join(void *context, const char *const *columns, size_t column_count)
{
    char *text = context;
    size_t length = strlen(text);

    assert_int_equal(column_count, 2);
    (void)snprintf(text + length, 100 - length, "%s=%s;", columns[0],
                   columns[1] != NULL ? columns[1] : "NULL");
    return 0;
}

static int stop_at_first(void *context, const char *const *columns, size_t column_count)
{
    (void)context;
    (void)columns;
    (void)column_count;
    return 1;
}

static void rows_come_back(void **state)
{
    struct database *database = database_open(&options);
    const char *const one[] = {"a'; --", NULL};
    const char *const two[] = {"b", "é"};
    char text[100] = "";

    (void)state;
    assert_non_null(database);
    assert_int_equal(database_run(database, ADD, one, 2, NULL, NULL), 0);
    assert_int_equal(database_run(database, ADD, two, 2, NULL, NULL), 0);
    assert_int_equal(database_run(database, ADD, two, 2, NULL, NULL), -EIO);
    assert_int_equal(database_run(database, LIST, NULL, 0, join, text), 2);
    assert_string_equal(text, "a'; --=NULL;b=é;");
    assert_int_equal(database_run(database, LIST, NULL, 0, stop_at_first, NULL), 1);
    /* What is stored outlives it, and the schema is not made again. */
    database_close(database);
    database = database_open(&options);
    assert_int_equal(database_run(database, LIST, NULL, 0, NULL, NULL), 2);
    database_close(database);
}

static atomic_int failures;

static void *add_many(void *context)
{
    struct database *database = database_open(&options);

    for (int i = 0; database != NULL && i < 20; i++) {
        char name[32];
        const char *const parameters[] = {name, "x"};

        (void)snprintf(name, sizeof(name), "%s%d", (const char *)context, i);
        failures += database_run(database, ADD, parameters, 2, NULL, NULL) != 0;
    }
    failures += database == NULL;
    database_close(database);
    return NULL;
}

static void many_start_at_once(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    pthread_t threads[4];
    struct database *database = NULL;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, (void *)(uintptr_t)names[i]),
                         0);
    for (size_t i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(failures, 0);
    database = database_open(&options);
    assert_int_equal(database_run(database, LIST, NULL, 0, NULL, NULL), 80);
    database_close(database);
}

static void a_bad_place_is_refused(void **state)
{
    struct database_options bad = options;

    (void)state;
    bad.url = "sqlite:/nowhere/x";
    assert_null(database_open(&bad));
    bad.url = "sqlite:/tmp";
    assert_null(database_open(&bad));
    bad.url = url;
    bad.schema_sqlite = "CREATE TABLE nonsense";
    assert_null(database_open(&bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_start_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_place_is_refused, set_up, tear_down),
    };

    check_move_log();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
