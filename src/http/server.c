/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http/server_priv.h"
#include "os/os.h"
#include "os/socket.h"

#define PAUSE_NS           (100 * TIME_MILLISECOND)
#define NEW_NS             (20 * TIME_MILLISECOND)
#define ACCEPTS_A_TURN_MAX 16

static void set_defaults(struct http_server_options *options)
{
    if (options->body_bytes_max == 0)
        options->body_bytes_max = HTTP_BODY_BYTES_MAX;
    if (options->bodies_bytes_max == 0)
        options->bodies_bytes_max = 4 * HTTP_BODY_BYTES_MAX;
    if (options->stream_bytes_max == 0)
        options->stream_bytes_max = (size_t)1 << 20;
    if (options->connections_max == 0)
        options->connections_max = 256;
    if (options->head_timeout_ns == 0)
        options->head_timeout_ns = 10 * TIME_SECOND;
    if (options->head_patience_ns == 0)
        options->head_patience_ns = TIME_SECOND;
    if (options->body_timeout_ns == 0)
        options->body_timeout_ns = TIME_MINUTE;
    if (options->idle_timeout_ns == 0)
        options->idle_timeout_ns = TIME_MINUTE;
    if (options->write_timeout_ns == 0)
        options->write_timeout_ns = 30 * TIME_SECOND;
    if (options->closing_timeout_ns == 0)
        options->closing_timeout_ns = 2 * TIME_SECOND;
}

static void pause_listeners(struct http_server *server)
{
    struct http_listener *listener;

    server->is_paused = true;
    list_for_each (listener, &server->listeners, link)
        loop_source_remove(&listener->source);
}

void http_server_resume(struct http_server *server)
{
    struct http_listener *listener;

    if (!server->is_paused)
        return;
    server->is_paused = false;
    list_for_each (listener, &server->listeners, link) {
        if (loop_source_add_listener(server->loop, &listener->source, listener->fd, false) < 0) {
            pause_listeners(server);
            loop_timer_set_after(server->loop, &server->pause, PAUSE_NS);
            return;
        }
    }
}

static void pause_expired(struct loop_timer *timer)
{
    http_server_resume(list_entry(timer, struct http_server, pause));
}

/* It has nothing under way. */
static bool is_idle(const struct http_connection *connection)
{
    return connection->state == HTTP_STATE_CLOSING ||
           (connection->state == HTTP_STATE_HEAD && connection->input_used == 0);
}

/* A client that waits for its turn is worth more than one that keeps its connection for later, is
 * slow to say what it wants, or does not read the answer; but one that has just come may have sent
 * its request already. */
static bool may_be_closed(const struct http_connection *connection, uint64_t now_ns)
{
    uint64_t patience_ns = connection->server->options.head_patience_ns;

    if (connection->is_running)
        return false;
    switch (connection->state) {
    case HTTP_STATE_HEAD:
        return is_idle(connection) ? connection->idle_since_ns < time_subtract(now_ns, NEW_NS)
                                   : connection->head_since_ns < time_subtract(now_ns, patience_ns);
    case HTTP_STATE_CLOSING:
        return connection->sent_ns < time_subtract(now_ns, NEW_NS);
    case HTTP_STATE_SENDING:
        return connection->sent_ns < time_subtract(now_ns, patience_ns);
    case HTTP_STATE_BODY:
    case HTTP_STATE_HANDLED:
    case HTTP_STATE_STREAMING:
        break;
    }
    return false;
}

/* Of those that came by the listeners of that name, or of all. */
static bool close_an_idle_one(struct http_server *server, const char *name)
{
    uint64_t now_ns = loop_now_ns(server->loop);
    struct http_connection *slow = NULL;
    struct http_connection *connection;

    list_for_each (connection, &server->connections, link) {
        if ((name != NULL && strcmp(connection->listener, name) != 0) ||
            !may_be_closed(connection, now_ns))
            continue;
        if (is_idle(connection)) {
            http_connection_free(connection);
            return true;
        }
        if (slow == NULL)
            slow = connection;
    }
    if (slow == NULL)
        return false;
    http_connection_free(slow);
    return true;
}

static bool has_place(struct http_server *server, const struct http_listener *listener)
{
    struct http_connection *connection;
    uint32_t count = 0;

    if (listener->connections_max == 0)
        return true;
    list_for_each (connection, &server->connections, link)
        count += strcmp(connection->listener, listener->name) == 0;
    return count < listener->connections_max || close_an_idle_one(server, listener->name);
}

static void listener_ready(struct loop_source *source, unsigned int readiness)
{
    struct http_listener *listener = list_entry(source, struct http_listener, source);
    struct http_server *server = listener->server;

    (void)readiness;
    for (int i = 0; i < ACCEPTS_A_TURN_MAX; i++) {
        int fd;

        if (server->connection_count >= server->options.connections_max) {
            if (i > 0)
                return; /* perhaps nobody waits; otherwise the next turn says so */
            if (!close_an_idle_one(server, NULL)) {
                pause_listeners(server);
                loop_timer_set_after(server->loop, &server->pause, PAUSE_NS);
                return;
            }
        }
        fd = os_accept(listener->fd, NULL, NULL);
        if (fd == -EAGAIN)
            return;
        if (fd >= 0 && !has_place(server, listener)) {
            os_closep(&fd);
            continue;
        }
        if (fd < 0 || !http_connection_start(server, listener, fd)) {
            os_closep(&fd);
            pause_listeners(server);
            loop_timer_set_after(server->loop, &server->pause, PAUSE_NS);
            return;
        }
    }
}

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options)
{
    struct http_server *server = calloc(1, sizeof(*server));

    assert(options->handle != NULL);
    if (server == NULL)
        return NULL;
    server->loop = loop;
    server->options = *options;
    set_defaults(&server->options);
    list_init(&server->listeners);
    list_init(&server->connections);
    loop_timer_init(&server->pause, pause_expired);
    return server;
}

static void listener_free(struct http_listener *listener)
{
    list_remove(&listener->link);
    loop_source_remove(&listener->source);
    os_closep(&listener->fd);
    free(listener);
}

struct http_server *http_server_free(struct http_server *server)
{
    struct http_connection *connection;
    struct http_listener *listener;

    if (server == NULL)
        return NULL;
    list_for_each_safe (listener, &server->listeners, link)
        listener_free(listener);
    list_init(&server->listeners);
    list_for_each_safe (connection, &server->connections, link)
        http_connection_free(connection);
    loop_timer_cancel(&server->pause);
    free(server);
    return NULL;
}

int http_server_add_listener(struct http_server *server, int fd, const char *name)
{
    struct http_listener *listener = calloc(1, sizeof(*listener));
    int r;

    if (listener == NULL) {
        os_closep(&fd);
        return -ENOMEM;
    }
    list_init(&listener->link);
    loop_source_init(&listener->source, listener_ready);
    listener->server = server;
    listener->fd = fd;
    (void)snprintf(listener->name, sizeof(listener->name), "%s", name != NULL ? name : "");
    listener->fields = "";
    r = server->is_paused ? 0
                          : loop_source_add_listener(server->loop, &listener->source, fd, false);
    if (r < 0) {
        listener_free(listener);
        return r;
    }
    list_append(&server->listeners, &listener->link);
    return 0;
}

void http_server_limit_listener(struct http_server *server, const char *name, uint32_t max)
{
    struct http_listener *listener;

    list_for_each (listener, &server->listeners, link) {
        if (strcmp(listener->name, name) == 0)
            listener->connections_max = max;
    }
}

void http_server_set_listener_fields(struct http_server *server, const char *name,
                                     const char *fields)
{
    struct http_listener *listener;

    list_for_each (listener, &server->listeners, link) {
        if (strcmp(listener->name, name) == 0)
            listener->fields = fields;
    }
}

void http_server_remove_listener(struct http_server *server, const char *name)
{
    struct http_listener *listener;

    list_for_each_safe (listener, &server->listeners, link) {
        if (strcmp(listener->name, name) == 0)
            listener_free(listener);
    }
}

void http_server_remove_listeners(struct http_server *server)
{
    struct http_listener *listener;

    list_for_each_safe (listener, &server->listeners, link)
        listener_free(listener);
}

/* One that is waited for in its own callbacks, or has an answer to send, ends on its own. */
static void end_connection(struct http_connection *connection)
{
    if (connection->state == HTTP_STATE_STREAMING) {
        http_request_abort(&connection->request);
        return;
    }
    connection->ends = true;
    if (connection->state == HTTP_STATE_HEAD && !connection->is_running)
        http_connection_free(connection);
}

void http_server_end_connections(struct http_server *server, const char *name)
{
    struct http_connection *connection;

    list_for_each_safe (connection, &server->connections, link) {
        if (strcmp(connection->listener, name) == 0)
            end_connection(connection);
    }
}

uint32_t http_server_connection_count(const struct http_server *server)
{
    return server->connection_count;
}

const char *http_request_listener(const struct http_request *request)
{
    return http_connection_of((struct http_request *)request)->listener;
}
