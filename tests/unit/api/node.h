/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control process within the test, with a supervisor that the test plays: both ends of the
 * channel are in control's loop. Calls of the API are made from a thread, while the loop runs.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "control/control.h"
#include "http/client.h"
#include "ipc/bundle.h"
#include "ipc/state.h"
#include "route/snapshot.h"

#define NODE_EVENTS_MAX 256

/* What control said, in order, as "LISTEN :8080", "CONFIG 2", "UNLISTEN :8080", "LOG", "READY". */
struct node_supervisor {
    struct channel channel;
    char events[NODE_EVENTS_MAX][200];
    unsigned int event_count;
    struct {
        uint64_t id;
        char address[MESSAGE_ADDRESS_SIZE];
    } listeners[16];
    unsigned int listener_count;

    /* What it answers. */
    const char *refused_address; /* a part of those that cannot be listened on */
    int config_status;
    bool holds_config; /* does not answer until node_answer_config() */
    int target_status;
    bool holds_target; /* never answers */

    /* The last ones that came. */
    uint64_t generation;
    uint64_t sequence;
    struct message_target target;
    int log_fd;
    void *image;
    size_t image_size;
    struct snapshot snapshot;
    struct bundle bundle;
};

extern struct control node_control;
extern struct node_supervisor node_supervisor;
extern char node_folder[]; /* of the test, with state/ and api.sock in it */
extern struct state node_state;

/* Where names are looked up: addresses as "10.0.0.1 10.0.0.2", or NULL for none. */
extern const char *_Atomic node_addresses;

/* For cmocka. node_start makes a fresh folder; node_restart kills control and starts another on the
 * same one, with a generation that the edge has. */
int node_start(void **state);
int node_stop(void **state);
void node_kill(void);
void node_revive(uint64_t generation);

/* Runs the loop until it is so. */
void node_wait_event(const char *event);
void node_wait_ready(void);
bool node_has_event(const char *event);
void node_forget_events(void);
void node_answer_config(int status, const char *text);

/* A thread of the edge came round just now. */
void node_edge_lives(void);

/* Single quotes in the body become double ones. The answer stays until the next call. */
const struct http_response *node_call(const char *method, const char *target, const char *body);

/* The same in two steps, so that the loop can be watched in between. */
struct node_call;
struct node_call *node_begin(const char *method, const char *target, const char *body);
bool node_is_done(const struct node_call *call);
const struct http_response *node_end(struct node_call *call);

/* Fails unless the answer has that status, and the text in it. */
void node_expect(const struct http_response *response, unsigned int status, const char *text);
