/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is logged, each line is a JSON object. */
#include "common/tests/check.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/cleanup.h"
#include "common/log.h"

static int lines[2];

/* The next line that was logged, as an object; the caller owns it. */
static json_t *read_line(void)
{
    char line[8192];
    ssize_t length = read(lines[0], line, sizeof(line));
    json_t *object = NULL;

    assert_true(length > 0 && length <= 4096);
    assert_int_equal(line[length - 1], '\n');
    object = json_loadb(line, (size_t)length - 1, 0, NULL);
    assert_true(json_is_object(object));
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void a_message_is_escaped(void **state)
{
    _cleanup_json_ json_t *line = NULL;

    (void)state;
    log_error("a \"%s\" \\ \n\t\x01\x7f é \xff\xc3 %d", "b", 1);
    line = read_line();
    assert_string_equal(text_of(line, "level"), "error");
    assert_string_equal(text_of(line, "service"), "test");
    assert_string_equal(text_of(line, "message"), "a \"b\" \\ \n\t\x01\x7f é \ufffd\ufffd 1");
    assert_int_equal(strlen(text_of(line, "time")), strlen("2026-01-01T00:00:00.000Z"));
}

static void a_request_has_these_fields(void **state)
{
    _cleanup_json_ json_t *line = NULL;

    (void)state;
    log_request("GET", "/a%20\"b", 404, 12345);
    line = read_line();
    assert_string_equal(text_of(line, "method"), "GET");
    assert_string_equal(text_of(line, "path"), "/a%20\"b");
    assert_int_equal(json_integer_value(json_object_get(line, "status")), 404);
    assert_int_equal(json_integer_value(json_object_get(line, "duration_us")), 12345);
}

static void what_is_too_long_is_cut(void **state)
{
    static const char *const letters[] = {"x", "\"", "\n", "é", "\xff", "𐐀"};
    static char path[50000];

    (void)state;
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        size_t length = strlen(letters[i]);
        _cleanup_json_ json_t *line = NULL;

        for (size_t at = 0; at < 10000; at++)
            memcpy(path + at * length, letters[i], length);
        path[10000 * length] = '\0';
        log_request("GET", path, 414, 1);
        line = read_line();
        assert_int_equal(json_integer_value(json_object_get(line, "status")), 414);
        json_decref(line);
        log_info("%s", path);
        line = read_line();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_escaped),
        cmocka_unit_test(a_request_has_these_fields),
        cmocka_unit_test(what_is_too_long_is_cut),
    };

    log_init("test");
    check_move_log();
    if (pipe(lines) < 0 || dup2(lines[1], STDOUT_FILENO) < 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
