/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules_*.c files share: how a rule is kept, and how its problems are told. */
#pragma once

#include <stdbool.h>

#include "rules.h"

/* A part of the file's text. */
struct slice {
    const char *start;
    size_t length;
};

enum rule_subject {
    RULE_INTEGER,
    RULE_NUMBER,
    RULE_PRODUCT,
    RULE_NAME, /* in texts only */
    RULE_SUBJECT_COUNT,
};

extern const char *const rule_subject_names[RULE_SUBJECT_COUNT];

enum rule_relation {
    RULE_EQUAL,
    RULE_NOT_EQUAL,
    RULE_BELOW,
    RULE_AT_MOST,
    RULE_ABOVE,
    RULE_AT_LEAST,
    RULE_WITHIN, /* low to high */
    RULE_EVEN,
    RULE_ODD,
    RULE_MULTIPLE, /* of low */
};

struct rule_condition {
    enum rule_subject subject;
    enum rule_relation relation;
    bool is_negated;
    double low;
    double high;
};

#define RULE_FUNCTIONS_MAX 4

typedef char *text_function(const char *text);

/* A part of the outcome: text as it stands, or what a subject is, through functions. */
struct rule_piece {
    bool is_literal;
    struct slice literal;
    enum rule_subject subject;
    text_function *functions[RULE_FUNCTIONS_MAX];
    size_t function_count;
};

struct rule {
    char name[RULES_NAME_MAX + 1];
    size_t line;
    struct rule_condition conditions[RULES_CONDITIONS_MAX]; /* none: holds always */
    size_t condition_count;
    struct rule_piece pieces[RULES_PIECES_MAX];
    size_t piece_count;
};

/* Where the parser is, and what it found to be wrong. */
struct rules_reader {
    const char *file_name;
    size_t line;
    FILE *problems;
    size_t problem_count;
};

void rules_problem(struct rules_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct slice slice_trim(struct slice slice);
bool slice_equals(struct slice slice, const char *text);
/* Cuts off what stands in front of the first separator, and the separator; false where there is
 * none, and then all is cut off. */
bool slice_cut(struct slice *rest, const char *separator, struct slice *ret_head);

/* rules_condition.c */
void rules_read_conditions(struct rules_reader *reader, struct slice text, struct rule *rule);
bool rules_condition_holds(const struct rule_condition *condition, const struct rules_input *input);

/* rules_outcome.c */
void rules_read_outcome(struct rules_reader *reader, struct slice text, struct rule *rule);
char *rules_make_outcome(const struct rule *rule, const struct rules_input *input);

#define SLICE_ARGUMENTS(slice) (int)(slice).length, (slice).start
