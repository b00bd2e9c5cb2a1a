/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its response, from the first byte of the head to the last of the response; or a
 * TCP connection, which is served as a tunnel from the start.
 *
 *   READING     the head comes in
 *   WAITING     for a target to be free or known
 *   CONNECTING  to a target
 *   EXCHANGING  the request goes out and the response comes in, side by side
 *   TUNNEL      bytes both ways, after 101 or for TCP
 *   ANSWERING   the answer is the edge's own
 *
 * While EXCHANGING there are two pumps, each moving bytes until there are none or nobody takes
 * them: request_pump() from the client to the target, response_pump() the other way. Whatever may
 * end the exchange is the last thing its caller does: it is gone then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "edge/client.h"
#include "edge/stick.h"
#include "edge/upstream.h"
#include "edge/worker.h"
#include "wire/http1.h"
#include "wire/http1_body.h"

enum exchange_state {
    EXCHANGE_READING,
    EXCHANGE_WAITING,
    EXCHANGE_CONNECTING,
    EXCHANGE_EXCHANGING,
    EXCHANGE_TUNNEL,
    EXCHANGE_ANSWERING,
};

/* What it moves one way before others get their turn. */
#define EXCHANGE_TURN_BYTES (1024 * 1024)

#define EXCHANGE_TRIED_MAX     4
#define EXCHANGE_LIMITS_MAX    8
#define EXCHANGE_RATE_CHECK_NS (5 * TIME_SECOND)
#define EXCHANGE_RATE_GRACE_NS (10 * TIME_SECOND)

/* A way of bytes through a tunnel. */
struct tunnel_way {
    struct buffer *buffer;
    int pipe[2]; /* -1: not used */
    size_t in_pipe;
    uint64_t moved;
    bool at_end;  /* nothing more comes */
    bool is_shut; /* and the other side knows */
};

struct exchange {
    struct list_head link; /* in a group's waiting ones, or free ones */
    struct client *client;
    struct worker *worker;
    struct worker_generation *held;
    const struct snapshot_listener *listener;
    const struct snapshot_rule *rule;
    const struct group_view *view;
    struct worker_group *group;
    struct worker_target *target;
    struct worker_target *last_target; /* for the log; it stays as long as the worker */
    struct target *entered;            /* where it is counted among the open requests */
    struct upstream *upstream;

    uint8_t state; /* enum exchange_state */
    uint8_t attempt_count;
    uint8_t tried_count;
    bool request_sent;   /* its head, to this upstream */
    bool request_done;   /* all of it was given to the upstream */
    bool request_broken; /* the upstream takes no more of it */
    bool response_begun; /* its head was given to the client */
    bool response_done;
    bool response_chunked; /* the body goes to the client in chunks */
    bool response_keeps;   /* the upstream may be used again */
    bool is_websocket_asked, is_upgrade_asked;
    bool is_waiting_counted;
    bool is_held; /* while WAITING: nobody is there, and the group holds its requests */
    bool is_tcp;
    bool retry_costs; /* of the group's budget */
    bool is_logged;
    uint8_t informational_count;
    uint8_t limit_count;                /* of held concurrency limits */
    uint16_t status;                    /* given to the client; 0: none */
    uint16_t target_status;             /* 0: none */
    uint32_t tried[EXCHANGE_TRIED_MAX]; /* slots of targets */
    uint64_t limit_keys[EXCHANGE_LIMITS_MAX];

    uint64_t started_ns, dispatched_ns, answered_ns;
    uint64_t wait_until_ns, hold_until_ns; /* for a place, for a target; 0: it never did */
    uint64_t received_bytes, sent_bytes, body_bytes;
    uint64_t body_begun_ns; /* when the client was first waited for; 0: it never was */
    uint64_t body_moved_ns, body_moved_bytes;  /* when a look found more than before */
    uint64_t stalled_ns, stalled_acknowledged; /* the client takes nothing since then */
    const char *error;                         /* for the log; a constant */
    const char *failure;                       /* of the last attempt, while there is another */
    uint16_t failure_status;
    uint64_t request_id[2];
    struct stick_choice stick_forward; /* among the groups of a rule */
    struct stick_choice stick_target;  /* among the targets of a group */
    struct iovec answer_rest;          /* of an answer of our own: in the snapshot */

    struct buffer *trailers; /* of the response, while they come */
    struct buffer *body;     /* of the request, behind what came with the head */
    uint32_t head_length;    /* of the request, in client->in */
    uint32_t body_position;  /* in client->in: bytes behind the head that are not used yet */
    struct http1_body request_body;
    struct http1_body response_body;
    struct tunnel_way up, down;
    struct http1_parser request;
    struct http1_parser response;
};

/* For a connection's next request; NULL when memory is out. */
struct exchange *exchange_new(struct client *client);

/* To the configuration as it is now, which it keeps until it ends. */
void exchange_bind(struct exchange *exchange);

/* The head is there. */
void exchange_start(struct exchange *exchange);
/* A TCP connection is there. */
void exchange_start_tunnel(struct exchange *exchange);

/* Either side is ready for something. */
void exchange_client_ready(struct exchange *exchange);
void exchange_upstream_ready(struct exchange *exchange);
void exchange_client_timed_out(struct exchange *exchange);
/* It takes no more of its response; what it has to take in time is looked at from now on. */
void exchange_client_stalls(struct exchange *exchange);
void exchange_upstream_timed_out(struct exchange *exchange);
/* It waited, and there may be a target now. */
void exchange_wake(struct exchange *exchange);

/* Ends it. The first with an answer of the edge's own where none has begun. The reason is a
 * constant for the log. */
void exchange_refuse(struct exchange *exchange, unsigned status, const char *reason);
/* The target failed: tries another one where that is safe, or refuses. */
void exchange_target_failed(struct exchange *exchange, unsigned status, const char *reason);
void exchange_client_gone(struct exchange *exchange);
void exchange_finish(struct exchange *exchange);
/* Takes everything away from it, without a word to anybody. */
void exchange_free(struct exchange *exchange);

/* For templates; see route/expand.h. */
struct expand_values;
void exchange_expand_values(const struct exchange *exchange, struct expand_values *ret);

/* What the rules look at. The result is valid as long as the head is. */
void exchange_describe(const struct exchange *exchange, struct route_request *ret);

/* exchange_choose.c: the group, as the rule says; then a target and a connection to it, or a wait;
 * and once that is there, the request goes. */
void exchange_choose_group(struct exchange *exchange);
void exchange_choose(struct exchange *exchange);
void exchange_go(struct exchange *exchange);
/* A request that was answered adds to what may be tried again. */
void exchange_earn_retry(struct exchange *exchange);
void exchange_leave_target(struct exchange *exchange);

/* request.c */
void request_pump(struct exchange *exchange);
/* It is the client that is waited for. */
void request_wait(struct exchange *exchange);
/* response.c */
void response_pump(struct exchange *exchange);
/* tunnel.c */
void tunnel_start(struct exchange *exchange);
void tunnel_pump(struct exchange *exchange);
void tunnel_deinit(struct exchange *exchange);
/* answer.c: an answer of the edge's own. Ends the exchange once it is sent. */
void answer_rule(struct exchange *exchange);
void answer_pump(struct exchange *exchange);
void answer_status(struct exchange *exchange, unsigned status, uint64_t retry_after_s);

/* How a request to the target ended, for ejection. */
void exchange_record(struct exchange *exchange, struct target *target, bool failed);

/* Of its target and of its group. */
#define EXCHANGE_COUNT(exchange, counter)                                                          \
    do {                                                                                           \
        (exchange)->last_target->counters->counter++;                                              \
        (exchange)->group->counters->counter++;                                                    \
    } while (0)

static inline const char *exchange_head_data(const struct exchange *exchange)
{
    return exchange->client->in->data + exchange->client->in->begin;
}
