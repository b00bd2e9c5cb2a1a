/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions, joined by "and":
 *
 *     SUBJECT = NUMBER        and != < <= > >=
 *     SUBJECT in LOW..HIGH    both included
 *     SUBJECT is even         odd, a multiple of NUMBER; "is not" for the contrary
 *     always                  alone
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rules_priv.h"

#define NUMBER_LENGTH_MAX 40

static const struct {
    const char *sign;
    enum rule_relation relation;
} comparisons[] = {
    {"=", RULE_EQUAL},    {"!=", RULE_NOT_EQUAL}, {"<", RULE_BELOW},
    {"<=", RULE_AT_MOST}, {">", RULE_ABOVE},      {">=", RULE_AT_LEAST},
};

static struct slice cut_word(struct slice *rest)
{
    struct slice word;

    *rest = slice_trim(*rest);
    (void)slice_cut(rest, " ", &word);
    *rest = slice_trim(*rest);
    return word;
}

static bool read_number(struct rules_reader *reader, struct slice text, double *ret_number)
{
    char copy[NUMBER_LENGTH_MAX + 1] = "";
    char *end = copy;
    double number = 0;

    if (text.length <= NUMBER_LENGTH_MAX) {
        memcpy(copy, text.start, text.length);
        /* strtod() would also take "nan", "inf", "0x10" and blanks. */
        if (strspn(copy, "0123456789+-.eE") == text.length)
            number = strtod(copy, &end);
    }
    if (end == copy || *end != '\0') {
        rules_problem(reader, "\"%.*s\" is not a number such as 42, -1.5 or 1e-4",
                      SLICE_ARGUMENTS(text));
        return false;
    }
    if (!isfinite(number)) {
        rules_problem(reader, "%.*s is too large", SLICE_ARGUMENTS(text));
        return false;
    }
    *ret_number = number;
    return true;
}

/* LOW..HIGH */
static void read_range(struct rules_reader *reader, struct slice text,
                       struct rule_condition *condition)
{
    struct slice low;

    condition->relation = RULE_WITHIN;
    if (!slice_cut(&text, "..", &low)) {
        rules_problem(reader, "\"%.*s\" is not a range such as 1..10", SLICE_ARGUMENTS(low));
        return;
    }
    if (read_number(reader, low, &condition->low) && read_number(reader, text, &condition->high) &&
        condition->low > condition->high)
        rules_problem(reader, "the range %.*s..%.*s ends before it begins", SLICE_ARGUMENTS(low),
                      SLICE_ARGUMENTS(text));
}

/* What follows "is". */
static void read_kind(struct rules_reader *reader, struct slice text,
                      struct rule_condition *condition)
{
    struct slice whole = text;
    struct slice word = cut_word(&text);

    if (slice_equals(word, "not")) {
        condition->is_negated = true;
        word = cut_word(&text);
    }
    if (slice_equals(word, "even") && text.length == 0) {
        condition->relation = RULE_EVEN;
    } else if (slice_equals(word, "odd") && text.length == 0) {
        condition->relation = RULE_ODD;
    } else if (slice_equals(word, "a") && slice_equals(cut_word(&text), "multiple") &&
               slice_equals(cut_word(&text), "of")) {
        condition->relation = RULE_MULTIPLE;
        if (read_number(reader, text, &condition->low) && condition->low == 0)
            rules_problem(reader, "nothing is a multiple of 0");
    } else {
        rules_problem(reader,
                      "\"is %.*s\" is not \"is even\", \"is odd\" or \"is a multiple of NUMBER\"",
                      SLICE_ARGUMENTS(whole));
    }
}

static bool read_comparison(struct rules_reader *reader, struct slice sign, struct slice text,
                            struct rule_condition *condition)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (!slice_equals(sign, comparisons[i].sign))
            continue;
        condition->relation = comparisons[i].relation;
        (void)read_number(reader, text, &condition->low);
        return true;
    }
    return false;
}

static bool read_subject(struct slice word, enum rule_subject *ret_subject)
{
    for (enum rule_subject i = RULE_INTEGER; i <= RULE_PRODUCT; i++) {
        if (slice_equals(word, rule_subject_names[i])) {
            *ret_subject = i;
            return true;
        }
    }
    return false;
}

static void read_condition(struct rules_reader *reader, struct slice text,
                           struct rule_condition *condition)
{
    struct slice subject = cut_word(&text);
    struct slice verb = cut_word(&text);

    if (subject.length == 0)
        rules_problem(reader, "there is no condition; \"always\" is one that always holds");
    else if (!read_subject(subject, &condition->subject))
        rules_problem(reader, "a condition is on integer, number or product, not on \"%.*s\"",
                      SLICE_ARGUMENTS(subject));
    else if (slice_equals(verb, "in"))
        read_range(reader, text, condition);
    else if (slice_equals(verb, "is"))
        read_kind(reader, text, condition);
    else if (!read_comparison(reader, verb, text, condition))
        rules_problem(reader, "after %.*s comes one of = != < <= > >= in is, not \"%.*s\"",
                      SLICE_ARGUMENTS(subject), SLICE_ARGUMENTS(verb));
}

void rules_read_conditions(struct rules_reader *reader, struct slice text, struct rule *rule)
{
    bool is_more = true;

    if (slice_equals(slice_trim(text), "always"))
        return;
    while (is_more) {
        struct slice condition;

        is_more = slice_cut(&text, " and ", &condition);
        if (rule->condition_count == RULES_CONDITIONS_MAX) {
            rules_problem(reader, "there are more than %d conditions", RULES_CONDITIONS_MAX);
            return;
        }
        read_condition(reader, condition, &rule->conditions[rule->condition_count]);
        rule->condition_count++;
    }
}

static bool relation_holds(const struct rule_condition *condition, double value)
{
    switch (condition->relation) {
    case RULE_EQUAL:
        return value == condition->low;
    case RULE_NOT_EQUAL:
        return value != condition->low;
    case RULE_BELOW:
        return value < condition->low;
    case RULE_AT_MOST:
        return value <= condition->low;
    case RULE_ABOVE:
        return value > condition->low;
    case RULE_AT_LEAST:
        return value >= condition->low;
    case RULE_WITHIN:
        return value >= condition->low && value <= condition->high;
    case RULE_EVEN:
        return fmod(value, 2) == 0;
    case RULE_ODD:
        return fabs(fmod(value, 2)) == 1;
    case RULE_MULTIPLE:
        return fmod(value, condition->low) == 0;
    }
    return false;
}

bool rules_condition_holds(const struct rule_condition *condition, const struct rules_input *input)
{
    double value = condition->subject == RULE_INTEGER  ? (double)input->integer
                   : condition->subject == RULE_NUMBER ? input->number
                                                       : input->product;

    return relation_holds(condition, value) != condition->is_negated;
}
