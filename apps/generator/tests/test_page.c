/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "page.h"

static char hostile[] = "<script>alert('&\"')</script>";
static char name[] = "tiny";
static char moment[] = "2026-11-21T19:30:00Z";
static struct draw draw = {17, moment, 42, 5.3e-05, 0.002226, hostile, name};

static char *written(const char *base, const struct draw *shown, const struct draws *history)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    page_write(stream, base, shown, history);
    fclose(stream);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void test_a_draw_is_shown(void **state)
{
    struct draws history = {&draw, 1};
    char *text = written("", &draw, &history);

    (void)state;
    assert_has(text, "<dd>42</dd>");
    assert_has(text, "<dd>5.3e-05</dd>");
    assert_has(text, "<dd>0.002226</dd>");
    assert_has(text, "by the rule \"tiny\", at 2026-11-21T19:30:00Z");
    assert_has(text, "<td class=\"figure\">5.3e-05</td>");
    assert_has(text, "<button>Again</button>");
    assert_has(text, "href=\"/draws/17\"");
    free(text);
}

static void test_what_comes_from_elsewhere_is_escaped(void **state)
{
    struct draws history = {&draw, 1};
    char *text = written("", &draw, &history);

    (void)state;
    assert_null(strstr(text, "<script"));
    assert_has(text, "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;");
    free(text);
}

static void test_links_begin_with_the_base(void **state)
{
    struct draws history = {&draw, 1};
    char *text = written("/generator", &draw, &history);

    (void)state;
    assert_has(text, "href=\"/generator/style.css\"");
    assert_has(text, "action=\"/generator/draw\"");
    assert_has(text, "href=\"/generator/draws/17\"");
    assert_null(strstr(text, "href=\"/draws"));
    free(text);
}

static void test_without_any_draw(void **state)
{
    struct draws history = {NULL, 0};
    char *text = written("", NULL, &history);

    (void)state;
    assert_has(text, "Nothing was drawn yet");
    assert_has(text, "<button>Draw</button>");
    free(text);
}

static void test_a_failure_is_escaped_and_offers_another_try(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    page_write_failure(stream, "/g", "No draw", hostile);
    fclose(stream);
    assert_null(strstr(text, "<script"));
    assert_has(text, "<h1>No draw</h1>");
    assert_has(text, "action=\"/g/draw\"");
    free(text);
}

static void test_the_style_sheet_is_there(void **state)
{
    size_t size = (size_t)(page_style_end - page_style);

    (void)state;
    assert_true(size > 100);
    assert_non_null(memmem(page_style, size, "prefers-color-scheme: dark", 26));
    assert_null(memmem(page_style, size, "http", 4));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_draw_is_shown),
        cmocka_unit_test(test_what_comes_from_elsewhere_is_escaped),
        cmocka_unit_test(test_links_begin_with_the_base),
        cmocka_unit_test(test_without_any_draw),
        cmocka_unit_test(test_a_failure_is_escaped_and_offers_another_try),
        cmocka_unit_test(test_the_style_sheet_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
