/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

struct store *fixture_open_other(struct fixture *fixture)
{
    _cleanup_error_ struct error *error = NULL;
    struct store *store = NULL;

    if (store_open(fixture->folder, &store, &error) < 0)
        fail_msg("%s", error->message);
    return store;
}

void fixture_open_again(struct fixture *fixture)
{
    fixture->store = store_close(fixture->store);
    fixture->store = fixture_open_other(fixture);
}

void fixture_exec(struct fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *database;

    (void)snprintf(path, sizeof(path), "%s/slipway.db", fixture->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL)
        return -1;
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/slipway-store-XXXXXX");
    if (mkdtemp(fixture->folder) == NULL)
        return -1;
    arena_init(&fixture->arena, (size_t)64 << 20);
    fixture->store = fixture_open_other(fixture);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    static const char *const names[] = {"slipway.db", "slipway.db-wal", "slipway.db-shm"};
    struct fixture *fixture = *state;
    char path[128];

    fixture->store = store_close(fixture->store);
    arena_deinit(&fixture->arena);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, names[i]);
        (void)remove(path);
    }
    (void)remove(fixture->folder);
    free(fixture);
    return 0;
}
