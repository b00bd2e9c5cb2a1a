/* SPDX-License-Identifier: Apache-2.0 */
/* What both formats of environment files share: lines, and problems with their place. */
#pragma once

#include "spec/env/dotenv.h"

struct dotenv_reader {
    struct arena *arena;
    const char *next;
    const char *end;
    const char *counted; /* line and line_start are of this place */
    const char *line_start;
    uint32_t line;
    const struct template_lookup *lookup; /* may be NULL */
    struct environment *out;
    dotenv_problem_function problem;
    void *context;
    size_t problems;
};

/* Skips a byte order mark. False when the text is no UTF-8 from the start, which is reported. */
bool dotenv_reader_init(struct dotenv_reader *reader, struct arena *arena, const char *text,
                        size_t size, const struct template_lookup *lookup, struct environment *out,
                        dotenv_problem_function problem, void *context);

/* Tells the reader that it has passed all before position, so that lines are counted once. */
void dotenv_reader_pass(struct dotenv_reader *reader, const char *position);

/* Reports a problem at position, which is not before the last one passed. Nothing more is read
 * after DOTENV_PROBLEMS_MAX of them. */
void dotenv_reader_problem(struct dotenv_reader *reader, const char *position, const char *message);

/* Whether the bytes are UTF-8 without NUL; if not, the first that is not is reported. */
bool dotenv_reader_check(struct dotenv_reader *reader, const char *text, size_t length);

/* The value of the name from the lookup, if it has one, goes into out. */
void dotenv_reader_inherit(struct dotenv_reader *reader, const char *name, size_t length);

/* The next line break, or the end. */
const char *dotenv_reader_line_end(const struct dotenv_reader *reader, const char *from);
