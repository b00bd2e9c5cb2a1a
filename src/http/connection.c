/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection's way through its requests; the states are in server_priv.h. Each step does what it
 * can without waiting and says whether another may follow at once. What has no bound of its own has
 * a timer: a head, a body, the time between requests, and the time without progress in sending.
 * While a request is being answered there is none: how long that takes is the handler's business.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/server_priv.h"
#include "os/file.h"
#include "os/os.h"
#include "os/peer.h"
#include "os/socket.h"

static void set_timer(struct http_connection *connection, uint64_t duration_ns)
{
    loop_timer_set_after(connection->server->loop, &connection->timer, duration_ns);
}

static void become_busy(struct http_connection *connection)
{
    list_remove(&connection->link);
    list_append(&connection->server->connections, &connection->link);
}

static void expect_head(struct http_connection *connection)
{
    const struct http_server_options *options = &connection->server->options;

    http1_request_init(&connection->parser);
    connection->state = HTTP_STATE_HEAD;
    connection->idle_since_ns = loop_now_ns(connection->server->loop);
    connection->head_since_ns = connection->idle_since_ns;
    set_timer(connection,
              connection->input_used > 0 ? options->head_timeout_ns : options->idle_timeout_ns);
}

void http_connection_abandon(struct http_connection *connection)
{
    loop_timer_cancel(&connection->timer);
    connection->is_over = true;
}

/* Tells whoever writes the stream, who may end it at once. */
static void tell_closed(struct http_connection *connection)
{
    void (*closed)(struct http_request * request) = connection->request.closed;

    if (closed == NULL)
        return;
    connection->request.closed = NULL;
    connection->is_running = true;
    closed(&connection->request);
    connection->is_running = false;
}

/* Writers are told once for what they wrote. */
static void tell_drained(struct http_connection *connection)
{
    if (connection->request.drained == NULL || !connection->has_written)
        return;
    connection->has_written = false;
    connection->request.drained(&connection->request);
}

void http_connection_forget_request(struct http_connection *connection)
{
    connection->server->bodies_bytes -= connection->body_counted;
    connection->body_counted = 0;
    strbuf_deinit(&connection->body);
    free(connection->target);
    connection->target = NULL;
    free(connection->head);
    connection->head = NULL;
    strbuf_deinit(&connection->fields);
    strbuf_init(&connection->fields, HTTP_FIELDS_BYTES_MAX);
    connection->has_cache_control = false;
    if (connection->request.release != NULL)
        connection->request.release(connection->request.attachment);
    os_closep(&connection->request.body_fd);
    connection->request = (struct http_request){.body_fd = -1};
}

void http_connection_free(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    list_remove(&connection->link);
    loop_timer_cancel(&connection->timer);
    stream_close_shared(&connection->stream); /* control starts programs, by other threads too */
    http_connection_forget_request(connection);
    strbuf_deinit(&connection->output);
    free(connection->input);
    free(connection);
    server->connection_count--;
    http_server_resume(server);
}

/* Reading */

/* More of what the peer sends, at most up to limit bytes in the input. 1 where there is more, 0
 * where none has come, -ENOBUFS where the limit is reached, or -errno; -ECONNRESET at the end. */
static int read_more(struct http_connection *connection, size_t limit)
{
    ssize_t length;

    if (connection->input_used == connection->input_size) {
        size_t size =
            connection->input_size == 0 ? HTTP_INPUT_SIZE_MIN : connection->input_size * 2;
        char *input;

        if (connection->input_size >= limit)
            return -ENOBUFS;
        input = realloc(connection->input, size);
        if (input == NULL)
            return -ENOMEM;
        connection->input = input;
        connection->input_size = size;
    }
    length = stream_read(&connection->stream, connection->input + connection->input_used,
                         connection->input_size - connection->input_used);
    if (length == -EAGAIN)
        return 0;
    if (length <= 0)
        return length < 0 ? (int)length : -ECONNRESET;
    connection->input_used += (size_t)length;
    return 1;
}

static void drop_input(struct http_connection *connection, size_t length)
{
    connection->input_used -= length;
    memmove(connection->input, connection->input + length, connection->input_used);
}

static bool take_target(struct http_connection *connection)
{
    const struct http1_head *head = &connection->parser.head;
    size_t query_length = head->query.length > 0 ? head->query.length - 1u : 0;
    char *path = malloc((size_t)head->path.length + query_length + 3);
    char *query;

    if (path == NULL)
        return false;
    memcpy(path, connection->input + head->path.offset, head->path.length);
    if (head->path.length == 0)
        path[0] = '/';
    query = path + (head->path.length == 0 ? 1 : head->path.length);
    *query++ = '\0';
    if (query_length > 0)
        memcpy(query, connection->input + head->query.offset + 1, query_length);
    query[query_length] = '\0';
    connection->target = path;
    connection->request.path = path;
    connection->request.query = query;
    return true;
}

/* What of a whole head is to be refused; 0 for nothing. */
static unsigned int judge_head(const struct http_connection *connection, const char **ret_message)
{
    const struct http1_head *head = &connection->parser.head;

    *ret_message = http_connection_doubled_field(connection);
    if (*ret_message != NULL)
        return 400;
    if (head->expect_other) {
        *ret_message = "only 100-continue can be expected";
        return 417;
    }
    if (head->method == HTTP1_CONNECT || head->method == HTTP1_TRACE) {
        *ret_message = "the method is not served";
        return 405;
    }
    return 0;
}

/* Finds a place for the body; the status to refuse it with where there is none, or 0. */
static unsigned int open_body(struct http_connection *connection, const char **ret_message)
{
    const struct http_server_options *options = &connection->server->options;
    const struct http1_head *head = &connection->parser.head;
    uint64_t bytes_max = options->body_bytes_max;
    int fd = -ENOSYS;

    if (options->open_body != NULL && head->body != HTTP1_BODY_NONE)
        fd = options->open_body(options->context, &connection->request, &bytes_max);
    if (fd < 0 && fd != -ENOSYS) {
        *ret_message = "there is no place for the body";
        return fd == -ENOSPC || fd == -EDQUOT || fd == -EROFS ? 507 : 503;
    }
    connection->request.body_fd = fd >= 0 ? fd : -1;
    connection->body_file_bytes_max = fd >= 0 ? bytes_max : 0;
    if (head->body != HTTP1_BODY_LENGTH || head->content_length <= bytes_max)
        return 0;
    *ret_message = "the body is too large";
    return 413;
}

static void begin_body(struct http_connection *connection)
{
    const struct http1_head *head = &connection->parser.head;

    connection->minor_version = head->minor_version;
    connection->ends = !head->keep_alive;
    connection->awaits_continue = head->expect_continue;
    http1_body_init(&connection->body_reader, head);
    strbuf_init(&connection->body, connection->server->options.body_bytes_max);
    connection->state = HTTP_STATE_BODY;
    set_timer(connection, connection->server->options.body_timeout_ns);
    drop_input(connection, head->length);
}

static void take_peer(struct http_connection *connection)
{
    struct os_peer peer;
    union os_address address;
    socklen_t size;

    if (os_local_address(connection->stream.source.fd, &address, &size) < 0 ||
        address.any.sa_family != AF_UNIX ||
        os_peer_credentials(connection->stream.source.fd, &peer) < 0)
        return;
    connection->request.has_peer = true;
    connection->request.peer_uid = peer.uid;
    connection->request.peer_gid = peer.gid;
    connection->request.peer_pid = peer.pid;
}

/* Whether the request may go on to its body. One that may not was answered. */
static bool admit(struct http_connection *connection)
{
    const struct http_server_options *options = &connection->server->options;
    bool ends = connection->ends;

    if (options->admit == NULL)
        return true;
    loop_timer_cancel(&connection->timer);
    connection->state = HTTP_STATE_HANDLED;
    if (connection->parser.head.body != HTTP1_BODY_NONE)
        connection->ends = true; /* what follows is not read as a request */
    if (!options->admit(options->context, &connection->request))
        return false;
    connection->ends = ends;
    connection->state = HTTP_STATE_BODY;
    set_timer(connection, options->body_timeout_ns);
    return true;
}

/* The head is good: on to the body. */
static bool take_head(struct http_connection *connection)
{
    const char *message;
    unsigned int status;

    if (!take_target(connection) || !http_connection_keep_head(connection)) {
        http_connection_abandon(connection);
        return false;
    }
    take_peer(connection);
    begin_body(connection);
    if (!admit(connection))
        return true;
    status = open_body(connection, &message);
    if (status != 0)
        http_connection_refuse(connection, status, message);
    return true;
}

static bool step_head(struct http_connection *connection)
{
    bool was_empty = connection->input_used == 0;
    enum http1_result result = HTTP1_MORE;
    const char *message;
    unsigned int status;
    int r;

    if (!was_empty)
        result =
            http1_request_parse(&connection->parser, connection->input, connection->input_used);
    if (result == HTTP1_MORE) {
        r = read_more(connection, HTTP1_HEAD_SIZE_MAX);
        if (r == -ENOBUFS)
            http_connection_refuse(connection, 431, "the head is too large");
        else if (r < 0)
            http_connection_abandon(connection);
        else if (r > 0 && was_empty) {
            connection->head_since_ns = loop_now_ns(connection->server->loop);
            set_timer(connection, connection->server->options.head_timeout_ns);
        }
        return r > 0;
    }
    become_busy(connection);
    connection->request.method = (enum http1_method)connection->parser.head.method;
    if (result == HTTP1_REFUSED) {
        http_connection_refuse(connection, connection->parser.refusal_status,
                               connection->parser.refusal);
        return true;
    }
    status = judge_head(connection, &message);
    if (status == 0)
        return take_head(connection);
    http_connection_refuse(connection, status, message);
    return true;
}

/* The file is a buffer of the system's: writing to it does not wait. */
static bool keep_body_in_file(struct http_connection *connection, const char *data, size_t length)
{
    int r;

    if (length > connection->body_file_bytes_max - connection->request.body_size) {
        http_connection_refuse(connection, 413, "the body is too large");
        return false;
    }
    r = os_write_all(connection->request.body_fd, data, length);
    if (r < 0) {
        bool is_full = r == -ENOSPC || r == -EDQUOT || r == -EFBIG;

        http_connection_refuse(connection, is_full ? 507 : 500,
                               is_full ? "the disk is full: there is no room for the body"
                                       : "the body cannot be kept");
        return false;
    }
    connection->request.body_size += length;
    set_timer(connection, connection->server->options.body_timeout_ns);
    return true;
}

/* Adds to the body what the limits allow. */
static bool keep_body(struct http_connection *connection, const char *data, size_t length)
{
    struct http_server *server = connection->server;

    if (connection->request.body_fd >= 0)
        return keep_body_in_file(connection, data, length);
    if (length > server->options.body_bytes_max - connection->body.length) {
        http_connection_refuse(connection, 413, "the body is too large");
        return false;
    }
    if (length > server->options.bodies_bytes_max - server->bodies_bytes) {
        http_connection_refuse(connection, 503, "too many large requests at once");
        return false;
    }
    strbuf_append(&connection->body, data, length);
    if (strbuf_failure(&connection->body) < 0) {
        http_connection_refuse(connection, 503, "out of memory");
        return false;
    }
    connection->body_counted += length;
    server->bodies_bytes += length;
    return true;
}

static void hand_over(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    loop_timer_cancel(&connection->timer);
    connection->request.body = strbuf_text(&connection->body);
    if (connection->request.body_fd < 0)
        connection->request.body_size = connection->body.length;
    connection->request.wants_upgrade = connection->parser.head.upgrade;
    connection->state = HTTP_STATE_HANDLED;
    server->options.handle(server->options.context, &connection->request);
}

static bool step_body(struct http_connection *connection)
{
    size_t consumed = 0, offset = 0, length = 0;
    enum http1_body_result result =
        http1_body_next(&connection->body_reader, connection->input, connection->input_used,
                        &consumed, &offset, &length);
    int r;

    if (result == HTTP1_BODY_REFUSED) {
        http_connection_refuse(connection, 400, "the body's framing is malformed");
        return true;
    }
    if (result == HTTP1_BODY_DATA && !keep_body(connection, connection->input + offset, length))
        return true;
    drop_input(connection, consumed);
    if (result == HTTP1_BODY_DONE) {
        hand_over(connection);
        return true;
    }
    if (result == HTTP1_BODY_DATA)
        return true;

    if (connection->awaits_continue) {
        static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
        struct iovec part = {(void *)text, sizeof(text) - 1};

        /* Nothing else is being sent, so a few bytes find room; a client that does not get them
         * sends its body all the same after a while. */
        connection->awaits_continue = false;
        (void)stream_write(&connection->stream, &part, 1, false);
    }
    r = read_more(connection, HTTP1_HEAD_SIZE_MAX);
    if (r < 0)
        http_connection_abandon(connection);
    return r > 0;
}

/* Sending */

/* Makes room behind what is still to be sent. */
static void forget_sent(struct http_connection *connection)
{
    struct strbuf *output = &connection->output;

    output->length -= connection->output_sent;
    memmove(output->data, output->data + connection->output_sent, output->length);
    connection->output_sent = 0;
}

/* 1 when all was sent, 0 when the rest has to wait, or -errno. */
static int flush(struct http_connection *connection)
{
    while (connection->output_sent < connection->output.length) {
        struct iovec part = {connection->output.data + connection->output_sent,
                             connection->output.length - connection->output_sent};
        ssize_t length = stream_write(&connection->stream, &part, 1, false);

        if (length == -EAGAIN) {
            if (connection->state == HTTP_STATE_STREAMING)
                forget_sent(connection);
            return 0;
        }
        if (length < 0)
            return (int)length;
        connection->output_sent += (size_t)length;
        connection->sent_ns = loop_now_ns(connection->server->loop);
        set_timer(connection, connection->server->options.write_timeout_ns);
    }
    strbuf_reset(&connection->output);
    connection->output_sent = 0;
    return 1;
}

static bool step_sending(struct http_connection *connection)
{
    int r = flush(connection);

    if (r < 0)
        http_connection_abandon(connection);
    if (r <= 0)
        return false;
    strbuf_deinit(&connection->output);
    if (connection->ends) {
        connection->state = HTTP_STATE_CLOSING;
        set_timer(connection, connection->server->options.closing_timeout_ns);
        if (stream_shutdown(&connection->stream) < 0)
            http_connection_abandon(connection);
        return true;
    }
    become_busy(connection);
    expect_head(connection);
    return true;
}

static bool step_streaming(struct http_connection *connection)
{
    int r = flush(connection);

    /* Whoever reads a stream has nothing more to say: an end means that nobody reads it. */
    if (r >= 0 && (connection->stream.source.readiness & (LOOP_HANGUP | LOOP_ERROR)) != 0)
        r = -EPIPE;
    if (r < 0)
        http_connection_abandon(connection);
    else if (r > 0) {
        loop_timer_cancel(&connection->timer);
        tell_drained(connection);
        return connection->state != HTTP_STATE_STREAMING || connection->output.length > 0;
    }
    return false;
}

/* What the peer still sends is thrown away, or closing would be a reset, and could take from it the
 * answer that it has not read yet. */
static bool step_closing(struct http_connection *connection)
{
    int r;

    connection->input_used = 0;
    r = read_more(connection, SIZE_MAX);
    if (r < 0)
        http_connection_abandon(connection);
    return r > 0;
}

static bool step(struct http_connection *connection)
{
    switch (connection->state) {
    case HTTP_STATE_HEAD:
        return step_head(connection);
    case HTTP_STATE_BODY:
        return step_body(connection);
    case HTTP_STATE_HANDLED:
        return false;
    case HTTP_STATE_STREAMING:
        return step_streaming(connection);
    case HTTP_STATE_SENDING:
        return step_sending(connection);
    case HTTP_STATE_CLOSING:
        return step_closing(connection);
    }
    return false;
}

void http_connection_run(struct http_connection *connection)
{
    int steps = 0;

    if (connection->is_running)
        return; /* it goes on where it was called from */
    connection->is_running = true;
    while (!connection->is_over && step(connection)) {
        /* So that one busy client does not keep the others waiting. */
        if (++steps >= 256) {
            loop_source_again(&connection->stream.source);
            break;
        }
    }
    connection->is_running = false;
    if (!connection->is_over)
        return;
    if (connection->state == HTTP_STATE_STREAMING && !connection->is_in_call)
        tell_closed(connection);
    if (connection->state != HTTP_STATE_HANDLED && connection->state != HTTP_STATE_STREAMING)
        http_connection_free(connection);
}

static void stream_ready(struct loop_source *source, unsigned int readiness)
{
    struct stream *stream = list_entry(source, struct stream, source);

    (void)readiness;
    http_connection_run(list_entry(stream, struct http_connection, stream));
}

static void timer_expired(struct loop_timer *timer)
{
    struct http_connection *connection = list_entry(timer, struct http_connection, timer);

    if (connection->state == HTTP_STATE_BODY ||
        (connection->state == HTTP_STATE_HEAD && connection->input_used > 0)) {
        http_connection_refuse(connection, 408, "the request did not come in time");
        return; /* and perhaps freed */
    }
    http_connection_abandon(connection);
    http_connection_run(connection);
}

bool http_connection_start(struct http_server *server, const struct http_listener *listener, int fd)
{
    struct http_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return false;
    connection->server = server;
    connection->request.body_fd = -1;
    memcpy(connection->listener, listener->name, sizeof(connection->listener));
    connection->listener_fields = listener->fields;
    strbuf_init(&connection->output, SIZE_MAX / 2);
    strbuf_init(&connection->fields, HTTP_FIELDS_BYTES_MAX);
    loop_timer_init(&connection->timer, timer_expired);
    stream_init(&connection->stream, stream_ready);
    if (loop_source_add(server->loop, &connection->stream.source, fd, LOOP_WRITABLE) < 0) {
        free(connection);
        return false;
    }
    list_append(&server->connections, &connection->link);
    server->connection_count++;
    expect_head(connection);
    return true;
}
