/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in the engine, as it happens. */
#pragma once

#include "engine/engine.h"

/* Valid for the call of the sink; texts are never NULL. */
struct engine_event {
    const char *type;   /* "container", "network", "image", "volume" */
    const char *action; /* "start", "die", "destroy", "health_status: healthy", "oom", "connect" */
    const char *id;     /* of the container ... */
    struct engine_pairs attributes; /* its labels among them; "name", "image", "exitCode" */
    uint64_t unix_ns;
};

/* Not 0 ends it with that. */
typedef int engine_event_sink(void *context, const struct engine_event *event);

struct engine_event_options {
    struct engine_pairs filters; /* {"type", "container"}, {"label", ...}; labels must all match */
    uint64_t since_unix_ns;      /* 0: from now on; those of that very moment may come again */
    uint64_t until_unix_ns;      /* 0: no end */
    /* Called once the engine listens: what happens from now on is not missed. */
    void (*began)(void *context);
    engine_event_sink *sink;
    void *context;
};

/* Until the sink, the descriptor or `until` ends it. When the engine goes away that is -ECONNRESET:
 * call again with `since`, the time of the last event, and look at everything, as an engine that
 * was started anew has forgotten what happened before. */
int engine_follow_events(const struct engine *engine, const struct engine_event_options *options,
                         struct error **reterr);
