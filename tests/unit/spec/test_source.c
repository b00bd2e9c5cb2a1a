/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/strbuf.h"
#include "spec/source.h"

static struct mark mark_at(uint32_t source, uint32_t line)
{
    return (struct mark){.source = source, .line = line, .column = 1};
}

static void assert_line(uint32_t source, uint32_t line, const char *expected)
{
    size_t length = 0;
    const char *text = sources_line(&fixture_sources, mark_at(source, line), &length);

    if (expected == NULL) {
        assert_null(text);
        return;
    }
    assert_non_null(text);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static void lines_are_found_without_their_ends(void **state)
{
    uint32_t source = fixture_source("a", "one\ntwo\r\n\nfour");

    (void)state;
    assert_line(source, 1, "one");
    assert_line(source, 2, "two");
    assert_line(source, 3, "");
    assert_line(source, 4, "four");
}

static void the_line_after_the_last_newline_is_empty_and_the_last(void **state)
{
    uint32_t source = fixture_source("a", "one\n");

    (void)state;
    assert_line(source, 2, "");
    assert_line(source, 3, NULL);
}

static void an_empty_text_has_one_line(void **state)
{
    uint32_t source = fixture_source("a", "");

    (void)state;
    assert_line(source, 1, "");
    assert_line(source, 2, NULL);
}

static void a_carriage_return_inside_a_line_stays(void **state)
{
    uint32_t source = fixture_source("a", "a\rb\r\r\nc");

    (void)state;
    assert_line(source, 1, "a\rb\r");
    assert_line(source, 2, "c");
}

static void text_that_does_not_end_in_nul_is_not_read_past_its_end(void **state)
{
    char *text = arena_alloc(&fixture_arena, 3);
    uint32_t source;

    (void)state;
    memcpy(text, "a\nb", 3);
    source = sources_add(&fixture_sources, "a", text, 3);
    assert_line(source, 2, "b");
}

static void there_is_no_line_where_nothing_was_written(void **state)
{
    uint32_t source = fixture_source("a", "one");

    (void)state;
    assert_line(source, 0, NULL);
    assert_line(source + 1, 1, NULL);
    assert_line(source, UINT32_MAX, NULL);
}

static void each_source_has_its_number_name_and_lines(void **state)
{
    (void)state;
    /* More than there is room for at first. */
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(fixture_source(arena_printf(&fixture_arena, "name-%u", i),
                                        arena_printf(&fixture_arena, "text-%u", i)),
                         i);
    assert_string_equal(sources_name(&fixture_sources, 0), "name-0");
    assert_string_equal(sources_name(&fixture_sources, 39), "name-39");
    assert_line(0, 1, "text-0");
    assert_line(39, 1, "text-39");
    assert_string_equal(sources_name(&fixture_sources, 40), "");
}

static void names_are_copied(void **state)
{
    char name[] = "name";
    uint32_t source = fixture_source(name, "");

    (void)state;
    name[0] = 'g';
    assert_string_equal(sources_name(&fixture_sources, source), "name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lines_are_found_without_their_ends),
        FIXTURE_TEST(the_line_after_the_last_newline_is_empty_and_the_last),
        FIXTURE_TEST(an_empty_text_has_one_line),
        FIXTURE_TEST(a_carriage_return_inside_a_line_stays),
        FIXTURE_TEST(text_that_does_not_end_in_nul_is_not_read_past_its_end),
        FIXTURE_TEST(there_is_no_line_where_nothing_was_written),
        FIXTURE_TEST(each_source_has_its_number_name_and_lines),
        FIXTURE_TEST(names_are_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
