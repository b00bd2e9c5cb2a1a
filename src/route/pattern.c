/* SPDX-License-Identifier: Apache-2.0 */
#include "route/pattern.h"

#include <string.h>

#define SAME_8(n)  (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7
#define SAME_32(n) SAME_8(n), SAME_8((n) + 8), SAME_8((n) + 16), SAME_8((n) + 24)

const uint8_t pattern_lower[256] = {
    SAME_32(0), SAME_32(32), 64,           SAME_8('a'),  SAME_8('i'),  SAME_8('q'),
    'y',        'z',         91,           92,           93,           94,
    95,         SAME_32(96), SAME_32(128), SAME_32(160), SAME_32(192), SAME_32(224),
};

static uint8_t lower(char character)
{
    return pattern_lower[(uint8_t)character];
}

size_t pattern_normalize(const char *source, size_t length, bool fold, char *ret_text)
{
    size_t written = 0;

    for (size_t i = 0; i < length; i++) {
        if (source[i] == '*' && written > 0 && ret_text[written - 1] == '*')
            continue;
        ret_text[written++] = fold ? (char)lower(source[i]) : source[i];
    }
    return written;
}

static bool is_wildcard(char character)
{
    return character == '*' || character == '?';
}

size_t pattern_literal_head(const char *text, size_t length)
{
    size_t head = 0;

    while (head < length && !is_wildcard(text[head]))
        head++;
    return head;
}

size_t pattern_literal_tail(const char *text, size_t length)
{
    size_t tail = 0;

    while (tail < length && !is_wildcard(text[length - 1 - tail]))
        tail++;
    return tail;
}

enum pattern_kind pattern_classify(const char *text, size_t length)
{
    size_t head = pattern_literal_head(text, length);

    if (head == length)
        return PATTERN_EXACT;
    if (text[head] == '*' && length == 1)
        return PATTERN_ANY;
    if (text[head] == '*' && head == length - 1)
        return PATTERN_PREFIX;
    if (text[0] == '*' && pattern_literal_tail(text, length) == length - 1)
        return PATTERN_SUFFIX;
    return PATTERN_GENERAL;
}

bool pattern_is_valid(uint32_t kind, const char *text, size_t length)
{
    switch (kind) {
    case PATTERN_EXACT:
    case PATTERN_GENERAL:
        return true;
    case PATTERN_ANY:
        return length == 1 && text[0] == '*';
    case PATTERN_PREFIX:
        return length > 1 && text[length - 1] == '*';
    case PATTERN_SUFFIX:
        return length > 1 && text[0] == '*';
    default:
        return false;
    }
}

bool pattern_equal_folded(const char *lowered, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)lowered[i] != lower(text[i]))
            return false;
    return true;
}

static bool equal(const char *pattern, const char *text, size_t length, bool fold)
{
    if (fold)
        return pattern_equal_folded(pattern, text, length);
    return length == 0 || memcmp(pattern, text, length) == 0;
}

static bool equal_one(char pattern, char text, bool fold)
{
    return pattern == '?' || (uint8_t)pattern == (fold ? lower(text) : (uint8_t)text);
}

/* Each * first takes nothing, and one byte more whenever what follows it does not fit. Only the
 * last
 * * met is ever tried again: an earlier one could only give it less of the text to choose from. */
static bool general_matches(const char *pattern, size_t pattern_length, const char *text,
                            size_t text_length, bool fold)
{
    size_t p = 0;
    size_t t = 0;
    size_t behind_star = SIZE_MAX;
    size_t star_end = 0; /* in the text */

    while (t < text_length) {
        if (p < pattern_length && pattern[p] == '*') {
            behind_star = ++p;
            star_end = t;
            if (p == pattern_length)
                return true;
        } else if (p < pattern_length && equal_one(pattern[p], text[t], fold)) {
            p++;
            t++;
        } else if (behind_star != SIZE_MAX) {
            p = behind_star;
            t = ++star_end;
        } else {
            return false;
        }
    }
    while (p < pattern_length && pattern[p] == '*')
        p++;
    return p == pattern_length;
}

bool pattern_matches(enum pattern_kind kind, const char *pattern, size_t pattern_length,
                     const char *text, size_t text_length, bool fold)
{
    switch (kind) {
    case PATTERN_EXACT:
        return pattern_length == text_length && equal(pattern, text, text_length, fold);
    case PATTERN_ANY:
        return true;
    case PATTERN_PREFIX:
        return text_length >= pattern_length - 1 && equal(pattern, text, pattern_length - 1, fold);
    case PATTERN_SUFFIX:
        return text_length >= pattern_length - 1 &&
               equal(pattern + 1, text + text_length - (pattern_length - 1), pattern_length - 1,
                     fold);
    case PATTERN_GENERAL:
    default:
        return general_matches(pattern, pattern_length, text, text_length, fold);
    }
}
