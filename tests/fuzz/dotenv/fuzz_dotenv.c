/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads hostile environment files in both formats. Beyond not crashing: problems have a place in
 * the file, come in its order and are what the result says; names and values hold no NUL and are
 * UTF-8; and what was read, written in single quotes, is read back the same.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/env/character.h"
#include "spec/env/dotenv.h"

struct problems {
    size_t count;
    size_t lines;
    size_t size;
    uint32_t line;
};

typedef bool (*parse_function)(struct arena *arena, const char *text, size_t size,
                               const struct template_lookup *lookup, struct environment *out,
                               dotenv_problem_function problem, void *context);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_problem(void *context, const struct dotenv_problem *problem)
{
    struct problems *problems = context;

    require(problem->line >= 1 && problem->line <= problems->lines);
    require(problem->line >= problems->line);
    require(problem->column >= 1 && problem->column <= problems->size + 1);
    require(problem->message != NULL && problem->message[0] != '\0');
    problems->line = problem->line;
    problems->count++;
}

static void check_text(const char *text, size_t length)
{
    require(character_find_invalid(text, length) == length);
    require(text[length] == '\0');
}

static void parse(struct arena *arena, parse_function function, const char *text, size_t size,
                  struct environment *out)
{
    struct problems problems = {.lines = 1, .size = size};
    struct environment outer;
    struct template_lookup lookup;

    for (size_t i = 0; i < size; i++)
        problems.lines += text[i] == '\n';
    environment_init(&outer, arena);
    environment_put(&outer, "A", 1, "${B}", 4);
    environment_put(&outer, "EMPTY", 5, "", 0);
    lookup = environment_lookup(&outer);
    lookup.growth_max = 4096;
    environment_init(out, arena);
    require(function(arena, text, size, &lookup, out, check_problem, &problems) ==
            (problems.count == 0));
    require(problems.count <= DOTENV_PROBLEMS_MAX + 1);
    for (size_t i = 0; i < environment_count(out); i++) {
        struct environment_variable variable = environment_at(out, i);

        check_text(variable.name, variable.name_length);
        check_text(variable.value, variable.value_length);
    }
}

/* NAME='value', or false for a value that single quotes cannot hold: a backslash before a quote
 * or at the end. */
static bool quote(struct arena *arena, const struct environment_variable *variable, char **ret_text,
                  size_t *ret_length)
{
    char *text = arena_alloc(arena, variable->name_length + variable->value_length * 2 + 4);
    size_t length = variable->name_length;

    memcpy(text, variable->name, length);
    text[length++] = '=';
    text[length++] = '\'';
    for (size_t i = 0; i < variable->value_length; i++) {
        char character = variable->value[i];

        if (character == '\\')
            return false;
        if (character == '\'')
            text[length++] = '\\';
        text[length++] = character;
    }
    text[length++] = '\'';
    *ret_text = text;
    *ret_length = length;
    return true;
}

static void check_reading_back(struct arena *arena, const struct environment *environment)
{
    for (size_t i = 0; i < environment_count(environment); i++) {
        struct environment_variable variable = environment_at(environment, i);
        struct environment again;
        const char *value;
        char *text;
        size_t length;

        /* A file may declare a variable of no name. */
        if (variable.name_length == 0 || !quote(arena, &variable, &text, &length))
            continue;
        environment_init(&again, arena);
        require(dotenv_parse(arena, text, length, NULL, &again, NULL, NULL));
        require(environment_count(&again) == 1);
        value = environment_get(&again, variable.name, variable.name_length, &length);
        require(value != NULL && length == variable.value_length &&
                memcmp(value, variable.value, length) == 0);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena arena;
    struct environment out;
    jmp_buf recover;

    arena_debug_malloc = true; /* so that the sanitizer sees where each allocation ends */
    arena_init(&arena, 16 << 20);
    if (setjmp(recover) == 0) {
        arena_set_recovery(&arena, &recover);
        parse(&arena, dotenv_parse_raw, (const char *)data, size, &out);
        parse(&arena, dotenv_parse, (const char *)data, size, &out);
        check_reading_back(&arena, &out);
    }
    arena_deinit(&arena);
    return 0;
}
