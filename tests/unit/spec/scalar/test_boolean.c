/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/boolean.h"

static bool read_boolean(const char *text, struct boolean *ret_boolean, const char **ret_message)
{
    return boolean_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_boolean,
                         ret_message);
}

static void reads_booleans_of_yaml_1_1_as_deprecated(void **state)
{
    static const struct {
        const char *text;
        bool value;
        bool is_deprecated;
    } cases[] = {
        {"true", true, false},   {"TRUE", true, false},   {"tRue", true, false},
        {"false", false, false}, {"False", false, false}, {"yes", true, true},
        {"Y", true, true},       {"On", true, true},      {"no", false, true},
        {"N", false, true},      {"OFF", false, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct boolean boolean;
        const char *message = NULL;

        if (!read_boolean(cases[i].text, &boolean, &message))
            fail_msg("%s", message);
        if (boolean.value != cases[i].value || boolean.is_deprecated != cases[i].is_deprecated)
            fail_msg("%s: got %d, deprecated %d", cases[i].text, boolean.value,
                     boolean.is_deprecated);
    }
    fixture_assert_text("true", boolean_print(true), "true");
    fixture_assert_text("false", boolean_print(false), "false");
}

static void refuses_what_is_no_boolean(void **state)
{
    static const char *const texts[] = {"", "1", "0", "t", "f", "tru", "truex", " true", "null"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct boolean boolean;
        const char *message = NULL;

        if (read_boolean(texts[i], &boolean, &message))
            fail_msg("\"%s\" was read as %d", texts[i], boolean.value);
        fixture_assert_mentions(message, "is no boolean: expected true or false");
    }
}

static void messages_show_hostile_text_on_one_short_line(void **state)
{
    struct boolean boolean;
    const char *message = NULL;
    char text[300];

    (void)state;
    assert_false(read_boolean("a\n\"\\\x1b[31m", &boolean, &message));
    fixture_assert_mentions(message, "\"a\\x0a\\\"\\\\\\x1b[31m\" is no boolean");

    /* Cut before a sequence of two bytes, not inside it. */
    memset(text, 'x', sizeof(text));
    memcpy(text + 79, "\xc3\xa9", 2);
    assert_false(boolean_parse(&fixture_arena, text, sizeof(text), &boolean, &message));
    fixture_assert_mentions(message, "xxx...\" is no boolean");
    assert_null(strchr(message, '\xc3'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_booleans_of_yaml_1_1_as_deprecated),
        FIXTURE_TEST(refuses_what_is_no_boolean),
        FIXTURE_TEST(messages_show_hostile_text_on_one_short_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
