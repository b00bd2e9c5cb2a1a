/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environment files: .env beside the Compose file, and what env_file names.
 *
 *     # a comment
 *     NAME=value to the end of the line, ${OTHER:-or not} # a comment, after a space
 *     export NAME: value
 *     NAME='taken as it stands, \' apart,
 *           over as many lines as it needs'
 *     NAME="escapes (\a \b \f \n \r \t \v \\ \" \$ \0nnn), $VARIABLES and many lines"
 *     NAME
 *
 * A name alone takes its value from the lookup, or is left out. Names are letters and numbers of
 * any script and _ . - [ ]; as in the reference a name may start with a digit, or be empty.
 *
 * Variables in values are looked for first with the lookup, then in the file above them. The value
 * of a name is always the one in the file. The reference reads each file into an environment of
 * its own, with a lookup of the process first and the files before it second; the process then
 * wins over .env (environment_fill), and a later file over an earlier (environment_merge).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "spec/env/environment.h"
#include "spec/env/template.h"

/* After so many problems the rest of a file is not read. */
#define DOTENV_PROBLEMS_MAX 1000

/* Messages never show values, for these files hold secrets. */
struct dotenv_problem {
    uint32_t line;       /* from 1 */
    uint32_t column;     /* from 1, in bytes */
    const char *message; /* in the arena, or constant */
};

typedef void (*dotenv_problem_function)(void *context, const struct dotenv_problem *problem);

/* Reads the size bytes of a file into out. Each bad line is reported and left out, and reading
 * goes on at the next; false when there was one. lookup may be NULL; out must not use an arena
 * that lives shorter than it. Takes time in proportion to the size and to the values made. */
bool dotenv_parse(struct arena *arena, const char *text, size_t size,
                  const struct template_lookup *lookup, struct environment *out,
                  dotenv_problem_function problem, void *context);

/* The same for "format: raw": one NAME=value or NAME a line, the value taken as it stands with
 * its spaces, quotes, # and $; a comment is a line that starts with #. */
bool dotenv_parse_raw(struct arena *arena, const char *text, size_t size,
                      const struct template_lookup *lookup, struct environment *out,
                      dotenv_problem_function problem, void *context);
