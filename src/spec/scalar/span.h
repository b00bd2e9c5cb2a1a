/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of a text that somebody else owns. For the parsers of this folder, which cut their text
 * into sections without copying it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *text; /* does not end in NUL */
    size_t length;
};

static inline struct span span_make(const char *text, size_t length)
{
    return (struct span){.text = text, .length = length};
}

/* The part behind the first skip bytes. */
static inline struct span span_from(struct span span, size_t skip)
{
    return span_make(span.text + skip, span.length - skip);
}

static inline bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.text, text, span.length) == 0;
}

/* Folds ASCII letters only. */
static inline bool span_is_ignoring_case(struct span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.text, text, span.length) == 0;
}

/* Cuts at the first separator. Without one, *before is the whole span and *after is empty. */
static inline bool span_cut(struct span span, char separator, struct span *before,
                            struct span *after)
{
    const char *found = span.length > 0 ? memchr(span.text, separator, span.length) : NULL;
    size_t position = found != NULL ? (size_t)(found - span.text) : span.length;

    *after = found != NULL ? span_from(span, position + 1) : span_from(span, span.length);
    *before = span_make(span.text, position);
    return found != NULL;
}
