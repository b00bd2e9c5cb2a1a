/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/jwt.h"

static const unsigned char key[JWT_KEY_SIZE] = "0123456789abcdef0123456789abcde";
static const char claims[] = "{\"iss\":\"slipway\",\"sub\":\"anna\"}";

/* In a block of just the size, so that a sanitizer sees a read past the end. */
static int open_copy(const char *token, size_t length, unsigned char *payload)
{
    char *copy = malloc(length > 0 ? length : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, token, length);
    r = jwt_open(copy, length, key, payload);
    free(copy);
    return r;
}

static void assert_refused(const char *token)
{
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];

    if (open_copy(token, strlen(token), payload) >= 0)
        fail_msg("taken: %s", token);
}

/* RFC 7515, A.1: the key, what is signed, and the signature. */
static void test_the_standards_example_is_signed_as_it_says(void **state)
{
    static const char key_text[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                                   "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    static const char input[] = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
                                ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                                "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    static const char expected_text[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    unsigned char long_key[64], expected[JWT_SIGNATURE_SIZE], signature[JWT_SIGNATURE_SIZE];
    char token[400];

    (void)state;
    assert_int_equal(jwt_decode(key_text, strlen(key_text), long_key, 64), 64);
    assert_int_equal(jwt_decode(expected_text, strlen(expected_text), expected, 32), 32);
    assert_int_equal(jwt_sign(long_key, 64, input, strlen(input), signature), 0);
    assert_memory_equal(signature, expected, sizeof(expected));

    /* Good as it is, it is none of ours: its header is written in another way. */
    (void)snprintf(token, sizeof(token), "%s.%s", input, expected_text);
    assert_refused(token);
}

static void test_what_was_sealed_is_opened(void **state)
{
    char token[JWT_SIZE_MAX + 1];
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];
    int length = jwt_seal(claims, strlen(claims), key, token);

    (void)state;
    assert_int_equal(length, (int)strlen(token));
    assert_int_equal(open_copy(token, (size_t)length, payload), (int)strlen(claims));
    assert_memory_equal(payload, claims, strlen(claims));
}

static void test_any_size_up_to_the_limit(void **state)
{
    static unsigned char data[JWT_PAYLOAD_SIZE_MAX + 1];
    static char token[JWT_SIZE_MAX + 1];
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)(i * 7);
    for (size_t size = 0; size <= JWT_PAYLOAD_SIZE_MAX;
         size = size < 70 ? size + 1 : size * 2 + 3) {
        int length = jwt_seal(data, size, key, token);

        assert_true(length > 0);
        assert_int_equal(open_copy(token, (size_t)length, payload), (int)size);
        assert_memory_equal(payload, data, size);
    }
    assert_true(jwt_seal(data, JWT_PAYLOAD_SIZE_MAX, key, token) > 0);
    assert_int_equal(jwt_seal(data, JWT_PAYLOAD_SIZE_MAX + 1, key, token), -E2BIG);
}

static void test_a_change_of_any_character_is_refused(void **state)
{
    char token[JWT_SIZE_MAX + 1];
    int length = jwt_seal(claims, strlen(claims), key, token);

    (void)state;
    for (int i = 0; i < length; i++) {
        for (unsigned int bit = 0; bit < 8; bit++) {
            token[i] = (char)(token[i] ^ (char)(1U << bit));
            if (token[i] != '\0')
                assert_refused(token);
            token[i] = (char)(token[i] ^ (char)(1U << bit));
        }
    }
}

static void test_every_cut_is_refused(void **state)
{
    char token[JWT_SIZE_MAX + 1];
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];
    int length = jwt_seal(claims, strlen(claims), key, token);

    (void)state;
    for (int i = 0; i < length; i++)
        assert_true(open_copy(token, (size_t)i, payload) < 0);
}

static void test_another_key_does_not_open_it(void **state)
{
    unsigned char other[JWT_KEY_SIZE] = "another key";
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];
    char token[JWT_SIZE_MAX + 1];
    int length = jwt_seal(claims, strlen(claims), other, token);

    (void)state;
    assert_int_equal(open_copy(token, (size_t)length, payload), -EBADMSG);
}

/* Signed well, with our own key, but with another header, or in another form. */
static void assert_signed_is_refused(const char *input)
{
    unsigned char signature[JWT_SIGNATURE_SIZE];
    char token[600];
    size_t length = strlen(input);

    assert_int_equal(jwt_sign(key, sizeof(key), input, length, signature), 0);
    memcpy(token, input, length);
    token[length++] = '.';
    for (size_t i = 0, bits = 0, count = 0; i <= sizeof(signature); i++) {
        static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

        bits = (bits << 8 | (i < sizeof(signature) ? signature[i] : 0)) & 0xffff;
        count += 8;
        while (count >= 6 && i < sizeof(signature)) {
            count -= 6;
            token[length++] = digits[bits >> count & 63];
        }
        if (i == sizeof(signature))
            token[length++] = digits[bits >> (count - 6) & 63];
    }
    token[length] = '\0';
    assert_refused(token);
}

static void test_other_algorithms_are_refused(void **state)
{
    (void)state;
    assert_refused("eyJhbGciOiJub25lIn0.e30.");                               /* none */
    assert_refused("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.");               /* none, typ */
    assert_signed_is_refused("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30");      /* none */
    assert_signed_is_refused("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30");     /* RS256 */
    assert_signed_is_refused("eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.e30");     /* HS512 */
    assert_signed_is_refused("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30");     /* order */
    assert_signed_is_refused("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30=");    /* padding */
    assert_signed_is_refused("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e31");     /* loose bits */
    assert_signed_is_refused("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.e30"); /* five parts */
    assert_signed_is_refused("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e3+/");    /* base64 */
    assert_signed_is_refused("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30\n");   /* white space */
}

static void test_what_is_too_long_is_refused(void **state)
{
    static char token[JWT_SIZE_MAX + 2];
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];
    int length = jwt_seal(claims, strlen(claims), key, token);

    (void)state;
    memset(token + length, 'A', sizeof(token) - (size_t)length);
    assert_int_equal(open_copy(token, sizeof(token), payload), -EINVAL);
    assert_true(open_copy(token, JWT_SIZE_MAX, payload) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_standards_example_is_signed_as_it_says),
        cmocka_unit_test(test_what_was_sealed_is_opened),
        cmocka_unit_test(test_any_size_up_to_the_limit),
        cmocka_unit_test(test_a_change_of_any_character_is_refused),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_another_key_does_not_open_it),
        cmocka_unit_test(test_other_algorithms_are_refused),
        cmocka_unit_test(test_what_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
