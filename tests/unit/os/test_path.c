/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "os/os.h"
#include "os/path.h"

static int with_arena(void **state)
{
    static struct arena arena;

    arena_init(&arena, 64 << 20);
    *state = &arena;
    return 0;
}

static int without_arena(void **state)
{
    arena_deinit(*state);
    return 0;
}

static int restore(void **state)
{
    (void)state;
    (void)os_set_ops(NULL);
    return 0;
}

static void cleaning_says_the_same_in_the_fewest_names(void **state)
{
    static const char *const cases[][2] = {
        {"", "."},
        {".", "."},
        {"./", "."},
        {"/", "/"},
        {"//", "/"},
        {"/.", "/"},
        {"/..", "/"},
        {"/../../a", "/a"},
        {"..", ".."},
        {"../", ".."},
        {"../..", "../.."},
        {"../../a/..", "../.."},
        {"a", "a"},
        {"a/", "a"},
        {"a//b/./c/", "a/b/c"},
        {"a/..", "."},
        {"a/../..", ".."},
        {"a/../../b", "../b"},
        {"a/b/../../..", ".."},
        {"/a/b/../../..", "/"},
        {"/a/../b", "/b"},
        {"...", "..."},
        {"a/...", "a/..."},
        {"..a/../b..", "b.."},
        {".hidden", ".hidden"},
        {"./../a", "../a"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(path_clean(*state, cases[i][0]), cases[i][1]);
        assert_string_equal(path_clean(*state, cases[i][1]), cases[i][1]);
    }
}

static void cleaning_a_hostile_path_takes_linear_time(void **state)
{
    size_t pair_count = 1 << 20;
    char *path = arena_alloc(*state, pair_count * 5 + 1);

    /* Down a million names and up again. */
    for (size_t i = 0; i < pair_count; i++) {
        memcpy(path + i * 2, "a/", 2);
        memcpy(path + pair_count * 2 + i * 3, "../", 3);
    }
    assert_string_equal(path_clean(*state, path), ".");
}

static void joining_stays_below_the_folder(void **state)
{
    assert_string_equal(path_join(*state, "a", "b"), "a/b");
    assert_string_equal(path_join(*state, "a/", "/b"), "a/b");
    assert_string_equal(path_join(*state, "/", "b"), "/b");
    assert_string_equal(path_join(*state, "a", ""), "a");
    assert_string_equal(path_join(*state, "", "b"), "b");
    assert_string_equal(path_join(*state, "", "/b"), "b");
    assert_string_equal(path_join(*state, "", ""), ".");
    assert_string_equal(path_join(*state, "a/b", "../c"), "a/c");
}

static void an_absolute_path_stands_for_itself(void **state)
{
    assert_true(path_is_absolute("/a"));
    assert_false(path_is_absolute("a"));
    assert_false(path_is_absolute(""));
    assert_string_equal(path_absolute(*state, "/base", "/a/../b"), "/b");
    assert_string_equal(path_absolute(*state, "/base", "a"), "/base/a");
    assert_string_equal(path_absolute(*state, "/base", "../a"), "/a");
    assert_string_equal(path_absolute(*state, "/base", ""), "/base");
}

static void a_path_splits_into_folder_and_name(void **state)
{
    static const char *const cases[][3] = {
        {"/a/b", "/a", "b"}, {"/a/b/", "/a", "b"}, {"/a", "/", "a"},     {"/", "/", "/"},
        {"a", ".", "a"},     {"a/b", "a", "b"},    {"", ".", "."},       {"..", ".", ".."},
        {"//a", "/", "a"},   {"./a", ".", "a"},    {"a/b/..", ".", "a"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(path_dirname(*state, cases[i][0]), cases[i][1]);
        assert_string_equal(path_basename(*state, cases[i][0]), cases[i][2]);
    }
}

static struct os_ops ops;
static char *variable;

static char *variable_of_test(const char *name)
{
    assert_true(strcmp(name, "PWD") == 0 || strcmp(name, "HOME") == 0);
    return variable;
}

/* Makes every variable of the environment this one. */
static void use_variable(char *value)
{
    ops = *os;
    ops.getenv = variable_of_test;
    variable = value;
    (void)os_set_ops(&ops);
}

static void the_current_directory_keeps_the_name_the_user_came_by(void **state)
{
    char template[] = "/tmp/slipway-test-XXXXXX";
    _cleanup_free_ char *before = getcwd(NULL, 0);
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *path_of_system = NULL;
    char link[64];

    (void)state;
    assert_non_null(mkdtemp(template));
    assert_int_equal(chdir(template), 0);
    assert_int_equal(symlink(".", "link"), 0);
    (void)snprintf(link, sizeof(link), "%s/link", template);
    use_variable(link);
    assert_int_equal(os_current_directory(&path, NULL), 0);
    assert_string_equal(path, link);

    /* Whatever names another directory, or is no path at all, is not believed. */
    use_variable((char[]){"/"});
    assert_int_equal(os_current_directory(&path_of_system, NULL), 0);
    assert_string_equal(path_of_system, template);
    free(path_of_system);
    use_variable((char[]){"."});
    assert_int_equal(os_current_directory(&path_of_system, NULL), 0);
    assert_string_equal(path_of_system, template);

    assert_int_equal(unlink("link"), 0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(template), 0);
}

static char *long_directory(char *path, size_t size)
{
    if (size < 5001) {
        errno = ERANGE;
        return NULL;
    }
    memset(path, 'a', 5000);
    path[0] = '/';
    path[5000] = '\0';
    return path;
}

static char *removed_directory(char *path, size_t size)
{
    (void)path;
    (void)size;
    errno = ENOENT;
    return NULL;
}

static char *endless_directory(char *path, size_t size)
{
    (void)path;
    (void)size;
    errno = ERANGE;
    return NULL;
}

static void a_long_current_directory_is_whole(void **state)
{
    _cleanup_free_ char *path = NULL;

    (void)state;
    use_variable(NULL);
    ops.getcwd = long_directory;
    assert_int_equal(os_current_directory(&path, NULL), 0);
    assert_int_equal(strlen(path), 5000);
}

static void a_current_directory_that_is_gone_is_an_error(void **state)
{
    _cleanup_error_ struct error *error = NULL;
    char *path = NULL;

    (void)state;
    use_variable(NULL);
    ops.getcwd = removed_directory;
    assert_int_equal(os_current_directory(&path, &error), -ENOENT);
    assert_non_null(strstr(error->message, "was removed"));
    ops.getcwd = endless_directory;
    assert_int_equal(os_current_directory(&path, NULL), -ENAMETOOLONG);
    assert_null(path);
}

static void the_home_directory_is_what_the_environment_says(void **state)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_error_ struct error *error = NULL;

    (void)state;
    use_variable((char[]){"/home/someone"});
    assert_int_equal(os_home_directory(&path, NULL), 0);
    assert_string_equal(path, "/home/someone");
    use_variable((char[]){""});
    assert_int_equal(os_home_directory(&path, NULL), -ENOENT);
    use_variable(NULL);
    assert_int_equal(os_home_directory(&path, &error), -ENOENT);
    assert_non_null(strstr(error->message, "HOME"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaning_says_the_same_in_the_fewest_names),
        cmocka_unit_test(cleaning_a_hostile_path_takes_linear_time),
        cmocka_unit_test(joining_stays_below_the_folder),
        cmocka_unit_test(an_absolute_path_stands_for_itself),
        cmocka_unit_test(a_path_splits_into_folder_and_name),
        cmocka_unit_test_teardown(the_current_directory_keeps_the_name_the_user_came_by, restore),
        cmocka_unit_test_teardown(a_long_current_directory_is_whole, restore),
        cmocka_unit_test_teardown(a_current_directory_that_is_gone_is_an_error, restore),
        cmocka_unit_test_teardown(the_home_directory_is_what_the_environment_says, restore),
    };

    return cmocka_run_group_tests(tests, with_arena, without_arena);
}
