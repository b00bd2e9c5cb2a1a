/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns: * stands for any text, also none, and ? for any one byte. They are brought to a simple
 * form and sorted into kinds when a snapshot is built, so that matching the common kinds is one
 * comparison.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pattern_kind {
    PATTERN_EXACT,   /* neither * nor ? */
    PATTERN_ANY,     /* "*" */
    PATTERN_PREFIX,  /* one *, at the end */
    PATTERN_SUFFIX,  /* one *, at the beginning */
    PATTERN_GENERAL, /* whatever else */
    PATTERN_KIND_COUNT,
};

/* Lower case, in ASCII only. */
extern const uint8_t pattern_lower[256];

/* Writes the pattern with each run of * as one, in lower case if told so; returns the length, which
 * is at most that of the source. */
size_t pattern_normalize(const char *source, size_t length, bool fold, char *ret_text);

enum pattern_kind pattern_classify(const char *text, size_t length);

/* Whether the kind goes with the text, as far as pattern_matches() relies on it. */
bool pattern_is_valid(uint32_t kind, const char *text, size_t length);

/* How many bytes stand before the first wildcard, and after the last one. */
size_t pattern_literal_head(const char *text, size_t length);
size_t pattern_literal_tail(const char *text, size_t length);

/* With fold, without regard to case; the pattern must be in lower case then. Takes no memory, and
 * time proportional to the length of the text times that of the longest part between two *. */
bool pattern_matches(enum pattern_kind kind, const char *pattern, size_t pattern_length,
                     const char *text, size_t text_length, bool fold);

/* Without regard to case; the first must be in lower case. */
bool pattern_equal_folded(const char *lower, const char *text, size_t length);
