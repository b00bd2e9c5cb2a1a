/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about strings, UTF-8, and printing what came from outside without harm. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

/* NULL equals NULL only. */
bool text_equal(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

#define TEXT_EDIT_LIMIT_MAX 8

/* How many bytes must be inserted, removed, replaced or swapped with their neighbour to make b of
 * a; limit + 1 where it takes more than limit. A limit above TEXT_EDIT_LIMIT_MAX counts as that.
 * Takes time proportional to limit times the shorter length. For "did you mean". */
size_t text_edit_distance(const char *a, const char *b, size_t limit);

/* Reads one character and returns its length in bytes, 1 to 4; 0 where there is none or the bytes
 * are not UTF-8 (overlong forms, surrogates and what lies beyond U+10FFFF are not). */
size_t text_utf8_decode(const char *data, size_t size, uint32_t *ret_character);

/* The offset of the first bad sequence is written where the answer is false; it may be NULL. */
bool text_is_utf8_valid(const char *data, size_t size, size_t *ret_bad_offset);

#define TEXT_ESCAPED_MAX 8

/* The next character in a form that a terminal shows and does not obey: itself, or an escape such
 * as \n, \x1b, \u202e for control characters, bytes that are not UTF-8, and the invisible marks
 * that turn the direction of text. A backslash stays as it is: the result is for eyes, not for
 * parsers. Writes at most TEXT_ESCAPED_MAX bytes and no NUL; returns how many bytes of data it
 * stands for, at least 1. size must not be 0. */
size_t text_escape_next(const char *data, size_t size, char escaped[TEXT_ESCAPED_MAX],
                        size_t *ret_length);

/* Appends all of data in that form. */
void text_escape(struct strbuf *buffer, const char *data, size_t size);
