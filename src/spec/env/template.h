/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables in text, as the Compose specification writes them:
 *
 *     $NAME  ${NAME}       the value, or nothing when NAME is not set
 *     ${NAME-text}         the text when NAME is not set
 *     ${NAME:-text}        the text when NAME is not set or empty
 *     ${NAME+text}         the text when NAME is set, else nothing
 *     ${NAME:+text}        the text when NAME is set and not empty, else nothing
 *     ${NAME?text}         an error with the text when NAME is not set
 *     ${NAME:?text}        an error with the text when NAME is not set or empty
 *     $$                   a dollar sign
 *
 * A dollar sign before anything else stands for itself. The text may hold variables, which are
 * looked up only when it is used; it ends on its line. It ends at the brace that closes it, where
 * each { opens one and the character after a { is passed over; when no brace of the line closes
 * it so, at the last one. Values are inserted as they are and never looked through again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/hashmap.h"

/* How much longer than the text its expansion may be when the lookup does not say. */
#define TEMPLATE_GROWTH_MAX ((size_t)1 << 20)

/* How deep ${A-${B-...}} may nest. */
#define TEMPLATE_DEPTH_MAX 100

struct template_lookup {
    /* The value, *ret_length long, or NULL when the variable is not set. The value must stay until
     * the next call of get. */
    const char *(*get)(void *context, const char *name, size_t length, size_t *ret_length);
    void *context;

    /* Called for each variable without a value or a default, which becomes nothing. May be NULL. */
    void (*unset)(void *context, const char *name, size_t length);

    /* How many bytes longer than the text its expansion may be; 0 for TEMPLATE_GROWTH_MAX. */
    size_t growth_max;
};

enum template_failure {
    TEMPLATE_FINE,
    TEMPLATE_INVALID,  /* no valid variable after ${ */
    TEMPLATE_REQUIRED, /* ${NAME?text} without a value */
    TEMPLATE_TOO_DEEP,
    TEMPLATE_TOO_LONG,
};

struct template_result {
    const char *text; /* ends in NUL when the input does or anything was expanded */
    size_t length;
    enum template_failure failure;
    const char *message; /* of a failure, in the arena */
    size_t offset;       /* of a failure, in the text given */
};

/* Expands the variables of text; false on failure. Text without a $ is returned as it is, not
 * copied. Takes time in proportion to the length of the text, of the result and of the depth. */
bool template_substitute(struct arena *arena, const char *text, size_t length,
                         const struct template_lookup *lookup, struct template_result *ret_result);

/* A variable that a text mentions. The pointers are into the text; they are NULL where the text
 * gives no default, alternative or message, and none of them ends in NUL. */
struct template_variable {
    const char *name;
    size_t name_length;
    const char *default_text; /* not expanded */
    size_t default_length;
    const char *alternative;
    size_t alternative_length;
    const char *message;
    size_t message_length;
    bool required;
};

typedef void (*template_variable_function)(void *context, const struct template_variable *variable);

/* Calls visit for each variable of the text in order, then for those in its default, alternative
 * or message. Places that are not valid are passed over. */
void template_variables(const char *text, size_t length, template_variable_function visit,
                        void *context);

/* Adds the variables of the text to a map from names to struct template_variable, one per name: it
 * is required when one of its places is, and keeps the first default, alternative and message that
 * is not empty. They point into the text, which must outlive the map. */
void template_collect_variables(struct hashmap *variables, const char *text, size_t length);
