/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "text_functions.h"

static void assert_makes(char *(*function)(const char *), const char *text, const char *expected)
{
    char *result = function(text);

    assert_non_null(result);
    assert_string_equal(result, expected);
    free(result);
}

static void test_rot13(void **state)
{
    (void)state;
    assert_makes(text_rot13, "Hello, World 42!", "Uryyb, Jbeyq 42!");
    assert_makes(text_rot13, "Uryyb, Jbeyq 42!", "Hello, World 42!");
    assert_makes(text_rot13, "AMNZ amnz @[`{", "NZAM nzam @[`{");
    assert_makes(text_rot13, "Grüße", "Teüßr");
    assert_makes(text_rot13, "", "");
}

static void test_case(void **state)
{
    (void)state;
    assert_makes(text_upper, "straße 5.3e-05", "STRASSE 5.3E-05");
    assert_makes(text_lower, "ÄÖÜ Ab", "äöü ab");
    assert_makes(text_upper, "", "");
}

static void test_reverse(void **state)
{
    (void)state;
    assert_makes(text_reverse, "5.3e-05", "50-e3.5");
    assert_makes(text_reverse, "größe", "eßörg");
    assert_makes(text_reverse, "ae\xcc\x81x",
                 "xe\xcc\x81"
                 "a"); /* e and its accent stay together */
    assert_makes(text_reverse, "", "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rot13),
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_reverse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
