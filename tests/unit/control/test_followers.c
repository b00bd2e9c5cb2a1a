/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "control/followers.h"
#include "os/os.h"

#define LONG_NS (20 * TIME_SECOND)

static struct followers followers;
static atomic_bool is_over;

static int setup(void **state)
{
    (void)state;
    followers_init(&followers);
    atomic_store(&is_over, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    followers_deinit(&followers);
    return 0;
}

static void what_passes_is_found_by_project_and_deploy(void **state)
{
    struct passing passing;
    uint64_t start = followers_now(&followers);

    (void)state;
    followers_pass(&followers, "shop", 1, "{\"a\":1}");
    followers_pass(&followers, "blog", 2, "{\"a\":2}");
    followers_pass(&followers, "shop", 3, "{\"a\":3}");
    assert_true(followers_next(&followers, start, "shop", 0, &passing));
    assert_string_equal(passing.text, "{\"a\":1}");
    start = passing.number;
    passing_deinit(&passing);
    assert_true(followers_next(&followers, start, "shop", 0, &passing));
    assert_string_equal(passing.text, "{\"a\":3}");
    assert_int_equal(passing.deploy, 3);
    start = passing.number;
    passing_deinit(&passing);
    assert_false(followers_next(&followers, start, NULL, 0, &passing));
    assert_true(followers_next(&followers, 0, NULL, 2, &passing));
    assert_string_equal(passing.project, "blog");
    passing_deinit(&passing);
}

static void the_oldest_are_let_go(void **state)
{
    struct passing passing;
    char text[32];

    (void)state;
    for (int i = 0; i < FOLLOWERS_PASSING_MAX + 10; i++) {
        (void)snprintf(text, sizeof(text), "{\"n\":%d}", i);
        followers_pass(&followers, "shop", 0, text);
    }
    assert_true(followers_next(&followers, 0, NULL, 0, &passing));
    assert_string_equal(passing.text, "{\"n\":10}");
    passing_deinit(&passing);
}

static void *tell(void *context)
{
    (void)context;
    followers_tell(&followers);
    return NULL;
}

static void *end(void *context)
{
    (void)context;
    atomic_store(&is_over, true);
    followers_wake(&followers);
    return NULL;
}

static void who_waits_is_woken(void **state)
{
    uint64_t number = followers_now(&followers);
    uint64_t before = number;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, tell, NULL), 0);
    assert_true(
        followers_wait(&followers, &number, time_add(os_monotonic_time_ns(), LONG_NS), &is_over));
    assert_int_equal(number, before + 1);
    (void)pthread_join(thread, NULL);
    assert_int_equal(pthread_create(&thread, NULL, end, NULL), 0);
    assert_false(
        followers_wait(&followers, &number, time_add(os_monotonic_time_ns(), LONG_NS), &is_over));
    (void)pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_passes_is_found_by_project_and_deploy, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_oldest_are_let_go, setup, teardown),
        cmocka_unit_test_setup_teardown(who_waits_is_woken, setup, teardown),
    };

    return cmocka_run_group_tests_name("followers", tests, NULL, NULL);
}
