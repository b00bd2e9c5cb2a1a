/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "archive/ignore.h"
#include "base/error.h"

static const struct {
    const char *text;
    const char *path;
    bool is_ignored;
} cases[] = {
    /* plain names, and what is in a folder */
    {"a", "a", true},
    {"a", "b", false},
    {"a", "a/b/c", true},
    {"a", "ab", false},
    {"a", "b/a", false},
    {"a/b", "a/b", true},
    {"a/b", "a/b/c", true},
    {"a/b", "a", false},
    {"a/", "a/b", true},
    {"a//b/", "a/b", true},
    {"/a", "a", true},
    {"./a", "a", true},
    {"a/../b", "b", true},
    {"a/../b", "a", false},
    {"../a", "a", false},
    {".", "a", false},
    /* lines */
    {"", "a", false},
    {"# a\na", "a", true},
    {"#a", "a", false},
    {"#a", "#a", false},
    {" #a", "#a", true},
    {"  a  ", "a", true},
    {"a\r\nb\r\n", "b", true},
    {"\n\n\na", "a", true},
    {"\xef\xbb\xbf"
     "a",
     "a", true},
    /* one star, one character */
    {"*", "a", true},
    {"*", "a/b", true},
    {"*.md", "x.md", true},
    {"*.md", "d/x.md", false},
    {"*/x", "d/x", true},
    {"*/x", "x", false},
    {"*/x", "d/e/x", false},
    {"*/*/x", "d/e/x", true},
    {"a*c", "abbbc", true},
    {"a*c", "ab/c", false},
    {"a*b*c", "a1b2b3c", true},
    {"a*b*c", "a1b2b3", false},
    {"temp?", "tempa", true},
    {"temp?", "temp", false},
    {"temp?", "temp/", false},
    {"?", "\xc3\xa4", true},
    {"??", "\xc3\xa4", false},
    {"a?c", "a/c", false},
    /* two stars */
    {"**", "a/b/c", true},
    {"**/*.go", "x.go", true},
    {"**/*.go", "a/b/x.go", true},
    {"**/*.go", "a/b/x.gox", false},
    {"**/x", "x", true},
    {"**/x", "a/x", true},
    {"**/x", "ax", false},
    {"**/x", "a/b/x/c", true},
    {"a/**", "a/b/c", true},
    {"a/**", "a", false},
    {"a/**/c", "a/c", true},
    {"a/**/c", "a/b/b/c", true},
    {"a/**/c", "a/bc", false},
    {"a/**/c/*.x", "a/1/c/2/c/n.x", true},
    {"**/a/**/b/*c", "1/a/2/b/b/xc", true},
    {"**/a/**/b/*c", "1/a/2/xc", false},
    {"**x", "a/bx", true},
    {"**x*", "a/xb", true},
    {"**/.git", ".git/config", true},
    /* classes and escapes */
    {"[ab]c", "bc", true},
    {"[a-c]", "b", true},
    {"[a-c]", "d", false},
    {"[^a-c]", "d", true},
    {"[^a-c]", "b", false},
    {"x[^a]y", "x/y", false},
    {"[\\]]", "]", true},
    {"[\xc3\xa0-\xc3\xbf]", "\xc3\xa4", true},
    {"a\\*b", "a*b", true},
    {"a\\*b", "axb", false},
    {"\\#a", "#a", true},
    {"\\!a", "!a", true},
    {"a.b", "axb", false},
    {"a+(b)$", "a+(b)$", true},
    /* exceptions, and their order */
    {"*.md\n!README.md", "README.md", false},
    {"*.md\n!README.md", "OTHER.md", true},
    {"!README.md\n*.md", "README.md", true},
    {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
    {"*.md\n!README*.md\nREADME-secret.md", "README-more.md", false},
    {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
    {"a\n!a/b", "a/b/c", false},
    {"a\n!a/b", "a/c", true},
    {"*\n!src", "src/x.c", false},
    {"*\n!src", "other", true},
    {"*\n!**/*.go", "a/b.go", false},
    {"*\n!**/*.go", "a/b.c", true},
    {"a\n! b", "b", false},
    {"a\n!/a/b", "a/b", false},
    {"*\n!a\na/b", "a/b", true},
};

static void parse(const char *text, struct ignore *ignore)
{
    struct error *error = NULL;

    if (ignore_parse(text, strlen(text), "x", ignore, &error) < 0)
        fail_msg("%s: %s", text, error->message);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_ignore_ struct ignore ignore = {0};

        parse(cases[i].text, &ignore);
        if (ignore_has(&ignore, cases[i].path) != cases[i].is_ignored)
            fail_msg("\"%s\" and \"%s\"", cases[i].text, cases[i].path);
    }
}

static void test_where_exceptions_may_be(void **state)
{
    static const struct {
        const char *text, *folder;
        bool may;
    } table[] = {
        {"*", "a", false},
        {"*\n!a/b", "a", true},
        {"*\n!a/b", "c", false},
        {"*\n!a/b/c", "a/b", true},
        {"*\n!a/b/c", "a/x", false},
        {"*\n!**/x", "a/b", true},
        {"*\n!a/**/x", "a/b/c", true},
        {"*\n!a/**/x", "b", false},
        {"*\n!*/x", "b", true},
        {"*\n!*/x", "b/c", false},
        {"node_modules\n!README.md", "node_modules", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        _cleanup_ignore_ struct ignore ignore = {0};

        parse(table[i].text, &ignore);
        if (ignore_may_have_exceptions_below(&ignore, table[i].folder) != table[i].may)
            fail_msg("\"%s\" and \"%s\"", table[i].text, table[i].folder);
    }
}

static void test_bad_patterns(void **state)
{
    static const char *const table[] = {"ok\n[a",   "ok\na\\", "ok\n!",   "ok\n[]a]",
                                        "ok\n[a-]", "ok\n[^",  "ok\n[a\\"};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct ignore ignore = {0};
        struct error *error = NULL;

        assert_int_equal(ignore_parse(table[i], strlen(table[i]), "the/file", &ignore, &error),
                         -EINVAL);
        assert_non_null(strstr(error->message, "the/file:2: "));
        error = error_free(error);
    }
}

/* Many stars do not make it slow. */
static void test_many_stars(void **state)
{
    _cleanup_ignore_ struct ignore ignore = {0};
    char pattern[1201] = "", path[2802] = "";

    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(pattern + 6 * i, "**/*a/", 6);
    for (size_t i = 0; i < 1400; i++)
        memcpy(path + 2 * i, "a/", 2);
    path[2800] = 'b';
    parse(pattern, &ignore);
    assert_true(ignore_has(&ignore, path)); /* a folder that it is in */
    pattern[1199] = 'c';
    ignore_deinit(&ignore);
    parse(pattern, &ignore);
    assert_false(ignore_has(&ignore, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_where_exceptions_may_be),
        cmocka_unit_test(test_bad_patterns),
        cmocka_unit_test(test_many_stars),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
