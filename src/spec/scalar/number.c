/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/number.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/scalar/span.h"

/* A double is decided by its first 768 digits and by whether anything follows them. */
#define NUMBER_DIGITS_MAX   800
#define NUMBER_EXPONENT_MAX 100000

enum number_class {
    NUMBER_CLASS_STRING, /* first, so that it is the default of the table */
    NUMBER_CLASS_WORD,   /* may begin a word with a meaning */
    NUMBER_CLASS_POINT,
    NUMBER_CLASS_SIGN,
    NUMBER_CLASS_DIGIT,
};

static const uint8_t number_classes[256] = {
    ['~'] = NUMBER_CLASS_WORD,  ['n'] = NUMBER_CLASS_WORD,  ['N'] = NUMBER_CLASS_WORD,
    ['t'] = NUMBER_CLASS_WORD,  ['T'] = NUMBER_CLASS_WORD,  ['f'] = NUMBER_CLASS_WORD,
    ['F'] = NUMBER_CLASS_WORD,  ['.'] = NUMBER_CLASS_POINT, ['+'] = NUMBER_CLASS_SIGN,
    ['-'] = NUMBER_CLASS_SIGN,  ['0'] = NUMBER_CLASS_DIGIT, ['1'] = NUMBER_CLASS_DIGIT,
    ['2'] = NUMBER_CLASS_DIGIT, ['3'] = NUMBER_CLASS_DIGIT, ['4'] = NUMBER_CLASS_DIGIT,
    ['5'] = NUMBER_CLASS_DIGIT, ['6'] = NUMBER_CLASS_DIGIT, ['7'] = NUMBER_CLASS_DIGIT,
    ['8'] = NUMBER_CLASS_DIGIT, ['9'] = NUMBER_CLASS_DIGIT,
};

/* Reads digits one by one and passes over underscores. */
struct number_reader {
    const char *next;
    const char *end;
};

static const struct number number_null = {.kind = VALUE_NULL};
static const struct number number_string = {.kind = VALUE_STRING};

static struct number number_of_real(double real)
{
    return (struct number){.kind = VALUE_REAL, .real = real};
}

static struct number number_of_integer(int64_t integer)
{
    return (struct number){.kind = VALUE_INTEGER, .integer = integer};
}

/* The next byte or -1. */
static int number_peek(struct number_reader *reader)
{
    while (reader->next < reader->end && *reader->next == '_')
        reader->next++;
    return reader->next < reader->end ? (unsigned char)*reader->next : -1;
}

static bool number_take_sign(struct number_reader *reader, bool *ret_negative)
{
    int byte = number_peek(reader);

    *ret_negative = byte == '-';
    if (byte != '-' && byte != '+')
        return false;
    reader->next++;
    return true;
}

static unsigned number_digit_value(int byte)
{
    if (byte >= '0' && byte <= '9')
        return (unsigned)(byte - '0');
    if (byte >= 'a' && byte <= 'f')
        return (unsigned)(byte - 'a') + 10;
    if (byte >= 'A' && byte <= 'F')
        return (unsigned)(byte - 'A') + 10;
    return UINT_MAX;
}

/* Takes 0x, 0o, 0b or 0 where digits follow, and returns the base. */
static unsigned number_take_base(struct number_reader *reader)
{
    struct number_reader ahead = *reader;
    unsigned base = 8;

    if (number_peek(&ahead) != '0')
        return 10;
    ahead.next++;
    switch (number_peek(&ahead)) {
    case -1:
        return 10; /* zero itself */
    case 'x':
    case 'X':
        base = 16;
        break;
    case 'o':
    case 'O':
        break;
    case 'b':
    case 'B':
        base = 2;
        break;
    default:
        *reader = ahead;
        return base;
    }
    ahead.next++;
    *reader = ahead;
    return base;
}

/* One digit at least, to the end of the text, within 64 bits. */
static bool number_take_digits(struct number_reader *reader, unsigned base, uint64_t *ret_magnitude)
{
    uint64_t magnitude = 0;
    int byte = number_peek(reader);

    if (byte < 0)
        return false;
    for (; byte >= 0; byte = number_peek(reader)) {
        unsigned digit = number_digit_value(byte);

        if (digit >= base || __builtin_mul_overflow(magnitude, base, &magnitude) ||
            __builtin_add_overflow(magnitude, digit, &magnitude))
            return false;
        reader->next++;
    }
    *ret_magnitude = magnitude;
    return true;
}

static bool number_apply_sign(uint64_t magnitude, bool negative, int64_t *ret_integer)
{
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *ret_integer = (int64_t)(negative ? -magnitude : magnitude);
    return true;
}

/* A decimal number before it becomes a double: 0.DIGITS * 10^point. */
struct number_decimal {
    char digits[NUMBER_DIGITS_MAX];
    int count;
    int64_t point;
    bool has_more; /* digits other than 0 were left out behind these */
    bool negative;
};

static void number_decimal_push(struct number_decimal *decimal, int byte)
{
    if (decimal->count < NUMBER_DIGITS_MAX)
        decimal->digits[decimal->count++] = (char)byte;
    else
        decimal->has_more = decimal->has_more || byte != '0';
}

static bool number_is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

/* Digits with at most one point among them. */
static bool number_read_mantissa(struct number_reader *reader, struct number_decimal *decimal)
{
    bool has_digits = false, has_point = false;

    for (int byte = number_peek(reader); byte >= 0; byte = number_peek(reader)) {
        if (byte == '.' && !has_point) {
            has_point = true;
        } else if (number_is_digit(byte)) {
            has_digits = true;
            if (byte != '0' || decimal->count > 0) {
                number_decimal_push(decimal, byte);
                decimal->point += has_point ? 0 : 1;
            } else {
                decimal->point -= has_point ? 1 : 0;
            }
        } else {
            break;
        }
        reader->next++;
    }
    return has_digits;
}

static bool number_read_exponent(struct number_reader *reader, struct number_decimal *decimal)
{
    int64_t exponent = 0;
    bool negative;
    int byte;

    if (number_peek(reader) < 0)
        return true;
    if ((number_peek(reader) | 0x20) != 'e')
        return false;
    reader->next++;
    (void)number_take_sign(reader, &negative);
    if (number_peek(reader) < 0)
        return false;
    for (byte = number_peek(reader); number_is_digit(byte); byte = number_peek(reader)) {
        if (exponent < INT64_MAX / 100)
            exponent = exponent * 10 + (byte - '0');
        reader->next++;
    }
    decimal->point += negative ? -exponent : exponent;
    return byte < 0;
}

/* Both the digits and the power of ten are exact as doubles, so that one operation rounds right. */
static bool number_small_decimal_to_real(const struct number_decimal *decimal, double *ret_real)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exponent = decimal->point - decimal->count;
    int64_t mantissa = 0;
    double real;

    if (decimal->count > 15 || exponent < -22 || exponent > 22)
        return false;
    for (int i = 0; i < decimal->count; i++)
        mantissa = mantissa * 10 + (decimal->digits[i] - '0');
    real =
        exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
    *ret_real = decimal->negative ? -real : real;
    return true;
}

/* False where no finite double is near. */
static bool number_decimal_to_real(const struct number_decimal *decimal, double *ret_real)
{
    char text[NUMBER_DIGITS_MAX + 32];
    int64_t exponent = decimal->point - decimal->count;
    int length = decimal->count;
    double real;

    if (number_small_decimal_to_real(decimal, ret_real))
        return true;
    if (exponent > NUMBER_EXPONENT_MAX)
        exponent = NUMBER_EXPONENT_MAX;
    if (exponent < -NUMBER_EXPONENT_MAX)
        exponent = -NUMBER_EXPONENT_MAX;
    memcpy(text, decimal->digits, (size_t)length);
    if (length == 0)
        text[length++] = '0';
    if (decimal->has_more) {
        text[length++] = '1';
        exponent--;
    }
    /* Without a decimal point, so that the locale has no say. */
    (void)snprintf(text + length, sizeof(text) - (size_t)length, "e%lld", (long long)exponent);
    real = strtod(text, NULL);
    if (isinf(real))
        return false;
    *ret_real = decimal->negative ? -real : real;
    return true;
}

static bool number_read_real(struct number_reader reader, double *ret_real)
{
    struct number_decimal decimal;

    decimal.count = 0;
    decimal.point = 0;
    decimal.has_more = false;
    (void)number_take_sign(&reader, &decimal.negative);
    return number_read_mantissa(&reader, &decimal) && number_read_exponent(&reader, &decimal) &&
           number_decimal_to_real(&decimal, ret_real);
}

static bool number_has_strict_underscores(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '_')
            continue;
        if (i == 0 || i + 1 == length || !number_is_digit(text[i - 1]) ||
            !number_is_digit(text[i + 1]))
            return false;
    }
    return true;
}

static struct number number_resolve_word(const char *text, size_t length)
{
    static const struct {
        char text[6];
        uint8_t length;
        struct number number;
    } words[] = {
        {"~", 1, {.kind = VALUE_NULL}},
        {"null", 4, {.kind = VALUE_NULL}},
        {"Null", 4, {.kind = VALUE_NULL}},
        {"NULL", 4, {.kind = VALUE_NULL}},
        {"true", 4, {.kind = VALUE_BOOL, .boolean = true}},
        {"True", 4, {.kind = VALUE_BOOL, .boolean = true}},
        {"TRUE", 4, {.kind = VALUE_BOOL, .boolean = true}},
        {"false", 5, {.kind = VALUE_BOOL, .boolean = false}},
        {"False", 5, {.kind = VALUE_BOOL, .boolean = false}},
        {"FALSE", 5, {.kind = VALUE_BOOL, .boolean = false}},
    };

    if (length > 5)
        return number_string;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].length == length && memcmp(words[i].text, text, length) == 0)
            return words[i].number;
    }
    return number_string;
}

/* inf, Inf or INF and the same for nan, as they stand behind the point. */
static bool number_is_spelled(struct span word, const char *lower, const char *title,
                              const char *upper)
{
    return span_is(word, lower) || span_is(word, title) || span_is(word, upper);
}

static struct number number_resolve_point(const char *text, size_t length)
{
    struct number_reader reader = {text, text + length};
    double real;

    if (number_is_spelled(span_make(text, length), ".inf", ".Inf", ".INF"))
        return number_of_real(INFINITY);
    if (number_is_spelled(span_make(text, length), ".nan", ".NaN", ".NAN"))
        return number_of_real(NAN);
    if (number_has_strict_underscores(text, length) && number_read_real(reader, &real))
        return number_of_real(real);
    return number_string;
}

/* What begins with a digit or a sign, read the long way. */
static struct number number_resolve_any(const char *text, size_t length)
{
    struct number_reader reader = {text, text + length};
    bool has_sign, negative;
    uint64_t magnitude;
    int64_t integer;
    double real;

    has_sign = number_take_sign(&reader, &negative);
    if (number_take_digits(&reader, number_take_base(&reader), &magnitude)) {
        if (number_apply_sign(magnitude, negative, &integer))
            return number_of_integer(integer);
        if (!has_sign)
            return (struct number){.kind = VALUE_STRING, .is_large = true, .large = magnitude};
    }
    reader = (struct number_reader){text, text + length};
    if (number_read_real(reader, &real))
        return number_of_real(real);
    return number_string;
}

static struct number number_resolve_sign(const char *text, size_t length)
{
    struct span span = span_make(text, length);

    if (length > 1 && text[1] == '.' &&
        number_is_spelled(span_from(span, 1), ".inf", ".Inf", ".INF"))
        return number_of_real(text[0] == '-' ? -INFINITY : INFINITY);
    if (span_is(span, "-0"))
        return number_of_real(-0.0);
    return number_resolve_any(text, length);
}

static struct number number_resolve_digit(const char *text, size_t length)
{
    int64_t integer = 0;

    /* The common case by itself: few decimal digits and nothing else. */
    if (length > 18 || (text[0] == '0' && length > 1))
        return number_resolve_any(text, length);
    for (size_t i = 0; i < length; i++) {
        if (!number_is_digit(text[i]))
            return number_resolve_any(text, length);
        integer = integer * 10 + (text[i] - '0');
    }
    return number_of_integer(integer);
}

struct number number_resolve(const char *text, size_t length)
{
    if (length == 0)
        return number_null;
    switch ((enum number_class)number_classes[(unsigned char)text[0]]) {
    case NUMBER_CLASS_STRING:
        return number_string;
    case NUMBER_CLASS_WORD:
        return number_resolve_word(text, length);
    case NUMBER_CLASS_POINT:
        return number_resolve_point(text, length);
    case NUMBER_CLASS_SIGN:
        return number_resolve_sign(text, length);
    case NUMBER_CLASS_DIGIT:
        return number_resolve_digit(text, length);
    }
    return number_string;
}

bool number_parse_integer(const char *text, size_t length, int64_t *ret_integer)
{
    struct number_reader reader = {text, text + length};
    uint64_t magnitude;
    bool negative;

    if (length == 0 || memchr(text, '_', length) != NULL)
        return false;
    (void)number_take_sign(&reader, &negative);
    return number_take_digits(&reader, 10, &magnitude) &&
           number_apply_sign(magnitude, negative, ret_integer);
}

bool number_parse_real(const char *text, size_t length, double *ret_real)
{
    struct number_reader reader = {text, text + length};

    return number_has_strict_underscores(text, length) && number_read_real(reader, ret_real);
}
