/* SPDX-License-Identifier: Apache-2.0 */
/* What is different between two lists of things with ids. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Appends to changed what is new or other in after than it was in before (both lists of objects, or
 * NULL), and to gone the "id" of what is not there any more. A difference in the member that is
 * ignored alone is none. */
void differ_compare(json_t *before, json_t *after, const char *ignored, json_t *changed,
                    json_t *gone);
