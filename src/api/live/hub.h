/* SPDX-License-Identifier: Apache-2.0 */
/* All streams of a node, and what they are told; the loop's. See gatherer.h for what waits. */
#pragma once

#include "api/live/gatherer.h"
#include "api/live/meter.h"
#include "api/live/stream.h"
#include "base/strbuf.h"
#include "control/control.h"
#include "control/sampler.h"

#define LIVE_STREAMS_MAX 32
#define HUB_TEXT_MAX     ((size_t)64 << 20)

struct hub {
    struct sampler_viewer viewer; /* how control knows it */
    struct control *control;
    struct gatherer *gatherer;
    struct list_head streams;
    unsigned int count;
    uint64_t last_id;

    struct loop_timer timer;
    uint64_t commented_ns;
    struct meter meter;
    struct strbuf text;  /* of what is put together at the moment */
    struct strbuf words; /* the same, of parts of it */
    struct names *names; /* NULL: not known yet */
    uint64_t shown_generation, shown_names;
    struct frame *usage; /* the last one; NULL */
};

/* Made when it is first needed; NULL where it cannot be. */
struct hub *hub_of(struct control *control);

/* Begins to answer the request; what it is told first is the session's text. -EBUSY where there are
 * too many, -ENOMEM: the request is still to be answered. */
int hub_open(struct hub *hub, struct http_request *request, uint64_t after, const char *session);

/* hub_texts.c: the edge as a whole, for those who may see the values that its rules match or for
 * the others, or what has changed of its targets; NULL where there is no memory for it. Nothing is
 * added where there is no usage. */
struct frame *hub_paint_edge(struct hub *hub, bool shows_values);
struct frame *hub_paint_targets(struct hub *hub);
void hub_write_usage(struct delivery *delivery, const struct sampler_usage *items, size_t count);
