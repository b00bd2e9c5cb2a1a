/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that a thread has for one stream, or for all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/live/frame.h"
#include "api/live/names.h"
#include "loop/mailbox.h"

/* From the thread to the loop, which frees it. */
struct delivery {
    struct loop_message message;
    void *context;
    uint64_t stream; /* 0: to all */
    bool is_usage;   /* the last of its kind is kept for streams to come */
    struct frame **frames;
    size_t count, capacity;
    bool is_broken;      /* there was no memory for a frame */
    struct names *names; /* where they are new; NULL */
};

struct delivery *delivery_new(void (*deliver)(struct loop_message *message), void *context);
void delivery_add(struct delivery *delivery, struct frame *frame); /* takes the frame, or NULL */
struct delivery *delivery_free(struct delivery *delivery);
