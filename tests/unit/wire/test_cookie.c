/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cookie.h"

/* In a block of just the size, so that a sanitizer sees a read past the end. */
static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + (strlen(text) == 0));

    assert_non_null(copy);
    memcpy(copy, text, strlen(text));
    return copy;
}

static void assert_cookie(const char *field, const char *name, const char *expected)
{
    char *copy = copy_of(field);
    struct cookie_text value;
    bool found = cookie_find(copy, strlen(field), name, strlen(name), &value);

    assert_int_equal(found, expected != NULL);
    if (found) {
        assert_int_equal(value.length, strlen(expected));
        assert_memory_equal(value.data, expected, value.length);
    }
    free(copy);
}

static void test_a_cookie_is_found_by_its_name(void **state)
{
    (void)state;
    assert_cookie("a=1", "a", "1");
    assert_cookie("a=1; b=2;c=3", "b", "2");
    assert_cookie("a=1; b=2;c=3", "c", "3");
    assert_cookie("ab=1; b=2", "a", NULL);
    assert_cookie("A=1", "a", NULL);
    assert_cookie("a=1; a=2", "a", "1");
    assert_cookie("a=x=y=", "a", "x=y=");
    assert_cookie("a=", "a", "");
    assert_cookie(" \ta \t=\t 1 \t;b=2", "a", "1");
    assert_cookie("a=\"quoted\"; b=2", "a", "quoted");
    assert_cookie("a=\"\"", "a", "");
    assert_cookie("a=\"", "a", "\"");
}

static void test_what_is_malformed_is_passed_over(void **state)
{
    (void)state;
    assert_cookie("", "a", NULL);
    assert_cookie(";;; ;", "a", NULL);
    assert_cookie("a", "a", NULL);
    assert_cookie("a; a=1", "a", "1");
    assert_cookie("=1; a=2", "a", "2");
    /* No quote protects a semicolon. */
    assert_cookie("x=\"; a=1; y=\"", "a", "1");
}

static enum cookie_change change_of(const char *field)
{
    char *copy = copy_of(field);
    enum cookie_change change = cookie_change_of(copy, strlen(field), "sid", 3);

    free(copy);
    return change;
}

static void test_what_an_answer_does_to_a_cookie(void **state)
{
    (void)state;
    assert_int_equal(change_of("sid=1"), COOKIE_SET);
    assert_int_equal(change_of("sid=1; Path=/; Max-Age=10; HttpOnly"), COOKIE_SET);
    assert_int_equal(change_of("sid=1; expires=Wed, 21 Oct 2065 07:28:00 GMT"), COOKIE_SET);
    assert_int_equal(change_of("sid="), COOKIE_REMOVED);
    assert_int_equal(change_of("sid=1; max-age=0"), COOKIE_REMOVED);
    assert_int_equal(change_of("sid=1; Max-Age=-1"), COOKIE_REMOVED);
    assert_int_equal(change_of("sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), COOKIE_REMOVED);
    assert_int_equal(change_of("sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5"),
                     COOKIE_SET);
    assert_int_equal(change_of("side=1"), COOKIE_OTHER);
    assert_int_equal(change_of("a=1; sid=1"), COOKIE_OTHER);
    assert_int_equal(change_of("sid"), COOKIE_OTHER);
    assert_int_equal(change_of(""), COOKIE_OTHER);
}

static void test_names_are_tokens(void **state)
{
    (void)state;
    assert_true(cookie_name_is_valid("SLIPWAY-1_x", 11));
    assert_false(cookie_name_is_valid("", 0));
    assert_false(cookie_name_is_valid("a b", 3));
    assert_false(cookie_name_is_valid("a;b", 3));
    assert_false(cookie_name_is_valid("a\0b", 3));
    assert_false(cookie_name_is_valid("\xc3\xa9", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cookie_is_found_by_its_name),
        cmocka_unit_test(test_what_is_malformed_is_passed_over),
        cmocka_unit_test(test_what_an_answer_does_to_a_cookie),
        cmocka_unit_test(test_names_are_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
