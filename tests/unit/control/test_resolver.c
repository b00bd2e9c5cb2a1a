/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "control/resolver.h"

/* The names of the tests: "slow" answers when the test lets it, "none" has no address, and any
 * other has as many as it has letters, or none while they are hidden. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t happened = PTHREAD_COND_INITIALIZER;
static bool slow_may_go, is_hidden, is_turned;
static unsigned int lookups, changes;

static int lookup(const char *name, struct os_found *found, size_t capacity)
{
    size_t count = strlen(name);

    (void)pthread_mutex_lock(&lock);
    lookups++;
    (void)pthread_cond_broadcast(&happened);
    while (strcmp(name, "slow") == 0 && !slow_may_go)
        (void)pthread_cond_wait(&happened, &lock);
    if (is_hidden || strcmp(name, "none") == 0)
        count = 0;
    for (size_t i = 0; i < count && i < capacity; i++) {
        found[i].family = AF_INET;
        found[i].bytes[3] = (uint8_t)(is_turned ? count - i : i + 1);
    }
    (void)pthread_mutex_unlock(&lock);
    return count > 0 ? (int)count : -EAGAIN;
}

static void changed(void *context)
{
    (void)context;
    (void)pthread_mutex_lock(&lock);
    changes++;
    (void)pthread_cond_broadcast(&happened);
    (void)pthread_mutex_unlock(&lock);
}

static void set(bool *flag, bool value)
{
    (void)pthread_mutex_lock(&lock);
    *flag = value;
    (void)pthread_cond_broadcast(&happened);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_for(const unsigned int *counter, unsigned int value)
{
    (void)pthread_mutex_lock(&lock);
    while (*counter < value)
        (void)pthread_cond_wait(&happened, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static unsigned int read_counter(const unsigned int *counter)
{
    unsigned int value;

    (void)pthread_mutex_lock(&lock);
    value = *counter;
    (void)pthread_mutex_unlock(&lock);
    return value;
}

static struct resolver *resolver;
static struct os_found found[RESOLVER_ADDRESSES_MAX];

static void start_with(uint64_t interval_ms)
{
    const struct resolver_options options = {
        .lookup = lookup, .interval_ms = interval_ms, .changed = changed};

    lookups = changes = 0;
    slow_may_go = is_hidden = is_turned = false;
    assert_int_equal(resolver_new(&options, &resolver, NULL), 0);
}

static int stop(void **state)
{
    (void)state;
    set(&slow_may_go, true);
    resolver = resolver_free(resolver);
    return 0;
}

static void names_are_looked_up(void **state)
{
    static const char *const names[] = {"a", "abc", "none"};

    (void)state;
    start_with(60000);
    assert_int_equal(resolver_set_names(resolver, names, 3), 0);
    resolver_wait(resolver, 60000);
    assert_int_equal(resolver_get(resolver, "a", found), 1);
    assert_int_equal(resolver_get(resolver, "none", found), 0);
    assert_int_equal(resolver_get(resolver, "other", found), 0);
    assert_int_equal(resolver_get(resolver, "abc", found), 3);
    assert_int_equal(found[2].bytes[3], 3);
    assert_int_equal(read_counter(&lookups), 3);
    assert_int_equal(read_counter(&changes), 0);
}

static void many_names_are_no_trouble(void **state)
{
    static char texts[200][8];
    const char *names[200];

    (void)state;
    start_with(60000);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%d", i);
        names[i] = texts[i];
    }
    assert_int_equal(resolver_set_names(resolver, names, 200), 0);
    resolver_wait(resolver, 60000);
    for (int i = 0; i < 200; i++)
        assert_int_equal(resolver_get(resolver, names[i], found), strlen(names[i]));
    assert_int_equal(read_counter(&lookups), 200);
}

static void a_slow_name_keeps_nobody_waiting_for_ever(void **state)
{
    static const char *const names[] = {"slow", "abc"};

    (void)state;
    start_with(60000);
    assert_int_equal(resolver_set_names(resolver, names, 2), 0);
    resolver_wait(resolver, 30);
    assert_int_equal(resolver_get(resolver, "slow", found), 0);
    assert_int_equal(resolver_get(resolver, "abc", found), 3);
    assert_true(resolver_is_busy(resolver));
    /* Whoever went on without it is told. */
    set(&slow_may_go, true);
    wait_for(&changes, 1);
    assert_int_equal(resolver_get(resolver, "slow", found), 4);
}

static void other_addresses_are_told(void **state)
{
    static const char *const names[] = {"abc"};

    (void)state;
    start_with(5);
    assert_int_equal(resolver_set_names(resolver, names, 1), 0);
    resolver_wait(resolver, 60000);
    /* Another order is no change, and neither is not being found. */
    set(&is_turned, true);
    wait_for(&lookups, read_counter(&lookups) + 3);
    assert_int_equal(read_counter(&changes), 0);
    set(&is_hidden, true);
    wait_for(&lookups, read_counter(&lookups) + 3);
    assert_int_equal(resolver_get(resolver, "abc", found), 3);
    assert_int_equal(read_counter(&changes), 0);
}

static void names_that_are_not_wanted_are_forgotten(void **state)
{
    static const char *const names[] = {"slow", "abc"};
    static const char *const others[] = {"ab", "abc"};

    (void)state;
    start_with(60000);
    assert_int_equal(resolver_set_names(resolver, names, 2), 0);
    wait_for(&lookups, 2);
    assert_int_equal(resolver_set_names(resolver, others, 2), 0);
    resolver_wait(resolver, 60000);
    assert_int_equal(resolver_get(resolver, "ab", found), 2);
    assert_int_equal(resolver_get(resolver, "abc", found), 3);
    set(&slow_may_go, true);
    while (resolver_is_busy(resolver))
        (void)sched_yield();
    assert_int_equal(resolver_get(resolver, "slow", found), 0);
    assert_int_equal(read_counter(&lookups), 3); /* abc was known */
}

static void the_system_knows_localhost(void **state)
{
    int count = os_lookup_host("localhost", found, RESOLVER_ADDRESSES_MAX);
    bool has_ipv4 = false;

    (void)state;
    assert_true(count > 0);
    for (int i = 0; i < count; i++)
        has_ipv4 = has_ipv4 || (found[i].family == AF_INET && found[i].bytes[0] == 127);
    assert_true(has_ipv4);
    assert_true(os_lookup_host("no.such.name.invalid", found, RESOLVER_ADDRESSES_MAX) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(names_are_looked_up, stop),
        cmocka_unit_test_teardown(many_names_are_no_trouble, stop),
        cmocka_unit_test_teardown(a_slow_name_keeps_nobody_waiting_for_ever, stop),
        cmocka_unit_test_teardown(other_addresses_are_told, stop),
        cmocka_unit_test_teardown(names_that_are_not_wanted_are_forgotten, stop),
        cmocka_unit_test(the_system_knows_localhost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
