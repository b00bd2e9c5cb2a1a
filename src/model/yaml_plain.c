/* SPDX-License-Identifier: Apache-2.0 */
#include "model/yaml_plain.h"

#include <stdint.h>
#include <string.h>

static const char words[][6] = {
    "~",    "null", "Null",  "NULL",  "true",  "True",  "TRUE",  "false", "False", "FALSE",
    "y",    "Y",    "yes",   "Yes",   "YES",   "on",    "On",    "ON",    "n",     "N",
    "no",   "No",   "NO",    "off",   "Off",   "OFF",   ".nan",  ".NaN",  ".NAN",  ".inf",
    ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", "<<",
};

static bool is_word(const char *text, size_t length)
{
    if (length >= sizeof(words[0]))
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (memcmp(words[i], text, length) == 0 && words[i][length] == '\0')
            return true;
    return false;
}

/* A place in the text. Matchers move it forward past what they matched. */
struct cursor {
    const char *at;
    const char *end;
};

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool at_end(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

static bool take(struct cursor *cursor, char character)
{
    if (at_end(cursor) || *cursor->at != character)
        return false;
    cursor->at++;
    return true;
}

static bool take_sign(struct cursor *cursor)
{
    return take(cursor, '-') || take(cursor, '+');
}

static size_t take_digits(struct cursor *cursor, size_t most)
{
    size_t count = 0;

    while (count < most && !at_end(cursor) && is_digit(*cursor->at)) {
        cursor->at++;
        count++;
    }
    return count;
}

/* Readers drop the underscores of a number before they look at it. */
static void skip_underscores(struct cursor *cursor)
{
    while (take(cursor, '_'))
        ;
}

static size_t take_spaced_digits(struct cursor *cursor)
{
    size_t count = 0;

    skip_underscores(cursor);
    while (take_digits(cursor, 1) == 1) {
        skip_underscores(cursor);
        count++;
    }
    return count;
}

/* Decimal numbers, whole and broken; with that also octal ones as YAML 1.1 has them (0755). */
static bool is_decimal(struct cursor cursor)
{
    size_t whole;
    size_t broken = 0;

    (void)take_sign(&cursor);
    whole = take_spaced_digits(&cursor);
    if (take(&cursor, '.'))
        broken = take_spaced_digits(&cursor);
    if (whole + broken == 0)
        return false;
    if (take(&cursor, 'e') || take(&cursor, 'E')) {
        skip_underscores(&cursor);
        (void)take_sign(&cursor);
        if (take_spaced_digits(&cursor) == 0)
            return false;
    }
    return at_end(&cursor);
}

static unsigned int digit_value(char character)
{
    if (is_digit(character))
        return (unsigned int)(character - '0');
    if (character >= 'a' && character <= 'f')
        return (unsigned int)(character - 'a') + 10;
    if (character >= 'A' && character <= 'F')
        return (unsigned int)(character - 'A') + 10;
    return 16;
}

static unsigned int take_base(struct cursor *cursor)
{
    char letter;

    skip_underscores(cursor);
    if (!take(cursor, '0'))
        return 0;
    skip_underscores(cursor);
    if (at_end(cursor))
        return 0;
    letter = *cursor->at++;
    skip_underscores(cursor);
    switch (letter | 0x20) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    }
    return 0;
}

/* 0x1F, 0o17, 0b11. What does not fit 64 bits, an address or a digest say, is a string. */
static bool is_integer_with_base(struct cursor cursor)
{
    bool negative = take(&cursor, '-');
    bool positive = !negative && take(&cursor, '+');
    unsigned int base = take_base(&cursor);
    uint64_t most = negative ? (uint64_t)1 << 63 : positive ? INT64_MAX : UINT64_MAX;
    uint64_t number = 0;
    bool any = false;

    if (base == 0)
        return false;
    if (base != 16 && !negative && !positive)
        (void)take_sign(&cursor); /* some readers accept 0b-1 */
    for (; !at_end(&cursor); cursor.at++) {
        unsigned int digit = digit_value(*cursor.at);

        if (*cursor.at == '_')
            continue;
        if (digit >= base || number > (most - digit) / base)
            return false;
        number = number * base + digit;
        any = true;
    }
    return any;
}

/* 22:22 and 1:30:00.5: minutes and seconds to YAML 1.1. */
static bool is_base_60(struct cursor cursor)
{
    bool colon = false;

    (void)take_sign(&cursor);
    if (take_digits(&cursor, 1) == 0)
        return false;
    (void)take_spaced_digits(&cursor);
    while (take(&cursor, ':')) {
        const char *start = cursor.at;
        size_t digits = take_digits(&cursor, 2);

        if (digits == 0 || (digits == 2 && *start > '5'))
            return false;
        colon = true;
    }
    if (colon && take(&cursor, '.'))
        (void)take_spaced_digits(&cursor);
    return colon && at_end(&cursor);
}

static bool take_number(struct cursor *cursor, size_t most_digits, unsigned int *ret_number)
{
    const char *start = cursor->at;
    unsigned int number = 0;

    if (take_digits(cursor, most_digits) == 0)
        return false;
    for (const char *digit = start; digit < cursor->at; digit++)
        number = number * 10 + (unsigned int)(*digit - '0');
    *ret_number = number;
    return true;
}

static bool take_date(struct cursor *cursor)
{
    static const unsigned int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *start = cursor->at;
    unsigned int year;
    unsigned int month;
    unsigned int day;
    bool leap;

    if (!take_number(cursor, 4, &year) || cursor->at - start != 4 || !take(cursor, '-') ||
        !take_number(cursor, 2, &month) || !take(cursor, '-') || !take_number(cursor, 2, &day))
        return false;
    leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (leap || month != 2 || day < 29);
}

static bool take_time(struct cursor *cursor)
{
    unsigned int hour;
    unsigned int minute;
    unsigned int second;

    if (!take_number(cursor, 2, &hour) || !take(cursor, ':') || !take_number(cursor, 2, &minute) ||
        !take(cursor, ':') || !take_number(cursor, 2, &second))
        return false;
    if (take(cursor, '.') && take_digits(cursor, SIZE_MAX) == 0)
        return false;
    return hour < 24 && minute < 60 && second < 60;
}

static bool take_zone(struct cursor *cursor)
{
    if (take(cursor, 'Z'))
        return true;
    return take_sign(cursor) && take_digits(cursor, 2) == 2 && take(cursor, ':') &&
           take_digits(cursor, 2) == 2;
}

/* 2001-12-14, 2001-12-14 21:59:43.10 and 2001-12-14T21:59:43.10-05:00. */
static bool is_timestamp(struct cursor cursor)
{
    if (!take_date(&cursor))
        return false;
    if (at_end(&cursor))
        return true;
    if (take(&cursor, ' '))
        return take_time(&cursor) && at_end(&cursor);
    return (take(&cursor, 'T') || take(&cursor, 't')) && take_time(&cursor) && take_zone(&cursor) &&
           at_end(&cursor);
}

bool yaml_plain_is_string(const char *text, size_t length)
{
    struct cursor cursor = {.at = text, .end = text + length};

    if (length == 0)
        return false;
    switch (text[0]) {
    case '0' ... '9':
    case '+':
    case '-':
    case '.':
        return !is_word(text, length) && !is_decimal(cursor) && !is_integer_with_base(cursor) &&
               !is_base_60(cursor) && !is_timestamp(cursor);
    case 'y':
    case 'Y':
    case 'n':
    case 'N':
    case 't':
    case 'T':
    case 'f':
    case 'F':
    case 'o':
    case 'O':
    case '~':
    case '<':
        return !is_word(text, length);
    }
    return true;
}
