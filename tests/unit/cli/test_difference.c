/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/deploy/difference.h"

static struct arena arena;
static struct strbuf out;
static const struct terminal plain = {.width = 80};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 256 << 20);
    strbuf_init(&out, 16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_deinit(&out);
    arena_deinit(&arena);
    return 0;
}

static bool compare(const char *before, const char *after)
{
    strbuf_reset(&out);
    return difference_write(&arena, &out, &plain, "old", before, "new", after);
}

static void equal_texts_have_none(void **state)
{
    (void)state;
    assert_false(compare("", ""));
    assert_false(compare("a\nb\n", "a\nb\n"));
    assert_string_equal(strbuf_text(&out), "");
}

static void a_changed_line_stands_in_its_context(void **state)
{
    (void)state;
    assert_true(compare("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"));
    assert_string_equal(strbuf_text(&out), "--- old\n+++ new\n"
                                           "@@ -2,7 +2,7 @@\n"
                                           " 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

static void changes_far_apart_have_hunks_of_their_own(void **state)
{
    (void)state;
    assert_true(compare("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"));
    assert_string_equal(strbuf_text(&out), "--- old\n+++ new\n"
                                           "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
                                           "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

static void texts_may_begin_or_end_as_nothing(void **state)
{
    (void)state;
    assert_true(compare("", "a\nb"));
    assert_string_equal(strbuf_text(&out), "--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n");
    assert_true(compare("a\n", ""));
    assert_string_equal(strbuf_text(&out), "--- old\n+++ new\n@@ -1,1 +0,0 @@\n-a\n");
}

static void a_terminal_obeys_nothing_in_it(void **state)
{
    (void)state;
    assert_true(compare("", "\033[2J\n"));
    assert_non_null(strstr(strbuf_text(&out), "+\\x1b[2J\n"));
}

/* As patch(1) does it: what stands between hunks is as it was. */
static void apply_patch(const char *before, const char *patch, struct strbuf *ret)
{
    unsigned long line = 1;

    for (; *patch != '\0'; patch += strcspn(patch, "\n") + 1) {
        size_t length = strcspn(patch, "\n") + 1;

        if (*patch == '@') {
            char *end;
            unsigned long start = strtoul(patch + strlen("@@ -"), &end, 10);
            bool is_behind = strncmp(end, ",0 ", 3) == 0; /* none of the lines before */

            for (; line < start + is_behind; line++) {
                strbuf_append(ret, before, 2);
                before += 2;
            }
            continue;
        }
        if (*patch != '+') {
            assert_memory_equal(before, patch + 1, length - 1);
            before += 2;
            line++;
        }
        if (*patch != '-')
            strbuf_append(ret, patch + 1, length - 1);
    }
    strbuf_append_string(ret, before);
}

static void check_patch(const char *before, const char *after)
{
    _cleanup_strbuf_ struct strbuf patched;

    strbuf_init(&patched, 1 << 20);
    if (compare(before, after))
        apply_patch(before, strchr(strbuf_text(&out), '@'), &patched);
    else
        strbuf_append_string(&patched, before);
    assert_string_equal(strbuf_text(&patched), after);
}

static void random_text(char *text, unsigned int *seed, size_t lines)
{
    for (size_t i = 0; i < lines; i++) {
        *text++ = (char)('a' + rand_r(seed) % 3);
        *text++ = '\n';
    }
    *text = '\0';
}

static void any_two_are_told_right(void **state)
{
    unsigned int seed = 7;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        char before[64], after[64];

        random_text(before, &seed, (size_t)(rand_r(&seed) % 31));
        random_text(after, &seed, (size_t)(rand_r(&seed) % 31));
        check_patch(before, after);
    }
}

static void very_different_texts_cost_no_more_than_they_may(void **state)
{
    enum {
        LINES = 20000
    };
    char *before = malloc(LINES * 8), *after = malloc(LINES * 8);
    size_t a = 0, b = 0;

    (void)state;
    assert_non_null(before);
    assert_non_null(after);
    for (int i = 0; i < LINES; i++) {
        a += (size_t)snprintf(before + a, 8, "a%d\n", i);
        b += (size_t)snprintf(after + b, 8, "b%d\n", i);
    }
    assert_true(compare(before, after));
    assert_non_null(strstr(strbuf_text(&out), "@@ -1,20000 +1,20000 @@\n"));
    free(before);
    free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_texts_have_none),
        TEST(a_changed_line_stands_in_its_context),
        TEST(changes_far_apart_have_hunks_of_their_own),
        TEST(texts_may_begin_or_end_as_nothing),
        TEST(a_terminal_obeys_nothing_in_it),
        TEST(any_two_are_told_right),
        TEST(very_different_texts_cost_no_more_than_they_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
