/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request: on_uri() makes its exchange, on_request() is called with the head, with each part of
 * the body and once more at its end, when the handler runs.
 * The stop: no new connections, those that wait in the socket's queue are still taken, every
 * answer says "Connection: close", and it ends when no request is in flight.
 */
#include "common/server.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/server_answer.h"
#include "common/server_path.h"
#include "common/server_socket.h"

#define THREADS_MAX    256
#define IDLE_TIMEOUT_S 75
#define FILES_WANTED   16384
#define FILES_RESERVED 128
/* A body that is too big is read to its end up to here: then a client sees the 413. */
#define BODY_DISCARD_MAX (1024 * 1024)
/* Less than the 10 s that container engines, and Slipway, give by default before they kill. */
#define DRAIN_MAX_MS 9000
/* How long clients with idle connections get to see that they should close them. */
#define DRAIN_IDLE_MS 500
#define DRAIN_STEP_MS 5

struct server {
    const struct server_options *options;
    struct MHD_Daemon *daemon;
    atomic_bool is_stopping;
    atomic_long in_flight;
};

struct exchange {
    long started_us;
    bool has_begun;
    size_t body_length; /* all that came; stored up to SERVER_BODY_MAX */
    char *body;
    char *decoded;
    char path[]; /* as sent, without the query */
};

static long now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *server = context;
    size_t length = strcspn(uri, "?");
    struct exchange *exchange = calloc(1, sizeof(*exchange) + length + 1);

    (void)connection;
    if (exchange == NULL)
        return NULL;
    memcpy(exchange->path, uri, length);
    exchange->started_us = now_us();
    atomic_fetch_add(&server->in_flight, 1);
    return exchange;
}

static void exchange_free(struct exchange *exchange)
{
    free(exchange->body);
    free(exchange->decoded);
    free(exchange);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct exchange *exchange = *request_context;

    (void)connection;
    (void)code;
    if (exchange == NULL)
        return;
    *request_context = NULL;
    atomic_fetch_sub(&server->in_flight, 1);
    exchange_free(exchange);
}

static enum MHD_Result send_answer(struct server *server, struct MHD_Connection *connection,
                                   struct exchange *exchange, const char *method,
                                   struct server_answer *answer)
{
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;

    if (answer->status == 0)
        server_answer_json(answer, 500, NULL);
    response =
        MHD_create_response_from_buffer(answer->body_length, answer->body, MHD_RESPMEM_MUST_FREE);
    if (response != NULL) {
        answer->body = NULL;
        if (answer->content_type != NULL)
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                          answer->content_type);
        for (size_t i = 0; i < answer->header_count; i++)
            (void)MHD_add_response_header(response, answer->headers[i].name,
                                          answer->headers[i].value);
        if (atomic_load(&server->is_stopping))
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
        result = MHD_queue_response(connection, answer->status, response);
        MHD_destroy_response(response);
    }
    log_request(method, exchange->path, answer->status, now_us() - exchange->started_us);
    server_answer_deinit(answer);
    return result;
}

/* The Allow header of a path, from the routes that match it: "GET, HEAD, PUT". */
static void answer_not_allowed(const struct server_options *options, struct exchange *exchange,
                               struct server_answer *answer)
{
    const char *parameters[SERVER_PARAMETERS_MAX];
    char allow[128] = "";
    size_t length = 0;

    for (size_t i = 0; i < options->route_count && length < sizeof(allow); i++) {
        const struct server_route *route = &options->routes[i];

        if (server_path_match(route->pattern, exchange->path, exchange->decoded, parameters) ==
            SERVER_MATCH_NO)
            continue;
        length += (size_t)snprintf(allow + length, sizeof(allow) - length, "%s%s%s",
                                   length > 0 ? ", " : "", route->method,
                                   strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    }
    server_answer_header(answer, MHD_HTTP_HEADER_ALLOW, allow);
    server_answer_error(answer, 405, "this path takes %s", allow);
}

static void handle(const struct server_options *options, struct server_request *request,
                   struct exchange *exchange, struct server_answer *answer)
{
    const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
    bool is_known = false;

    for (size_t i = 0; i < options->route_count; i++) {
        const struct server_route *route = &options->routes[i];
        enum server_match match = server_path_match(route->pattern, exchange->path,
                                                    exchange->decoded, request->parameters);

        is_known = is_known || match != SERVER_MATCH_NO;
        if (match == SERVER_MATCH_NO || strcmp(route->method, method) != 0)
            continue;
        if (match == SERVER_MATCH_YES)
            route->handle(request, answer);
        else
            server_answer_error(answer, 400, "the path is not percent-encoded UTF-8");
        return;
    }
    if (is_known)
        answer_not_allowed(options, exchange, answer);
    else
        server_answer_error(answer, 404, "there is nothing at this path");
}

static enum MHD_Result finish(struct server *server, struct MHD_Connection *connection,
                              struct exchange *exchange, const char *method)
{
    struct server_answer answer = {0};
    struct server_request request = {
        .method = method,
        .path = exchange->path,
        .body = exchange->body != NULL ? exchange->body : "",
        .body_length = exchange->body_length,
        .context = server->options->context,
        .content_type =
            MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE),
    };

    exchange->decoded = malloc(strlen(exchange->path) + 2);
    if (exchange->decoded == NULL)
        server_answer_json(&answer, 500, NULL);
    else if (exchange->body_length > SERVER_BODY_MAX)
        server_answer_error(&answer, 413, "the body is longer than %d bytes", SERVER_BODY_MAX);
    else
        handle(server->options, &request, exchange, &answer);
    return send_answer(server, connection, exchange, method, &answer);
}

/* False: the connection is not worth keeping. */
static bool take_body(struct exchange *exchange, const char *bytes, size_t length)
{
    size_t end = exchange->body_length + length;

    if (end > BODY_DISCARD_MAX)
        return false;
    if (end <= SERVER_BODY_MAX) {
        char *body = realloc(exchange->body, end + 1);

        if (body == NULL)
            return false;
        memcpy(body + exchange->body_length, bytes, length);
        body[end] = '\0';
        exchange->body = body;
    }
    exchange->body_length = end;
    return true;
}

/* The announced length of the body, if it is beyond what is worth reading. */
static bool is_far_too_big(struct MHD_Connection *connection)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return length != NULL && strtoull(length, NULL, 10) > BODY_DISCARD_MAX;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request_context)
{
    struct server *server = context;
    struct exchange *exchange = *request_context;

    (void)url;
    (void)version;
    if (exchange == NULL)
        return MHD_NO;
    if (!exchange->has_begun) {
        exchange->has_begun = true;
        if (!is_far_too_big(connection))
            return MHD_YES;
        exchange->body_length = SERVER_BODY_MAX + 1;
        return finish(server, connection, exchange, method);
    }
    if (*upload_size > 0) {
        if (!take_body(exchange, upload, *upload_size)) {
            log_request(method, exchange->path, 413, now_us() - exchange->started_us);
            return MHD_NO;
        }
        *upload_size = 0;
        return MHD_YES;
    }
    return finish(server, connection, exchange, method);
}

/* Paths stay as they were sent; server_path.c decodes them, segment by segment. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

void server_configure(struct server_options *options, struct config *config)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    options->host = config_text(config, "HOST", "127.0.0.1");
    options->port =
        config_number(config, "PORT", server_socket_is_given() ? 0 : CONFIG_REQUIRED, 0, 65535);
    options->threads = config_number(config, "THREADS", cpus < 2 ? 2 : cpus, 1, THREADS_MAX);
}

static void stop_signals(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGTERM);
    (void)sigaddset(ret_set, SIGINT);
    (void)sigaddset(ret_set, SIGHUP);
}

void server_block_signals(void)
{
    sigset_t set;

    stop_signals(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* As many connections as files may be open. */
static unsigned connection_limit(void)
{
    struct rlimit limit = {0};

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 512;
    if (limit.rlim_cur < FILES_WANTED) {
        limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur > FILES_WANTED)
        limit.rlim_cur = FILES_WANTED;
    return limit.rlim_cur > 2 * FILES_RESERVED ? (unsigned)limit.rlim_cur - FILES_RESERVED
                                               : FILES_RESERVED;
}

static int start(struct server *server, int fd)
{
    const struct server_options *options = server->options;
    unsigned limit = connection_limit();
    long threads = options->threads < (long)limit ? options->threads : (long)limit;

    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
        threads > 1 ? (unsigned)threads : 0U, MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_URI_LOG_CALLBACK,
        on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_END);
    if (server->daemon == NULL) {
        log_error("cannot start the server: %s", strerror(errno));
        return -EIO;
    }
    return 0;
}

/* Waits for a signal that asks to stop, for so long. SIGHUP may ask to reload instead. */
static bool wait_for_signal(const struct server_options *options, long timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
    sigset_t set;
    int number = 0;

    stop_signals(&set);
    number = sigtimedwait(&set, NULL, &timeout);
    if (number != SIGHUP || options->on_reload == NULL)
        return number > 0;
    options->on_reload(options->context);
    return false;
}

static void take_waiting(struct server *server, int fd)
{
    for (;;) {
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof(address);
        int client = accept4(fd, (struct sockaddr *)&address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (client < 0)
            return;
        (void)MHD_add_connection(server->daemon, client, (struct sockaddr *)&address, size);
    }
}

/* The socket, which is to stay open as long as the daemon's threads may look at it; -1. */
static int stop_listening(struct server *server)
{
    int fd = MHD_quiesce_daemon(server->daemon);

    if (fd >= 0) {
        take_waiting(server, fd);
        (void)shutdown(fd, SHUT_RDWR);
    }
    log_info("no new connections");
    return fd;
}

/* A second signal ends it at once. */
static void drain(struct server *server)
{
    long started_us = now_us();

    do {
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        long passed_ms = (now_us() - started_us) / 1000;
        bool is_idle = atomic_load(&server->in_flight) == 0;

        if (info == NULL || info->num_connections == 0 || (is_idle && passed_ms > DRAIN_IDLE_MS))
            return;
        if (passed_ms > DRAIN_MAX_MS) {
            log_warning("stopping with requests in flight: they took too long");
            return;
        }
    } while (!wait_for_signal(server->options, DRAIN_STEP_MS));
}

int server_run(const struct server_options *options)
{
    struct server server = {.options = options};
    int fd = server_socket_open(options->host, options->port);
    int r = 0;

    if (fd < 0)
        return fd;
    r = start(&server, fd);
    if (r < 0) {
        (void)close(fd);
        return r;
    }
    server_socket_announce(fd);
    while (!wait_for_signal(options, 3600 * 1000L))
        continue;
    log_info("stopping: %ld requests are in flight", atomic_load(&server.in_flight));
    atomic_store(&server.is_stopping, true);
    fd = stop_listening(&server);
    drain(&server);
    MHD_stop_daemon(server.daemon);
    if (fd >= 0)
        (void)close(fd);
    log_info("stopped");
    return 0;
}
