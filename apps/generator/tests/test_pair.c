/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "pair.h"

static unsigned read_text(const char *text, struct rules_input *ret_pair,
                          char reason[PAIR_REASON_SIZE])
{
    json_t *body = json_loads(text, 0, NULL);
    unsigned status;

    assert_non_null(body);
    status = pair_read(body, ret_pair, reason);
    json_decref(body);
    return status;
}

static void test_a_pair(void **state)
{
    char reason[PAIR_REASON_SIZE];
    struct rules_input pair;

    (void)state;
    assert_int_equal(read_text("{\"integer\": 42, \"number\": 5.3e-05}", &pair, reason), 0);
    assert_int_equal(pair.integer, 42);
    assert_true(pair.number == 5.3e-05);
    assert_true(pair.product == 42 * 5.3e-05);
    assert_int_equal(read_text("{\"number\": 2, \"integer\": -3}", &pair, reason), 0);
    assert_true(pair.product == -6);
}

static const struct {
    const char *body;
    unsigned status;
    const char *reason;
} refused[] = {
    {"{}", 400, "\"integer\" is missing"},
    {"{\"integer\": 1}", 400, "\"number\" is missing"},
    {"{\"integer\": 1, \"number\": 1, \"more\": 1}", 400, "more than"},
    {"{\"integer\": 1.0, \"number\": 1}", 400, "\"integer\" has to be a whole number"},
    {"{\"integer\": \"1\", \"number\": 1}", 400, "\"integer\" has to be a whole number"},
    {"{\"integer\": null, \"number\": 1}", 400, "\"integer\" has to be a whole number"},
    {"{\"integer\": 1, \"number\": \"1\"}", 400, "\"number\" has to be a number"},
    {"{\"integer\": 1, \"number\": true}", 400, "\"number\" has to be a number"},
    {"{\"integer\": 1, \"number\": []}", 400, "\"number\" has to be a number"},
    {"{\"integer\": 9007199254740992, \"number\": 1}", 400, "2^53"},
    {"{\"integer\": -9007199254740992, \"number\": 1}", 400, "2^53"},
    {"{\"integer\": 10, \"number\": 1.7e308}", 422, "too large"},
    {"{\"integer\": 10, \"number\": -1.7e308}", 422, "too large"},
};

static void test_what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char reason[PAIR_REASON_SIZE] = "";
        struct rules_input pair = {17, 17, 17};

        assert_int_equal(read_text(refused[i].body, &pair, reason), refused[i].status);
        assert_non_null(strstr(reason, refused[i].reason));
        assert_int_equal(pair.integer, 17);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pair),
        cmocka_unit_test(test_what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
