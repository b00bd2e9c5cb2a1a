/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target of request heads: the answer does not depend on pieces and scan levels, what is
 * accepted keeps its promises, and what is written from it reads back as the same request.
 */
#include <stdint.h>
#include <string.h>

#include "http1_check.h"
#include "wire/http1_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const struct http1_head *head, const char *data)
{
    http1_require(head->minor_version == 0 || head->host.length > 0, "HTTP/1.1 has a host");
    http1_require(head->host.length == 0 ||
                      http1_authority_is_valid(data + head->host.offset, head->host.length),
                  "a host is one");
    http1_require(head->method != HTTP1_CONNECT, "CONNECT is not accepted");
    http1_require(head->body != HTTP1_BODY_UNTIL_CLOSE, "a request's body has an end");
    http1_require(head->minor_version == 1 || head->body != HTTP1_BODY_CHUNKED,
                  "HTTP/1.0 knows no chunks");
    http1_require(head->path.length == 0 || data[head->path.offset] == '/', "a path begins so");
}

static size_t write_again(const struct http1_head *head, const char *data, char *buffer,
                          size_t size)
{
    struct http1_writer writer;

    http1_writer_init(&writer, buffer, size);
    http1_write_request_line_of(&writer, head, data);
    if (head->host.length > 0)
        http1_write_field(&writer, "Host", 4, data + head->host.offset, head->host.length);
    else
        HTTP1_WRITE_FIELD(&writer, "Host", "none");
    for (size_t i = 0; i < head->field_count; i++) {
        if (http1_field_is_passed(&head->fields[i]))
            http1_write_field_of(&writer, &head->fields[i], data);
    }
    http1_write_head_end(&writer);
    http1_require(!writer.overflow, "a head does not grow beyond all bounds");
    return writer.used;
}

/* May be refused for its size alone, as white space is added behind colons. */
static void check_what_is_passed_on(const struct http1_head *head, const char *data)
{
    static char buffer[2 * HTTP1_HEAD_SIZE_MAX];
    struct http1_parser parser;
    size_t size = write_again(head, data, buffer, sizeof(buffer)), field = 1;
    enum http1_result result;

    http1_request_init(&parser);
    result = http1_request_parse(&parser, buffer, size);
    http1_require(result == HTTP1_DONE ||
                      (result == HTTP1_REFUSED && parser.refusal_status == 431) ||
                      (result == HTTP1_REFUSED && parser.refusal_status == 414),
                  "what is passed on is a request");
    if (result == HTTP1_REFUSED)
        return;
    http1_require(parser.head.length == size, "and one alone");
    http1_require(parser.head.body == HTTP1_BODY_NONE, "without the framing of the old one");
    for (size_t i = 0; i < head->field_count; i++) {
        const struct http1_field *a = &head->fields[i], *b = &parser.head.fields[field];

        if (!http1_field_is_passed(a))
            continue;
        http1_require(
            a->value.length == b->value.length && a->name.length == b->name.length &&
                memcmp(data + a->value.offset, buffer + b->value.offset, a->value.length) == 0,
            "a field reads back");
        field++;
    }
    http1_require(field == parser.head.field_count, "there are no fields but those");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct http1_parser fresh, parser;

    memset(&fresh, 0, sizeof(fresh));
    http1_request_init(&fresh);
    if (http1_check_pieces(&fresh, text, size, &parser) == HTTP1_DONE) {
        http1_check_head(&parser.head, text, size);
        check_request(&parser.head, text);
        check_what_is_passed_on(&parser.head, text);
    }
    return 0;
}
