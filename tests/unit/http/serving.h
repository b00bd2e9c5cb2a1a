/* SPDX-License-Identifier: Apache-2.0 */
/* A server in the test's own loop, and raw clients of it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "http/server.h"
#include "os/os.h"
#include "os/socket.h"

static struct loop loop;
static struct http_server *server;
static char socket_path[108];

/* What clients received, for one client at a time. */
static char received[1 << 20];
static size_t received_size;
static bool received_end;
static bool received_reset; /* and not in the orderly way */

static int listen_at(const char *path)
{
    union os_address address = {.local = {.sun_family = AF_UNIX}};
    int fd = os_stream_socket(AF_UNIX);

    assert_true(fd >= 0);
    assert_true(strlen(path) < sizeof(address.local.sun_path));
    memcpy(address.local.sun_path, path, strlen(path) + 1);
    assert_int_equal(os_bind(fd, &address, sizeof(address.local)), 0);
    assert_int_equal(os_listen(fd, 64), 0);
    return fd;
}

static void serve(const struct http_server_options *options)
{
    static const char name[] = "/api.sock";
    char folder[] = "/tmp/slipway-http-XXXXXX";

    assert_non_null(mkdtemp(folder));
    (void)snprintf(socket_path, sizeof(socket_path), "%s%s", folder, name);
    assert_int_equal(loop_init(&loop), 0);
    server = http_server_new(&loop, options);
    assert_non_null(server);
    assert_int_equal(http_server_add_listener(server, listen_at(socket_path), "test"), 0);
}

static void stop_serving(void)
{
    server = http_server_free(server);
    loop_deinit(&loop);
    assert_int_equal(unlink(socket_path), 0);
    *strrchr(socket_path, '/') = '\0';
    assert_int_equal(rmdir(socket_path), 0);
}

static int client_open(void)
{
    union os_address address = {.local = {.sun_family = AF_UNIX}};
    int fd = os_stream_socket(AF_UNIX);

    assert_true(fd >= 0);
    memcpy(address.local.sun_path, socket_path, strlen(socket_path) + 1);
    assert_int_equal(os_connect(fd, &address, sizeof(address.local)), 0);
    received_size = 0;
    received_end = false;
    received_reset = false;
    received[0] = '\0';
    return fd;
}

static void turn(void)
{
    assert_int_equal(loop_run_once(&loop, 20 * TIME_MILLISECOND), 0);
}

static void client_receive(int fd)
{
    ssize_t length;

    while (received_size + 1 < sizeof(received)) {
        length = os_receive(fd, received + received_size, sizeof(received) - 1 - received_size);
        if (length == 0 || length == -ECONNRESET)
            received_end = true;
        if (length == -ECONNRESET)
            received_reset = true;
        if (length <= 0)
            break;
        received_size += (size_t)length;
        received[received_size] = '\0';
    }
}

/* All of it, however little the server takes at a time. */
static void client_send_bytes(int fd, const char *data, size_t size)
{
    for (int turns = 0; size > 0; turns++) {
        ssize_t length = os_send(fd, data, size, false);

        assert_true(turns < 20000);
        if (length == -EPIPE || length == -ECONNRESET)
            return; /* the server has enough; what it said can be read */
        if (length == -EAGAIN) {
            turn();
            client_receive(fd);
            continue;
        }
        assert_true(length > 0);
        data += length;
        size -= (size_t)length;
    }
}

static void client_send(int fd, const char *text)
{
    client_send_bytes(fd, text, strlen(text));
}

/* Until the text was received; NULL: until the end. */
static void client_expect(int fd, const char *text)
{
    for (int turns = 0; turns < 500; turns++) {
        client_receive(fd);
        if (text != NULL ? strstr(received, text) != NULL : received_end)
            return;
        if (received_end)
            break;
        turn();
    }
    fail_msg("expected %s, received \"%.2000s\"%s", text != NULL ? text : "the end", received,
             received_end ? " and the end" : "");
}

static void client_close(int fd)
{
    assert_int_equal(os_close(fd), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
}
