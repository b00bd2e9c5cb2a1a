/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "watch/history.h"

#define START UINT64_C(100000)

static const struct history_name web = {HISTORY_INSTANCE, "id1", "shop-web-1", "shop", "web"};

static void put(struct history *history, const struct history_name *name, uint64_t step,
                uint32_t kib)
{
    struct history_series *series = history_find(history, name, step);
    const struct history_usage usage = {12.5f, kib};

    assert_non_null(series);
    history_put_usage(series, step, &usage);
}

static uint32_t kib_at(const struct history_series *series, uint64_t step)
{
    const struct history_usage *usage = ring_get(&series->ring, step);

    return usage != NULL ? usage->memory_kib : UINT32_MAX;
}

static void test_series_are_told_apart(void **state)
{
    const struct history_name other_project = {HISTORY_INSTANCE, "id1", "x", "other", "web"};
    const struct history_name other_kind = {HISTORY_SERVICE, "id1", "x", "shop", "web"};
    struct history history = {0};
    struct history_series *series = history_find(&history, &web, START);

    (void)state;
    assert_ptr_not_equal(history_find(&history, &other_project, START), series);
    assert_ptr_not_equal(history_find(&history, &other_kind, START), series);
    assert_ptr_equal(history_find(&history, &web, START), series);
    assert_int_equal(history.count, 3);
    history_deinit(&history);
}

static void test_names_follow(void **state)
{
    struct history_name renamed = web;
    struct history history = {0};
    struct history_series *series = history_find(&history, &web, START);

    (void)state;
    renamed.name = "other";
    renamed.service = NULL;
    assert_ptr_equal(history_find(&history, &renamed, START), series);
    assert_string_equal(series->name, "other");
    assert_null(series->service);
    history_deinit(&history);
}

static void test_a_sample_stands_for_those_since(void **state)
{
    struct history history = {0};
    struct history_series *series;

    (void)state;
    put(&history, &web, START, 1);
    put(&history, &web, START + 3, 2);
    series = history_find(&history, &web, START);
    assert_int_equal(kib_at(series, START), 1);
    assert_int_equal(kib_at(series, START + 1), 2);
    assert_int_equal(kib_at(series, START + 3), 2);
    put(&history, &web, START + 4 + HISTORY_FILL_STEPS_MAX + 1, 3);
    assert_int_equal(kib_at(series, START + 4), UINT32_MAX);
    assert_int_equal(kib_at(series, START + 4 + HISTORY_FILL_STEPS_MAX), UINT32_MAX);
    assert_int_equal(kib_at(series, START + 4 + HISTORY_FILL_STEPS_MAX + 1), 3);
    history_deinit(&history);
}

static void test_what_ended_long_ago_goes(void **state)
{
    struct history history = {0};

    (void)state;
    put(&history, &web, START, 1);
    history_trim(&history, START + RING_LENGTH);
    assert_int_equal(history.count, 1);
    history_trim(&history, START + RING_LENGTH + 2);
    assert_int_equal(history.count, 0);
    assert_int_equal(history.bytes, 0);
    history_deinit(&history);
}

static void test_memory_has_a_bound(void **state)
{
    struct history history = {.bytes_max = (size_t)1 << 20};
    char id[32];
    size_t made = 0;

    (void)state;
    for (unsigned int i = 0; i < 1000; i++) {
        const struct history_name name = {HISTORY_INSTANCE, id, NULL, NULL, NULL};
        struct history_series *series;

        (void)snprintf(id, sizeof(id), "instance %u", i);
        series = history_find(&history, &name, START);
        if (series != NULL) {
            history_put_usage(series, START, &(struct history_usage){1, 1});
            made++;
        }
        assert_true(history.bytes <= history.bytes_max);
    }
    assert_in_range(made, 50, 999);
    /* Later they make room for others. */
    for (unsigned int i = 0; i < 10; i++) {
        const struct history_name name = {HISTORY_GROUP, id, NULL, NULL, NULL};

        (void)snprintf(id, sizeof(id), "group %u", i);
        assert_non_null(history_find(&history, &name, START + 100));
        assert_true(history.bytes <= history.bytes_max);
    }
    history_deinit(&history);
}

static void test_a_copy_is_its_own(void **state)
{
    struct history history = {0}, copy;

    (void)state;
    put(&history, &web, START, 1);
    assert_int_equal(history_copy(&history, &copy), 0);
    put(&history, &web, START, 9);
    history_deinit(&history);
    assert_int_equal(copy.count, 1);
    assert_string_equal(copy.series[0]->id, "id1");
    assert_int_equal(kib_at(copy.series[0], START), 1);
    history_deinit(&copy);
}

static void test_steps_before_any(void **state)
{
    struct history history = {0};
    const struct history_name name = {HISTORY_LISTENER, "l", NULL, NULL, NULL};

    (void)state;
    assert_int_equal(history_step(0), RING_LENGTH);
    history_put_traffic(history_find(&history, &name, history_step(0)), history_step(0),
                        &(struct history_traffic){.requests = 1});
    assert_non_null(ring_get(&history.series[0]->ring, history_step(0)));
    history_deinit(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series_are_told_apart),
        cmocka_unit_test(test_names_follow),
        cmocka_unit_test(test_a_sample_stands_for_those_since),
        cmocka_unit_test(test_what_ended_long_ago_goes),
        cmocka_unit_test(test_memory_has_a_bound),
        cmocka_unit_test(test_a_copy_is_its_own),
        cmocka_unit_test(test_steps_before_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
