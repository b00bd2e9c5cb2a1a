/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as it goes over the wire (server-sent events), shared by all streams that get it. From
 * any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
    _Atomic unsigned int references;
    size_t size;
    char data[];
};

/* id 0: none. What is no UTF-8 in the data is replaced; a line break in it begins another data
 * line, so that it cannot end the event. NULL where memory is out. */
struct frame *frame_new(const char *event, uint64_t id, const char *data, size_t size);

/* A comment, which says nothing but that there is somebody. */
struct frame *frame_new_comment(void);

struct frame *frame_ref(struct frame *frame);
struct frame *frame_unref(struct frame *frame); /* takes NULL, returns it */
