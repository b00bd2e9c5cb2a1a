/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables by name, in the order they were first put. Names and values are copied into the arena
 * given to environment_init(), end in NUL and are valid as long as it is.
 *
 * Which source wins is the caller's choice: environment_merge() lets the later one win (env_file
 * after env_file), environment_fill() the earlier one (the process, then .env).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/hashmap.h"
#include "spec/env/template.h"

struct environment {
    struct hashmap variables; /* to struct environment_value */
};

struct environment_value {
    size_t length;
    char text[]; /* ends in NUL */
};

struct environment_variable {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
};

void environment_init(struct environment *environment, struct arena *arena);

/* Sets or replaces. A replaced variable keeps its place in the order. */
void environment_put(struct environment *environment, const char *name, size_t name_length,
                     const char *value, size_t value_length);

/* The value, or NULL when the variable is not set. ret_length may be NULL. */
const char *environment_get(const struct environment *environment, const char *name,
                            size_t name_length, size_t *ret_length);

/* Puts the NAME=value strings of environ(7); others are left out. envp may be NULL. */
void environment_add_process(struct environment *environment, char *const *envp);

/* Puts every variable of from; one that both have takes the value of from. */
void environment_merge(struct environment *into, const struct environment *from);

/* Puts the variables of from that into does not have. */
void environment_fill(struct environment *into, const struct environment *from);

size_t environment_count(const struct environment *environment);

/* The variable at a place in the order, below environment_count(). */
struct environment_variable environment_at(const struct environment *environment, size_t index);

/* Environments to look through, the first that has the name wins. */
struct environment_chain {
    const struct environment *const *environments;
    size_t count;
};

/* Lookups for template.h and dotenv.h; what they point to must outlive them. */
struct template_lookup environment_lookup(const struct environment *environment);
struct template_lookup environment_chain_lookup(const struct environment_chain *chain);
