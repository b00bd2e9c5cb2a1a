/* SPDX-License-Identifier: Apache-2.0 */
#include "http1_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/scan.h"

#define BYTEWISE_SIZE_MAX 300
#define PIECES_MAX        4

void http1_require(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static enum http1_result parse_copy(struct http1_parser *parser, const char *data, size_t size,
                                    int level)
{
    char *exact = malloc(size > 0 ? size : 1);
    enum http1_result result;

    http1_require(exact != NULL, "there is memory");
    if (size > 0)
        memcpy(exact, data, size);
    result = http1_parse_at_level(parser, exact, size, level);
    free(exact);
    return result;
}

static void require_same(const struct http1_parser *a, const struct http1_parser *b,
                         enum http1_result result)
{
    size_t fields = offsetof(struct http1_head, fields);

    if (result == HTTP1_REFUSED)
        http1_require(a->refusal_status == b->refusal_status && a->refusal == b->refusal,
                      "a refusal is the same in pieces and at every level");
    if (result == HTTP1_DONE)
        http1_require(memcmp(&a->head, &b->head, fields) == 0 &&
                          memcmp(a->head.fields, b->head.fields,
                                 a->head.field_count * sizeof(struct http1_field)) == 0,
                      "a head is the same in pieces and at every level");
}

static void check_pieces_of(const struct http1_parser *fresh, const char *data, size_t size,
                            size_t step, int level, const struct http1_parser *expected,
                            enum http1_result expected_result)
{
    struct http1_parser parser = *fresh;
    enum http1_result result = HTTP1_MORE;

    for (size_t end = step; end < size && result == HTTP1_MORE; end += step)
        result = parse_copy(&parser, data, end, level);
    if (result == HTTP1_MORE)
        result = parse_copy(&parser, data, size, level);
    http1_require(result == expected_result, "an answer is the same in pieces and at every level");
    require_same(&parser, expected, result);
}

/* Differs from input to input, and is always the same for one. */
static size_t some_number(const char *data, size_t size)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)data[i]) * 16777619U;
    return hash;
}

enum http1_result http1_check_pieces(const struct http1_parser *fresh, const char *data,
                                     size_t size, struct http1_parser *ret_parser)
{
    size_t number = some_number(data, size);
    enum http1_result result;

    *ret_parser = *fresh;
    result = parse_copy(ret_parser, data, size, SCAN_SCALAR);
    for (int level = SCAN_SCALAR; level <= (int)scan_best(); level++) {
        check_pieces_of(fresh, data, size, size + 1, level, ret_parser, result);
        /* In two pieces, and in some. */
        check_pieces_of(fresh, data, size, 1 + size / 2 + number % (size / 2 + 1), level,
                        ret_parser, result);
        check_pieces_of(fresh, data, size, 1 + size / PIECES_MAX, level, ret_parser, result);
        if (size <= BYTEWISE_SIZE_MAX)
            check_pieces_of(fresh, data, size, 1, level, ret_parser, result);
    }
    return result;
}

static void check_span(const struct http1_head *head, struct http1_span span)
{
    http1_require((size_t)span.offset + span.length <= head->length, "a span is in the head");
}

static void check_field(const struct http1_head *head, const struct http1_field *field,
                        const char *data)
{
    const char *name = data + field->name.offset, *value = data + field->value.offset;

    check_span(head, field->name);
    check_span(head, field->value);
    http1_require(field->name.length > 0, "a name is not empty");
    http1_require(scan_while(name, 0, field->name.length, SCAN_IS_TOKEN) == field->name.length,
                  "a name is a token");
    http1_require(scan_while(value, 0, field->value.length, SCAN_IS_VALUE) == field->value.length,
                  "a value holds no control characters");
    http1_require(field->value.length == 0 ||
                      (!scan_is(value[0], SCAN_IS_WHITESPACE) &&
                       !scan_is(value[field->value.length - 1], SCAN_IS_WHITESPACE)),
                  "a value has no white space around it");
    http1_require(field->id == (uint8_t)http1_field_find(name, field->name.length),
                  "a field has its id");
    http1_require(((field->flags & HTTP1_FIELD_HAS_UNDERSCORE) != 0) ==
                      (memchr(name, '_', field->name.length) != NULL),
                  "an underscore is noticed");
}

void http1_check_head(const struct http1_head *head, const char *data, size_t size)
{
    uint64_t present = 0;
    unsigned framings = 0;

    http1_require(head->length <= size && head->length <= HTTP1_HEAD_SIZE_MAX &&
                      memcmp(data + head->length - 4, "\r\n\r\n", 4) == 0,
                  "a head ends in an empty line");
    for (size_t i = 0; i < head->field_count; i++) {
        uint8_t id = head->fields[i].id;

        check_field(head, &head->fields[i], data);
        present |= UINT64_C(1) << id;
        framings += id == HTTP1_FIELD_CONTENT_LENGTH || id == HTTP1_FIELD_TRANSFER_ENCODING;
    }
    http1_require(present == head->present, "what is present is known");
    http1_require(framings <= 1, "the framing is said once");
    http1_require(head->content_length <= HTTP1_CONTENT_LENGTH_MAX, "a length fits");
    check_span(head, head->path);
    check_span(head, head->query);
    check_span(head, head->host);
    check_span(head, head->reason);
    check_span(head, head->authority);
    check_span(head, head->method_name);
}
