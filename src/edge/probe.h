/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One health check of one target: a TCP connection, or an HTTP request of which the status counts.
 * It is made on a loop and ends by calling its owner back, once, within its time; it owns its
 * connection and its memory, and both are gone when it ends or is cancelled.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ipc/state.h"
#include "loop/loop.h"
#include "os/socket.h"

struct probe;

enum probe_result {
    PROBE_CONNECTED, /* all that a TCP check asks for */
    PROBE_ANSWERED,  /* with a status */
    PROBE_FAILED,    /* with a reason */
    PROBE_UNKNOWN,   /* for a lack of our own: says nothing about the target */
};

struct probe_outcome {
    enum probe_result result;
    enum state_reason reason;
    uint32_t status;
};

/* What is to be checked; needed only while the probe starts. */
struct probe_request {
    const union os_address *address;
    socklen_t address_size;
    const char *host; /* NULL: of a unix socket */
    const char *path; /* NULL: a TCP check */
    uint64_t timeout_ns;
    void (*done)(void *context, const struct probe_outcome *outcome);
    void *context;
};

/* NULL where it ended at once: then done is not called, and the outcome is written instead. */
struct probe *probe_start(struct loop *loop, const struct probe_request *request,
                          struct probe_outcome *ret_outcome);

/* done is not called any more. Does nothing to NULL; returns NULL. */
struct probe *probe_cancel(struct probe *probe);
