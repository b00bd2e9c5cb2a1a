/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a drawn pair means, by rules of a file. Each line is a rule, and the first one whose
 * conditions all hold says the outcome:
 *
 *     # a comment
 *     jackpot: integer = 42 and number in 0.5..1 => All of it! {product}
 *     tiny: number < 0.0001 => {"hardly anything"|rot13|upper}
 *     else: always => {integer} times {number} is {product}
 *
 * README.md beside this file describes it in full. The last rule, and no other, holds always, so
 * that there is an outcome for everything.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RULES_FILE_MAX       ((size_t)64 << 10)
#define RULES_LINE_MAX       500
#define RULES_MAX            200
#define RULES_NAME_MAX       32
#define RULES_CONDITIONS_MAX 8
#define RULES_PIECES_MAX     32
#define RULES_PROBLEMS_MAX   50

/* So that a double, and a browser, can hold each of them: 2^53 - 1. */
#define RULES_INTEGER_MAX INT64_C(9007199254740991)

struct rules;

struct rules_input {
    int64_t integer; /* within RULES_INTEGER_MAX of 0 */
    double number;   /* finite, as is the product */
    double product;
};

/* Writes each problem as a line "FILE:LINE: what is wrong" and returns NULL when there is any. */
struct rules *rules_parse(const char *file_name, const char *text, size_t size, FILE *problems);
struct rules *rules_load(const char *path, FILE *problems);
struct rules *rules_free(struct rules *rules);

size_t rules_count(const struct rules *rules);

/* The outcome, which the caller frees, and the name of the rule, which lives as long as the rules.
 * NULL when memory is out. */
char *rules_decide(const struct rules *rules, const struct rules_input *input,
                   const char **ret_rule);
