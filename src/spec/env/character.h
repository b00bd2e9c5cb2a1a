/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The characters that variables and environment files are made of: UTF-8, and the classes that
 * the Compose reference takes from Unicode. Nothing here allocates but character_describe().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The length in bytes of the character at text and its code point; 0 when the bytes are no UTF-8
 * (overlong forms, surrogates and cut characters are none) or length is 0. */
size_t character_decode(const char *text, size_t length, uint32_t *ret_code_point);

/* The offset of the first NUL or of the first byte that is no UTF-8; length when there is none. */
size_t character_find_invalid(const char *text, size_t length);

/* White space as Unicode has it, line breaks included. */
bool character_is_space(uint32_t code_point);

/* White space that leaves a line of an environment file whole. */
bool character_is_blank(uint32_t code_point);

/* Letters and numbers of any script. Code points not assigned yet count when they stand between
 * letters, so that the table need not follow each version of Unicode. */
bool character_is_letter_or_number(uint32_t code_point);

/* The length of text without the white space at its end. */
size_t character_trim_end(const char *text, size_t length);

/* The character at text as a message names it: "x" in quotes, or what else is there. */
const char *character_describe(struct arena *arena, const char *text, size_t length);

static inline bool character_starts_name(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
}

static inline bool character_continues_name(char character)
{
    return character_starts_name(character) || (character >= '0' && character <= '9');
}
