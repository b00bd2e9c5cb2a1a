/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation of runtime.h with a program of the engine: frames on a socket that is somebody
 * else's on one side, raw bytes on the other. Nothing is read from a side as long as the other one
 * does not take what is there, so it needs no more memory than its buffers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/conversation.h"
#include "runtime/runtime.h"

#define RELAY_DATA_MAX 32768

struct relay {
    int socket_fd;
    struct engine_conversation *conversation;
    void (*resize)(struct relay *relay, uint16_t rows, uint16_t columns);
    void *context;
    bool has_input; /* the program takes some */

    /* The rest is its own. */
    bool program_ended;
    bool peer_gone;
    bool input_ended;
    uint8_t in[RELAY_DATA_MAX]; /* from the socket: frames that are not done with */
    size_t in_size;
    uint32_t skip; /* bytes of the first frame's data that were passed on */
    uint8_t out[RELAY_DATA_MAX + sizeof(struct runtime_frame_head)];
    size_t out_size, out_sent;
};

/* Until the program has ended (0; *ret_gone false), the peer has gone (0; true), or something is
 * wrong. */
int relay_run(struct relay *relay, bool *ret_gone, struct error **reterr);

/* The last frame; what could not be run is told by whoever asked for it. Waits a while for a peer
 * that does not read. */
void relay_send_exit(int socket_fd, int status);
