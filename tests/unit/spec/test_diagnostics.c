/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>

static const struct diagnostics_style plain = {0};

static struct mark mark_at(uint32_t source, uint32_t line, uint32_t column)
{
    return (struct mark){.source = source, .line = line, .column = column};
}

static void error_at(struct mark mark, uint32_t length, const char *message)
{
    diagnostics_error(&fixture_diagnostics, mark, length, NULL, NULL, "%s", message);
}

static const char *printed(const struct diagnostics_style *style)
{
    struct strbuf out;
    const char *text;

    strbuf_init(&out, 1 << 20);
    diagnostics_print(&fixture_diagnostics, &out, style);
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return text;
}

static const char *printed_json(void)
{
    struct strbuf out;
    const char *text;

    strbuf_init(&out, 1 << 20);
    diagnostics_print_json(&fixture_diagnostics, &out);
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return text;
}

static void an_error_shows_where_what_and_the_next_step(void **state)
{
    struct place service = {.key = "web"};
    struct place place = {.parent = &service, .key = "imagee"};
    uint32_t source = fixture_source("compose.yaml", "web:\n  imagee: nginx\n");

    (void)state;
    diagnostics_error(&fixture_diagnostics, mark_at(source, 2, 3), 6, &place, "write image",
                      "unknown key \"%s\"", "imagee");
    assert_string_equal(printed(&plain), "compose.yaml:2:3: error: web.imagee: unknown key "
                                         "\"imagee\"\n"
                                         "    2 |   imagee: nginx\n"
                                         "      |   ^~~~~~\n"
                                         "      = help: write image\n");
}

/* The caret's line for an error at the column of a line of text. */
static const char *caret_below(const char *line, uint32_t column, uint32_t length)
{
    uint32_t source = fixture_source("a", line);
    const char *text;
    const char *caret;

    fixture_forget();
    error_at(mark_at(source, 1, column), length, "wrong");
    text = printed(&plain);
    caret = strstr(text, "\n      | ");
    assert_non_null(caret);
    return caret + strlen("\n      | ");
}

static void the_caret_stands_below_the_character(void **state)
{
    static const struct {
        const char *line;
        uint32_t column;
        uint32_t length;
        const char *caret;
    } table[] = {
        {"abc", 1, 1, "^\n"},
        {"abc", 3, 0, "  ^\n"},
        {"abc", 2, 2, " ^~\n"},
        {"abc", 4, 1, "   ^\n"},                                   /* just behind the line */
        {"abc", 90, 1, "   ^\n"},                                  /* far behind it */
        {"\tabc", 2, 3, "  ^~~\n"},                                /* a tab is shown as \t */
        {"a\tb\tc", 5, 1, "      ^\n"},                            /* and each takes two columns */
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x", 4, 1, "   ^\n"}, /* of 2, 3 and 4 bytes */
        {"\x01x", 2, 1, "    ^\n"},                                /* shown as \x01 */
        {"", 1, 1, "^\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_text(table[i].line,
                            caret_below(table[i].line, table[i].column, table[i].length),
                            table[i].caret);
}

static void the_underline_ends_with_the_line(void **state)
{
    char *line = arena_alloc(&fixture_arena, 5001);

    (void)state;
    assert_string_equal(caret_below("abc", 2, 20), " ^~\n");
    assert_string_equal(caret_below("abc", 1, UINT32_MAX), "^~~\n");
    memset(line, 'a', 5000);
    assert_true(strlen(caret_below(line, 1, UINT32_MAX)) < 200);
}

/* Spans are counted in bytes; what is shown is counted in columns. */
static void the_underline_is_as_wide_as_what_it_underlines(void **state)
{
    (void)state;
    assert_string_equal(caret_below("\xc3\xa9\xe2\x82\xac: 1", 1, 5), "^~\n");
    assert_string_equal(caret_below("\"a\tb\": 1", 1, 5), "^~~~~~\n");
}

static void a_long_line_is_shown_around_the_caret(void **state)
{
    char *line = arena_alloc(&fixture_arena, 5001);
    const char *shown;
    const char *caret;
    size_t column;

    (void)state;
    memset(line, 'a', 5000);
    line[2499] = 'X';
    caret = caret_below(line, 2500, 1);
    shown = strstr(printed(&plain), "    1 | ") + strlen("    1 | ");
    column = strcspn(caret, "^");
    assert_true(strcspn(shown, "\n") < 200);
    assert_int_equal(shown[column], 'X');
}

static void a_long_line_is_never_cut_inside_a_character(void **state)
{
    char *line = arena_alloc(&fixture_arena, 1202);

    (void)state;
    for (size_t i = 0; i < 1200; i += 3)
        memcpy(line + i, "\xe2\x82\xac", 3);
    for (uint32_t column = 1; column < 400; column += 7) {
        (void)caret_below(line, column, 1);
        if (strstr(printed(&plain), "\\x") != NULL)
            fail_msg("cut inside a character with the caret at %u", column);
    }
}

static void what_was_found_is_told_in_the_order_of_files_and_lines(void **state)
{
    uint32_t first = fixture_source("first", "a\nb\n");
    uint32_t second = fixture_source("second", "a\n");

    (void)state;
    error_at(mark_at(second, 1, 1), 1, "fifth");
    error_at(mark_at(first, 2, 1), 1, "third");
    error_at(mark_at(first, 1, 1), 1, "second");
    error_at(mark_at(first, 2, 2), 1, "fourth");
    diagnostics_error_outside(&fixture_diagnostics, NULL, "%s", "first");
    (void)printed(&plain);
    for (uint32_t i = 0; i < 5; i++) {
        static const char *const order[] = {"first", "second", "third", "fourth", "fifth"};

        assert_string_equal(fixture_diagnostics.items[i].message, order[i]);
    }
}

static void the_same_finding_is_said_once(void **state)
{
    uint32_t source = fixture_source("a", "abc\nabc");

    (void)state;
    error_at(mark_at(source, 1, 1), 1, "wrong");
    error_at(mark_at(source, 1, 1), 1, "wrong");
    assert_int_equal(fixture_diagnostics.count, 1);
    assert_int_equal(fixture_diagnostics.errors, 1);
    error_at(mark_at(source, 1, 1), 1, "wrong too");
    error_at(mark_at(source, 1, 2), 1, "wrong");
    error_at(mark_at(source, 2, 1), 1, "wrong");
    error_at(mark_at(source + 1, 1, 1), 1, "wrong");
    assert_int_equal(fixture_diagnostics.errors, 5);
}

static void beyond_two_hundred_they_are_counted_only(void **state)
{
    uint32_t source = fixture_source("a", "");
    const char *text;

    (void)state;
    for (uint32_t i = 0; i < 250; i++)
        error_at(mark_at(source, i + 1, 1), 1, "wrong");
    for (uint32_t i = 0; i < 3; i++)
        diagnostics_warning(&fixture_diagnostics, mark_at(source, 900 + i, 1), 1, NULL, NULL,
                            "odd");
    /* Many of one severity do not push out the other. */
    assert_int_equal(fixture_diagnostics.count, 203);
    assert_int_equal(fixture_diagnostics.errors, 250);
    assert_int_equal(fixture_diagnostics.warnings, 3);
    text = printed(&plain);
    fixture_assert_mentions("the end", text, "\nand 50 more, not shown\n");
}

static void nothing_is_said_of_more_when_all_is_shown(void **state)
{
    uint32_t source = fixture_source("a", "");

    (void)state;
    for (uint32_t i = 0; i < 200; i++)
        error_at(mark_at(source, i + 1, 1), 1, "wrong");
    assert_null(strstr(printed(&plain), "not shown"));
}

static void nothing_is_added_while_muted(void **state)
{
    uint32_t source = fixture_source("a", "");

    (void)state;
    fixture_diagnostics.muted = true;
    error_at(mark_at(source, 1, 1), 1, "wrong");
    diagnostics_warning(&fixture_diagnostics, mark_at(source, 1, 1), 1, NULL, NULL, "odd");
    diagnostics_error_outside(&fixture_diagnostics, NULL, "wrong");
    assert_int_equal(fixture_diagnostics.count, 0);
    assert_int_equal(fixture_diagnostics.errors, 0);
    assert_int_equal(fixture_diagnostics.warnings, 0);
    fixture_diagnostics.muted = false;
    error_at(mark_at(source, 1, 1), 1, "wrong");
    assert_int_equal(fixture_diagnostics.count, 1);
}

static void control_characters_never_reach_the_terminal(void **state)
{
    struct place place = {.key = "a\033[2Jb"};
    uint32_t source = fixture_source("evil\033[31m.yaml", "x\033]0;title\007\x7f\xe2\x80\xae");

    (void)state;
    diagnostics_error(&fixture_diagnostics, mark_at(source, 1, 1), 1, &place, "do\nthis\r",
                      "found \"%s\"", "\b\033c");
    diagnostics_error_outside(&fixture_diagnostics, NULL, "no \033[1m file");
    for (const char *text = printed(&plain); *text != '\0'; text++)
        if (*text != '\n' && ((unsigned char)*text < ' ' || *text == 0x7f))
            fail_msg("the byte %02x is printed", (unsigned char)*text);
    assert_null(strstr(printed(&plain), "\xe2\x80\xae"));
    fixture_assert_mentions("the hint", printed(&plain), "= help: do\\nthis\\r\n");
}

static void colours_are_used_only_when_asked_for(void **state)
{
    uint32_t source = fixture_source("a", "abc");

    (void)state;
    error_at(mark_at(source, 1, 1), 2, "wrong");
    diagnostics_warning(&fixture_diagnostics, mark_at(source, 1, 3), 1, NULL, NULL, "odd");
    assert_null(strchr(printed(&plain), '\033'));
    assert_string_equal(printed(&(struct diagnostics_style){.colour = true}),
                        "\033[1ma:1:1:\033[0m \033[1;31merror:\033[0m wrong\n"
                        "    1 | abc\n"
                        "      | \033[1;32m^~\033[0m\n"
                        "\033[1ma:1:3:\033[0m \033[1;33mwarning:\033[0m odd\n"
                        "    1 | abc\n"
                        "      |   \033[1;32m^\033[0m\n");
}

static void a_finding_about_a_whole_file_names_the_file_alone(void **state)
{
    uint32_t source = fixture_source("a.yaml", "abc");

    (void)state;
    error_at(mark_at(source, 0, 0), 1, "the file is empty");
    assert_string_equal(printed(&plain), "a.yaml: error: the file is empty\n");
}

static void a_finding_outside_of_all_files_names_none(void **state)
{
    (void)state;
    diagnostics_error_outside(&fixture_diagnostics, "name one", "no %s", "file");
    assert_string_equal(printed(&plain), "error: no file\n      = help: name one\n");
}

static void the_prefix_is_taken_off_whole_folders_only(void **state)
{
    static const struct {
        const char *name;
        const char *prefix;
        const char *shown;
    } table[] = {
        {"/home/me/a.yaml", "/home/me", "a.yaml: error: x\n"},
        {"/home/menu/a.yaml", "/home/me", "/home/menu/a.yaml: error: x\n"},
        {"/home/me", "/home/me", "/home/me: error: x\n"},
        {"/home/me/a.yaml", "", "/home/me/a.yaml: error: x\n"},
        {"/home/me/a.yaml", NULL, "/home/me/a.yaml: error: x\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct diagnostics_style style = {.strip_prefix = table[i].prefix};

        fixture_forget();
        error_at(mark_at(fixture_source(table[i].name, ""), 0, 0), 1, "x");
        fixture_assert_text(table[i].name, printed(&style), table[i].shown);
    }
}

static void as_json_errors_and_warnings_stand_apart_with_their_places(void **state)
{
    struct place place = {.key = "a"};
    uint32_t source = fixture_source("a.yaml", "a: \"\t\"\r\n");

    (void)state;
    diagnostics_warning(&fixture_diagnostics, mark_at(source, 1, 4), 1, &place, "do so", "odd");
    error_at(mark_at(source, 0, 0), 1, "wrong");
    diagnostics_error_outside(&fixture_diagnostics, NULL, "no\nfile");
    fixture_assert_json("all", fixture_value(printed_json()),
                        "{\"errors\":["
                        "{\"message\":\"no\\nfile\"},"
                        "{\"file\":\"a.yaml\",\"message\":\"wrong\"}],"
                        "\"warnings\":["
                        "{\"file\":\"a.yaml\",\"line\":1,\"column\":4,\"path\":\"a\","
                        "\"message\":\"odd\",\"hint\":\"do so\",\"source\":\"a: \\\"\\t\\\"\"}],"
                        "\"error_count\":2,\"warning_count\":1}");
}

static void as_json_nothing_wrong_is_two_empty_lists(void **state)
{
    (void)state;
    fixture_assert_json("nothing", fixture_value(printed_json()),
                        "{\"errors\":[],\"warnings\":[],\"error_count\":0,\"warning_count\":0}");
}

static void places_are_written_with_dots_and_numbers(void **state)
{
    struct place services = {.key = "services"};
    struct place web = {.parent = &services, .key = "web"};
    struct place ports = {.parent = &web, .key = "ports"};
    struct place port = {.parent = &ports, .index = 10};
    struct place target = {.parent = &port, .key = "target"};

    (void)state;
    assert_string_equal(place_text(&fixture_arena, NULL), "");
    assert_string_equal(place_text(&fixture_arena, &services), "services");
    assert_string_equal(place_text(&fixture_arena, &port), "services.web.ports[10]");
    assert_string_equal(place_text(&fixture_arena, &target), "services.web.ports[10].target");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_error_shows_where_what_and_the_next_step),
        FIXTURE_TEST(the_caret_stands_below_the_character),
        FIXTURE_TEST(the_underline_ends_with_the_line),
        FIXTURE_TEST(the_underline_is_as_wide_as_what_it_underlines),
        FIXTURE_TEST(a_long_line_is_shown_around_the_caret),
        FIXTURE_TEST(a_long_line_is_never_cut_inside_a_character),
        FIXTURE_TEST(what_was_found_is_told_in_the_order_of_files_and_lines),
        FIXTURE_TEST(the_same_finding_is_said_once),
        FIXTURE_TEST(beyond_two_hundred_they_are_counted_only),
        FIXTURE_TEST(nothing_is_said_of_more_when_all_is_shown),
        FIXTURE_TEST(nothing_is_added_while_muted),
        FIXTURE_TEST(control_characters_never_reach_the_terminal),
        FIXTURE_TEST(colours_are_used_only_when_asked_for),
        FIXTURE_TEST(a_finding_about_a_whole_file_names_the_file_alone),
        FIXTURE_TEST(a_finding_outside_of_all_files_names_none),
        FIXTURE_TEST(the_prefix_is_taken_off_whole_folders_only),
        FIXTURE_TEST(as_json_errors_and_warnings_stand_apart_with_their_places),
        FIXTURE_TEST(as_json_nothing_wrong_is_two_empty_lists),
        FIXTURE_TEST(places_are_written_with_dots_and_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
