/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/server.h"
#include "common/server_answer.h"

static unsigned read_object(const char *type, const char *body, size_t length)
{
    struct server_request request = {.content_type = type, .body = body, .body_length = length};
    struct server_answer answer = {0};
    _cleanup_json_ json_t *object = server_read_object(&request, &answer);
    unsigned status = answer.status;

    assert_true((object != NULL) == (status == 0));
    server_answer_deinit(&answer);
    return status;
}

static void bodies_are_strict_objects(void **state)
{
    static const struct {
        const char *body;
        unsigned status;
    } table[] = {
        {"{}", 0},
        {" {\"a\": [1, 2]}\n", 0},
        {"", 400},
        {"{", 400},
        {"{} x", 400},
        {"{}{}", 400},
        {"[]", 400},
        {"\"a\"", 400},
        {"null", 400},
        {"{\"a\": 1, \"a\": 1}", 400},
        {"{\"a\": \"\\u0000\"}", 400},
        {"{\"a\\u0000\": 1}", 400},
        {"{\"a\": \"\xff\"}", 400},
        {"{\"a\": 1,}", 400},
        {"{'a': 1}", 400},
        {"dateOfBirth=2000-01-01", 400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_int_equal(read_object(NULL, table[i].body, strlen(table[i].body)), table[i].status);
    assert_int_equal(read_object(NULL, "{}\0", 3), 400);
}

static void types_are_json_or_what_curl_sends(void **state)
{
    (void)state;
    assert_int_equal(read_object("application/json", "{}", 2), 0);
    assert_int_equal(read_object("Application/JSON; charset=utf-8", "{}", 2), 0);
    assert_int_equal(read_object("application/x-www-form-urlencoded", "{}", 2), 0);
    assert_int_equal(read_object("application/jsonl", "{}", 2), 415);
    assert_int_equal(read_object("text/plain", "{}", 2), 415);
    assert_int_equal(read_object("", "{}", 2), 415);
}

static void answers_are_json_lines(void **state)
{
    struct server_answer answer = {0};

    (void)state;
    server_answer_error(&answer, 400, "bad \"%s\"", "x");
    assert_int_equal(answer.status, 400);
    assert_string_equal(answer.body, "{\"error\": \"bad \\\"x\\\"\"}\n");
    assert_int_equal(answer.body_length, strlen(answer.body));
    server_answer_json(&answer, 200, NULL);
    assert_int_equal(answer.status, 500);
    server_answer_bytes(&answer, 200, "text/html", "abc", 3);
    assert_memory_equal(answer.body, "abc", 3);
    for (int i = 0; i < 10; i++)
        server_answer_header(&answer, "X", "y");
    assert_int_equal(answer.header_count, SERVER_ANSWER_HEADERS_MAX);
    server_answer_empty(&answer, 204);
    assert_null(answer.body);
    server_answer_deinit(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_strict_objects),
        cmocka_unit_test(types_are_json_or_what_curl_sends),
        cmocka_unit_test(answers_are_json_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
