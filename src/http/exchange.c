/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connect, send the head and the body, read the head of the answer, then its body. The socket does
 * not block; each step waits for it, for the deadline and for the one who may cancel.
 *
 * A server that refuses a request while its body is still being sent answers at once: what is left
 * of the body is not sent then. Where it has closed already, sending fails although there is an
 * answer, which is read before the failure is believed.
 */
#include "http/exchange.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "os/os.h"
#include "os/socket.h"
#include "wire/http1.h"
#include "wire/http1_body.h"

#define REQUEST_HEAD_LIMIT 262144               /* credentials may be long */
#define INPUT_SIZE         HTTP_TAKEN_BYTES_MAX /* at least a head */
#define BODY_PART_SIZE     65536
#define CHUNK_HEAD_SIZE    20

struct http_exchange {
    int fd;
    int cancel_fd;
    char *socket_path;
    char server_name[32];
    bool is_interruptible;
    bool is_done;
    struct http1_body body;
    struct http1_parser parser; /* with the answer's head */
    char *head_text;
    size_t start, used; /* of the input: what was not read yet */
    char input[INPUT_SIZE];
};

static int broken(const struct http_exchange *exchange, const char *what, struct error **reterr)
{
    return error_set(reterr, EPROTO, "the answer of %s %s", exchange->server_name, what);
}

static int failed(const struct http_exchange *exchange, int r, struct error **reterr)
{
    switch (r) {
    case -ECANCELED:
        return error_set(reterr, ECANCELED, "cancelled");
    case -ETIMEDOUT:
        return error_set(reterr, ETIMEDOUT, "%s does not answer in time (%s)",
                         exchange->server_name, exchange->socket_path);
    case -ECONNRESET:
    case -EPIPE:
        return error_set(reterr, ECONNRESET, "%s went away in the midst of its answer (%s)",
                         exchange->server_name, exchange->socket_path);
    case -ENOMEM:
        return error_set(reterr, ENOMEM, "out of memory");
    case -EINTR:
        return error_set(reterr, EINTR, "interrupted");
    default:
        return error_set(reterr, -r, "%s: %s", exchange->socket_path, error_text(-r));
    }
}

/* Until the socket is ready for one of the events, which are returned, or -errno. -1 only passes
 * the time. */
static int wait_once(int fd, int cancel_fd, short events, uint64_t deadline_ns)
{
    struct pollfd polls[2] = {{.fd = fd, .events = events}, {.fd = cancel_fd, .events = POLLIN}};
    uint64_t left_ns = deadline_ns == TIME_FOREVER
                           ? TIME_FOREVER
                           : time_subtract(deadline_ns, os_monotonic_time_ns());
    int count = os->poll(polls, 2, time_to_timeout_ms(left_ns));

    if (count < 0)
        return -errno;
    if (count == 0)
        return -ETIMEDOUT;
    return polls[1].revents != 0 ? -ECANCELED : polls[0].revents;
}

static int wait_for_fd(int fd, int cancel_fd, short events, uint64_t deadline_ns)
{
    int r;

    do
        r = wait_once(fd, cancel_fd, events, deadline_ns);
    while (r == -EINTR);
    return r;
}

static int wait_for(const struct http_exchange *exchange, short events, uint64_t deadline_ns)
{
    return wait_for_fd(exchange->fd, exchange->cancel_fd, events, deadline_ns);
}

static int connect_to(struct http_exchange *exchange, const char *path, uint64_t deadline_ns)
{
    union os_address address = {.local = {.sun_family = AF_UNIX}};
    size_t length = strlen(path);
    int r;

    if (length == 0 || length >= sizeof(address.local.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.local.sun_path, path, length + 1);
    exchange->fd = os_stream_socket(AF_UNIX);
    if (exchange->fd < 0)
        return exchange->fd;
    /* A full backlog is not something that poll() waits for. */
    while ((r = os_connect(exchange->fd, &address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1))) ==
           -EAGAIN) {
        if (os_monotonic_time_ns() >= deadline_ns)
            return -ETIMEDOUT;
        if (wait_for_fd(-1, exchange->cancel_fd, 0,
                        os_monotonic_time_ns() + 10 * TIME_MILLISECOND) == -ECANCELED)
            return -ECANCELED;
    }
    return r;
}

/* 1 where the server answers already, although not all is sent. */
static int send_all(struct http_exchange *exchange, const char *data, size_t size,
                    uint64_t deadline_ns)
{
    while (size > 0) {
        ssize_t length = os_send(exchange->fd, data, size, false);

        if (length == -EAGAIN) {
            int r = wait_for(exchange, POLLIN | POLLOUT, deadline_ns);

            if (r < 0)
                return r;
            if ((r & POLLOUT) == 0)
                return 1;
        } else if (length < 0) {
            return (int)length;
        } else {
            data += length;
            size -= (size_t)length;
        }
    }
    return 0;
}

static ssize_t read_part(const struct http_exchange *exchange, int fd, char *part, size_t size,
                         uint64_t deadline_ns)
{
    for (;;) {
        ssize_t length = os_read(fd, part, size);
        int r;

        if (length != -EAGAIN)
            return length;
        r = wait_for_fd(fd, exchange->cancel_fd, POLLIN, deadline_ns);
        if (r < 0)
            return r;
    }
}

/* Each chunk goes out with one call: its head stands in front of the part, its end behind. */
static int send_chunks(struct http_exchange *exchange, int fd, uint64_t deadline_ns)
{
    _cleanup_free_ char *buffer = malloc(CHUNK_HEAD_SIZE + BODY_PART_SIZE + 2);
    char *part = buffer + CHUNK_HEAD_SIZE;
    ssize_t length;
    int r;

    if (buffer == NULL)
        return -ENOMEM;
    while ((length = read_part(exchange, fd, part, BODY_PART_SIZE, deadline_ns)) > 0) {
        char head[CHUNK_HEAD_SIZE + 1];
        int head_size = snprintf(head, sizeof(head), "%zx\r\n", (size_t)length);

        memcpy(part - head_size, head, (size_t)head_size);
        memcpy(part + length, "\r\n", 2);
        r = send_all(exchange, part - head_size, (size_t)head_size + (size_t)length + 2,
                     deadline_ns);
        if (r != 0)
            return r;
    }
    return length < 0 ? (int)length : send_all(exchange, "0\r\n\r\n", 5, deadline_ns);
}

/* One that has become shorter meanwhile ends the request. */
static int send_file(struct http_exchange *exchange, int fd, uint64_t size, uint64_t deadline_ns)
{
    _cleanup_free_ char *part = NULL;

    if (size == 0)
        return 0;
    part = malloc(BODY_PART_SIZE);
    if (part == NULL)
        return -ENOMEM;
    while (size > 0) {
        ssize_t length = read_part(
            exchange, fd, part, size < BODY_PART_SIZE ? (size_t)size : BODY_PART_SIZE, deadline_ns);
        int r = length == 0 ? -EIO : (int)length;

        if (r > 0)
            r = send_all(exchange, part, (size_t)length, deadline_ns);
        if (r != 0)
            return r;
        size -= (uint64_t)length;
    }
    return 0;
}

/* What is sent behind the head, and how it is framed. */
static void write_framing(struct strbuf *head, const struct http_exchange_request *request)
{
    const char *type = request->content_type != NULL ? request->content_type : "application/json";
    uint64_t size = request->body_fd >= 0 ? request->body_fd_size : request->body_size;

    if (request->body_fd >= 0 && size == 0)
        strbuf_printf(head, "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n", type);
    else if (request->body_fd >= 0 || request->body != NULL)
        strbuf_printf(head, "Content-Type: %s\r\nContent-Length: %" PRIu64 "\r\n", type, size);
}

static int send_body(struct http_exchange *exchange, const struct http_exchange_request *request,
                     uint64_t deadline_ns)
{
    if (request->body_fd >= 0 && request->body_fd_size > 0)
        return send_file(exchange, request->body_fd, request->body_fd_size, deadline_ns);
    if (request->body_fd >= 0)
        return send_chunks(exchange, request->body_fd, deadline_ns);
    return request->body != NULL
               ? send_all(exchange, request->body, request->body_size, deadline_ns)
               : 0;
}

static int send_request(struct http_exchange *exchange, const struct http_exchange_request *request,
                        uint64_t deadline_ns)
{
    _cleanup_strbuf_ struct strbuf head;
    int r;

    strbuf_init(&head, REQUEST_HEAD_LIMIT);
    strbuf_printf(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: slipway\r\n",
                  request->method, request->target);
    if (request->upgrade != NULL)
        strbuf_printf(&head, "Connection: Upgrade\r\nUpgrade: %s\r\n", request->upgrade);
    else
        strbuf_append_string(&head, "Connection: close\r\n");
    if (request->fields != NULL)
        strbuf_append_string(&head, request->fields);
    write_framing(&head, request);
    strbuf_append_string(&head, "\r\n");
    r = strbuf_failure(&head);
    if (r == 0)
        r = send_all(exchange, strbuf_text(&head), head.length, deadline_ns);
    if (r == 0)
        r = send_body(exchange, request, deadline_ns);
    return r == -EPIPE || r == -ECONNRESET || r == 1 ? 0 : r;
}

/* Some bytes into the free end of the input: how many, 0 at the end, -EAGAIN or -errno. */
static ssize_t receive(struct http_exchange *exchange)
{
    ssize_t length;

    if (exchange->start == exchange->used)
        exchange->start = exchange->used = 0;
    assert(exchange->used < sizeof(exchange->input));
    length = os_receive(exchange->fd, exchange->input + exchange->used,
                        sizeof(exchange->input) - exchange->used);
    if (length > 0)
        exchange->used += (size_t)length;
    return length;
}

static int keep_head(struct http_exchange *exchange)
{
    const struct http1_head *head = &exchange->parser.head;

    exchange->head_text = malloc((size_t)head->length + 1);
    if (exchange->head_text == NULL)
        return -ENOMEM;
    memcpy(exchange->head_text, exchange->input + exchange->start, head->length);
    exchange->head_text[head->length] = '\0';
    http1_body_init(&exchange->body, head);
    if (head->status == 101)
        exchange->body.kind = HTTP1_BODY_UNTIL_CLOSE;
    exchange->start += head->length;
    return 0;
}

/* Heads in front of the answer proper, of 1xx, are passed over. */
static int read_head(struct http_exchange *exchange, const struct http_exchange_request *request,
                     uint64_t deadline_ns, struct error **reterr)
{
    struct http1_parser *parser = &exchange->parser;
    enum http1_method method = http1_method_find(request->method, strlen(request->method));

    http1_response_init(parser, method);
    for (;;) {
        enum http1_result result = http1_response_parse(parser, exchange->input + exchange->start,
                                                        exchange->used - exchange->start);

        if (result == HTTP1_REFUSED)
            return broken(exchange, "is no HTTP", reterr);
        if (result == HTTP1_DONE && (parser->head.status >= 200 ||
                                     (parser->head.status == 101 && request->upgrade != NULL))) {
            int r = keep_head(exchange);

            return r < 0 ? failed(exchange, r, reterr) : 0;
        }
        if (result == HTTP1_DONE) {
            exchange->start += parser->head.length;
            memmove(exchange->input, exchange->input + exchange->start,
                    exchange->used - exchange->start);
            exchange->used -= exchange->start;
            exchange->start = 0;
            http1_response_init(parser, method);
        } else {
            ssize_t length = exchange->used < sizeof(exchange->input) ? receive(exchange) : -EPROTO;

            if (length == -EAGAIN)
                length = wait_for(exchange, POLLIN, deadline_ns);
            else if (length == 0)
                length = -ECONNRESET;
            if (length < 0)
                return failed(exchange, (int)length, reterr);
        }
    }
}

struct http_exchange *http_exchange_close(struct http_exchange *exchange)
{
    if (exchange == NULL)
        return NULL;
    os_closep(&exchange->fd);
    free(exchange->socket_path);
    free(exchange->head_text);
    free(exchange);
    return NULL;
}

void http_exchange_closep(struct http_exchange **exchange)
{
    *exchange = http_exchange_close(*exchange);
}

static uint64_t deadline_of(uint64_t timeout_ms)
{
    if (timeout_ms == UINT64_MAX)
        return TIME_FOREVER;
    return time_add(os_monotonic_time_ns(), time_from_milliseconds(timeout_ms));
}

int http_exchange_open(const char *socket_path, const struct http_exchange_request *request,
                       uint64_t timeout_ms, struct http_exchange **ret, bool *ret_is_connected,
                       struct error **reterr)
{
    _cleanup_http_exchange_ struct http_exchange *exchange = calloc(1, sizeof(*exchange));
    uint64_t deadline_ns = deadline_of(timeout_ms);
    int r;

    if (ret_is_connected != NULL)
        *ret_is_connected = false;
    if (exchange == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    exchange->fd = -1;
    exchange->cancel_fd = request->cancel_fd;
    exchange->is_interruptible = request->is_interruptible;
    (void)snprintf(exchange->server_name, sizeof(exchange->server_name), "%s", request->server);
    exchange->socket_path = strdup(socket_path);
    r = exchange->socket_path == NULL ? -ENOMEM : connect_to(exchange, socket_path, deadline_ns);
    if (r < 0)
        return failed(exchange, r, reterr);
    if (ret_is_connected != NULL)
        *ret_is_connected = true;
    r = send_request(exchange, request, deadline_ns);
    if (r < 0)
        return failed(exchange, r, reterr);
    r = read_head(exchange, request, deadline_ns, reterr);
    if (r < 0)
        return r;
    *ret = take_ptr(exchange);
    return 0;
}

unsigned int http_exchange_status(const struct http_exchange *exchange)
{
    return exchange->parser.head.status;
}

int http_exchange_fd(const struct http_exchange *exchange)
{
    return exchange->fd;
}

bool http_exchange_has_input(const struct http_exchange *exchange)
{
    return exchange->is_done || exchange->start < exchange->used;
}

const char *http_exchange_field(const struct http_exchange *exchange, const char *name,
                                size_t *ret_length)
{
    const struct http1_head *head = &exchange->parser.head;
    size_t length = strlen(name);

    for (size_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (field->name.length == length &&
            http1_text_equal(exchange->head_text + field->name.offset, name, length)) {
            *ret_length = field->value.length;
            return exchange->head_text + field->value.offset;
        }
    }
    *ret_length = 0;
    return "";
}

/* Bytes of the body out of the input: how many, 0 where there are none, or -EPROTO. */
static ssize_t take_body(struct http_exchange *exchange, char *data, size_t size)
{
    size_t available = exchange->used - exchange->start;
    size_t consumed = 0, offset = 0, length = 0;

    if (available > size) /* what is taken for the body must find room */
        available = size;
    switch (http1_body_next(&exchange->body, exchange->input + exchange->start, available,
                            &consumed, &offset, &length)) {
    case HTTP1_BODY_REFUSED:
        return -EPROTO;
    case HTTP1_BODY_DONE:
        exchange->is_done = true;
        break;
    case HTTP1_BODY_DATA:
    case HTTP1_BODY_MORE:
        memcpy(data, exchange->input + exchange->start + offset, length);
        break;
    }
    exchange->start += consumed;
    return (ssize_t)length;
}

static long read_until(struct http_exchange *exchange, void *data, size_t size, bool waits,
                       bool is_interruptible, uint64_t deadline_ns, struct error **reterr)
{
    assert(size > 0);
    for (;;) {
        ssize_t length = take_body(exchange, data, size);

        if (length < 0)
            return broken(exchange, "is no HTTP", reterr);
        if (length > 0 || exchange->is_done)
            return length;
        if (exchange->start < exchange->used)
            continue; /* the framing of chunks */
        length = receive(exchange);
        if (length == -EAGAIN && !waits)
            return -EAGAIN;
        if (length == -EAGAIN && is_interruptible) {
            length = wait_once(exchange->fd, exchange->cancel_fd, POLLIN, deadline_ns);
        } else if (length == -EAGAIN) {
            length = wait_for(exchange, POLLIN, deadline_ns);
        } else if (length == 0) {
            if (!http1_body_may_end(&exchange->body))
                return failed(exchange, -ECONNRESET, reterr);
            exchange->is_done = true;
            return 0;
        }
        if (length < 0)
            return failed(exchange, (int)length, reterr);
    }
}

long http_exchange_read(struct http_exchange *exchange, void *data, size_t size,
                        uint64_t timeout_ms, struct error **reterr)
{
    return read_until(exchange, data, size, timeout_ms > 0, exchange->is_interruptible,
                      deadline_of(timeout_ms), reterr);
}

int http_exchange_read_all(struct http_exchange *exchange, size_t limit_bytes, uint64_t timeout_ms,
                           char **ret_data, size_t *ret_size, struct error **reterr)
{
    uint64_t deadline_ns = deadline_of(timeout_ms);
    _cleanup_strbuf_ struct strbuf text;
    char part[16384];
    long length;

    strbuf_init(&text, limit_bytes);
    strbuf_append_string(&text, "");
    while ((length = read_until(exchange, part, sizeof(part), true, false, deadline_ns, reterr)) >
           0) {
        strbuf_append(&text, part, (size_t)length);
        if (strbuf_failure(&text) == -E2BIG)
            return error_set(reterr, EFBIG, "the answer of %s is too large: more than %zu bytes",
                             exchange->server_name, limit_bytes);
        if (strbuf_failure(&text) < 0)
            return error_set(reterr, ENOMEM, "out of memory");
    }
    if (length < 0)
        return (int)length;
    if (text.data == NULL && (text.data = calloc(1, 1)) == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    if (ret_size != NULL)
        *ret_size = text.length;
    *ret_data = take_ptr(text.data);
    return 0;
}

long http_exchange_write(struct http_exchange *exchange, const void *data, size_t size,
                         struct error **reterr)
{
    ssize_t length = os_send(exchange->fd, data, size, false);

    return length < 0 && length != -EAGAIN ? failed(exchange, (int)length, reterr) : length;
}

int http_exchange_end_writing(struct http_exchange *exchange)
{
    return os_shutdown(exchange->fd, SHUT_WR);
}

size_t http_exchange_take(struct http_exchange *exchange, int *ret_fd, void *data, size_t size)
{
    size_t length = exchange->used - exchange->start;

    assert(length <= size);
    memcpy(data, exchange->input + exchange->start, length);
    exchange->start = exchange->used;
    *ret_fd = take_fd(&exchange->fd);
    return length;
}
