/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the lines and fields of a head.
 *
 *     METHOD -> TARGET -> VERSION -+            +---------------+
 *                                  |            v               |
 *                                  +-> LINE -> NAME -> VALUE -> LINE
 *                                  |                             |
 *               STATUS -> REASON --+                             +-> DONE
 *
 * A state that runs out of bytes notes how far it came and goes on from there. A limit is tested
 * where a run of bytes stopped, before the byte that stopped it is judged, so that a head cut
 * into pieces gets the same answer as a whole one.
 *
 * All of it is compiled once for each scan level, inlined into one function.
 */
#include <assert.h>
#include <string.h>

#include "wire/http1_priv.h"
#include "wire/scan.h"

#define INLINE      static inline __attribute__((always_inline))
#define LIKELY(x)   __builtin_expect((x), 1)
#define UNLIKELY(x) __builtin_expect((x), 0)

/* Of a state: go on with the next one. Never leaves this file. */
#define STEP_NEXT ((enum http1_result)(HTTP1_REFUSED + 1))

#define VERSION_SIZE   8 /* HTTP/1.1 */
#define STATUS_CODE_AT 9 /* HTTP/1.1 200 */

static void parser_init(struct http1_parser *parser)
{
    memset(parser, 0, offsetof(struct http1_parser, head) + offsetof(struct http1_head, fields));
}

void http1_request_init(struct http1_parser *parser)
{
    parser_init(parser);
    parser->state = HTTP1_STATE_METHOD;
}

void http1_response_init(struct http1_parser *parser, enum http1_method request_method)
{
    parser_init(parser);
    parser->state = HTTP1_STATE_STATUS;
    parser->is_response = true;
    parser->head.method = (uint8_t)request_method;
}

static enum http1_result refuse_long_line(struct http1_parser *parser)
{
    return http1_refuse(parser, 431, "a line of the head is too long");
}

/* Where the parser is; kept in registers while it runs. */
struct cursor {
    size_t at;    /* everything before was looked at */
    size_t start; /* of the target, the version or the line */
    size_t name_length;
};

INLINE enum http1_result need_more(struct http1_parser *parser, enum http1_state state,
                                   const struct cursor *cursor)
{
    parser->state = (uint8_t)state;
    parser->position = (uint16_t)cursor->at;
    parser->line_start = (uint16_t)cursor->start;
    parser->name_length = (uint16_t)cursor->name_length;
    return HTTP1_MORE;
}

INLINE enum http1_result go_on(struct cursor *cursor, size_t at)
{
    cursor->at = cursor->start = at;
    return STEP_NEXT;
}

INLINE struct http1_span span_between(size_t start, size_t end)
{
    return (struct http1_span){(uint16_t)start, (uint16_t)(end - start)};
}

INLINE enum http1_result step_method(struct http1_parser *parser, const char *data, size_t end,
                                     struct cursor *cursor)
{
    struct http1_head *head = &parser->head;
    size_t at;

    if (LIKELY(end >= 4 && memcmp(data, "GET ", 4) == 0)) {
        head->method_name = span_between(0, 3);
        head->method = HTTP1_GET;
        return go_on(cursor, 4);
    }
    cursor->at = at = scan_while(data, cursor->at, end, SCAN_IS_TOKEN);
    if (UNLIKELY(at > HTTP1_LINE_SIZE_MAX))
        return refuse_long_line(parser);
    if (UNLIKELY(at == end))
        return need_more(parser, HTTP1_STATE_METHOD, cursor);
    if (UNLIKELY(data[at] != ' ' || at == 0))
        return http1_refuse(parser, 400, "the method is no token followed by a space");
    head->method_name = span_between(0, at);
    head->method = (uint8_t)http1_method_find(data, at);
    if (UNLIKELY(head->method == HTTP1_CONNECT))
        return http1_refuse(parser, 400, "CONNECT is not served");
    return go_on(cursor, at + 1);
}

INLINE enum http1_result step_target(struct http1_parser *parser, const char *data, size_t end,
                                     struct cursor *cursor, enum scan_level level)
{
    size_t at = scan_run(data, cursor->at, end, SCAN_TARGET, level);

    cursor->at = at;
    if (UNLIKELY(at - cursor->start > HTTP1_TARGET_SIZE_MAX))
        return http1_refuse(parser, 414, "the target is too long");
    if (UNLIKELY(at == end))
        return need_more(parser, HTTP1_STATE_TARGET, cursor);
    if (UNLIKELY(data[at] != ' '))
        return http1_refuse(parser, 400, "the target holds a byte that it may not");
    parser->head.target = span_between(cursor->start, at);
    return go_on(cursor, at + 1);
}

/* From cursor->start on: a 'd' stands for a digit, anything else for itself. */
static enum http1_result match_pattern(struct http1_parser *parser, const char *data, size_t end,
                                       struct cursor *cursor, enum http1_state state,
                                       const char *pattern)
{
    for (; pattern[cursor->at - cursor->start] != '\0'; cursor->at++) {
        char wanted = pattern[cursor->at - cursor->start];

        if (cursor->at == end)
            return need_more(parser, state, cursor);
        if (wanted == 'd' ? !scan_is(data[cursor->at], SCAN_IS_DIGIT) : data[cursor->at] != wanted)
            return http1_refuse(parser, 400, "what should be the version is none");
    }
    return STEP_NEXT;
}

static enum http1_result match_other_version(struct http1_parser *parser, const char *data,
                                             size_t end, struct cursor cursor)
{
    const char *version = data + cursor.start;
    enum http1_result result =
        match_pattern(parser, data, end, &cursor, HTTP1_STATE_VERSION, "HTTP/d.d\r\n");

    if (result == STEP_NEXT && (version[5] != '1' || version[7] > '1'))
        return http1_refuse(parser, 505, "the version is neither HTTP/1.0 nor HTTP/1.1");
    return result;
}

INLINE enum http1_result step_version(struct http1_parser *parser, const char *data, size_t end,
                                      struct cursor *cursor)
{
    static const char usual[] = "HTTP/1.1\r\n";
    const char *version = data + cursor->start;

    if (UNLIKELY(end - cursor->start < sizeof(usual) - 1 ||
                 memcmp(version, usual, sizeof(usual) - 1) != 0)) {
        enum http1_result result = match_other_version(parser, data, end, *cursor);

        if (result != STEP_NEXT)
            return result;
    }
    parser->head.minor_version = version[7] == '1';
    if (UNLIKELY(cursor->start + VERSION_SIZE > HTTP1_LINE_SIZE_MAX))
        return refuse_long_line(parser);
    if (UNLIKELY(!http1_take_target(parser, data)))
        return HTTP1_REFUSED;
    return go_on(cursor, cursor->start + sizeof(usual) - 1);
}

INLINE enum http1_result step_status(struct http1_parser *parser, const char *data, size_t end,
                                     struct cursor *cursor)
{
    const char *code = data + STATUS_CODE_AT;
    struct cursor copy = *cursor;
    enum http1_result result =
        match_pattern(parser, data, end, &copy, HTTP1_STATE_STATUS, "HTTP/d.d ddd");

    if (result != STEP_NEXT)
        return result;
    if (data[5] != '1' || data[7] > '1')
        return http1_refuse(parser, 505, "the version is neither HTTP/1.0 nor HTTP/1.1");
    if (code[0] == '0')
        return http1_refuse(parser, 400, "the status is below 100");
    parser->head.minor_version = data[7] == '1';
    parser->head.status =
        (uint16_t)((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
    return go_on(cursor, STATUS_CODE_AT + 3);
}

/* Some servers leave out the space together with the reason. */
INLINE enum http1_result step_reason(struct http1_parser *parser, const char *data, size_t end,
                                     struct cursor *cursor, enum scan_level level)
{
    size_t start = cursor->start, at = scan_run(data, cursor->at, end, SCAN_VALUE, level);

    cursor->at = at;
    if (at > start && data[start] != ' ')
        return http1_refuse(parser, 400, "the status is not followed by a space or CRLF");
    if (at > HTTP1_LINE_SIZE_MAX)
        return refuse_long_line(parser);
    if (at == end || (data[at] == '\r' && at + 1 == end))
        return need_more(parser, HTTP1_STATE_REASON, cursor);
    if (data[at] != '\r' || data[at + 1] != '\n')
        return http1_refuse(parser, 400, "the status line does not end in CRLF");
    parser->head.reason = at > start ? span_between(start + 1, at) : span_between(at, at);
    return go_on(cursor, at + 2);
}

INLINE bool is_whitespace(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Notes a field whose line is known to be well-formed: its value ends at cursor->at. */
INLINE bool add_field(struct http1_parser *parser, const char *data, const struct cursor *cursor,
                      bool may_have_underscore)
{
    struct http1_head *head = &parser->head;
    struct http1_field *field = &head->fields[head->field_count];
    const char *name = data + cursor->start;
    size_t value_start = cursor->start + cursor->name_length + 1, value_end = cursor->at;

    while (value_start < value_end && is_whitespace(data[value_start]))
        value_start++;
    while (value_end > value_start && is_whitespace(data[value_end - 1]))
        value_end--;
    field->name = span_between(cursor->start, cursor->start + cursor->name_length);
    field->value = span_between(value_start, value_end);
    field->id = (uint8_t)http1_field_find(name, cursor->name_length);
    field->flags = 0;
    if (UNLIKELY(may_have_underscore && memchr(name, '_', cursor->name_length) != NULL))
        field->flags = HTTP1_FIELD_HAS_UNDERSCORE;
    head->field_count++;
    if (HTTP1_IS_TAKEN(field->id) && UNLIKELY(!http1_take_field(parser, data, field)))
        return false;
    head->present |= HTTP1_ID_BIT(field->id);
    return true;
}

/* The empty line. */
static __attribute__((noinline)) enum http1_result step_end(struct http1_parser *parser,
                                                            const char *data, size_t end,
                                                            struct cursor cursor)
{
    if (cursor.at + 1 == end)
        return need_more(parser, HTTP1_STATE_LINE, &cursor);
    if (data[cursor.at + 1] != '\n')
        return http1_refuse(parser, 400, "a CR without an LF");
    parser->head.length = (uint16_t)(cursor.at + 2);
    if (!http1_conclude(parser, data))
        return HTTP1_REFUSED;
    parser->state = HTTP1_STATE_DONE;
    return HTTP1_DONE;
}

static enum http1_result refuse_name(struct http1_parser *parser, char byte,
                                     const struct cursor *cursor)
{
    if (cursor->at == cursor->start && scan_is(byte, SCAN_IS_WHITESPACE))
        return http1_refuse(parser, 400, "a line begins with white space");
    return http1_refuse(parser, 400, "the name of a field is no token followed by a colon");
}

static enum http1_result step_name(struct http1_parser *parser, const char *data, size_t end,
                                   struct cursor *cursor)
{
    size_t at = scan_while(data, cursor->at, end, SCAN_IS_TOKEN);

    cursor->at = at;
    if (at - cursor->start > HTTP1_LINE_SIZE_MAX)
        return refuse_long_line(parser);
    if (at == end)
        return need_more(parser, HTTP1_STATE_NAME, cursor);
    if (data[at] != ':' || at == cursor->start)
        return refuse_name(parser, data[at], cursor);
    cursor->name_length = at - cursor->start;
    cursor->at = at + 1;
    return STEP_NEXT;
}

static enum http1_result step_value(struct http1_parser *parser, const char *data, size_t end,
                                    struct cursor *cursor, enum scan_level level)
{
    size_t at = scan_run(data, cursor->at, end, SCAN_VALUE, level);

    cursor->at = at;
    if (at - cursor->start > HTTP1_LINE_SIZE_MAX)
        return refuse_long_line(parser);
    if (at == end || (at + 1 == end && data[at] == '\r'))
        return need_more(parser, HTTP1_STATE_VALUE, cursor);
    if (data[at] != '\r' || data[at + 1] != '\n')
        return http1_refuse(parser, 400, "a control character in a field");
    return STEP_NEXT;
}

/* Goes on with a field anywhere, and leaves nothing out. */
static __attribute__((noinline)) enum http1_result finish_field(struct http1_parser *parser,
                                                                const char *data, size_t end,
                                                                struct cursor *cursor,
                                                                enum http1_state state,
                                                                enum scan_level level)
{
    enum http1_result result = STEP_NEXT;

    if (state == HTTP1_STATE_NAME)
        result = step_name(parser, data, end, cursor);
    if (result == STEP_NEXT)
        result = step_value(parser, data, end, cursor, level);
    if (result != STEP_NEXT)
        return result;
    if (!add_field(parser, data, cursor, true))
        return HTTP1_REFUSED;
    return go_on(cursor, cursor->at + 2);
}

/* A whole field that holds nothing unusual. For any other, cursor and the state that is returned
 * say where finish_field() has to take over; HTTP1_STATE_DONE where it has not.
 *
 * The end of the line is looked for from its start rather than from the colon, so that the CPU
 * need not know where the colon is to go on with the next line. */
INLINE enum http1_state find_field(const char *data, size_t end, struct cursor *cursor,
                                   enum scan_level level)
{
    size_t start = cursor->start;
    size_t stop = scan_run(data, start, end, SCAN_VALUE, level);
    size_t colon = scan_run(data, start, end, SCAN_NAME, level);

    cursor->at = colon;
    if (UNLIKELY(colon == end || data[colon] != ':' || colon == start))
        return HTTP1_STATE_NAME;
    cursor->name_length = colon - start;
    cursor->at = stop;
    if (UNLIKELY(end - stop < 2 || memcmp(data + stop, "\r\n", 2) != 0 ||
                 stop - start > HTTP1_LINE_SIZE_MAX))
        return HTTP1_STATE_VALUE;
    return HTTP1_STATE_DONE;
}

INLINE enum http1_result step_fields(struct http1_parser *parser, const char *data, size_t end,
                                     struct cursor *cursor, enum http1_state state,
                                     enum scan_level level)
{
    for (;; state = HTTP1_STATE_LINE) {
        if (LIKELY(state == HTTP1_STATE_LINE)) {
            if (UNLIKELY(cursor->at == end))
                return need_more(parser, HTTP1_STATE_LINE, cursor);
            if (data[cursor->at] == '\r')
                return step_end(parser, data, end, *cursor);
            if (UNLIKELY(parser->head.field_count == HTTP1_FIELD_COUNT_MAX))
                return http1_refuse(parser, 431, "too many fields");
            state = find_field(data, end, cursor, level);
        }
        if (LIKELY(state == HTTP1_STATE_DONE)) {
            if (UNLIKELY(!add_field(parser, data, cursor, false)))
                return HTTP1_REFUSED;
            (void)go_on(cursor, cursor->at + 2);
        } else {
            struct cursor copy = *cursor; /* so that the other stays in registers */
            enum http1_result result = finish_field(parser, data, end, &copy, state, level);

            *cursor = copy;
            if (UNLIKELY(result != STEP_NEXT))
                return result;
        }
    }
}

INLINE enum http1_result step_request(struct http1_parser *parser, const char *data, size_t end,
                                      struct cursor *cursor, enum scan_level level)
{
    enum http1_state state = (enum http1_state)parser->state;
    enum http1_result result = STEP_NEXT;

    if (LIKELY(state == HTTP1_STATE_METHOD))
        result = step_method(parser, data, end, cursor);
    if (LIKELY(result == STEP_NEXT && state <= HTTP1_STATE_TARGET))
        result = step_target(parser, data, end, cursor, level);
    if (LIKELY(result == STEP_NEXT && state <= HTTP1_STATE_VERSION))
        result = step_version(parser, data, end, cursor);
    if (UNLIKELY(result != STEP_NEXT))
        return result;
    return step_fields(parser, data, end, cursor,
                       state <= HTTP1_STATE_VERSION ? HTTP1_STATE_LINE : state, level);
}

INLINE enum http1_result step_response(struct http1_parser *parser, const char *data, size_t end,
                                       struct cursor *cursor, enum scan_level level)
{
    enum http1_state state = (enum http1_state)parser->state;
    enum http1_result result = STEP_NEXT;

    if (state == HTTP1_STATE_STATUS)
        result = step_status(parser, data, end, cursor);
    if (result == STEP_NEXT && state <= HTTP1_STATE_REASON)
        result = step_reason(parser, data, end, cursor, level);
    if (result != STEP_NEXT)
        return result;
    return step_fields(parser, data, end, cursor,
                       state <= HTTP1_STATE_REASON ? HTTP1_STATE_LINE : state, level);
}

INLINE enum http1_result parse(struct http1_parser *parser, const char *data, size_t size,
                               enum scan_level level)
{
    struct cursor cursor = {parser->position, parser->line_start, parser->name_length};
    size_t end = size < HTTP1_HEAD_SIZE_MAX ? size : HTTP1_HEAD_SIZE_MAX;
    enum http1_result result;

    if (UNLIKELY(parser->state == HTTP1_STATE_DONE))
        return HTTP1_DONE;
    if (UNLIKELY(parser->state == HTTP1_STATE_REFUSED))
        return HTTP1_REFUSED;
    assert(size >= cursor.at);
    result = parser->is_response ? step_response(parser, data, end, &cursor, level)
                                 : step_request(parser, data, end, &cursor, level);
    if (UNLIKELY(result == HTTP1_MORE && size >= HTTP1_HEAD_SIZE_MAX))
        return http1_refuse(parser, 431, "the head is too long");
    return result;
}

static enum http1_result parse_scalar(struct http1_parser *parser, const char *data, size_t size)
{
    return parse(parser, data, size, SCAN_SCALAR);
}

#if SCAN_HAS_SIMD

static enum http1_result parse_sse2(struct http1_parser *parser, const char *data, size_t size)
{
    return parse(parser, data, size, SCAN_SSE2);
}

__attribute__((target("avx2,bmi"))) static enum http1_result parse_avx2(struct http1_parser *parser,
                                                                        const char *data,
                                                                        size_t size)
{
    return parse(parser, data, size, SCAN_AVX2);
}

#endif

enum http1_result http1_parse_at_level(struct http1_parser *parser, const char *data, size_t size,
                                       int level)
{
#if SCAN_HAS_SIMD
    if (size < SCAN_SIZE_MIN)
        level = SCAN_SCALAR;
    if (level == SCAN_AVX2)
        return parse_avx2(parser, data, size);
    if (level == SCAN_SSE2)
        return parse_sse2(parser, data, size);
#endif
    assert(level == SCAN_SCALAR);
    return parse_scalar(parser, data, size);
}

enum http1_result http1_request_parse(struct http1_parser *parser, const char *data, size_t size)
{
    assert(!parser->is_response);
    return http1_parse_at_level(parser, data, size, (int)scan_best());
}

enum http1_result http1_response_parse(struct http1_parser *parser, const char *data, size_t size)
{
    assert(parser->is_response);
    return http1_parse_at_level(parser, data, size, (int)scan_best());
}
