/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules can do to a text. Each takes UTF-8 and returns UTF-8 that the caller frees, or NULL
 * when memory is out.
 */
#pragma once

#include <stddef.h>

/* Letters from A to Z move by 13 places, so that doing it twice changes nothing. Other letters stay
 * as they are. */
char *text_rot13(const char *text);

/* By Unicode's rules, of no particular language. */
char *text_upper(const char *text);
char *text_lower(const char *text);

/* By characters as one sees them: a letter keeps its accents. */
char *text_reverse(const char *text);
