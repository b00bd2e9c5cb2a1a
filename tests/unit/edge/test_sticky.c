/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/sticky.h"

static const struct sticky_secret secret = {
    {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
static const struct sticky_policy own = {.ttl_s = 3600, .scope = 7};
static const struct sticky_policy application = {
    .name = "sid", .name_length = 3, .ttl_s = 3600, .scope = 7, .is_of_application = true};

enum {
    NOW = 1700000000
};

static const uint64_t subject = UINT64_C(0x123456789abcdef0);

/* The Cookie field that a browser makes of a Set-Cookie. */
static size_t cookie_of(const struct sticky_policy *policy, char field[STICKY_COOKIE_MAX])
{
    size_t length = sticky_write(&secret, policy, subject, NOW, false, field);

    assert_true(length > 0);
    return strcspn(field, ";");
}

static enum sticky_decision decide(const struct sticky_policy *policy, const char *field,
                                   size_t length, uint64_t now_s, uint64_t *ret_subject)
{
    struct sticky_found found = {0};

    sticky_scan(policy, field, length, &found);
    return sticky_decide(&secret, policy, &found, now_s, ret_subject);
}

static void test_the_seal_is_siphash(void **state)
{
    /* The published vectors: key 00 01 .. 0f; messages of 0 and 8 bytes 00 01 .. */
    const uint64_t word = UINT64_C(0x0706050403020100);

    (void)state;
    assert_true(sticky_siphash(&secret, NULL, 0) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(sticky_siphash(&secret, &word, 1) == UINT64_C(0x93f5f5799a932462));
}

static void test_a_cookie_brings_back_to_its_target(void **state)
{
    char field[STICKY_COOKIE_MAX];
    size_t length = cookie_of(&own, field);
    uint64_t got = 0;

    (void)state;
    assert_int_equal(length, strlen("SLIPWAY=") + STICKY_TOKEN_SIZE);
    assert_memory_equal(field, "SLIPWAY=", 8);
    assert_non_null(strstr(field, "; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax"));
    assert_null(strstr(field, "Secure"));
    assert_int_equal(decide(&own, field, length, NOW, &got), STICKY_FRESH);
    assert_true(got == subject);
    assert_int_equal(decide(&own, field, length, NOW + 1801, &got), STICKY_OLD);
    assert_true(got == subject);
    assert_int_equal(decide(&own, field, length, NOW + 3600, &got), STICKY_NONE);
}

static void test_https_makes_it_secure(void **state)
{
    char field[STICKY_COOKIE_MAX];
    size_t length = sticky_write(&secret, &own, subject, NOW, true, field);

    (void)state;
    assert_true(length > 0);
    assert_memory_equal(field + length - 8, "; Secure", 8);
}

static void test_what_was_tampered_with_names_nobody(void **state)
{
    struct sticky_policy other = own;
    struct sticky_secret other_secret = {{1, 2}};
    struct sticky_found found = {0};
    char field[STICKY_COOKIE_MAX];
    size_t length = cookie_of(&own, field);
    uint64_t got;

    (void)state;
    for (size_t i = 8; i < length; i++) {
        char before = field[i];

        field[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(decide(&own, field, length, NOW, &got), STICKY_NONE);
        field[i] = '*';
        assert_int_equal(decide(&own, field, length, NOW, &got), STICKY_NONE);
        field[i] = before;
    }
    assert_int_equal(decide(&own, field, length - 1, NOW, &got), STICKY_NONE);
    other.scope = 8;
    assert_int_equal(decide(&other, field, length, NOW, &got), STICKY_NONE);
    sticky_scan(&own, field, length, &found);
    assert_int_equal(sticky_decide(&other_secret, &own, &found, NOW, &got), STICKY_NONE);
    assert_int_equal(decide(&own, field, length, NOW, &got), STICKY_FRESH);
}

static void test_the_applications_cookie_has_a_companion(void **state)
{
    char field[STICKY_COOKIE_MAX + 32];
    size_t length = cookie_of(&application, field);
    struct sticky_found found = {0};
    uint64_t got = 0;

    (void)state;
    assert_memory_equal(field, "sid-SLIPWAY=", 12);
    assert_int_equal(decide(&application, field, length, NOW, &got), STICKY_NONE);
    memcpy(field + length, "; sid=1", 7);
    assert_int_equal(decide(&application, field, length + 7, NOW, &got), STICKY_FRESH);
    assert_true(got == subject);
    /* In two fields, as HTTP/2 may send them. */
    sticky_scan(&application, "sid=1", 5, &found);
    sticky_scan(&application, field, length, &found);
    assert_int_equal(sticky_decide(&secret, &application, &found, NOW, &got), STICKY_FRESH);
    length = sticky_write_removal(&application, false, field);
    assert_true(length > 0);
    assert_memory_equal(field, "sid-SLIPWAY=; Max-Age=0;", 24);
}

static enum cookie_change changes(const char *first, const char *second)
{
    enum cookie_change change = COOKIE_OTHER;

    sticky_scan_answer(&application, first, strlen(first), &change);
    sticky_scan_answer(&application, second, strlen(second), &change);
    return change;
}

static void test_what_is_added_to_an_answer(void **state)
{
    struct sticky_found nothing = {0};
    struct sticky_found both = {.has_token = true, .has_application_cookie = true};

    (void)state;
    assert_int_equal(sticky_answer(&own, &nothing, STICKY_NONE, false, COOKIE_OTHER),
                     STICKY_ANSWER_SET);
    assert_int_equal(sticky_answer(&own, &both, STICKY_FRESH, true, COOKIE_OTHER),
                     STICKY_ANSWER_NOTHING);
    assert_int_equal(sticky_answer(&own, &both, STICKY_OLD, true, COOKIE_OTHER), STICKY_ANSWER_SET);
    assert_int_equal(sticky_answer(&own, &both, STICKY_FRESH, false, COOKIE_OTHER),
                     STICKY_ANSWER_SET);

    assert_int_equal(
        sticky_answer(&application, &nothing, STICKY_NONE, false, changes("a=1", "b=1")),
        STICKY_ANSWER_NOTHING);
    assert_int_equal(
        sticky_answer(&application, &nothing, STICKY_NONE, false, changes("sid=1", "b=1")),
        STICKY_ANSWER_SET);
    assert_int_equal(
        sticky_answer(&application, &both, STICKY_FRESH, true, changes("a=1", "sid=; Max-Age=0")),
        STICKY_ANSWER_REMOVE);
    assert_int_equal(sticky_answer(&application, &both, STICKY_FRESH, true, COOKIE_OTHER),
                     STICKY_ANSWER_NOTHING);
    assert_int_equal(sticky_answer(&application, &both, STICKY_FRESH, false, COOKIE_OTHER),
                     STICKY_ANSWER_SET);
}

static void test_a_name_without_room_is_never_sticky(void **state)
{
    static char name[STICKY_NAME_MAX + 1];
    struct sticky_policy policy = own;
    char field[STICKY_COOKIE_MAX];

    (void)state;
    memset(name, 'n', sizeof(name));
    policy.name = name;
    policy.name_length = STICKY_NAME_MAX;
    assert_true(sticky_write(&secret, &policy, subject, NOW, true, field) > 0);
    policy.name_length = sizeof(name);
    assert_int_equal(sticky_write(&secret, &policy, subject, NOW, true, field), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_seal_is_siphash),
        cmocka_unit_test(test_a_cookie_brings_back_to_its_target),
        cmocka_unit_test(test_https_makes_it_secure),
        cmocka_unit_test(test_what_was_tampered_with_names_nobody),
        cmocka_unit_test(test_the_applications_cookie_has_a_companion),
        cmocka_unit_test(test_what_is_added_to_an_answer),
        cmocka_unit_test(test_a_name_without_room_is_never_sticky),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
