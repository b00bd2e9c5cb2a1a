/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/error.h"

static void carries_its_code_and_message(void **state)
{
    _cleanup_error_ struct error *error = NULL;

    (void)state;
    assert_int_equal(error_set(&error, ENOENT, "no %s in %d files", "key", 3), -ENOENT);
    assert_int_equal(error->code, ENOENT);
    assert_string_equal(error->message, "no key in 3 files");
}

static void gains_context_in_front(void **state)
{
    _cleanup_error_ struct error *error = NULL;

    (void)state;
    (void)error_set(&error, EINVAL, "not a list");
    assert_int_equal(error_prefix(&error, "services.%s", "web"), -EINVAL);
    assert_int_equal(error_prefix(&error, "web.yaml"), -EINVAL);
    assert_string_equal(error->message, "web.yaml: services.web: not a list");
    assert_int_equal(error->code, EINVAL);
}

static void formats_nothing_of_the_message_when_prefixing(void **state)
{
    _cleanup_error_ struct error *error = NULL;

    (void)state;
    (void)error_set(&error, EINVAL, "%s", "100%s%n");
    (void)error_prefix(&error, "%s", "50%d");
    assert_string_equal(error->message, "50%d: 100%s%n");
}

static void may_be_left_out(void **state)
{
    struct error *none = NULL;

    (void)state;
    assert_int_equal(error_set(NULL, EPERM, "unheard"), -EPERM);
    assert_true(error_prefix(NULL, "unheard") < 0);
    assert_true(error_prefix(&none, "unheard") < 0);
    assert_null(none);
    assert_null(error_free(NULL));
}

static void every_code_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(error_text(ENOENT), "No such file or directory");
    assert_string_equal(error_text(-ENOENT), error_text(ENOENT));
    assert_string_equal(error_text(123456), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_its_code_and_message),
        cmocka_unit_test(gains_context_in_front),
        cmocka_unit_test(formats_nothing_of_the_message_when_prefixing),
        cmocka_unit_test(may_be_left_out),
        cmocka_unit_test(every_code_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
