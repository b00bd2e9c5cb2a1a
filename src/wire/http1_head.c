/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a head mean: its target, its framing, and what becomes of the connection. */
#include <arpa/inet.h>
#include <string.h>

#include "wire/http1_priv.h"
#include "wire/scan.h"

static bool refuse(struct http1_parser *parser, const char *refusal)
{
    (void)http1_refuse(parser, 400, refusal);
    return false;
}

static bool is_present(const struct http1_parser *parser, enum http1_field_id id)
{
    return (parser->head.present & HTTP1_ID_BIT(id)) != 0;
}

static bool span_equals(const char *data, struct http1_span span, const char *text, size_t length)
{
    return span.length == length && http1_text_equal(data + span.offset, text, length);
}

/* In SSE2 at most, as names are short. */
static size_t host_run(const char *data, size_t at, size_t end)
{
#if SCAN_HAS_SIMD
    if (end >= SCAN_SIZE_MIN)
        return scan_run(data, at, end, SCAN_HOST, SCAN_SSE2);
#endif
    return scan_run(data, at, end, SCAN_HOST, SCAN_SCALAR);
}

static bool port_is_valid(const char *text, size_t length)
{
    unsigned port = 0;

    if (length == 0 || length > 5)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!scan_is(text[i], SCAN_IS_DIGIT))
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

/* The length of "[...]", 0 where it is none. */
static __attribute__((noinline)) size_t bracketed_length(const char *text, size_t length)
{
    const char *end = memchr(text, ']', length);
    char address[INET6_ADDRSTRLEN] = "";
    struct in6_addr ignored;
    size_t size;

    if (end == NULL)
        return 0;
    size = (size_t)(end - text) - 1;
    if (size >= sizeof(address))
        return 0;
    memcpy(address, text + 1, size);
    /* A NUL inside cannot be: the caller's text has none. */
    if (strlen(address) != size || inet_pton(AF_INET6, address, &ignored) != 1)
        return 0;
    return size + 2;
}

/* Of data, the part from start to end. Data from before start is looked at in passing. */
static bool authority_is_valid(const char *data, size_t start, size_t end)
{
    size_t host_end = start;

    if (start == end)
        return false;
    if (data[start] == '[')
        host_end = start + bracketed_length(data + start, end - start);
    else if (data[start] != '.')
        host_end = host_run(data, start, end);
    if (host_end == start || host_end - start > HTTP1_HOST_SIZE_MAX)
        return false;
    if (host_end == end)
        return true;
    return data[host_end] == ':' && port_is_valid(data + host_end + 1, end - host_end - 1);
}

bool http1_authority_is_valid(const char *text, size_t length)
{
    return authority_is_valid(text, 0, length);
}

static inline void split_query(struct http1_head *head, const char *data, size_t start, size_t end)
{
    const char *mark = NULL;
    size_t path_end = end;

    /* Nothing to look for in a lone slash. */
    if (end - start > 1)
        mark = memchr(data + start, '?', end - start);
    if (mark != NULL)
        path_end = (size_t)(mark - data);
    head->path = (struct http1_span){(uint16_t)start, (uint16_t)(path_end - start)};
    head->query = (struct http1_span){(uint16_t)path_end, (uint16_t)(end - path_end)};
}

static bool take_absolute_target(struct http1_parser *parser, const char *data)
{
    struct http1_head *head = &parser->head;
    size_t start = head->target.offset, end = start + head->target.length, at;

    if (head->target.length > 7 && http1_text_equal(data + start, "http://", 7)) {
        start += 7;
    } else if (head->target.length > 8 && http1_text_equal(data + start, "https://", 8)) {
        start += 8;
        head->target_is_https = true;
    } else {
        return refuse(parser, "the target is neither a path nor an http or https URI");
    }
    for (at = start; at < end && data[at] != '/' && data[at] != '?';)
        at++;
    if (!authority_is_valid(data, start, at))
        return refuse(parser, "the target's authority is no host with an optional port");
    head->target_form = HTTP1_TARGET_ABSOLUTE;
    head->authority = (struct http1_span){(uint16_t)start, (uint16_t)(at - start)};
    split_query(head, data, at, end);
    return true;
}

bool http1_take_target(struct http1_parser *parser, const char *data)
{
    struct http1_head *head = &parser->head;
    size_t start = head->target.offset;

    if (data[start] == '/') {
        head->target_form = HTTP1_TARGET_ORIGIN;
        split_query(head, data, start, start + head->target.length);
        return true;
    }
    if (data[start] == '*' && head->target.length == 1) {
        if (head->method != HTTP1_OPTIONS)
            return refuse(parser, "only OPTIONS may ask for *");
        head->target_form = HTTP1_TARGET_ASTERISK;
        head->path = head->query = (struct http1_span){(uint16_t)(start + 1), 0};
        return true;
    }
    return take_absolute_target(parser, data);
}

static bool take_host(struct http1_parser *parser, const char *data, struct http1_span value)
{
    if (parser->is_response)
        return true;
    if (is_present(parser, HTTP1_FIELD_HOST))
        return refuse(parser, "more than one Host");
    if (!authority_is_valid(data, value.offset, (size_t)value.offset + value.length))
        return refuse(parser, "Host is no host with an optional port");
    parser->head.host = value;
    return true;
}

static bool take_content_length(struct http1_parser *parser, const char *data,
                                struct http1_span value)
{
    const char *text = data + value.offset;
    uint64_t length = 0;

    if (is_present(parser, HTTP1_FIELD_CONTENT_LENGTH))
        return refuse(parser, "more than one Content-Length");
    if (is_present(parser, HTTP1_FIELD_TRANSFER_ENCODING))
        return refuse(parser, "both Content-Length and Transfer-Encoding");
    if (value.length == 0 || value.length > HTTP1_CONTENT_LENGTH_DIGITS)
        return refuse(parser, "Content-Length is empty or too large");
    for (size_t i = 0; i < value.length; i++) {
        if (!scan_is(text[i], SCAN_IS_DIGIT))
            return refuse(parser, "Content-Length is no number");
        length = length * 10 + (uint64_t)(text[i] - '0');
    }
    if (length > HTTP1_CONTENT_LENGTH_MAX)
        return refuse(parser, "Content-Length is too large");
    parser->head.content_length = length;
    return true;
}

static bool take_transfer_encoding(struct http1_parser *parser, const char *data,
                                   struct http1_span value)
{
    if (is_present(parser, HTTP1_FIELD_TRANSFER_ENCODING))
        return refuse(parser, "more than one Transfer-Encoding");
    if (is_present(parser, HTTP1_FIELD_CONTENT_LENGTH))
        return refuse(parser, "both Content-Length and Transfer-Encoding");
    if (parser->head.minor_version == 0)
        return refuse(parser, "Transfer-Encoding in HTTP/1.0");
    if (span_equals(data, value, "chunked", 7))
        return true;
    if (!http1_codings_are_foreign(data, value))
        return refuse(parser, "Transfer-Encoding is malformed");
    (void)http1_refuse(parser, 501, "a transfer coding other than chunked");
    return false;
}

static void take_expect(struct http1_parser *parser, const char *data, struct http1_span value)
{
    if (span_equals(data, value, "100-continue", 12))
        parser->head.expect_continue = true;
    else
        parser->head.expect_other = true;
}

bool http1_take_field(struct http1_parser *parser, const char *data,
                      const struct http1_field *field)
{
    switch (field->id) {
    case HTTP1_FIELD_HOST:
        return take_host(parser, data, field->value);
    case HTTP1_FIELD_CONTENT_LENGTH:
        return take_content_length(parser, data, field->value);
    case HTTP1_FIELD_TRANSFER_ENCODING:
        return take_transfer_encoding(parser, data, field->value);
    case HTTP1_FIELD_CONNECTION:
        return http1_take_connection(parser, data, field->value);
    case HTTP1_FIELD_UPGRADE:
        return http1_take_upgrade(parser, data, field->value);
    case HTTP1_FIELD_EXPECT:
        take_expect(parser, data, field->value);
        return true;
    case HTTP1_FIELD_TE:
        http1_take_te(parser, data, field->value);
        return true;
    default:
        return true;
    }
}

static bool conclude_request(struct http1_parser *parser, const char *data)
{
    struct http1_head *head = &parser->head;

    if (!is_present(parser, HTTP1_FIELD_HOST) && head->minor_version == 1)
        return refuse(parser, "no Host");
    if (head->target_form == HTTP1_TARGET_ABSOLUTE) {
        if (is_present(parser, HTTP1_FIELD_HOST) &&
            !span_equals(data, head->host, data + head->authority.offset, head->authority.length))
            return refuse(parser, "the target and Host name different hosts");
        head->host = head->authority;
    }
    if (is_present(parser, HTTP1_FIELD_TRANSFER_ENCODING))
        head->body = HTTP1_BODY_CHUNKED;
    else if (is_present(parser, HTTP1_FIELD_CONTENT_LENGTH))
        head->body = HTTP1_BODY_LENGTH;
    if (head->minor_version == 0)
        head->expect_continue = head->expect_other = false;
    if (head->body == HTTP1_BODY_NONE ||
        (head->body == HTTP1_BODY_LENGTH && head->content_length == 0))
        head->expect_continue = false;
    return true;
}

static bool conclude_response(struct http1_parser *parser)
{
    struct http1_head *head = &parser->head;
    bool is_chunked = is_present(parser, HTTP1_FIELD_TRANSFER_ENCODING);
    /* Announced where there can be no body: the server may think that it sends one. */
    bool is_doubtful = is_chunked || head->content_length > 0;

    head->expect_continue = head->expect_other = false;
    if (head->status < 200) {
        if (is_doubtful)
            return refuse(parser, "an interim response with a body");
    } else if (head->status == 204) {
        head->keep_alive = head->keep_alive && !is_doubtful;
    } else if (head->method == HTTP1_HEAD || head->status == 304) {
        head->body = HTTP1_BODY_NONE;
    } else if (is_chunked) {
        head->body = HTTP1_BODY_CHUNKED;
    } else if (is_present(parser, HTTP1_FIELD_CONTENT_LENGTH)) {
        head->body = HTTP1_BODY_LENGTH;
    } else {
        head->body = HTTP1_BODY_UNTIL_CLOSE;
        head->keep_alive = false;
    }
    return true;
}

bool http1_conclude(struct http1_parser *parser, const char *data)
{
    struct http1_head *head = &parser->head;

    head->keep_alive = !parser->saw_close && (head->minor_version == 1 || parser->saw_keep_alive);
    head->upgrade = head->minor_version == 1 && parser->saw_upgrade && !parser->saw_h2c &&
                    is_present(parser, HTTP1_FIELD_UPGRADE);
    head->upgrade_websocket = head->upgrade && head->upgrade_websocket;
    if (parser->saw_other_names)
        http1_mark_named_fields(parser, data);
    return parser->is_response ? conclude_response(parser) : conclude_request(parser, data);
}
