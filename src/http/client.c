/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call: connect, send the request, read the head of the answer, then its body. The socket does
 * not block, and each step waits by poll() until the deadline of the whole.
 *
 * A server that refuses a request while it is still being sent answers and closes, so sending fails
 * although there is an answer: it is read before the failure is believed.
 */
#include "http/client.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "os/os.h"
#include "os/socket.h"
#include "wire/http1.h"
#include "wire/http1_body.h"
#include "wire/http1_write.h"

#define REQUEST_HEAD_LIMIT 65536
#define INPUT_SIZE         65536 /* at least a head */

struct http_stream {
    int fd;
    char *socket_path;
    unsigned int status;
    bool is_done;
    struct http1_body body;
    char content_type[HTTP_CONTENT_TYPE_LENGTH + 1];
    size_t start, used; /* of the input: what was not read yet */
    char input[INPUT_SIZE];
};

static int broken(const struct http_stream *stream, const char *what, struct error **reterr)
{
    return error_set(reterr, EPROTO, "%s: the answer %s", stream->socket_path, what);
}

static int failed(const struct http_stream *stream, int r, struct error **reterr)
{
    if (r == -ETIMEDOUT)
        return error_set(reterr, ETIMEDOUT, "%s: the daemon does not answer in time",
                         stream->socket_path);
    if (r == -ECONNRESET || r == -EPIPE)
        return broken(stream, "ends in its midst; the daemon went away", reterr);
    return error_set(reterr, -r, "%s: %s", stream->socket_path, error_text(-r));
}

/* Until the descriptor is ready: 0, -ETIMEDOUT, -EINTR or -errno. */
static int wait_for(int fd, short events, uint64_t deadline_ns)
{
    struct pollfd poll = {.fd = fd, .events = events};
    uint64_t left_ns = deadline_ns == TIME_FOREVER
                           ? TIME_FOREVER
                           : time_subtract(deadline_ns, os_monotonic_time_ns());
    int count = os->poll(&poll, 1, time_to_timeout_ms(left_ns));

    if (count < 0)
        return -errno;
    return count == 0 ? -ETIMEDOUT : 0;
}

static int wait_on(int fd, short events, uint64_t deadline_ns)
{
    int r;

    do
        r = wait_for(fd, events, deadline_ns);
    while (r == -EINTR);
    return r;
}

static int connect_error(int r, const char *path, struct error **reterr)
{
    switch (r) {
    case -ENOENT:
        return error_set(reterr, ENOENT, "no daemon runs here: %s is not there", path);
    case -ECONNREFUSED:
        return error_set(reterr, ECONNREFUSED, "no daemon runs here: nobody answers at %s", path);
    case -EACCES:
    case -EPERM:
        return error_set(reterr, EACCES,
                         "you may not use %s; run this as root or as a member of its group", path);
    default:
        return error_set(reterr, -r, "cannot connect to %s: %s", path, error_text(-r));
    }
}

static int connect_to(const char *path, uint64_t deadline_ns, struct error **reterr)
{
    _cleanup_os_close_ int fd = -1;
    union os_address address = {.local = {.sun_family = AF_UNIX}};
    size_t length = strlen(path);
    int r;

    if (length == 0 || length >= sizeof(address.local.sun_path))
        return error_set(reterr, ENAMETOOLONG,
                         "\"%s\" is no path of a socket: it must have 1 to "
                         "%zu bytes",
                         path, sizeof(address.local.sun_path) - 1);
    memcpy(address.local.sun_path, path, length + 1);
    fd = os_stream_socket(AF_UNIX);
    if (fd < 0)
        return connect_error(fd, path, reterr);
    /* A full backlog is not something that poll() waits for. */
    while ((r = os_connect(fd, &address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1))) ==
           -EAGAIN) {
        if (os_monotonic_time_ns() >= deadline_ns)
            return connect_error(-ETIMEDOUT, path, reterr);
        (void)os->poll(NULL, 0, 10);
    }
    return r < 0 ? connect_error(r, path, reterr) : take_fd(&fd);
}

static int send_all(int fd, const char *data, size_t size, uint64_t deadline_ns)
{
    while (size > 0) {
        ssize_t length = os_send(fd, data, size, false);

        if (length == -EAGAIN) {
            int r = wait_on(fd, POLLOUT, deadline_ns);

            if (r < 0)
                return r;
        } else if (length < 0) {
            return (int)length;
        } else {
            data += length;
            size -= (size_t)length;
        }
    }
    return 0;
}

static int send_request(const struct http_stream *stream, const char *method, const char *target,
                        const char *body, uint64_t deadline_ns)
{
    _cleanup_strbuf_ struct strbuf head;
    size_t body_size = body != NULL ? strlen(body) : 0;
    int r;

    strbuf_init(&head, REQUEST_HEAD_LIMIT);
    strbuf_printf(&head, "%s %s HTTP/1.1\r\nHost: slipway\r\nConnection: close\r\n", method,
                  target);
    if (body != NULL)
        strbuf_printf(&head, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                      body_size);
    strbuf_append_string(&head, "\r\n");
    r = strbuf_failure(&head);
    if (r == 0)
        r = send_all(stream->fd, strbuf_text(&head), head.length, deadline_ns);
    if (r == 0 && body_size > 0)
        r = send_all(stream->fd, body, body_size, deadline_ns);
    return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

/* Some bytes into the free end of the input: how many, 0 at the end, -EAGAIN or -errno. */
static ssize_t receive(struct http_stream *stream)
{
    ssize_t length;

    if (stream->start == stream->used)
        stream->start = stream->used = 0;
    assert(stream->used < sizeof(stream->input));
    length =
        os_receive(stream->fd, stream->input + stream->used, sizeof(stream->input) - stream->used);
    if (length > 0)
        stream->used += (size_t)length;
    return length;
}

static void take_content_type(struct http_stream *stream, const struct http1_head *head)
{
    const struct http1_field *field = http1_head_find(head, HTTP1_FIELD_CONTENT_TYPE);

    if (field == NULL || field->value.length > HTTP_CONTENT_TYPE_LENGTH)
        return;
    memcpy(stream->content_type, stream->input + field->value.offset, field->value.length);
}

/* Heads in front of the answer proper, of 1xx, are passed over. */
static int read_head(struct http_stream *stream, enum http1_method method, uint64_t deadline_ns,
                     struct error **reterr)
{
    struct http1_parser parser;
    enum http1_result result;

    http1_response_init(&parser, method);
    for (;;) {
        result = http1_response_parse(&parser, stream->input + stream->start,
                                      stream->used - stream->start);
        if (result == HTTP1_MORE) {
            ssize_t length = stream->used < sizeof(stream->input) ? receive(stream) : -EPROTO;
            int r = length == -EAGAIN ? wait_on(stream->fd, POLLIN, deadline_ns) : 0;

            if (length == 0)
                r = -ECONNRESET;
            else if (length < 0 && length != -EAGAIN)
                r = (int)length;
            if (r < 0)
                return failed(stream, r, reterr);
        } else if (result == HTTP1_REFUSED) {
            return broken(stream, "is no HTTP", reterr);
        } else if (parser.head.status >= 200) {
            break;
        } else {
            stream->start += parser.head.length;
            http1_response_init(&parser, method);
        }
    }
    stream->status = parser.head.status;
    memmove(stream->input, stream->input + stream->start, stream->used - stream->start);
    stream->used -= stream->start;
    take_content_type(stream, &parser.head);
    http1_body_init(&stream->body, &parser.head);
    stream->start = parser.head.length;
    return 0;
}

struct http_stream *http_stream_close(struct http_stream *stream)
{
    if (stream == NULL)
        return NULL;
    os_closep(&stream->fd);
    free(stream->socket_path);
    free(stream);
    return NULL;
}

static int stream_start(struct http_stream *stream, const char *socket_path, const char *method,
                        const char *target, const char *body, uint64_t deadline_ns,
                        struct error **reterr)
{
    int r;

    stream->fd = -1;
    stream->socket_path = strdup(socket_path);
    if (stream->socket_path == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = connect_to(socket_path, deadline_ns, reterr);
    if (r < 0)
        return r;
    stream->fd = r;
    r = send_request(stream, method, target, body, deadline_ns);
    if (r < 0)
        return failed(stream, r, reterr);
    return read_head(stream, http1_method_find(method, strlen(method)), deadline_ns, reterr);
}

static int stream_open(const char *socket_path, const char *method, const char *target,
                       const char *body, uint64_t deadline_ns, struct http_stream **ret_stream,
                       struct error **reterr)
{
    struct http_stream *stream = calloc(1, sizeof(*stream));
    int r;

    if (stream == NULL) {
        (void)error_set(reterr, ENOMEM, "out of memory");
        return -ENOMEM;
    }
    r = stream_start(stream, socket_path, method, target, body, deadline_ns, reterr);
    if (r < 0)
        (void)http_stream_close(stream);
    else
        *ret_stream = stream;
    return r;
}

static uint64_t deadline_of(uint64_t timeout_ms)
{
    if (timeout_ms == UINT64_MAX)
        return TIME_FOREVER;
    return time_add(os_monotonic_time_ns(), time_from_milliseconds(timeout_ms));
}

int http_stream_open(const char *socket_path, const char *method, const char *target,
                     uint64_t timeout_ms, struct http_stream **ret_stream, struct error **reterr)
{
    return stream_open(socket_path, method, target, NULL, deadline_of(timeout_ms), ret_stream,
                       reterr);
}

unsigned int http_stream_status(const struct http_stream *stream)
{
    return stream->status;
}

int http_stream_fd(const struct http_stream *stream)
{
    return stream->fd;
}

/* Bytes of the body out of the input: how many, 0 where there are none, or -EPROTO. */
static ssize_t take_body(struct http_stream *stream, char *data, size_t size)
{
    size_t available = stream->used - stream->start;
    size_t consumed = 0, offset = 0, length = 0;

    /* What is taken for the body must find room. */
    if (available > size)
        available = size;
    switch (http1_body_next(&stream->body, stream->input + stream->start, available, &consumed,
                            &offset, &length)) {
    case HTTP1_BODY_REFUSED:
        return -EPROTO;
    case HTTP1_BODY_DONE:
        stream->is_done = true;
        break;
    case HTTP1_BODY_DATA:
    case HTTP1_BODY_MORE:
        memcpy(data, stream->input + stream->start + offset, length);
        break;
    }
    stream->start += consumed;
    return (ssize_t)length;
}

static long stream_read(struct http_stream *stream, void *data, size_t size, uint64_t deadline_ns,
                        bool is_interruptible, struct error **reterr)
{
    assert(size > 0);
    for (;;) {
        ssize_t length = take_body(stream, data, size);
        int r = 0;

        if (length < 0)
            return broken(stream, "is no HTTP", reterr);
        if (length > 0 || stream->is_done)
            return length;
        if (stream->start < stream->used)
            continue; /* the framing of chunks */
        length = receive(stream);
        if (length == 0) {
            if (!http1_body_may_end(&stream->body))
                return failed(stream, -ECONNRESET, reterr);
            stream->is_done = true;
            return 0;
        }
        if (length == -EAGAIN)
            r = is_interruptible ? wait_for(stream->fd, POLLIN, deadline_ns)
                                 : wait_on(stream->fd, POLLIN, deadline_ns);
        else if (length < 0)
            r = (int)length;
        if (r < 0)
            return failed(stream, r, reterr);
    }
}

long http_stream_read(struct http_stream *stream, void *data, size_t size, uint64_t timeout_ms,
                      struct error **reterr)
{
    return stream_read(stream, data, size, deadline_of(timeout_ms), true, reterr);
}

void http_response_deinit(struct http_response *response)
{
    free(response->body);
    response->body = NULL;
    response->size = 0;
}

static int read_all(struct http_stream *stream, struct strbuf *body, uint64_t deadline_ns,
                    struct error **reterr)
{
    char part[16384];
    long length;

    while ((length = stream_read(stream, part, sizeof(part), deadline_ns, false, reterr)) > 0) {
        strbuf_append(body, part, (size_t)length);
        if (strbuf_failure(body) == -E2BIG)
            return error_set(reterr, EFBIG, "%s: the answer is too large", stream->socket_path);
        if (strbuf_failure(body) < 0)
            return error_set(reterr, ENOMEM, "out of memory");
    }
    return (int)length;
}

static int take_response(struct http_stream *stream, uint64_t deadline_ns,
                         struct http_response *ret_response, struct error **reterr)
{
    _cleanup_strbuf_ struct strbuf answer;
    int r;

    strbuf_init(&answer, HTTP_RESPONSE_BYTES_MAX);
    r = read_all(stream, &answer, deadline_ns, reterr);
    if (r < 0)
        return r;
    if (answer.data == NULL)
        answer.data = calloc(1, 1);
    if (answer.data == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    ret_response->status = stream->status;
    memcpy(ret_response->content_type, stream->content_type, sizeof(stream->content_type));
    ret_response->size = answer.length;
    ret_response->body = take_ptr(answer.data);
    return 0;
}

int http_call_within(const char *socket_path, const char *method, const char *target,
                     const char *body, uint64_t timeout_ms, struct http_response *ret_response,
                     struct error **reterr)
{
    uint64_t deadline_ns = deadline_of(timeout_ms);
    struct http_stream *stream = NULL;
    int r = stream_open(socket_path, method, target, body, deadline_ns, &stream, reterr);

    if (r < 0)
        return r;
    r = take_response(stream, deadline_ns, ret_response, reterr);
    (void)http_stream_close(stream);
    return r;
}

int http_call(const char *socket_path, const char *method, const char *target, const char *body,
              struct http_response *ret_response, struct error **reterr)
{
    return http_call_within(socket_path, method, target, body, HTTP_CALL_TIMEOUT_MS, ret_response,
                            reterr);
}
