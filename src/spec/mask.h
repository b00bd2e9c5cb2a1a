/* SPDX-License-Identifier: Apache-2.0 */
/* Hides what is secret, for output that a person looks at. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "model/value.h"

#define MASK_TEXT "********"

/* Changes the canonical tree in place: values of variables and options that look like secrets, the
 * content of configs, what commands are given by options such as --password, and passwords in
 * URLs. */
void mask_tree(struct arena *arena, struct value *root);

/* In place, too, and nothing else: the values of headers and of the query that rules match. Some
 * are keys, which who may only look must not be able to send. */
void mask_matched(struct value *root);

/* Whether a variable of that name holds a secret, by its name. */
bool mask_is_secret_name(const char *name);

/* The value of a variable as it may be shown; the text itself when there is nothing to hide. */
const char *mask_variable(struct arena *arena, const char *name, const char *text);
