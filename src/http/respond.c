/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/server_priv.h"
#include "os/os.h"
#include "wire/http1_write.h"

#define RESPONSE_HEAD_SIZE 512
#define MESSAGE_LIMIT      65536

static const char json_type[] = "application/json";

enum framing {
    FRAMING_LENGTH,
    FRAMING_CHUNKED,
    FRAMING_UNTIL_CLOSE,
};

static void write_head(struct http_connection *connection, unsigned int status,
                       const char *content_type, enum framing framing, size_t size)
{
    char data[RESPONSE_HEAD_SIZE];
    char date[HTTP1_DATE_SIZE];
    struct http1_writer writer;

    http1_writer_init(&writer, data, sizeof(data));
    http1_write_status_line(&writer, status);
    http1_format_date((int64_t)(os_real_time_ns() / TIME_SECOND), date);
    http1_write_field(&writer, "Date", 4, date, sizeof(date));
    if (content_type != NULL)
        http1_write_field(&writer, "Content-Type", 12, content_type, strlen(content_type));
    if (framing == FRAMING_CHUNKED)
        HTTP1_WRITE_FIELD(&writer, "Transfer-Encoding", "chunked");
    else if (framing == FRAMING_LENGTH && status != 204 && status != 304)
        http1_write_number_field(&writer, "Content-Length", 14, size);
    if (!connection->has_cache_control)
        HTTP1_WRITE_FIELD(&writer, "Cache-Control", "no-store");
    HTTP1_WRITE_FIELD(&writer, "X-Content-Type-Options", "nosniff");
    if (connection->ends)
        HTTP1_WRITE_FIELD(&writer, "Connection", "close");
    else if (connection->minor_version == 0)
        HTTP1_WRITE_FIELD(&writer, "Connection", "keep-alive");
    assert(!writer.overflow);
    strbuf_append(&connection->output, data, writer.used);
    strbuf_append_string(&connection->output, connection->listener_fields);
    strbuf_append(&connection->output, strbuf_text(&connection->fields), connection->fields.length);
    strbuf_append_string(&connection->output, "\r\n");
}

/* The answer is complete in the output, or cannot be. */
static void send_answer(struct http_connection *connection)
{
    http_connection_forget_request(connection);
    connection->state = HTTP_STATE_SENDING;
    connection->sent_ns = loop_now_ns(connection->server->loop);
    if (strbuf_failure(&connection->output) < 0)
        http_connection_abandon(connection);
    if (!connection->is_over)
        loop_timer_set_after(connection->server->loop, &connection->timer,
                             connection->server->options.write_timeout_ns);
    http_connection_run(connection);
}

static void put_answer(struct http_connection *connection, unsigned int status,
                       const char *content_type, const void *body, size_t size)
{
    write_head(connection, status, content_type, FRAMING_LENGTH, size);
    if (connection->request.method != HTTP1_HEAD)
        strbuf_append(&connection->output, body, size);
}

static void tell_answered(struct http_request *request, unsigned int status)
{
    if (request->answered != NULL)
        request->answered(request, status);
}

void http_respond(struct http_request *request, unsigned int status, const char *content_type,
                  const void *body, size_t size)
{
    struct http_connection *connection = http_connection_of(request);

    assert(connection->state == HTTP_STATE_HANDLED);
    tell_answered(request, status);
    if (!connection->is_over)
        put_answer(connection, status, content_type, body, size);
    send_answer(connection);
}

static void append_json_text(struct strbuf *buffer, const char *text)
{
    size_t size = strlen(text);

    strbuf_append_char(buffer, '"');
    while (size > 0) {
        uint32_t character;
        size_t length = text_utf8_decode(text, size, &character);

        if (length == 0) {
            strbuf_append_string(buffer, "\\ufffd");
            length = 1;
        } else if (character == '"' || character == '\\') {
            strbuf_append_char(buffer, '\\');
            strbuf_append_char(buffer, *text);
        } else if (character < 0x20 || character == 0x7f) {
            strbuf_printf(buffer, "\\u%04x", (unsigned int)character);
        } else {
            strbuf_append(buffer, text, length);
        }
        text += length;
        size -= length;
    }
    strbuf_append_char(buffer, '"');
}

static void put_error(struct http_connection *connection, unsigned int status, const char *message)
{
    _cleanup_strbuf_ struct strbuf body;

    strbuf_init(&body, MESSAGE_LIMIT * 6);
    strbuf_append_string(&body, "{\"error\":{\"message\":");
    append_json_text(&body, message);
    strbuf_append_string(&body, "}}\n");
    if (strbuf_failure(&body) < 0)
        strbuf_reset(&body);
    put_answer(connection, status, json_type, strbuf_text(&body), body.length);
}

void http_respond_error(struct http_request *request, unsigned int status, const char *format, ...)
{
    struct http_connection *connection = http_connection_of(request);
    _cleanup_strbuf_ struct strbuf message;
    va_list arguments;

    assert(connection->state == HTTP_STATE_HANDLED);
    tell_answered(request, status);
    strbuf_init(&message, MESSAGE_LIMIT);
    va_start(arguments, format);
    strbuf_vprintf(&message, format, arguments);
    va_end(arguments);
    if (!connection->is_over)
        put_error(connection, status, strbuf_text(&message));
    send_answer(connection);
}

void http_connection_refuse(struct http_connection *connection, unsigned int status,
                            const char *message)
{
    connection->ends = true;
    put_error(connection, status, message);
    send_answer(connection);
}

/* A stream that is over stays until it is ended. */
static void run_in_call(struct http_connection *connection)
{
    connection->is_in_call = true;
    http_connection_run(connection);
    connection->is_in_call = false;
    if (connection->is_over)
        loop_source_again(&connection->stream.source); /* for the call of closed */
}

void http_stream_begin(struct http_request *request, unsigned int status, const char *content_type)
{
    struct http_connection *connection = http_connection_of(request);

    assert(connection->state == HTTP_STATE_HANDLED);
    tell_answered(request, status);
    connection->is_chunked = connection->minor_version >= 1;
    if (!connection->is_chunked)
        connection->ends = true;
    if (!connection->is_over) {
        write_head(connection, status, content_type,
                   connection->is_chunked ? FRAMING_CHUNKED : FRAMING_UNTIL_CLOSE, 0);
        connection->output.limit =
            connection->output.length + connection->server->options.stream_bytes_max;
    }
    connection->state = HTTP_STATE_STREAMING;
    run_in_call(connection);
}

int http_stream_write(struct http_request *request, const void *data, size_t size)
{
    struct http_connection *connection = http_connection_of(request);
    char head[HTTP1_CHUNK_HEAD_SIZE];
    struct http1_writer writer;

    assert(connection->state == HTTP_STATE_STREAMING);
    if (connection->is_over)
        return -EPIPE;
    if (size == 0 || connection->request.method == HTTP1_HEAD)
        return 0;
    if (connection->is_chunked) {
        http1_writer_init(&writer, head, sizeof(head));
        http1_write_chunk_head(&writer, size);
        strbuf_append(&connection->output, head, writer.used);
    }
    strbuf_append(&connection->output, data, size);
    if (connection->is_chunked)
        strbuf_append(&connection->output, "\r\n", 2);
    connection->has_written = true;
    if (strbuf_failure(&connection->output) < 0)
        http_connection_abandon(connection);
    else if (!loop_timer_is_set(&connection->timer))
        loop_timer_set_after(connection->server->loop, &connection->timer,
                             connection->server->options.write_timeout_ns);
    run_in_call(connection);
    return connection->is_over ? -EPIPE : 0;
}

void http_stream_end(struct http_request *request)
{
    struct http_connection *connection = http_connection_of(request);

    assert(connection->state == HTTP_STATE_STREAMING);
    connection->output.limit = SIZE_MAX / 2;
    if (!connection->is_over && connection->is_chunked && connection->request.method != HTTP1_HEAD)
        strbuf_append(&connection->output, "0\r\n\r\n", 5);
    send_answer(connection);
}

/* There is nothing before it that waits to be sent, so these few bytes find room. */
static int send_switch(struct http_connection *connection, const char *protocol)
{
    char text[160];
    struct iovec part = {text, 0};
    int length = snprintf(text, sizeof(text),
                          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                          "Upgrade: %s\r\n\r\n",
                          protocol);

    if (length <= 0 || (size_t)length >= sizeof(text))
        return -EPIPE;
    part.iov_len = (size_t)length;
    return stream_write(&connection->stream, &part, 1, false) == length ? 0 : -EPIPE;
}

int http_request_take_over(struct http_request *request, const char *protocol, int *ret_fd)
{
    struct http_connection *connection = http_connection_of(request);

    assert(connection->state == HTTP_STATE_HANDLED);
    if (connection->is_over)
        return -EPIPE;
    if (!request->wants_upgrade || connection->input_used > 0 ||
        !stream_is_plain(&connection->stream))
        return -EBUSY;
    if (send_switch(connection, protocol) < 0) {
        http_connection_abandon(connection);
        return -EPIPE;
    }
    tell_answered(request, 101);
    *ret_fd = connection->stream.source.fd;
    loop_source_remove(&connection->stream.source);
    http_connection_forget_request(connection);
    http_connection_abandon(connection);
    connection->state = HTTP_STATE_CLOSING;
    http_connection_run(connection);
    return 0;
}
