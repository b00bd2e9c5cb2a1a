/* SPDX-License-Identifier: Apache-2.0 */
/* An engine that says what a test wrote down: each connection gets the next answer. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/engine.h"

#define FAKE_ANSWERS_MAX 32

struct fake_answer {
    const char *wants; /* what the request must begin with; NULL: anything */
    const char *data;
    size_t size;   /* 0: strlen(data) */
    bool stays;    /* open until the client goes */
    size_t part;   /* sent so many bytes at a time; 0: at once */
    bool echoes;   /* what comes behind the request goes back, until the end of it */
    bool is_early; /* does not wait for the request's body, nor read it */
};

static struct engine_place *place;
static struct engine engine;
static struct arena arena;
static struct error *error;

static char fake_folder[40];
static char fake_path[64];
static int fake_listener = -1;
static pthread_t fake_thread;
static struct fake_answer fake_answers[FAKE_ANSWERS_MAX];
static size_t fake_count;
static char fake_requests[FAKE_ANSWERS_MAX][16384];
static size_t fake_served;
static bool fake_gave_up; /* the client did not go */

/* The whole request: its head, and the body that this announces. */
static void fake_read_request(int fd, char *request, size_t capacity, bool head_only)
{
    size_t used = 0;

    for (;;) {
        ssize_t length = recv(fd, request + used, capacity - 1 - used, 0);
        char *end, *announced;

        if (length <= 0)
            return;
        used += (size_t)length;
        request[used] = '\0';
        end = strstr(request, "\r\n\r\n");
        if (end == NULL)
            continue;
        if (head_only)
            return;
        announced = strstr(request, "Content-Length: ");
        if (strstr(request, "Transfer-Encoding: chunked") != NULL) {
            if (strstr(end, "\r\n0\r\n\r\n") != NULL)
                return;
        } else if (announced == NULL ||
                   strlen(end + 4) >= strtoul(announced + strlen("Content-Length: "), NULL, 10)) {
            return;
        }
    }
}

static void fake_answer(int fd, const struct fake_answer *answer)
{
    size_t size = answer->size > 0 ? answer->size : strlen(answer->data);
    size_t sent = 0;
    char data[4096];
    ssize_t length;

    while (sent < size) {
        size_t part = answer->part > 0 && answer->part < size - sent ? answer->part : size - sent;

        length = send(fd, answer->data + sent, part, MSG_NOSIGNAL);
        if (length <= 0)
            return;
        sent += (size_t)length;
    }
    while (answer->echoes && (length = recv(fd, data, sizeof(data), 0)) > 0)
        (void)!send(fd, data, (size_t)length, MSG_NOSIGNAL);
    if (answer->stays && answer->is_early)
        fake_gave_up = poll(&(struct pollfd){.fd = fd, .events = POLLRDHUP}, 1, 10000) == 0;
    while (answer->stays && !answer->is_early && recv(fd, data, sizeof(data), 0) > 0)
        ;
}

static void *fake_serve(void *context)
{
    (void)context;
    while (fake_served < fake_count) {
        int fd = accept(fake_listener, NULL, NULL);

        if (fd < 0)
            break;
        fake_read_request(fd, fake_requests[fake_served], sizeof(fake_requests[0]),
                          fake_answers[fake_served].is_early);
        fake_answer(fd, &fake_answers[fake_served]);
        (void)close(fd);
        fake_served++;
    }
    return NULL;
}

static void fake_add(const char *wants, const char *data)
{
    assert_true(fake_count < FAKE_ANSWERS_MAX);
    fake_answers[fake_count++] = (struct fake_answer){.wants = wants, .data = data};
}

#define FAKE_OK(body) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" body
#define FAKE_PING(version)                                                                         \
    "HTTP/1.1 200 OK\r\nApi-Version: " version "\r\nContent-Length: 2\r\n\r\nOK"

/* An answer whose body is JSON, to a question behind the ping. */
static void fake_add_ping(const char *data)
{
    fake_add("GET /_ping ", data);
}

static void fake_start(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(fake_folder, sizeof(fake_folder), "/tmp/slipway-fake-XXXXXX");
    assert_non_null(mkdtemp(fake_folder));
    (void)snprintf(fake_path, sizeof(fake_path), "%s/docker.sock", fake_folder);
    memcpy(address.sun_path, fake_path, strlen(fake_path) + 1);
    fake_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fake_listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fake_listener, 64), 0);
    fake_served = 0;
    fake_gave_up = false;
    memset(fake_requests, 0, sizeof(fake_requests));
    assert_int_equal(pthread_create(&fake_thread, NULL, fake_serve, NULL), 0);
    arena_init(&arena, (size_t)256 << 20);
    assert_int_equal(engine_place_new(fake_path, &place, &error), 0);
    engine = engine_at(place, -1);
}

/* All that was written down was asked for, in that order. */
static void fake_stop(void)
{
    size_t served, wanted = fake_count;

    (void)shutdown(fake_listener, SHUT_RDWR);
    (void)pthread_join(fake_thread, NULL);
    served = fake_served;
    fake_count = 0;
    (void)close(fake_listener);
    (void)unlink(fake_path);
    (void)rmdir(fake_folder);
    for (size_t i = 0; i < served; i++) {
        const char *wants = fake_answers[i].wants;

        if (wants != NULL && strncmp(fake_requests[i], wants, strlen(wants)) != 0)
            fail_msg("%s in the place of %s", fake_requests[i], wants);
    }
    assert_int_equal(served, wanted);
    assert_false(fake_gave_up);
    place = engine_place_free(place);
    arena_deinit(&arena);
    error = error_free(error);
}
