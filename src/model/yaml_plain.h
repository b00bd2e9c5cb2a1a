/* SPDX-License-Identifier: Apache-2.0 */
/* What a plain (unquoted) YAML scalar means: whether a reader would take it for a string. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* False for what some version of YAML reads as null, a boolean, a number (also octal, hexadecimal,
 * binary, with underscores, or to the base of 60), a date or the merge key. Says nothing about
 * characters that may not stand in a plain scalar. */
bool yaml_plain_is_string(const char *text, size_t length);
