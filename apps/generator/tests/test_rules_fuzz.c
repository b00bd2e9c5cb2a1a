/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * The parser against whatever: texts made of pieces that it knows, bent by a seeded generator, and
 * bodies likewise. Nothing may crash, and what is accepted must decide.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "pair.h"
#include "rules.h"

#define RULE_ROUNDS 5000
#define BODY_ROUNDS 20000
#define SEED        UINT64_C(20261121)

static uint64_t random_state;

static size_t below(size_t count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % count);
}

static const char *const rule_parts[] = {
    "a",
    "b1",
    ": ",
    " => ",
    "always",
    "integer ",
    "number ",
    "product ",
    "= ",
    "!= ",
    "< ",
    ">= ",
    "in ",
    "is ",
    "not ",
    "even ",
    "odd ",
    "a multiple of ",
    "1..5 ",
    "5",
    "1e-4 ",
    "-0",
    " and ",
    "{",
    "}",
    "{{",
    "}}",
    "|",
    "rot13",
    "upper",
    "reverse",
    "lower",
    "{rule}",
    "\"",
    "\n",
    "\r\n",
    "#",
    "\xc3\xa4",
    "\xff",
    "\t",
    "e\xcc\x81",
    "..",
    "1e999 ",
    "nan ",
    "{integer|reverse}",
    "\nelse: always => x\n",
    "a: integer = 5 => x\n",
    "b: number < 1 and integer is odd => {number}\n",
};

static const char *const rule_starts[] = {"", "a: integer ", "a: number = 5 => ",
                                          "a: integer is odd => x"};
static const char *const rule_ends[] = {"", "\nelse: always => x\n"};

static const char *const body_starts[] = {
    "", "{", "{\"integer\": 42, \"number\": ", "{\"number\": 5.3e-05, \"integer\": "};
static const char *const body_ends[] = {"", "}"};

static const char *const body_parts[] = {
    "{",
    "}",
    "\"integer\"",
    "\"number\"",
    ":",
    ",",
    "42",
    "5.3e-05",
    "1e308",
    "NaN",
    "-",
    "1e999",
    "null",
    "[",
    "]",
    "\"x\"",
    "true",
    "1e-999",
    "99999999999999999999",
    "9007199254740993",
    " ",
    "{\"integer\": 42, \"number\": 5.3e-05}",
    "\"\\u0000\"",
    "\xff",
    "{\"integer\": 3, \"number\": ",
};

/* Some of the parts, in any order, behind a start and in front of an end that make sense. */
static size_t make(char *to, size_t size, const char *start, const char *const *parts,
                   size_t part_count, const char *end)
{
    FILE *stream = fmemopen(to, size, "w");
    size_t length;

    fputs(start, stream);
    for (size_t n = below(8); n > 0; n--)
        fputs(parts[below(part_count)], stream);
    fputs(end, stream);
    length = (size_t)ftell(stream);
    fclose(stream);
    if (length > 0 && below(4) == 0)
        to[below(length)] = (char)below(256);
    return length;
}

static void decide(const struct rules *rules)
{
    static const struct rules_input inputs[] = {
        {42, 5.3e-05, 42 * 5.3e-05},
        {-RULES_INTEGER_MAX, -5e-324, 9007199254740991 * 5e-324},
        {0, 1.7e308, 0},
    };

    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        const char *rule = NULL;
        char *outcome = rules_decide(rules, &inputs[i], &rule);
        json_t *text = json_string(outcome); /* it takes UTF-8 only */

        assert_non_null(outcome);
        assert_non_null(text);
        assert_true(strlen(rule) > 0);
        json_decref(text);
        free(outcome);
    }
}

static void test_rules(void **state)
{
    int accepted = 0;

    (void)state;
    random_state = SEED;
    for (int i = 0; i < RULE_ROUNDS; i++) {
        char text[1024];
        size_t size = make(text, sizeof(text), rule_starts[below(4)], rule_parts,
                           sizeof(rule_parts) / sizeof(rule_parts[0]), rule_ends[below(2)]);
        char *exact = malloc(size + 1); /* a read beyond its end is seen */
        char *problems = NULL;
        size_t problems_size;
        FILE *stream = open_memstream(&problems, &problems_size);
        struct rules *rules;

        memcpy(exact, text, size);
        rules = rules_parse("r", exact, size, stream);
        free(exact);
        fclose(stream);
        assert_int_equal(rules != NULL, problems_size == 0);
        if (rules != NULL) {
            accepted++;
            decide(rules);
        }
        rules_free(rules);
        free(problems);
    }
    assert_true(accepted > RULE_ROUNDS / 100); /* else the parts are not worth much */
}

static void test_bodies(void **state)
{
    int accepted = 0;

    (void)state;
    random_state = SEED;
    for (int i = 0; i < BODY_ROUNDS; i++) {
        char text[1024];
        size_t size = make(text, sizeof(text), body_starts[below(4)], body_parts,
                           sizeof(body_parts) / sizeof(body_parts[0]), body_ends[below(2)]);
        json_t *body = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
        char reason[PAIR_REASON_SIZE] = "";
        struct rules_input pair = {0};
        unsigned status;

        if (!json_is_object(body)) {
            json_decref(body);
            continue;
        }
        status = pair_read(body, &pair, reason);
        assert_true(status == 0 || status == 400 || status == 422);
        assert_int_equal(status == 0, reason[0] == '\0');
        assert_true(isfinite(pair.product));
        accepted += status == 0;
        json_decref(body);
    }
    assert_true(accepted > BODY_ROUNDS / 1000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
