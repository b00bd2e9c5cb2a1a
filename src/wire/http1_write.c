/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http1_write.h"

#include <assert.h>
#include <string.h>

#define DECIMAL_DIGITS_MAX 20
#define SECONDS_PER_DAY    86400
#define LAST_SECOND        INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static const char version_and_end[] = " HTTP/1.1\r\n";

/* Reserves length bytes; NULL where there is no room. */
static inline char *reserve(struct http1_writer *writer, size_t length)
{
    char *start = writer->data + writer->used;

    if (writer->overflow || length > writer->size - writer->used) {
        writer->overflow = true;
        return NULL;
    }
    writer->used += length;
    return start;
}

/* Most of what is copied is short, and a call would take longer than the copy. The two moves
 * overlap where the length lies in between. */
static inline void copy(char *to, const char *from, size_t length)
{
    if (length > 32) {
        memcpy(to, from, length);
    } else if (length >= 16) {
        memcpy(to, from, 16);
        memcpy(to + length - 16, from + length - 16, 16);
    } else if (length >= 8) {
        memcpy(to, from, 8);
        memcpy(to + length - 8, from + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, from, 4);
        memcpy(to + length - 4, from + length - 4, 4);
    } else {
        for (size_t i = 0; i < length; i++)
            to[i] = from[i];
    }
}

void http1_write_bytes(struct http1_writer *writer, const char *data, size_t length)
{
    char *to = reserve(writer, length);

    if (to != NULL)
        copy(to, data, length);
}

/* Writes towards the front of what ends at `end`; gives the start. */
static char *format_decimal(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

void http1_write_decimal(struct http1_writer *writer, uint64_t number)
{
    char digits[DECIMAL_DIGITS_MAX];
    char *end = digits + sizeof(digits), *start = format_decimal(end, number);

    http1_write_bytes(writer, start, (size_t)(end - start));
}

void http1_write_request_line(struct http1_writer *writer, const char *method, size_t method_length,
                              const char *target, size_t target_length)
{
    size_t version_length = sizeof(version_and_end) - 1;
    char *to = reserve(writer, method_length + 1 + target_length + version_length);

    if (to == NULL)
        return;
    copy(to, method, method_length);
    to[method_length] = ' ';
    copy(to + method_length + 1, target, target_length);
    memcpy(to + method_length + 1 + target_length, version_and_end, version_length);
}

void http1_write_request_line_of(struct http1_writer *writer, const struct http1_head *head,
                                 const char *data)
{
    struct http1_span method = head->method_name;

    if (head->path.length > 0) {
        http1_write_request_line(writer, data + method.offset, method.length,
                                 data + head->path.offset,
                                 (size_t)head->path.length + head->query.length);
        return;
    }
    /* Without a path: "*" is for OPTIONS alone. */
    http1_write_bytes(writer, data + method.offset, method.length);
    http1_write_bytes(writer,
                      head->method == HTTP1_OPTIONS && head->query.length == 0 ? " *" : " /", 2);
    http1_write_bytes(writer, data + head->query.offset, head->query.length);
    http1_write_bytes(writer, version_and_end, sizeof(version_and_end) - 1);
}

void http1_write_status_line(struct http1_writer *writer, unsigned status)
{
    const char *reason = http1_status_reason(status);
    size_t length = strlen(reason);
    char *to;

    assert(status >= 100 && status <= 999);
    to = reserve(writer, sizeof("HTTP/1.1 200 ") - 1 + length + 2);
    if (to == NULL)
        return;
    memcpy(to, "HTTP/1.1 ", 9);
    to[9] = (char)('0' + status / 100);
    to[10] = (char)('0' + status / 10 % 10);
    to[11] = (char)('0' + status % 10);
    to[12] = ' ';
    copy(to + 13, reason, length);
    memcpy(to + 13 + length, "\r\n", 2);
}

void http1_write_field(struct http1_writer *writer, const char *name, size_t name_length,
                       const char *value, size_t value_length)
{
    char *to = reserve(writer, name_length + value_length + 4);

    if (to == NULL)
        return;
    copy(to, name, name_length);
    to += name_length;
    memcpy(to, ": ", 2);
    copy(to + 2, value, value_length);
    memcpy(to + 2 + value_length, "\r\n", 2);
}

void http1_write_number_field(struct http1_writer *writer, const char *name, size_t name_length,
                              uint64_t number)
{
    char digits[DECIMAL_DIGITS_MAX];
    char *end = digits + sizeof(digits), *start = format_decimal(end, number);

    http1_write_field(writer, name, name_length, start, (size_t)(end - start));
}

void http1_write_field_of(struct http1_writer *writer, const struct http1_field *field,
                          const char *data)
{
    http1_write_field(writer, data + field->name.offset, field->name.length,
                      data + field->value.offset, field->value.length);
}

void http1_write_head_end(struct http1_writer *writer)
{
    http1_write_bytes(writer, "\r\n", 2);
}

void http1_write_chunk_head(struct http1_writer *writer, uint64_t size)
{
    char text[HTTP1_CHUNK_HEAD_SIZE];
    char *end = text + sizeof(text), *start = end - 2;

    assert(size > 0);
    memcpy(start, "\r\n", 2);
    for (; size > 0; size >>= 4)
        *--start = "0123456789abcdef"[size & 15];
    http1_write_bytes(writer, start, (size_t)(end - start));
}

void http1_write_chunk_end(struct http1_writer *writer)
{
    http1_write_bytes(writer, "\r\n", 2);
}

void http1_write_last_chunk(struct http1_writer *writer)
{
    http1_write_bytes(writer, "0\r\n\r\n", 5);
}

struct date {
    unsigned year, month, day; /* month and day from 1 */
};

/* Counts in years that begin in March, so that the leap day is a year's last, and in eras of 400
 * years, of which all are alike. */
static struct date date_of_day(uint64_t days_since_epoch)
{
    uint64_t days = days_since_epoch + 719468; /* since 0000-03-01 */
    unsigned era_day = (unsigned)(days % 146097);
    unsigned era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    unsigned year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    unsigned month = (5 * year_day + 2) / 153; /* from March */
    struct date date = {
        .year = (unsigned)(days / 146097) * 400 + era_year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = year_day - (153 * month + 2) / 5 + 1,
    };

    return date;
}

static void put_digits(char *to, unsigned number, unsigned count)
{
    for (; count > 0; count--, number /= 10)
        to[count - 1] = (char)('0' + number % 10);
}

void http1_format_date(int64_t unix_time_s, char ret_date[HTTP1_DATE_SIZE])
{
    uint64_t seconds = unix_time_s < 0             ? 0
                       : unix_time_s > LAST_SECOND ? (uint64_t)LAST_SECOND
                                                   : (uint64_t)unix_time_s;
    unsigned second = (unsigned)(seconds % SECONDS_PER_DAY);
    uint64_t day = seconds / SECONDS_PER_DAY;
    struct date date = date_of_day(day);

    memcpy(ret_date, "Thu, 01 Jan 1970 00:00:00 GMT", HTTP1_DATE_SIZE);
    memcpy(ret_date, &"ThuFriSatSunMonTueWed"[3 * (day % 7)], 3);
    put_digits(ret_date + 5, date.day, 2);
    memcpy(ret_date + 8, &"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * (date.month - 1)], 3);
    put_digits(ret_date + 12, date.year, 4);
    put_digits(ret_date + 17, second / 3600, 2);
    put_digits(ret_date + 20, second / 60 % 60, 2);
    put_digits(ret_date + 23, second % 60, 2);
}
