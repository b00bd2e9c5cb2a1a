/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation and every system call of the server fails once, in the midst of requests: it may
 * cost the connection, and nothing else. The client uses the system as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fault.h"
#include "http/server.h"
#include "os/os.h"

static struct loop loop;
static struct http_server *server;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char folder[] = "/tmp/slipway-http-XXXXXX";

static void closed(struct http_request *request)
{
    http_stream_end(request);
}

static void handle(void *context, struct http_request *request)
{
    (void)context;
    if (strcmp(request->path, "/stream") == 0) {
        request->closed = closed;
        http_stream_begin(request, 200, "text/plain");
        if (http_stream_write(request, "hello", 5) == 0) {
            request->closed = NULL;
            http_stream_end(request);
        }
    } else if (strcmp(request->path, "/wrong") == 0) {
        http_respond_error(request, 400, "no %s", request->path);
    } else {
        http_respond(request, 200, "text/plain", request->body, request->body_size);
    }
}

static void open_server(void)
{
    const struct http_server_options options = {.handle = handle};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(loop_init(&loop), 0);
    server = http_server_new(&loop, &options);
    assert_non_null(server);
    assert_int_equal(http_server_add_listener(server, fd, NULL), 0);
}

static void close_server(void)
{
    server = http_server_free(server);
    loop_deinit(&loop);
    assert_int_equal(unlink(address.sun_path), 0);
}

/* All kinds of requests on one connection, which may end early. How many were answered. */
static unsigned int exchange(void)
{
    static const char requests[] =
        "PUT /echo?x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
        "\r\n5\r\nhello\r\n0\r\n\r\n"
        "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /wrong HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    static char received[65536];
    unsigned int answers = 0;
    size_t used = 0;

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, requests, sizeof(requests) - 1, MSG_NOSIGNAL), sizeof(requests) - 1);
    for (int turns = 0; turns < 20; turns++) {
        ssize_t length;

        (void)loop_run_once(&loop, 0); /* which may fail too */
        length = recv(fd, received + used, sizeof(received) - 1 - used, 0);
        if (length > 0)
            used += (size_t)length;
        else if (length == 0 || errno != EAGAIN)
            break;
    }
    received[used] = '\0';
    for (const char *at = received; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        answers += strncmp(at, "HTTP/1.1 100", 12) != 0;
    assert_int_equal(close(fd), 0);
    return answers;
}

/* The server has forgotten the client, and serves the next one. */
static void assert_works(void)
{
    unsigned int answers = 0;

    /* Where it could not accept it waits a moment. */
    for (int i = 0; i < 100 && answers < 4; i++) {
        assert_int_equal(loop_run_once(&loop, 20 * TIME_MILLISECOND), 0);
        answers = exchange();
    }
    assert_int_equal(answers, 4);
    for (int i = 0; i < 20 && http_server_connection_count(server) > 0; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_int_equal(http_server_connection_count(server), 0);
}

static void every_allocation_may_fail(void **state)
{
    size_t outstanding;
    size_t n;

    (void)state;
    open_server();
    assert_works();
    outstanding = fault_outstanding();
    for (n = 1;; n++) {
        bool failed;

        fault_fail_allocation(n);
        (void)exchange();
        failed = fault_allocation_failed();
        fault_reset();
        assert_works();
        assert_int_equal(fault_outstanding(), outstanding);
        if (!failed)
            break;
    }
    assert_true(n > 8);
    close_server();
}

static void every_call_may_fail(void **state)
{
    static const int codes[] = {EIO, EMFILE, ECONNRESET};
    size_t n = 0;

    (void)state;
    open_server();
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        size_t outstanding;

        assert_works();
        outstanding = fault_outstanding();
        for (n = 1;; n++) {
            bool failed;

            (void)os_set_ops(fault_os_ops(n, codes[i]));
            (void)exchange();
            failed = fault_os_call_failed();
            (void)os_set_ops(NULL);
            assert_works();
            assert_int_equal(fault_outstanding(), outstanding);
            if (!failed)
                break;
        }
    }
    assert_true(n > 10);
    close_server();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_call_may_fail),
    };
    int r;

    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/api.sock", folder);
    r = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(address.sun_path);
    (void)rmdir(folder);
    return r;
}
