/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/shell_words.h"

#define MANY_WORDS 10000

static bool read_words(const char *text, struct shell_words *ret_words, const char **ret_message)
{
    return shell_words_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_words,
                             ret_message);
}

/* [word][word]... */
static const char *describe(const struct shell_words *words)
{
    const char *text = "";

    for (size_t i = 0; i < words->count; i++)
        text = arena_printf(&fixture_arena, "%s[%s]", text, words->words[i]);
    return text;
}

static void cuts_a_command_into_words(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", ""},
        {"  \t\r\n ", ""},
        {"nginx", "[nginx]"},
        {"nginx -g daemon", "[nginx][-g][daemon]"},
        {"  a \t b\nc\r\n", "[a][b][c]"},
        /* Quotes. */
        {"nginx -g 'daemon off;'", "[nginx][-g][daemon off;]"},
        {"sh -c \"echo $HOME | wc\"", "[sh][-c][echo $HOME | wc]"},
        {"a --b=\"c d\"'e f'g", "[a][--b=c de fg]"},
        {"a '' \"\" b", "[a][][][b]"},
        {"\"it's\" 'say \"x\"'", "[it's][say \"x\"]"},
        {"' ' \"\t\"", "[ ][\t]"},
        /* Backslashes. */
        {"a\\ b", "[a b]"},
        {"\\'a\\\" \\\\", "['a\"][\\]"},
        {"a\\tb\\nc\\d", "[a\tb\ncd]"},
        {"\"a\\nb\\\"c\\q\"", "[a\nb\"cq]"},
        {"'a\\nb\\'", "[a\\nb\\]"},
        {"'\\'", "[\\]"},
        {"a\\\nb", "[a\nb]"},
        {"bar\\  ", "[bar ]"},
        {"\\;", "[;]"},
        /* Substitutions are kept, and what is inside them too. */
        {"--bar=`baz`", "[--bar=`baz`]"},
        {"echo `a b` c", "[echo][`a b`][c]"},
        {"echo `a 'b`", "[echo][`a 'b`]"},
        {"echo `a \\n b`", "[echo][`a \\n b`]"},
        {"echo $(a \"b\" ; c | d)x", "[echo][$(a \"b\" ; c | d)x]"},
        {"echo $(`a)", "[echo][$(`a)]"},
        {"'(' \")\"", "[(][)]"},
        {"$HOME ${X}", "[$HOME][${X}]"},
        {"caf\xc3\xa9 \xe2\x80\xa8", "[caf\xc3\xa9][\xe2\x80\xa8]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shell_words words;
        const char *message = NULL;

        if (!read_words(cases[i].text, &words, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, describe(&words), cases[i].words);
        assert_int_equal(words.dropped_from, '\0');
    }
}

static void ends_at_an_operator_and_tells(void **state)
{
    static const struct {
        const char *text;
        const char *words;
        char dropped_from;
    } cases[] = {
        {"echo a; echo b", "[echo][a]", ';'},
        {"a && b", "[a]", '&'},
        {"a|b", "[a]", '|'},
        {"a < b", "[a]", '<'},
        {"a > 'b", "[a]", '>'},
        {"ls -l 2>x", "[ls][-l]", '>'},
        {"ls a2>x", "[ls][a2]", '>'},
        {"ls 2<x", "[ls][2]", '<'},
        {"; a", "", ';'},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shell_words words;
        const char *message = NULL;

        if (!read_words(cases[i].text, &words, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, describe(&words), cases[i].words);
        assert_int_equal(words.dropped_from, cases[i].dropped_from);
    }
}

static void refuses_what_is_left_open(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"foo '", "closing '"},           {"foo \"bar", "closing \""},
        {"foo `bar", "closing `"},        {"foo $(bar", "expected a ) after $("},
        {"foo \\", "last backslash"},     {"foo \"a\\", "last backslash"},
        {"echo (a)", "parenthesis"},      {"echo a)", "parenthesis"},
        {"echo $ (a)", "parenthesis"},    {"echo $(a $(b))", "parenthesis"},
        {"echo '\\'$(a)", "parenthesis"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shell_words words;
        const char *message = NULL;

        if (read_words(cases[i].text, &words, &message))
            fail_msg("\"%s\" was read as %s", cases[i].text, describe(&words));
        fixture_assert_mentions(message, cases[i].reason);
    }
}

static void reads_many_words(void **state)
{
    struct shell_words words;
    const char *message = NULL;
    char text[2 * MANY_WORDS];

    (void)state;
    for (size_t i = 0; i < MANY_WORDS; i++) {
        text[2 * i] = (char)('a' + i % 26);
        text[2 * i + 1] = ' ';
    }
    assert_true(shell_words_parse(&fixture_arena, text, sizeof(text), &words, &message));
    assert_int_equal(words.count, MANY_WORDS);
    for (size_t i = 0; i < MANY_WORDS; i++)
        assert_true(words.words[i][0] == (char)('a' + i % 26) && words.words[i][1] == '\0');
}

static void prints_what_reads_back(void **state)
{
    static const char *const words[] = {"sh", "-c", "it's; $(x) \\ \"y\" `z`", "", "\n", "a=b,c",
                                        "''", "2>x"};
    const char *text = shell_words_print(&fixture_arena, words, COUNT_OF(words));
    struct shell_words again;
    const char *message = NULL;

    (void)state;
    assert_true(read_words(text, &again, &message));
    assert_int_equal(again.count, COUNT_OF(words));
    for (size_t i = 0; i < COUNT_OF(words); i++)
        assert_string_equal(again.words[i], words[i]);
    fixture_assert_text("plain", shell_words_print(&fixture_arena, words, 2), "sh -c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(cuts_a_command_into_words), FIXTURE_TEST(ends_at_an_operator_and_tells),
        FIXTURE_TEST(refuses_what_is_left_open), FIXTURE_TEST(reads_many_words),
        FIXTURE_TEST(prints_what_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
