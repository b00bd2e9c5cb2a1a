/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/supervisor/fields.h"
#include "cmd/supervisor/holdings.h"
#include "cmd/supervisor/options.h"
#include "os/memory.h"

static size_t count_descriptors(void)
{
    size_t count = 0;

    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int open_something(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void all_that_is_held_is_given_back(void **state)
{
    size_t before = count_descriptors();
    struct held_config config = {.generation = 1};
    struct holdings holdings;

    (void)state;
    holdings_init(&holdings);
    for (uint64_t i = 0; i < 3; i++) {
        config.generation = i + 1;
        config.fds[0] = open_something();
        config.fds[1] = open_something();
        holdings_put_config(&holdings, &config);
        assert_int_equal(config.fds[0], -1);
        assert_int_equal(config.generation, 0);
        /* the same ones again and again, and others */
        assert_int_equal(holdings_put_listener(&holdings, i / 2, ":80", open_something()), 0);
        assert_int_equal(holdings_put_log(&holdings, i / 2, open_something()), 0);
    }
    assert_int_equal(holdings.listener_count, 2);
    assert_int_equal(holdings.log_count, 2);
    assert_int_equal(holdings.config.generation, 3);
    assert_int_equal(count_descriptors(), before + 6);
    holdings_put_dashboard(&holdings, open_something());
    holdings_put_dashboard(&holdings, open_something());
    assert_int_equal(count_descriptors(), before + 7);
    holdings_put_dashboard(&holdings, -1);
    assert_int_equal(count_descriptors(), before + 6);
    holdings_put_dashboard(&holdings, open_something());
    holdings_drop_log(&holdings, 1);
    holdings_drop_log(&holdings, 1);
    holdings_drop_listener(&holdings, holdings_find_listener(&holdings, 0));
    assert_null(holdings_find_listener(&holdings, 0));
    assert_int_equal(count_descriptors(), before + 5);
    holdings_deinit(&holdings);
    assert_int_equal(count_descriptors(), before);
}

static void there_are_never_more_than_the_limits_say(void **state)
{
    size_t before = count_descriptors();
    struct holdings holdings;

    (void)state;
    holdings_init(&holdings);
    for (uint64_t id = 0; id < HOLDINGS_LOGS_MAX; id++)
        assert_int_equal(holdings_put_log(&holdings, id, open_something()), 0);
    assert_int_equal(holdings_put_log(&holdings, HOLDINGS_LOGS_MAX, open_something()), -ENOSPC);
    assert_int_equal(holdings_put_log(&holdings, 0, open_something()), 0);
    for (uint64_t id = 0; id < HOLDINGS_LISTENERS_MAX; id++)
        assert_int_equal(holdings_put_listener(&holdings, id, ":80", -1), 0);
    assert_int_equal(
        holdings_put_listener(&holdings, HOLDINGS_LISTENERS_MAX, ":80", open_something()), -ENOSPC);
    holdings_deinit(&holdings);
    assert_int_equal(count_descriptors(), before);
}

static void options_survive_being_stored(void **state)
{
    static char *const loader[] = {(char *)"slipway", (char *)"-f", (char *)"a b.yaml", (char *)"",
                                   NULL};
    struct supervisor_options options = {
        .runtime_dir = "/run/slipway",
        .state_dir = "/var/lib/slipway",
        .drain_timeout_ms = UINT64_MAX,
        .is_foreground = true,
        .loader_arguments = loader,
    };
    struct stored_options stored;
    int fd = options_store(&options, "/usr/bin/slipway");

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(options_read(fd, &stored, NULL), 0);
    (void)close(fd);
    assert_string_equal(stored.program, "/usr/bin/slipway");
    assert_string_equal(stored.options.runtime_dir, "/run/slipway");
    assert_string_equal(stored.options.state_dir, "/var/lib/slipway");
    assert_true(stored.options.drain_timeout_ms == UINT64_MAX);
    assert_true(stored.options.is_foreground);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(stored.options.loader_arguments[i], loader[i]);
    assert_null(stored.options.loader_arguments[4]);
    options_free(&stored);
}

static void no_loader_stays_no_loader(void **state)
{
    struct supervisor_options options = {.runtime_dir = "/r", .state_dir = "/s"};
    struct stored_options stored;
    int fd = options_store(&options, "/p");

    (void)state;
    assert_int_equal(options_read(fd, &stored, NULL), 0);
    (void)close(fd);
    assert_null(stored.options.loader_arguments);
    assert_false(stored.options.is_foreground);
    options_free(&stored);
}

static void what_is_no_options_is_refused(void **state)
{
    static const struct {
        const char *data;
        size_t size;
    } cases[] = {
        {"", 0},
        {"x", 1},
        {"slipway-options-1", 18},
        {"slipway-options-2\0p\0r\0s\0001\0000", 28},
        {"slipway-options-1\0p\0r\0s\0001\0000", 27}, /* without its last NUL */
    };
    struct stored_options stored;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_error_ struct error *error = NULL;
        int fd = os_memory_file_of("test", cases[i].data, cases[i].size);

        assert_true(options_read(fd, &stored, &error) < 0);
        assert_non_null(error);
        (void)close(fd);
    }
}

static void lines_are_cut_into_fields(void **state)
{
    char text[] = "listener.12.a.b.c";
    char empty[] = "";
    const char *fields[3];
    uint64_t number = 7;

    (void)state;
    assert_int_equal(fields_split(text, '.', fields, 3), 3);
    assert_string_equal(fields[0], "listener");
    assert_string_equal(fields[1], "12");
    assert_string_equal(fields[2], "a.b.c");
    assert_int_equal(fields_split(empty, '.', fields, 3), 1);
    assert_string_equal(fields[2], "");
    assert_true(fields_number("18446744073709551615", UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    assert_false(fields_number("18446744073709551616", UINT64_MAX, &number));
    assert_false(fields_number("12x", UINT64_MAX, &number));
    assert_false(fields_number("-1", UINT64_MAX, &number));
    assert_false(fields_number("", UINT64_MAX, &number));
    assert_false(fields_number("2", 1, &number));
    assert_true(number == UINT64_MAX);
    assert_int_equal(field_fd("3"), 3);
    assert_int_equal(field_fd("2147483648"), -1);
    assert_int_equal(field_fd("x"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_held_is_given_back),
        cmocka_unit_test(there_are_never_more_than_the_limits_say),
        cmocka_unit_test(options_survive_being_stored),
        cmocka_unit_test(no_loader_stays_no_loader),
        cmocka_unit_test(what_is_no_options_is_refused),
        cmocka_unit_test(lines_are_cut_into_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
