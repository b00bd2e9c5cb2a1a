/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/server.h"
#include "common/server_path.h"

/* In a buffer of exactly the promised size, so that a sanitizer sees one byte too many. */
static enum server_match match(const char *pattern, const char *path, char *ret_parameter,
                               size_t size)
{
    const char *parameters[SERVER_PARAMETERS_MAX] = {NULL};
    char *buffer = malloc(strlen(path) + 1);
    enum server_match result = SERVER_MATCH_NO;

    assert_non_null(buffer);
    result = server_path_match(pattern, path, buffer, parameters);
    if (result == SERVER_MATCH_YES && parameters[0] != NULL) {
        assert_true(strlen(parameters[0]) < size);
        memcpy(ret_parameter, parameters[0], strlen(parameters[0]) + 1);
    }
    free(buffer);
    return result;
}

static void patterns_match_whole_paths(void **state)
{
    static const struct {
        const char *pattern;
        const char *path;
        enum server_match match;
        const char *parameter;
    } table[] = {
        {"/", "/", SERVER_MATCH_YES, ""},
        {"/healthz", "/healthz", SERVER_MATCH_YES, ""},
        {"/healthz", "/health%7A", SERVER_MATCH_YES, ""},
        {"/healthz", "/healthz/", SERVER_MATCH_NO, ""},
        {"/healthz", "/health", SERVER_MATCH_NO, ""},
        {"/healthz", "/health%00z", SERVER_MATCH_NO, ""},
        {"/healthz", "*", SERVER_MATCH_NO, ""},
        {"/healthz", "", SERVER_MATCH_NO, ""},
        {"/hello/{name}", "/hello/anna", SERVER_MATCH_YES, "anna"},
        {"/hello/{name}", "/hello/Jos%C3%a9", SERVER_MATCH_YES, "José"},
        {"/hello/{name}", "/hello/a%2Fb", SERVER_MATCH_YES, "a/b"},
        {"/hello/{name}", "/hello/a+b", SERVER_MATCH_YES, "a+b"},
        {"/hello/{name}", "/hello/", SERVER_MATCH_NO, ""},
        {"/hello/{name}", "/hello", SERVER_MATCH_NO, ""},
        {"/hello/{name}", "/hello/a/b", SERVER_MATCH_NO, ""},
        {"/hello/{name}", "/hello/a%00b", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%ff", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%C3", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%C0%80", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%ED%A0%80", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%4", SERVER_MATCH_BAD, ""},
        {"/hello/{name}", "/hello/%zz", SERVER_MATCH_BAD, ""},
        {"/{one}/x/{two}", "/a/x/b", SERVER_MATCH_YES, "a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char parameter[64] = "";

        assert_int_equal(match(table[i].pattern, table[i].path, parameter, sizeof(parameter)),
                         table[i].match);
        assert_string_equal(parameter, table[i].parameter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_whole_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
