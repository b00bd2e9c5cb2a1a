/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/reference.h"
#include "spec/schema.h"

static const char *written(void (*write)(struct arena *arena, struct strbuf *out))
{
    struct strbuf out;
    const char *text;

    strbuf_init(&out, 1 << 20);
    write(&fixture_arena, &out);
    assert_int_equal(strbuf_failure(&out), 0);
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return text;
}

/* A key's documentation as the format has it: what has a meaning there is escaped. */
static const char *escaped(const char *text, const char *special)
{
    struct strbuf out;
    const char *copy;

    strbuf_init(&out, 1 << 20);
    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL)
            strbuf_append_char(&out, '\\');
        strbuf_append_char(&out, *text);
    }
    copy = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return copy;
}

struct page {
    const char *text;
    const char *key_format;
    const char *special;
    size_t keys;
};

static void assert_key_is_described(struct page *page, const struct schema_key *key)
{
    const char *line;

    /* Of keys with one name in several tables each has a text of its own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    line = strstr(page->text, arena_printf(&fixture_arena, page->key_format, key->name));
#pragma GCC diagnostic pop
    if (line == NULL)
        fail_msg("the key %s is missing", key->name);
    fixture_assert_mentions(key->name, page->text, escaped(key->documentation, page->special));
    page->keys++;
}

static void assert_table_is_described(struct page *page, const struct schema *schema)
{
    if (schema == NULL || schema == &schema_anything)
        return;
    for (const struct schema_key *key = schema->keys; key != NULL && key->name != NULL; key++) {
        if ((key->flags & KEY_INTERNAL) != 0)
            continue;
        assert_key_is_described(page, key);
        assert_table_is_described(page, key->schema);
    }
    assert_table_is_described(page, schema->items);
    assert_table_is_described(page, schema->values);
}

static void every_key_of_the_tables_is_on_the_markdown_page(void **state)
{
    struct page page = {
        .text = written(reference_write_markdown),
        .key_format = "\n| `%s` | ",
        .special = "|*_<",
    };

    (void)state;
    assert_table_is_described(&page, &schema_slipway);
    assert_table_is_described(&page, &schema_slipway_service);
    assert_true(page.keys > 40);
}

static void every_key_of_the_tables_is_in_the_manual_page(void **state)
{
    struct page page = {
        .text = written(reference_write_scdoc),
        .key_format = "\n*%s*: ",
        .special = "\\*_#[]|~<>",
    };

    (void)state;
    assert_table_is_described(&page, &schema_slipway);
    assert_table_is_described(&page, &schema_slipway_service);
    assert_true(page.keys > 40);
}

static void every_table_is_described_once(void **state)
{
    static const char *const sections[] = {
        "x-slipway",
        "x-slipway.listeners.NAME",
        "x-slipway.listeners.NAME.certificates[]",
        "x-slipway.listeners.NAME.rules[]",
        "x-slipway.listeners.NAME.rules[].when",
        "x-slipway.target_groups.NAME",
        "x-slipway.target_groups.NAME.health",
        "x-slipway.target_groups.NAME.targets[]",
        "services.NAME.x-slipway",
    };
    const char *text = written(reference_write_markdown);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        const char *heading = arena_printf(&fixture_arena, "\n## `%s`\n", sections[i]);
        const char *first = strstr(text, heading);

        if (first == NULL || strstr(first + 1, heading) != NULL)
            fail_msg("%s has not one section", sections[i]);
    }
}

static void what_keys_hold_is_told_with_choices_bounds_and_defaults(void **state)
{
    const char *text = written(reference_write_markdown);

    (void)state;
    fixture_assert_mentions("choices", text,
                            "| `protocol` | http, https, tcp or tls; http when not given | ");
    fixture_assert_mentions("required", text,
                            "| `address` | an address with a port, such as :443, 127.0.0.1:8080 "
                            "or [::1]:80; must be given | ");
    fixture_assert_mentions("bounds", text,
                            "| `interval` | a duration from 1s to 5m; 5s when not given | ");
}

static void rows_of_tables_are_not_broken(void **state)
{
    const char *text = written(reference_write_markdown);

    (void)state;
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        size_t length;
        size_t columns = 0;

        line += *line == '\n';
        length = strcspn(line, "\n");
        if (*line != '|')
            continue;
        for (size_t i = 0; i < length; i++)
            columns += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
        if (columns != 4)
            fail_msg("%.*s", (int)length, line);
    }
}

static void the_manual_page_has_its_head_and_its_parts(void **state)
{
    const char *text = written(reference_write_scdoc);

    (void)state;
    assert_memory_equal(text, "x-slipway(5)", strlen("x-slipway(5)"));
    fixture_assert_mentions("name", text, "\n# NAME\n");
    fixture_assert_mentions("description", text, "\n# DESCRIPTION\n");
    fixture_assert_mentions("see also", text, "\n# SEE ALSO\n");
}

/* The example is what people copy. */
static void the_example_is_a_file_without_mistakes(void **state)
{
    const char *text = written(reference_write_markdown);
    const char *start = strstr(text, "\n```yaml\n");
    const char *end;

    (void)state;
    assert_non_null(start);
    start += strlen("\n```yaml\n");
    end = strstr(start, "```\n");
    assert_non_null(end);
    assert_non_null(value_get(
        fixture_value(arena_strndup(&fixture_arena, start, (size_t)(end - start))), "x-slipway"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_key_of_the_tables_is_on_the_markdown_page),
        FIXTURE_TEST(every_key_of_the_tables_is_in_the_manual_page),
        FIXTURE_TEST(every_table_is_described_once),
        FIXTURE_TEST(what_keys_hold_is_told_with_choices_bounds_and_defaults),
        FIXTURE_TEST(rows_of_tables_are_not_broken),
        FIXTURE_TEST(the_manual_page_has_its_head_and_its_parts),
        FIXTURE_TEST(the_example_is_a_file_without_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
