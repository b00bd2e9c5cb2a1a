/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/daemon/folders.h"
#include "os/os.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)os_set_ops(NULL);
    arena_deinit(&arena);
    return 0;
}

struct row {
    const char *variables[4];
    uid_t user;
    const char *runtime_dir;
    const char *state_dir;
};

static void folders_depend_on_who_and_on_variables(void **state)
{
    static const struct row rows[] = {
        {{NULL}, 0, "/run/slipway", "/var/lib/slipway"},
        {{"XDG_RUNTIME_DIR=/run/user/0", "HOME=/root"}, 0, "/run/slipway", "/var/lib/slipway"},
        {{"XDG_RUNTIME_DIR=/run/user/7", "HOME=/home/a"},
         7,
         "/run/user/7/slipway",
         "/home/a/.local/state/slipway"},
        {{"XDG_RUNTIME_DIR=", "XDG_STATE_HOME=/s"}, 999999, "/tmp/slipway-999999", "/s/slipway"},
        {{"SLIPWAY_RUNTIME_DIR=/r", "SLIPWAY_STATE_DIR=s"}, 0, "/r", "/here/s"},
        {{"SLIPWAY_RUNTIME_DIR=r", "SLIPWAY_STATE_DIR=/s", "HOME=/h"}, 7, "/here/r", "/s"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct folders folders;

        assert_int_equal(folders_find(&arena, (char *const *)(uintptr_t)rows[i].variables, "/here",
                                      rows[i].user, &folders, NULL),
                         0);
        assert_string_equal(folders.runtime_dir, rows[i].runtime_dir);
        assert_string_equal(folders.state_dir, rows[i].state_dir);
        assert_memory_equal(folders.socket_path, rows[i].runtime_dir, strlen(rows[i].runtime_dir));
        assert_string_equal(folders.socket_path + strlen(rows[i].runtime_dir), "/control.sock");
    }
}

static struct stat found;

static int find(const char *path, struct stat *status)
{
    assert_string_equal(path, "/tmp/slipway-1000");
    *status = found;
    return 0;
}

static void a_folder_in_tmp_must_be_ours(void **state)
{
    static char *const environment[] = {(char *)(uintptr_t) "HOME=/h", NULL};
    static const struct stat rows[] = {
        {.st_mode = S_IFDIR | 0700, .st_uid = 1001},
        {.st_mode = S_IFLNK | 0777, .st_uid = 1000},
        {.st_mode = S_IFDIR | 0770, .st_uid = 1000},
        {.st_mode = S_IFDIR | 0702, .st_uid = 1000},
    };
    struct os_ops ops = *os;
    struct folders folders;

    (void)state;
    ops.lstat = find;
    (void)os_set_ops(&ops);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        _cleanup_error_ struct error *error = NULL;

        found = rows[i];
        assert_int_equal(folders_find(&arena, environment, "/", 1000, &folders, &error), -EACCES);
        assert_non_null(strstr(error->message, "/tmp/slipway-1000 is not a folder"));
    }
    found = (struct stat){.st_mode = S_IFDIR | 0700, .st_uid = 1000};
    assert_int_equal(folders_find(&arena, environment, "/", 1000, &folders, NULL), 0);
}

static void a_user_without_a_home_is_told(void **state)
{
    static char *const environment[] = {(char *)(uintptr_t) "XDG_RUNTIME_DIR=/r", NULL};
    _cleanup_error_ struct error *error = NULL;
    struct folders folders;

    (void)state;
    assert_int_equal(folders_find(&arena, environment, "/", 1000, &folders, &error), -ENOENT);
    assert_non_null(strstr(error->message, "HOME"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(folders_depend_on_who_and_on_variables),
        TEST(a_folder_in_tmp_must_be_ours),
        TEST(a_user_without_a_home_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
