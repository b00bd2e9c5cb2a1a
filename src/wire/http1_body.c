/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http1_body.h"

#include <string.h>

#include "wire/scan.h"

/*
 *     SIZE -> SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE
 *      |         |
 *      v         +-> TRAILER -> END_LF -> DONE
 *  EXTENSION...       |   ^
 *      |              v   |
 *      +-> SIZE_LF   NAME -> VALUE -> TRAILER_LF
 */
enum state {
    STATE_SIZE,
    STATE_EXTENSION,       /* behind ';' */
    STATE_EXTENSION_NAME,  /* within it */
    STATE_EXTENSION_VALUE, /* behind '=' */
    STATE_EXTENSION_TOKEN, /* within it */
    STATE_EXTENSION_QUOTED,
    STATE_EXTENSION_ESCAPED, /* behind '\' */
    STATE_EXTENSION_END,     /* behind the closing quote */
    STATE_SIZE_LF,
    STATE_DATA,
    STATE_DATA_CR,
    STATE_DATA_LF,
    STATE_TRAILER,
    STATE_TRAILER_NAME,
    STATE_TRAILER_VALUE,
    STATE_TRAILER_LF,
    STATE_END_LF,
    STATE_DONE,
    STATE_REFUSED,
};

void http1_chunked_init(struct http1_chunked *chunked)
{
    memset(chunked, 0, sizeof(*chunked));
    chunked->state = STATE_SIZE;
}

static enum state refuse(struct http1_chunked *chunked, uint16_t status, const char *refusal)
{
    chunked->refusal_status = status;
    chunked->refusal = refusal;
    return STATE_REFUSED;
}

static unsigned hex_value(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)((digit | 0x20) - 'a') + 10;
}

static enum state step_size(struct http1_chunked *chunked, char byte)
{
    if (scan_is(byte, SCAN_IS_HEX)) {
        if (chunked->digit_count == HTTP1_CHUNK_DIGITS_MAX)
            return refuse(chunked, 400, "the size of a chunk has too many digits");
        chunked->digit_count++;
        chunked->left = chunked->left << 4 | hex_value(byte);
        return STATE_SIZE;
    }
    if (chunked->digit_count == 0 || (byte != '\r' && byte != ';'))
        return refuse(chunked, 400, "the size of a chunk is no number");
    if (chunked->left > HTTP1_CONTENT_LENGTH_MAX - chunked->total)
        return refuse(chunked, 400, "the size of a chunk is too large");
    return byte == ';' ? STATE_EXTENSION : STATE_SIZE_LF;
}

static enum state step_size_lf(struct http1_chunked *chunked, char byte)
{
    if (byte != '\n')
        return refuse(chunked, 400, "the line of a chunk's size does not end in CRLF");
    chunked->digit_count = 0;
    chunked->total += chunked->left;
    return chunked->left > 0 ? STATE_DATA : STATE_TRAILER;
}

/* What may follow a name or value that is whole; what else may stands in the caller. */
static enum state step_extension_end(struct http1_chunked *chunked, char byte)
{
    if (byte == ';')
        return STATE_EXTENSION;
    if (byte == '\r')
        return STATE_SIZE_LF;
    return refuse(chunked, 400, "the extension of a chunk is malformed");
}

static enum state step_extension(struct http1_chunked *chunked, enum state state, char byte)
{
    bool is_token = scan_is(byte, SCAN_IS_TOKEN);

    if (byte != '\r' && ++chunked->extensions_size > HTTP1_EXTENSIONS_SIZE_MAX)
        return refuse(chunked, 400, "the extensions of chunks are too long");
    switch (state) {
    case STATE_EXTENSION:
        if (is_token)
            return STATE_EXTENSION_NAME;
        break;
    case STATE_EXTENSION_NAME:
        if (is_token)
            return STATE_EXTENSION_NAME;
        return byte == '=' ? STATE_EXTENSION_VALUE : step_extension_end(chunked, byte);
    case STATE_EXTENSION_VALUE:
        if (is_token)
            return STATE_EXTENSION_TOKEN;
        if (byte == '"')
            return STATE_EXTENSION_QUOTED;
        break;
    case STATE_EXTENSION_TOKEN:
        return is_token ? STATE_EXTENSION_TOKEN : step_extension_end(chunked, byte);
    case STATE_EXTENSION_QUOTED:
        if (byte == '"')
            return STATE_EXTENSION_END;
        if (scan_is(byte, SCAN_IS_VALUE))
            return byte == '\\' ? STATE_EXTENSION_ESCAPED : STATE_EXTENSION_QUOTED;
        break;
    case STATE_EXTENSION_ESCAPED:
        if (scan_is(byte, SCAN_IS_VALUE))
            return STATE_EXTENSION_QUOTED;
        break;
    default:
        return step_extension_end(chunked, byte);
    }
    return refuse(chunked, 400, "the extension of a chunk is malformed");
}

static enum state step_trailer(struct http1_chunked *chunked, enum state state, char byte)
{
    if (++chunked->trailers_size > HTTP1_TRAILERS_SIZE_MAX)
        return refuse(chunked, 431, "the trailers are too long");
    switch (state) {
    case STATE_TRAILER:
        if (byte == '\r')
            return STATE_END_LF;
        if (!scan_is(byte, SCAN_IS_TOKEN))
            break;
        if (++chunked->trailer_count > HTTP1_TRAILER_COUNT_MAX)
            return refuse(chunked, 431, "too many trailers");
        return STATE_TRAILER_NAME;
    case STATE_TRAILER_NAME:
        if (scan_is(byte, SCAN_IS_TOKEN))
            return STATE_TRAILER_NAME;
        if (byte == ':')
            return STATE_TRAILER_VALUE;
        break;
    case STATE_TRAILER_VALUE:
        if (scan_is(byte, SCAN_IS_VALUE))
            return STATE_TRAILER_VALUE;
        if (byte == '\r')
            return STATE_TRAILER_LF;
        break;
    case STATE_TRAILER_LF:
        if (byte == '\n')
            return STATE_TRAILER;
        break;
    default: /* STATE_END_LF */
        if (byte == '\n')
            return STATE_DONE;
        break;
    }
    return refuse(chunked, 400, "a trailer is malformed");
}

/* Of bytes that are not the body's. */
static enum state step(struct http1_chunked *chunked, enum state state, char byte)
{
    if (state == STATE_SIZE)
        return step_size(chunked, byte);
    if (state == STATE_SIZE_LF)
        return step_size_lf(chunked, byte);
    if (state == STATE_DATA_CR && byte == '\r')
        return STATE_DATA_LF;
    if (state == STATE_DATA_LF && byte == '\n')
        return STATE_SIZE;
    if (state == STATE_DATA_CR || state == STATE_DATA_LF)
        return refuse(chunked, 400, "a chunk does not end in CRLF where its size says");
    return state < STATE_SIZE_LF ? step_extension(chunked, state, byte)
                                 : step_trailer(chunked, state, byte);
}

static size_t take_data(uint64_t *left, size_t size)
{
    size_t length = *left < size ? (size_t)*left : size;

    *left -= length;
    return length;
}

enum http1_body_result http1_chunked_next(struct http1_chunked *chunked, const char *data,
                                          size_t size, size_t *ret_consumed, size_t *ret_offset,
                                          size_t *ret_length)
{
    enum state state = (enum state)chunked->state;
    size_t at = 0;

    *ret_offset = *ret_length = 0;
    while (at < size && state != STATE_DATA && state < STATE_DONE)
        state = step(chunked, state, data[at++]);
    if (state == STATE_DATA && at < size) {
        *ret_offset = at;
        *ret_length = take_data(&chunked->left, size - at);
        at += *ret_length;
        if (chunked->left == 0)
            state = STATE_DATA_CR;
    }
    chunked->state = (uint8_t)state;
    *ret_consumed = at;
    if (*ret_length > 0)
        return HTTP1_BODY_DATA;
    return state == STATE_DONE      ? HTTP1_BODY_DONE
           : state == STATE_REFUSED ? HTTP1_BODY_REFUSED
                                    : HTTP1_BODY_MORE;
}

void http1_body_init(struct http1_body *body, const struct http1_head *head)
{
    body->kind = head->body;
    body->left = head->body == HTTP1_BODY_LENGTH ? head->content_length : 0;
    http1_chunked_init(&body->chunked);
}

enum http1_body_result http1_body_next(struct http1_body *body, const char *data, size_t size,
                                       size_t *ret_consumed, size_t *ret_offset, size_t *ret_length)
{
    if (body->kind == HTTP1_BODY_CHUNKED)
        return http1_chunked_next(&body->chunked, data, size, ret_consumed, ret_offset, ret_length);
    *ret_offset = 0;
    if (body->kind == HTTP1_BODY_UNTIL_CLOSE) {
        *ret_consumed = *ret_length = size;
        return size > 0 ? HTTP1_BODY_DATA : HTTP1_BODY_MORE;
    }
    if (body->left == 0) {
        *ret_consumed = *ret_length = 0;
        return HTTP1_BODY_DONE;
    }
    *ret_consumed = *ret_length = take_data(&body->left, size);
    return *ret_length > 0 ? HTTP1_BODY_DATA : HTTP1_BODY_MORE;
}

bool http1_body_may_end(const struct http1_body *body)
{
    switch (body->kind) {
    case HTTP1_BODY_CHUNKED:
        return body->chunked.state == STATE_DONE;
    case HTTP1_BODY_LENGTH:
        return body->left == 0;
    default:
        return true;
    }
}
