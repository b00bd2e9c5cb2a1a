/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect --> (TCP: done)
 *    |
 *    v
 * send the request --> read heads until one is final --> done with its status
 *
 * Whatever fails, and the end of its time, ends it with a reason.
 */
#include "edge/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/stream.h"
#include "os/os.h"
#include "wire/http1.h"

enum {
    PROBE_HEAD_MAX = 16384, /* of all heads together */
    PROBE_REQUEST_MAX = 10240,
    PROBE_INFORMATIONAL_MAX = 8,
};

struct probe {
    struct stream stream;
    struct loop_timer timer;
    void (*done)(void *context, const struct probe_outcome *outcome);
    void *context;
    bool is_http;
    bool is_connected;
    uint32_t request_size;
    uint32_t sent;
    uint32_t received;
    uint32_t head_start;
    uint32_t informational_count;
    struct http1_parser parser;
    char request[PROBE_REQUEST_MAX];
    char data[PROBE_HEAD_MAX];
};

struct probe *probe_cancel(struct probe *probe)
{
    if (probe == NULL)
        return NULL;
    loop_timer_cancel(&probe->timer);
    stream_close(&probe->stream);
    free(probe);
    return NULL;
}

static void probe_end(struct probe *probe, const struct probe_outcome *outcome)
{
    void (*done)(void *context, const struct probe_outcome *outcome) = probe->done;
    void *context = probe->context;

    (void)probe_cancel(probe);
    done(context, outcome);
}

static struct probe_outcome probe_outcome_of_error(int error)
{
    struct probe_outcome outcome = {.result = PROBE_FAILED};

    switch (error) {
    case ECONNREFUSED:
        outcome.reason = STATE_REASON_REFUSED;
        break;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
        outcome.reason = STATE_REASON_UNREACHABLE;
        break;
    case EACCES:
    case EPERM:
        outcome.reason = STATE_REASON_DENIED;
        break;
    case ENOENT:
    case ENOTDIR:
        outcome.reason = STATE_REASON_NO_SOCKET;
        break;
    case ETIMEDOUT:
        outcome.reason = STATE_REASON_TIMEOUT;
        break;
    case ECONNRESET:
    case EPIPE:
        outcome.reason = STATE_REASON_CLOSED;
        break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EADDRNOTAVAIL:
        outcome.result = PROBE_UNKNOWN;
        outcome.reason = STATE_REASON_NONE;
        break;
    default:
        outcome.reason = STATE_REASON_FAILED;
        break;
    }
    return outcome;
}

static void probe_fail(struct probe *probe, int error)
{
    struct probe_outcome outcome = probe_outcome_of_error(error);

    probe_end(probe, &outcome);
}

static void probe_fail_for(struct probe *probe, enum state_reason reason)
{
    const struct probe_outcome outcome = {.result = PROBE_FAILED, .reason = reason};

    probe_end(probe, &outcome);
}

static void probe_timed_out(struct loop_timer *timer)
{
    probe_fail_for(list_entry(timer, struct probe, timer), STATE_REASON_TIMEOUT);
}

/* Whether the answer is there; *ret_is_over where the probe has ended. Heads of 1xx are passed
 * over. */
static void probe_parse(struct probe *probe, bool *ret_is_over)
{
    *ret_is_over = true;
    for (;;) {
        const char *data = probe->data + probe->head_start;
        struct probe_outcome outcome = {.result = PROBE_ANSWERED};

        switch (http1_response_parse(&probe->parser, data, probe->received - probe->head_start)) {
        case HTTP1_MORE:
            if (probe->received == sizeof(probe->data)) {
                probe_fail_for(probe, STATE_REASON_MALFORMED);
                return;
            }
            *ret_is_over = false;
            return;
        case HTTP1_REFUSED:
            probe_fail_for(probe, STATE_REASON_MALFORMED);
            return;
        case HTTP1_DONE:
            break;
        }
        outcome.status = probe->parser.head.status;
        if (outcome.status >= 200 || outcome.status == 101) {
            probe_end(probe, &outcome);
            return;
        }
        if (++probe->informational_count > PROBE_INFORMATIONAL_MAX) {
            probe_fail_for(probe, STATE_REASON_MALFORMED);
            return;
        }
        probe->head_start += probe->parser.head.length;
        http1_response_init(&probe->parser, HTTP1_GET);
    }
}

static void probe_receive(struct probe *probe)
{
    for (;;) {
        ssize_t length = stream_read(&probe->stream, probe->data + probe->received,
                                     sizeof(probe->data) - probe->received);
        bool is_over;

        if (length == -EAGAIN)
            return;
        if (length < 0) {
            probe_fail(probe, (int)-length);
            return;
        }
        if (length == 0) {
            probe_fail_for(probe, STATE_REASON_CLOSED);
            return;
        }
        probe->received += (uint32_t)length;
        probe_parse(probe, &is_over);
        if (is_over)
            return;
    }
}

/* False where the probe has ended. */
static bool probe_send(struct probe *probe)
{
    while (probe->sent < probe->request_size) {
        struct iovec part = {.iov_base = probe->request + probe->sent,
                             .iov_len = probe->request_size - probe->sent};
        ssize_t length = stream_write(&probe->stream, &part, 1, false);

        if (length == -EAGAIN)
            return true;
        if (length < 0) {
            probe_fail(probe, (int)-length);
            return false;
        }
        probe->sent += (uint32_t)length;
    }
    return true;
}

static void probe_connected(struct probe *probe)
{
    const struct probe_outcome outcome = {.result = PROBE_CONNECTED};

    probe->is_connected = true;
    if (!probe->is_http)
        probe_end(probe, &outcome);
    else if (probe_send(probe))
        probe_receive(probe);
}

static void probe_ready(struct loop_source *source, unsigned int readiness)
{
    struct probe *probe = list_entry(source, struct probe, stream.source);
    int r;

    if (probe->is_connected) {
        if (probe_send(probe))
            probe_receive(probe);
        return;
    }
    if ((readiness & (LOOP_WRITABLE | LOOP_ERROR | LOOP_HANGUP)) == 0)
        return;
    r = os_socket_error(source->fd);
    if (r < 0)
        probe_fail(probe, -r);
    else
        probe_connected(probe);
}

static int probe_connect(struct loop *loop, struct probe *probe,
                         const struct probe_request *request)
{
    int fd = os_stream_socket(request->address->any.sa_family);
    int connected;
    int r;

    if (fd < 0)
        return fd;
    connected = os_connect(fd, request->address, request->address_size);
    r = connected == -EINPROGRESS ? 0 : connected;
    if (r == 0)
        r = loop_source_add(loop, &probe->stream.source, fd, connected == 0 ? LOOP_WRITABLE : 0);
    if (r < 0) {
        (void)os_close(fd);
        return r;
    }
    /* What is ready is reported in the next turn, also where it is already. */
    if (connected == 0)
        loop_source_again(&probe->stream.source);
    return 0;
}

static int probe_write_request(struct probe *probe, const struct probe_request *request)
{
    int length = snprintf(probe->request, sizeof(probe->request),
                          "GET %s HTTP/1.1\r\n"
                          "Host: %s\r\n"
                          "User-Agent: slipway-health-check/" SLIPWAY_VERSION "\r\n"
                          "Accept: */*\r\n"
                          "Connection: close\r\n"
                          "\r\n",
                          request->path, request->host != NULL ? request->host : "localhost");

    if (length < 0 || (size_t)length >= sizeof(probe->request))
        return -ENAMETOOLONG;
    probe->request_size = (uint32_t)length;
    return 0;
}

struct probe *probe_start(struct loop *loop, const struct probe_request *request,
                          struct probe_outcome *ret_outcome)
{
    struct probe *probe = malloc(sizeof(*probe));
    int r = 0;

    if (probe == NULL) {
        *ret_outcome = probe_outcome_of_error(ENOMEM);
        return NULL;
    }
    /* Not all of it: most are bytes to be filled. */
    memset(probe, 0, offsetof(struct probe, parser));
    stream_init(&probe->stream, probe_ready);
    loop_timer_init(&probe->timer, probe_timed_out);
    http1_response_init(&probe->parser, HTTP1_GET);
    probe->done = request->done;
    probe->context = request->context;
    probe->is_http = request->path != NULL;
    if (probe->is_http)
        r = probe_write_request(probe, request);
    if (r == 0)
        r = probe_connect(loop, probe, request);
    if (r < 0) {
        *ret_outcome = probe_outcome_of_error(-r);
        free(probe);
        return NULL;
    }
    loop_timer_set_after(loop, &probe->timer, request->timeout_ns);
    return probe;
}
