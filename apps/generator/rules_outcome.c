/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an outcome. In it, {integer}, {number}, {product} and {rule} stand for what they
 * name, {"..."} for the text in quotes, and functions can follow: {"pbzr va"|rot13|upper}. {{ and
 * }} are the braces themselves.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "number_text.h"
#include "rules_priv.h"
#include "text_functions.h"

static const struct {
    const char *name;
    text_function *function;
} functions[] = {
    {"rot13", text_rot13},
    {"upper", text_upper},
    {"lower", text_lower},
    {"reverse", text_reverse},
};

static void read_function(struct rules_reader *reader, struct slice name, struct rule_piece *piece)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (!slice_equals(name, functions[i].name))
            continue;
        if (piece->function_count == RULE_FUNCTIONS_MAX)
            rules_problem(reader, "there are more than %d functions in one pair of braces",
                          RULE_FUNCTIONS_MAX);
        else
            piece->functions[piece->function_count++] = functions[i].function;
        return;
    }
    rules_problem(reader, "\"%.*s\" is no function; there are rot13, upper, lower and reverse",
                  SLICE_ARGUMENTS(name));
}

static void read_source(struct rules_reader *reader, struct slice source, struct rule_piece *piece)
{
    if (source.length >= 2 && source.start[0] == '"' && source.start[source.length - 1] == '"') {
        piece->is_literal = true;
        piece->literal = (struct slice){source.start + 1, source.length - 2};
        return;
    }
    for (enum rule_subject i = RULE_INTEGER; i < RULE_SUBJECT_COUNT; i++) {
        if (slice_equals(source, rule_subject_names[i])) {
            piece->subject = i;
            return;
        }
    }
    rules_problem(reader,
                  "{%.*s} is nothing known; there are integer, number, product, rule and \"TEXT\"",
                  SLICE_ARGUMENTS(source));
}

/* What stands between braces: SOURCE|FUNCTION|... */
static void read_braces(struct rules_reader *reader, struct slice text, struct rule_piece *piece)
{
    struct slice part;
    bool is_more = slice_cut(&text, "|", &part);

    read_source(reader, slice_trim(part), piece);
    while (is_more) {
        is_more = slice_cut(&text, "|", &part);
        read_function(reader, slice_trim(part), piece);
    }
}

static bool starts_with(struct slice text, const char *start)
{
    return text.length >= strlen(start) && memcmp(text.start, start, strlen(start)) == 0;
}

/* Reads one piece and returns how long it is; 0 where it is wrong. */
static size_t read_piece(struct rules_reader *reader, struct slice text, struct rule_piece *piece)
{
    const char *end;
    size_t length = 0;

    piece->is_literal = true;
    if (starts_with(text, "{{") || starts_with(text, "}}")) {
        piece->literal = (struct slice){text.start, 1};
        return 2;
    }
    if (text.start[0] == '}') {
        rules_problem(reader, "there is a \"}\" without a \"{\"; write }} for one as text");
        return 0;
    }
    if (text.start[0] != '{') {
        while (length < text.length && text.start[length] != '{' && text.start[length] != '}')
            length++;
        piece->literal = (struct slice){text.start, length};
        return length;
    }
    end = memchr(text.start, '}', text.length);
    if (end == NULL) {
        rules_problem(reader, "there is a \"{\" without a \"}\"; write {{ for one as text");
        return 0;
    }
    length = (size_t)(end - text.start);
    piece->is_literal = false;
    read_braces(reader, (struct slice){text.start + 1, length - 1}, piece);
    return length + 1;
}

void rules_read_outcome(struct rules_reader *reader, struct slice text, struct rule *rule)
{
    if (text.length == 0)
        rules_problem(reader, "there is no text behind \"=>\"");
    while (text.length > 0) {
        size_t length;

        if (rule->piece_count == RULES_PIECES_MAX) {
            rules_problem(reader, "the text has more than %d parts", RULES_PIECES_MAX);
            return;
        }
        length = read_piece(reader, text, &rule->pieces[rule->piece_count]);
        if (length == 0)
            return;
        rule->piece_count++;
        text.start += length;
        text.length -= length;
    }
}

static char *make_source(const struct rule_piece *piece, const struct rule *rule,
                         const struct rules_input *input)
{
    char text[NUMBER_TEXT_SIZE];

    if (piece->is_literal)
        return strndup(piece->literal.start, piece->literal.length);
    switch (piece->subject) {
    case RULE_INTEGER:
        (void)snprintf(text, sizeof(text), "%" PRId64, input->integer);
        return strdup(text);
    case RULE_NUMBER:
        number_text(input->number, text);
        return strdup(text);
    case RULE_PRODUCT:
        number_text(input->product, text);
        return strdup(text);
    default:
        return strdup(rule->name);
    }
}

static char *make_piece(const struct rule_piece *piece, const struct rule *rule,
                        const struct rules_input *input)
{
    char *text = make_source(piece, rule, input);

    for (size_t i = 0; i < piece->function_count && text != NULL; i++) {
        char *changed = piece->functions[i](text);

        free(text);
        text = changed;
    }
    return text;
}

char *rules_make_outcome(const struct rule *rule, const struct rules_input *input)
{
    char *outcome = NULL;
    size_t size;
    FILE *stream = open_memstream(&outcome, &size);
    bool is_good = stream != NULL;

    for (size_t i = 0; i < rule->piece_count && is_good; i++) {
        char *text = make_piece(&rule->pieces[i], rule, input);

        is_good = text != NULL && fputs(text, stream) >= 0;
        free(text);
    }
    if (stream != NULL && fclose(stream) != 0)
        is_good = false;
    if (is_good)
        return outcome;
    free(outcome);
    return NULL;
}
