/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as text that loses nothing: the fewest digits that read back as the same number, so that
 * 5.3e-05 stays 5.3e-05 in JSON, in the page and in the database.
 */
#pragma once

#include <stddef.h>

#define NUMBER_TEXT_SIZE 32

/* Valid JSON, always with a "." or an exponent ("42.0"). The number is finite. */
void number_text(double number, char text[NUMBER_TEXT_SIZE]);
