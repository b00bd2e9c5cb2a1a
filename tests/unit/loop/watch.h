/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source that records how it was called, and descriptors to watch. Include after cmocka.h.
 */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/loop.h"

struct watch {
    struct loop_source source;
    unsigned int calls;
    unsigned int readiness; /* at the last call */
};

static inline void record_call(struct loop_source *source, unsigned int readiness)
{
    struct watch *watch = list_entry(source, struct watch, source);

    watch->calls++;
    watch->readiness = readiness;
    assert_int_equal(readiness, source->readiness);
}

static inline void watch_add(struct loop *loop, struct watch *watch, int fd)
{
    *watch = (struct watch){0};
    loop_source_init(&watch->source, record_call);
    assert_int_equal(loop_source_add(loop, &watch->source, fd, 0), 0);
    assert_true(loop_source_is_watched(&watch->source));
}

static inline void open_pipe(int ends[2])
{
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
}

static inline void open_pair(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
}

static inline void send_byte(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

static inline void read_byte(int fd)
{
    char byte;

    assert_int_equal(read(fd, &byte, 1), 1);
}
