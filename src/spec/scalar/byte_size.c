/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/byte_size.h"

#include <math.h>
#include <stdio.h>

#include "spec/scalar/complaint.h"
#include "spec/scalar/number.h"
#include "spec/scalar/span.h"

#define BYTE_SIZE_LIMIT 0x1p63 /* the first double that no int64_t holds */

/* 1 for no unit, 0 for none known. */
static double byte_size_unit(struct span unit)
{
    static const char prefixes[] = "kmgtp";
    struct span rest;

    if (unit.length == 0 || span_is_ignoring_case(unit, "b"))
        return 1;
    rest = span_from(unit, 1);
    if (rest.length > 0 && !span_is_ignoring_case(rest, "b") && !span_is_ignoring_case(rest, "ib"))
        return 0;
    for (int i = 0; prefixes[i] != '\0'; i++) {
        if (span_is_ignoring_case(span_make(unit.text, 1), (char[]){prefixes[i], '\0'}))
            return ldexp(1, 10 * (i + 1));
    }
    return 0;
}

static size_t byte_size_number_length(struct span span)
{
    size_t length = span.length;

    while (length > 0 && span.text[length - 1] != '.' &&
           (span.text[length - 1] < '0' || span.text[length - 1] > '9'))
        length--;
    return length;
}

static const char *byte_size_read(struct span span, int64_t *ret_bytes)
{
    struct span number = span_make(span.text, byte_size_number_length(span));
    struct span unit = span_from(span, number.length);
    double factor, bytes;

    if (unit.length > 0 && unit.text[0] == ' ')
        unit = span_from(unit, 1);
    factor = byte_size_unit(unit);
    if (factor == 0 || !number_parse_real(number.text, number.length, &bytes) || bytes < 0)
        return "expected a number with a unit, such as 512m or 1.5g (units: b, k, m, g, t, p)";
    bytes *= factor;
    if (bytes >= BYTE_SIZE_LIMIT)
        return "expected at most 8191p";
    *ret_bytes = (int64_t)bytes;
    return NULL;
}

bool byte_size_parse(struct arena *arena, const char *text, size_t length, int64_t *ret_bytes,
                     const char **ret_message)
{
    const char *wrong = byte_size_read(span_make(text, length), ret_bytes);

    if (wrong != NULL)
        *ret_message = complaint_new(arena, text, length, "size", wrong);
    return wrong == NULL;
}

struct byte_size_text byte_size_print(int64_t bytes)
{
    struct byte_size_text printed;

    (void)snprintf(printed.text, sizeof(printed.text), "%lld", (long long)bytes);
    return printed;
}
