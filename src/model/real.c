/* SPDX-License-Identifier: Apache-2.0 */
#include "model/real.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number 0.DIGITS times ten to the power of point: 1.5 is "15" and 1. */
struct decimal {
    char digits[24];
    int count;
    int point;
};

/* Adds one to the last digit of "d.ddde+dd"; false when that would carry to a new digit. */
static bool round_up(char *text)
{
    char *digit = strchr(text, 'e') - 1;

    while (digit > text && (*digit == '9' || !isdigit((unsigned char)*digit))) {
        if (*digit == '9')
            *digit = '0';
        digit--;
    }
    if (*digit == '9')
        return false;
    (*digit)++;
    return true;
}

/* Next to a power of two the numbers above are twice as far apart as those below, so a text rounded
 * down may miss the number where the next one up still meets it. */
static bool round_trips(double magnitude, int digits, char text[static 40])
{
    (void)snprintf(text, 40, "%.*e", digits - 1, magnitude);
    return strtod(text, NULL) == magnitude || (digits > DBL_DIG && digits < DBL_DECIMAL_DIG &&
                                               round_up(text) && strtod(text, NULL) == magnitude);
}

/* Takes "d.ddde+dd" apart, whatever the locale has put in place of the point. */
static struct decimal decimal_parse(const char *text)
{
    struct decimal decimal = {0};

    for (; *text != 'e'; text++)
        if (isdigit((unsigned char)*text))
            decimal.digits[decimal.count++] = *text;
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0')
        decimal.count--;
    decimal.point = (int)strtol(text + 1, NULL, 10) + 1;
    return decimal;
}

/* A decimal of DBL_DIG digits survives the way through a normal double, so when the number has a
 * text that short, printing DBL_DIG digits finds it, padded with zeros. Subnormal numbers have less
 * precision than that: try every length. */
static struct decimal decimal_shortest(double magnitude)
{
    char text[40];
    int digits = magnitude < DBL_MIN ? 1 : DBL_DIG;

    while (!round_trips(magnitude, digits, text) && digits < DBL_DECIMAL_DIG)
        digits++;
    return decimal_parse(text);
}

static void append(struct real_text *text, const char *data, size_t length)
{
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

static void append_zeros(struct real_text *text, int count)
{
    for (; count > 0; count--)
        append(text, "0", 1);
}

static void append_with_point(struct real_text *text, const struct decimal *decimal)
{
    int whole = decimal->point < decimal->count ? decimal->point : decimal->count;

    if (decimal->point <= 0) {
        append(text, "0.", 2);
        append_zeros(text, -decimal->point);
        append(text, decimal->digits, (size_t)decimal->count);
        return;
    }
    append(text, decimal->digits, (size_t)whole);
    append_zeros(text, decimal->point - decimal->count);
    if (whole == decimal->count)
        return;
    append(text, ".", 1);
    append(text, decimal->digits + whole, (size_t)(decimal->count - whole));
}

static void append_with_exponent(struct real_text *text, const struct decimal *decimal,
                                 int exponent_digits)
{
    int exponent = decimal->point - 1;
    int written;

    append(text, decimal->digits, 1);
    if (decimal->count > 1) {
        append(text, ".", 1);
        append(text, decimal->digits + 1, (size_t)decimal->count - 1);
    }
    written = snprintf(text->data + text->length, sizeof(text->data) - text->length, "e%c%0*d",
                       exponent < 0 ? '-' : '+', exponent_digits, abs(exponent));
    text->length += (size_t)written;
}

static const char *text_of_no_number(double real, enum real_notation notation)
{
    switch (notation) {
    case REAL_PLAIN:
        return isnan(real) ? "NaN" : real > 0 ? "+Inf" : "-Inf";
    case REAL_YAML:
        return isnan(real) ? ".nan" : real > 0 ? ".inf" : "-.inf";
    case REAL_JSON:
        break;
    }
    return "null";
}

struct real_text real_text(double real, enum real_notation notation)
{
    struct real_text text = {0};
    struct decimal decimal;
    int exponent;

    if (!isfinite(real)) {
        const char *name = text_of_no_number(real, notation);

        append(&text, name, strlen(name));
        return text;
    }
    if (signbit(real))
        append(&text, "-", 1);
    if (real == 0) {
        append(&text, "0", 1);
        return text;
    }
    decimal = decimal_shortest(fabs(real));
    exponent = decimal.point - 1;
    if (notation == REAL_JSON ? exponent < -6 || exponent >= 21 : exponent < -4 || exponent >= 6)
        append_with_exponent(&text, &decimal, notation == REAL_JSON ? 1 : 2);
    else
        append_with_point(&text, &decimal);
    return text;
}
