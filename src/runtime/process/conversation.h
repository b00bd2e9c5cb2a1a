/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes between a caller's socket, in frames (runtime.h), and the streams of a program that a
 * shim has started, until that ends or the caller goes. The descriptors but the socket are its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "runtime/runtime.h"

struct instance;

#define CONVERSATION_PART_BYTES 16384

struct conversation {
    const struct instance *instance;
    int socket_fd, shim_fd;
    int input, output, errors; /* of the program; -1: closed */
    bool has_terminal;
    bool is_main; /* the instance's own program: its status is the instance's */
    bool is_ended;
    uint32_t status;
    /* The frame that is being read */
    struct runtime_frame_head head;
    size_t head_length;
    uint32_t left;
    uint8_t small[4];
    /* What the program has not taken yet */
    char pending[CONVERSATION_PART_BYTES];
    size_t pending_start, pending_length;
};

/* NULL where there is no memory. */
struct conversation *conversation_new(const struct instance *instance, int socket_fd,
                                      bool has_terminal);
void conversation_free(struct conversation *talk);

/* The program's ends, the caller's to close; -1 where there is none. Returns 0 or -errno. */
int conversation_open_streams(struct conversation *talk, const struct runtime_exec_options *options,
                              int theirs[3]);

/* One turn: waits for something, and passes it on. */
int conversation_turn(struct conversation *talk);
/* After the end what lies in the pipes is taken, but nobody is waited for who still has them. */
int conversation_drain(struct conversation *talk);

int conversation_send_frame(int fd, enum runtime_frame type, const void *data, size_t size);
int conversation_send_exit(int fd, uint32_t status);
