/* SPDX-License-Identifier: Apache-2.0 */
/* What the docker runtime keeps in names and labels, and its small codecs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "model/value.h"
#include "runtime/docker/container/aliases.h"
#include "runtime/docker/container/hooks.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/names.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct value *text(const char *content)
{
    return value_new_string(&arena, content, strlen(content), (struct mark){0});
}

static void durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"0s", 0},
        {"0", 0},
        {"1h30m0s", 5400000000000},
        {"1.5s", 1500000000},
        {"250ms", 250000000},
        {"7us", 7000},
        {"7\xc2\xb5s", 7000},
        {"1w2d", 777600000000000},
        {"3ns", 3},
    };
    static const char *const bad[] = {"",      "s",   "1",   "1x",     "-1s",
                                      "1h-2m", "1s ", "nan", "1e999s", "99999999999999w"};
    int64_t ns;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(unit_duration_ns(text(good[i].text), &ns));
        assert_int_equal(ns, good[i].ns);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (unit_duration_ns(text(bad[i]), &ns))
            fail_msg("\"%s\" is %lld", bad[i], (long long)ns);
    assert_false(unit_duration_ns(NULL, &ns));
}

static void numbers(void **state)
{
    static const char *const bad[] = {"", " 1", "1 ", "x", "1.5", "99999999999999999999"};
    int64_t number;

    (void)state;
    assert_true(unit_integer(text("-12"), &number));
    assert_int_equal(number, -12);
    assert_true(unit_integer(value_new_real(&arena, 3.0, (struct mark){0}), &number));
    assert_int_equal(number, 3);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(unit_integer(text(bad[i]), &number));
    assert_false(unit_integer(value_new_real(&arena, 1e19, (struct mark){0}), &number));
    assert_true(unit_nano(value_new_real(&arena, 0.1, (struct mark){0}), &number));
    assert_int_equal(number, 100000000);
    assert_true(unit_nano(text("2.5"), &number));
    assert_int_equal(number, 2500000000);
    assert_false(unit_nano(value_new_real(&arena, 1e300, (struct mark){0}), &number));
}

static void aliases_are_read_back(void **state)
{
    static const char *const first[] = {"api", "backend", NULL};
    static const char *const second[] = {"api", "no=dns,name;", NULL};
    static const char *const none[] = {NULL};
    struct alias_set *sets;
    const char *label = aliases_add(&arena, "", "shop_default", first);

    (void)state;
    label = aliases_add(&arena, label, "shop_back", second);
    label = aliases_add(&arena, label, "nameless", none);
    assert_string_equal(label, "shop_default=api,backend;shop_back=api;nameless");
    assert_int_equal(aliases_read(&arena, label, &sets), 2);
    assert_string_equal(sets[0].network, "shop_default");
    assert_string_equal(sets[0].aliases[1], "backend");
    assert_null(sets[0].aliases[2]);
    assert_string_equal(sets[1].network, "shop_back");
    assert_null(sets[1].aliases[1]);
}

/* Labels are what anybody can write. */
static void broken_aliases_do_no_harm(void **state)
{
    static const char *const labels[] = {"", ";", "=", "=a", "n=", ";;=;,", "n=,,", "n=a;;m", "n"};
    struct alias_set *sets;

    (void)state;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        for (uint32_t j = aliases_read(&arena, labels[i], &sets); j > 0; j--) {
            assert_true(*sets[j - 1].network != '\0');
            assert_non_null(sets[j - 1].aliases);
        }
}

static struct value *list_of(const char *const *words)
{
    struct value *list = value_new(&arena, VALUE_LIST, (struct mark){0});

    for (; *words != NULL; words++)
        value_list_append(&arena, list, text(*words));
    return list;
}

static void hooks_are_read_back(void **state)
{
    static const char *const words[] = {"sh", "-c", "a\\n\nb", "", NULL};
    static const char *const stop[] = {"bye", NULL};
    struct value *service = value_new(&arena, VALUE_MAP, (struct mark){0});
    struct value *hook = value_new(&arena, VALUE_MAP, (struct mark){0});
    struct value *other = value_new(&arena, VALUE_MAP, (struct mark){0});
    struct value *environment = value_new(&arena, VALUE_MAP, (struct mark){0});
    struct value *hooks = value_new(&arena, VALUE_LIST, (struct mark){0});
    struct value *before = value_new(&arena, VALUE_LIST, (struct mark){0});
    struct hook *read;

    (void)state;
    assert_string_equal(hooks_write(&arena, service), "");
    value_set(&arena, environment, "K", text("v=\nT"));
    value_set(&arena, hook, "command", list_of(words));
    value_set(&arena, hook, "environment", environment);
    value_set(&arena, hook, "user", text("root"));
    value_set(&arena, hook, "working_dir", text("/w"));
    value_set(&arena, hook, "privileged", value_new_bool(&arena, true, (struct mark){0}));
    value_set(&arena, other, "command", list_of(stop));
    value_list_append(&arena, hooks, hook);
    value_list_append(&arena, before, other);
    value_set(&arena, service, "post_start", hooks);
    value_set(&arena, service, "pre_stop", before);
    assert_int_equal(hooks_read(&arena, hooks_write(&arena, service), &read), 2);
    assert_true(read[0].is_after_start);
    assert_true(read[0].is_privileged);
    assert_string_equal(read[0].user, "root");
    assert_string_equal(read[0].folder, "/w");
    assert_string_equal(read[0].arguments[2], "a\\n\nb");
    assert_string_equal(read[0].arguments[3], "");
    assert_null(read[0].arguments[4]);
    assert_string_equal(read[0].environment[0], "K=v=\nT");
    assert_false(read[1].is_after_start);
    assert_false(read[1].is_privileged);
    assert_null(read[1].user);
    assert_string_equal(read[1].arguments[0], "bye");
}

static void broken_hooks_do_no_harm(void **state)
{
    static const char *const labels[] = {"",  "\n",         "x",    "cno hook",
                                         "S", "S\n\n\nT\\", "\\\\", "Sc\nT"};
    struct hook *read;

    (void)state;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        for (uint32_t j = hooks_read(&arena, labels[i], &read); j > 0; j--)
            assert_non_null(read[j - 1].arguments);
}

static void retention_names(void **state)
{
    (void)state;
    assert_string_equal(name_of_retention(&arena, "shop", "api"), "slipway.local/shop/api");
    assert_string_equal(name_of_retention(&arena, "shop-a_b", "x.y"), "slipway.local/shop-a_b/x.y");
    /* What a repository's name may not hold is written in another way, and stays apart. */
    assert_string_not_equal(name_of_retention(&arena, "shop", "Api"),
                            name_of_retention(&arena, "shop", "api"));
    assert_string_not_equal(name_of_retention(&arena, "shop", "a__b"),
                            name_of_retention(&arena, "shop", "a--b"));
    for (const char *at = name_of_retention_folder(&arena, "shop_"); *at != '\0'; at++)
        assert_true(strchr("abcdefghijklmnopqrstuvwxyz0123456789./-", *at) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(durations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aliases_are_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_aliases_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hooks_are_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_hooks_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(retention_names, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("docker parts", tests, NULL, NULL);
}
