/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers in lines that supervisors write for each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cuts the text at each separator; the last field keeps what is left. Returns how many there are;
 * the others become "". */
size_t fields_split(char *text, char separator, const char **fields, size_t count);

/* A decimal number and nothing else, up to max. */
bool fields_number(const char *text, uint64_t max, uint64_t *ret_number);

/* -1 for what is no descriptor. */
int field_fd(const char *text);
