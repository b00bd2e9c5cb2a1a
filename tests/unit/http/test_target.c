/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"
#include "http/target.h"

static void paths_are_cut_and_decoded(void **state)
{
    struct http_segments segments;

    (void)state;
    assert_int_equal(http_segments_parse("/", &segments), 0);
    assert_int_equal(segments.count, 0);
    http_segments_deinit(&segments);

    assert_int_equal(http_segments_parse("/v1/a%2Fb/unix:%2frun+x", &segments), 0);
    assert_int_equal(segments.count, 3);
    assert_string_equal(segments.items[0], "v1");
    assert_string_equal(segments.items[1], "a/b");
    assert_string_equal(segments.items[2], "unix:/run+x");
    http_segments_deinit(&segments);
}

static void bad_paths_are_refused(void **state)
{
    static const char *const paths[] = {
        "", "*", "a", "//", "/a/", "/a//b", "/%", "/%4", "/%zz", "/a%00b", "/1/2/3/4/5/6/7/8/9"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_segments segments;

        if (http_segments_parse(paths[i], &segments) != -EINVAL)
            fail_msg("%s", paths[i]);
    }
}

static void parameters_are_found(void **state)
{
    char value[8];

    (void)state;
    assert_int_equal(http_query_find("group=a+b%21&x", "group", value, sizeof(value)), 1);
    assert_string_equal(value, "a b!");
    assert_int_equal(http_query_find("group=a&x", "x", value, sizeof(value)), 1);
    assert_string_equal(value, "");
    assert_int_equal(http_query_find("groups=a&gro=b&", "group", value, sizeof(value)), 0);
    assert_int_equal(http_query_find("", "group", value, sizeof(value)), 0);
    assert_int_equal(http_query_find("group=12345678", "group", value, sizeof(value)), -EINVAL);
    assert_int_equal(http_query_find("group=%0", "group", value, sizeof(value)), -EINVAL);
}

static void what_is_encoded_is_decoded_to_the_same(void **state)
{
    char text[256];
    struct strbuf buffer;
    struct http_segments segments;

    (void)state;
    for (int i = 0; i < 255; i++)
        text[i] = (char)(i + 1);
    text[255] = '\0';
    strbuf_init(&buffer, 4096);
    strbuf_append_char(&buffer, '/');
    http_encode(&buffer, text);
    assert_int_equal(strspn(strbuf_text(&buffer), "/%-._~:0123456789"
                                                  "abcdefghijklmnopqrstuvwxyz"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                     buffer.length);
    assert_int_equal(http_segments_parse(strbuf_text(&buffer), &segments), 0);
    assert_int_equal(segments.count, 1);
    assert_string_equal(segments.items[0], text);
    http_segments_deinit(&segments);
    strbuf_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_cut_and_decoded),
        cmocka_unit_test(bad_paths_are_refused),
        cmocka_unit_test(parameters_are_found),
        cmocka_unit_test(what_is_encoded_is_decoded_to_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
