/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of users: letters only, of any script (Unicode's general category L). A letter that is
 * typed as a base letter and a combining mark counts when the two have a composed form (NFC): "e" +
 * U+0301 is as good as U+00E9. A mark without one, a digit, a space or an emoji is refused.
 */
#pragma once

#include <stdbool.h>

#define NAME_LETTERS_MAX 100

/* NULL when the name is good, else what is wrong with it. `name` is valid UTF-8. */
const char *name_check(const char *name);

/*
 * By what a name is looked up: the same for all ways to write it, in upper or lower case, composed
 * or not ("STRASSE" and "Straße" are one user). NULL without memory; the caller frees it.
 */
char *name_key(const char *name);
