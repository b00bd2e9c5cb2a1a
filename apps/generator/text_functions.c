/* SPDX-License-Identifier: Apache-2.0 */
#include "text_functions.h"

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unigbrk.h>

#define ALPHABET_HALF 13

char *text_rot13(const char *text)
{
    char *result = strdup(text);

    for (char *at = result; at != NULL && *at != '\0'; at++) {
        if ((*at >= 'a' && *at < 'a' + ALPHABET_HALF) || (*at >= 'A' && *at < 'A' + ALPHABET_HALF))
            *at = (char)(*at + ALPHABET_HALF);
        else if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z'))
            *at = (char)(*at - ALPHABET_HALF);
    }
    return result;
}

typedef uint8_t *case_map(const uint8_t *text, size_t length, const char *language,
                          uninorm_t normalization, uint8_t *buffer, size_t *ret_length);

static char *mapped(const char *text, case_map *map)
{
    size_t length;

    /* With the NUL, as the result has none of its own. */
    return (char *)map((const uint8_t *)text, strlen(text) + 1, NULL, NULL, NULL, &length);
}

char *text_upper(const char *text)
{
    return mapped(text, u8_toupper);
}

char *text_lower(const char *text)
{
    return mapped(text, u8_tolower);
}

char *text_reverse(const char *text)
{
    size_t length = strlen(text);
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + length;
    char *result = malloc(length + 1);
    char *to;

    if (result == NULL)
        return NULL;
    to = result + length;
    *to = '\0';
    while (at < end) {
        const uint8_t *next = u8_grapheme_next(at, end);

        to -= next - at;
        memcpy(to, at, (size_t)(next - at));
        at = next;
    }
    return result;
}
