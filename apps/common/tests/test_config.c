/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/database.h"

static char path[64];

static struct config *load(const char *text)
{
    int fd = -1;

    (void)snprintf(path, sizeof(path), "/tmp/test_config.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
    return config_load(path);
}

static struct config *done(struct config *config)
{
    (void)unlink(path);
    return config_free(config);
}

static void reads_each_form_of_a_line(void **state)
{
    struct config *config = load("# comment\n"
                                 "\n"
                                 "PLAIN=a b  # comment\n"
                                 "  export EXPORTED = no\r\n");

    (void)state;
    assert_string_equal(config_text(config, "PLAIN", NULL), "a b");
    assert_non_null(strstr(config_problems(config), "line 4: expected NAME=value"));
    done(config);

    config = load("export EXPORTED=yes\r\n"
                  "SINGLE='it \\n $x # y'  # comment\n"
                  "DOUBLE=\"a\\tb\\\"c\\\\\\$\"\n"
                  "HASH=a#b\n"
                  "BLANK=\n"
                  "TWICE=1\nTWICE=2\n"
                  "LAST=without newline");
    assert_string_equal(config_problems(config), "");
    assert_string_equal(config_text(config, "EXPORTED", NULL), "yes");
    assert_string_equal(config_text(config, "SINGLE", NULL), "it \\n $x # y");
    assert_string_equal(config_text(config, "DOUBLE", NULL), "a\tb\"c\\$");
    assert_string_equal(config_text(config, "HASH", NULL), "a#b");
    assert_string_equal(config_text(config, "BLANK", "fallback"), "fallback");
    assert_string_equal(config_text(config, "TWICE", NULL), "2");
    assert_string_equal(config_text(config, "LAST", NULL), "without newline");
    assert_null(config_text(config, "OTHER", NULL));
    done(config);
}

static void names_each_bad_line(void **state)
{
    struct config *config = load("A=1\n=x\n1A=2\nnothing\nB=\"open\nC='x' y\n");
    const char *problems = config_problems(config);

    (void)state;
    assert_null(strstr(problems, "line 1:"));
    assert_non_null(strstr(problems, "line 2: expected NAME=value"));
    assert_non_null(strstr(problems, "line 3: expected NAME=value"));
    assert_non_null(strstr(problems, "line 4: expected NAME=value"));
    assert_non_null(strstr(problems, "line 5: the closing quote is missing"));
    assert_non_null(strstr(problems, "line 6: something follows the closing quote"));
    assert_false(config_check(config));
    done(config);
}

static void the_environment_wins(void **state)
{
    struct config *config = load("A=file\nB=file\n");

    (void)state;
    (void)setenv("A", "environment", 1);
    (void)setenv("B", "", 1);
    assert_string_equal(config_text(config, "A", NULL), "environment");
    assert_null(config_text(config, "B", NULL));
    (void)unsetenv("A");
    (void)unsetenv("B");
    done(config);
}

static void a_missing_file_is_fine_and_a_folder_is_not(void **state)
{
    struct config *config = config_load("/nowhere/.env");

    (void)state;
    assert_true(config_check(config));
    config_free(config);
    config = config_load("/tmp");
    assert_non_null(strstr(config_problems(config), "/tmp: cannot read it"));
    config_free(config);
}

static void numbers_are_whole_and_in_range(void **state)
{
    static const char *const bad[] = {"x",  "1x",  "1.5", "",  "0x10", "9999999999999999999999",
                                      "-1", "101", "+5",  " 5"};
    struct config *config = config_load("/nowhere/.env");

    (void)state;
    assert_int_equal(config_number(config, "N", 7, 0, 100), 7);
    (void)setenv("N", "100", 1);
    assert_int_equal(config_number(config, "N", 7, 0, 100), 100);
    assert_string_equal(config_problems(config), "");
    config_free(config);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        config = config_load("/nowhere/.env");
        (void)setenv("N", bad[i], 1);
        (void)config_number(config, "N", CONFIG_REQUIRED, 0, 100);
        assert_memory_equal(config_problems(config), "N: ", 3);
        config_free(config);
    }
    (void)unsetenv("N");
}

static void every_problem_is_named(void **state)
{
    struct config *config = config_load("/nowhere/.env");

    (void)state;
    (void)setenv("DATABASE_URL", "mysql://user:secret@host/", 1);
    assert_string_equal(config_required(config, "ONE"), "");
    (void)config_number(config, "TWO", CONFIG_REQUIRED, 1, 2);
    assert_null(database_configure(config, "x.sqlite3"));
    (void)unsetenv("DATABASE_URL");
    assert_non_null(strstr(config_problems(config), "ONE: it is not set"));
    assert_non_null(strstr(config_problems(config), "\nTWO: it is not set"));
    assert_non_null(strstr(config_problems(config), "\nDATABASE_URL: "));
    assert_null(strstr(config_problems(config), "secret"));
    config_free(config);
}

static void the_database_is_chosen(void **state)
{
    struct config *config = config_load("/nowhere/.env");

    (void)state;
    assert_string_equal(database_configure(config, "x.db"), "sqlite:x.db");
    (void)setenv("DATABASE_PATH", "/y.db", 1);
    assert_string_equal(database_configure(config, "x.db"), "sqlite:/y.db");
    (void)setenv("DATABASE_URL", "sqlite:z.db", 1);
    assert_string_equal(database_configure(config, "x.db"), "sqlite:z.db");
    (void)setenv("DATABASE_URL", "postgres://h/d", 1);
    assert_string_equal(database_configure(config, "x.db"), "postgres://h/d");
    assert_string_equal(config_problems(config), "");
    (void)setenv("DATABASE_URL", "postgresql://h:port:x/%zz", 1);
    assert_null(database_configure(config, "x.db"));
    (void)setenv("DATABASE_URL", "sqlite:", 1);
    assert_null(database_configure(config, "x.db"));
    (void)unsetenv("DATABASE_URL");
    (void)unsetenv("DATABASE_PATH");
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_form_of_a_line),
        cmocka_unit_test(names_each_bad_line),
        cmocka_unit_test(the_environment_wins),
        cmocka_unit_test(a_missing_file_is_fine_and_a_folder_is_not),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(every_problem_is_named),
        cmocka_unit_test(the_database_is_chosen),
    };

    check_move_log();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
