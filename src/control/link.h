/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation with the supervisor: questions and their answers, over the channel that the loop
 * owns. Functions that wait are for other threads than the loop's; the rest is for the loop's,
 * where nothing else is said.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "ipc/channel.h"
#include "ipc/messages.h"

struct error;
struct link;

/* NULL where memory is out. The channel is the caller's, and outlives it. */
struct link *link_new(struct loop *loop, struct channel *channel);

/* Nobody waits any more: see link_break(). Takes NULL, returns it. */
struct link *link_free(struct link *link);

/* Everybody who waits, and whoever asks from now on, is told that the supervisor is gone. */
void link_break(struct link *link);

/* A message that came: true where it was an answer to something. */
bool link_receive(struct link *link, const struct channel_message *message);

/* The edge that should have answered is gone. */
void link_edge_ended(struct link *link);

/*
 * Questions that wait: -errno and the answer's text where it says no; -ETIMEDOUT, -EPIPE.
 */

int link_ask(struct link *link, enum message_type type, const void *payload, const int *fds,
             uint64_t timeout_ms, struct error **reterr);

/* Said, without an answer. 0 or -errno. */
int link_tell(struct link *link, enum message_type type, const void *payload, const int *fds);

/*
 * Questions of the loop's own thread. A question is a member of what asks.
 */

struct link_question {
    struct list_head link;
    uint64_t sequence;
    enum message_type type;
    /* Called once. status is 0 or -errno; the text is for people and ends with the call. */
    void (*answered)(struct link_question *question, int status, const char *text);
};

/* Also when this fails the question is answered, before it returns. */
void link_ask_later(struct link *link, struct link_question *question, enum message_type type,
                    const void *payload, const int *fds);

/* Its answer is of no interest any more. */
void link_forget(struct link_question *question);

/*
 * The listening sockets that the supervisor holds, as far as is known. From any thread.
 */

void link_add_held(struct link *link, uint64_t id);
void link_remove_held(struct link *link, uint64_t id);
bool link_is_held(struct link *link, uint64_t id);

/* Copies up to capacity ids; how many there are. */
size_t link_get_held(struct link *link, uint64_t *ids, size_t capacity);
