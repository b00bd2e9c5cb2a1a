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
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "control/tickets.h"

#define NOW (UINT64_C(1700000000) * TIME_SECOND)

static char folder[] = "/tmp/slipway-tickets-XXXXXX";
static char path[64];

static int start(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/ticket-keys", folder);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static bool keys_equal(const unsigned char *a, const unsigned char *b)
{
    return memcmp(a, b, BUNDLE_TICKET_KEY_SIZE) == 0;
}

static void keys_are_made_and_kept(void **state)
{
    struct tickets first, second;
    struct stat status;

    (void)state;
    assert_int_equal(tickets_load(folder, NOW, &first, NULL), 0);
    assert_false(keys_equal(first.keys.current, first.keys.previous));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(tickets_load(folder, NOW + TIME_HOUR, &second, NULL), 0);
    assert_true(keys_equal(first.keys.current, second.keys.current));
    assert_true(keys_equal(first.keys.previous, second.keys.previous));
    assert_true(tickets_left_ns(&second, NOW + TIME_HOUR) == 11 * TIME_HOUR);
}

static void keys_that_had_their_time_are_replaced(void **state)
{
    struct tickets tickets, before, again;

    (void)state;
    assert_int_equal(tickets_load(folder, NOW, &tickets, NULL), 0);
    assert_int_equal(tickets_rotate(folder, NOW + 12 * TIME_HOUR - 1, &tickets, NULL), 0);
    before = tickets;
    assert_int_equal(tickets_rotate(folder, NOW + 12 * TIME_HOUR, &tickets, NULL), 1);
    assert_true(keys_equal(tickets.keys.previous, before.keys.current));
    assert_false(keys_equal(tickets.keys.current, before.keys.current));
    /* They are kept too. */
    assert_int_equal(tickets_load(folder, NOW + 13 * TIME_HOUR, &again, NULL), 0);
    assert_true(keys_equal(again.keys.current, tickets.keys.current));
}

static void keys_of_long_ago_are_of_no_use(void **state)
{
    struct tickets first, second;

    (void)state;
    assert_int_equal(tickets_load(folder, NOW, &first, NULL), 0);
    assert_int_equal(tickets_load(folder, NOW + 24 * TIME_HOUR, &second, NULL), 0);
    assert_false(keys_equal(second.keys.previous, first.keys.current));
    assert_false(keys_equal(second.keys.current, first.keys.current));
}

static void a_clock_that_was_set_back_keeps_no_key_alive(void **state)
{
    struct tickets tickets;

    (void)state;
    assert_int_equal(tickets_load(folder, NOW, &tickets, NULL), 0);
    assert_int_equal(tickets_rotate(folder, NOW - TIME_DAY, &tickets, NULL), 1);
    assert_true(tickets.made_unix_ns == NOW - TIME_DAY);
}

static void a_damaged_file_is_replaced(void **state)
{
    struct tickets first, second;

    (void)state;
    assert_int_equal(tickets_load(folder, NOW, &first, NULL), 0);
    assert_int_equal(truncate(path, 50), 0);
    assert_int_equal(tickets_load(folder, NOW, &second, NULL), 0);
    assert_false(keys_equal(first.keys.current, second.keys.current));
}

static void keys_that_cannot_be_kept_are_not_used(void **state)
{
    _cleanup_error_ struct error *error = NULL;
    struct tickets tickets, before;

    (void)state;
    assert_int_equal(tickets_load(folder, NOW, &tickets, NULL), 0);
    before = tickets;
    assert_true(tickets_rotate("/nonexistent", NOW + TIME_DAY, &tickets, &error) < 0);
    assert_memory_equal(&before, &tickets, sizeof(tickets));
    assert_non_null(strstr(error->message, "/nonexistent/ticket-keys"));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(keys_are_made_and_kept),         TEST(keys_that_had_their_time_are_replaced),
        TEST(keys_of_long_ago_are_of_no_use), TEST(a_clock_that_was_set_back_keeps_no_key_alive),
        TEST(a_damaged_file_is_replaced),     TEST(keys_that_cannot_be_kept_are_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
