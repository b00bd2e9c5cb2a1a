/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that asks puts the question into memory of its own and posts it to the loop, which sends
 * it and wakes the thread when the answer comes. Once the thread has seen that it was sent, and no
 * sooner, it may tire of waiting: it then leaves the memory to the loop, which frees it with the
 * answer.
 */
#include "control/link.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "os/os.h"

#define HELD_MAX 4096

struct link {
    struct loop *loop;
    struct channel *channel;
    struct list_head questions; /* sent and not answered; the loop's */
    uint64_t sequence;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool is_broken;
    size_t held_count;
    uint64_t held[HELD_MAX];
};

/* Of a thread that waits. */
struct ask {
    struct loop_message message;
    struct link_question question;
    struct link *link;
    enum message_type type;
    const void *payload; /* the thread's, until it was sent */
    const int *fds;
    bool needs_answer;
    bool is_sent, is_answered, is_abandoned; /* under the lock */
    int status;
    char text[MESSAGE_TEXT_SIZE];
};

struct link *link_new(struct loop *loop, struct channel *channel)
{
    struct link *link = calloc(1, sizeof(*link));
    pthread_condattr_t monotonic;

    if (link == NULL)
        return NULL;
    link->loop = loop;
    link->channel = channel;
    list_init(&link->questions);
    (void)pthread_mutex_init(&link->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&link->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return link;
}

struct link *link_free(struct link *link)
{
    if (link == NULL)
        return NULL;
    (void)pthread_cond_destroy(&link->changed);
    (void)pthread_mutex_destroy(&link->lock);
    free(link);
    return NULL;
}

static void answer(struct link_question *question, int status, const char *text)
{
    list_remove(&question->link);
    question->answered(question, status, text);
}

void link_break(struct link *link)
{
    struct link_question *question;

    (void)pthread_mutex_lock(&link->lock);
    link->is_broken = true;
    (void)pthread_mutex_unlock(&link->lock);
    while ((question = list_first(&link->questions, struct link_question, link)) != NULL)
        answer(question, -EPIPE, "the supervisor is gone");
}

void link_edge_ended(struct link *link)
{
    struct link_question *question;

    list_for_each_safe (question, &link->questions, link) {
        if (question->type == MESSAGE_TARGET)
            answer(question, -EPIPE, "the edge ended before it could answer");
        else if (question->type == MESSAGE_UNLISTEN)
            answer(question, 0, ""); /* its sockets are closed with it */
    }
}

static struct link_question *find(struct link *link, enum message_type type, uint64_t sequence)
{
    struct link_question *question;

    list_for_each (question, &link->questions, link) {
        if (question->sequence == sequence && question->type == type)
            return question;
    }
    return NULL;
}

bool link_receive(struct link *link, const struct channel_message *message)
{
    struct link_question *question;
    enum message_type type;
    const char *text;
    int status;

    switch (message->type) {
    case MESSAGE_LISTEN_DONE: {
        const struct message_listen_done *done = message->payload;

        type = MESSAGE_LISTEN;
        status = done->status;
        text = done->text;
        break;
    }
    case MESSAGE_CONFIG_TAKEN: {
        const struct message_config_taken *taken = message->payload;

        type = MESSAGE_CONFIG;
        status = taken->status;
        text = taken->text;
        break;
    }
    case MESSAGE_TARGET_DONE: {
        const struct message_target_done *done = message->payload;

        type = MESSAGE_TARGET;
        status = done->status;
        text = done->text;
        break;
    }
    case MESSAGE_UNLISTEN_DONE:
        type = MESSAGE_UNLISTEN;
        status = 0;
        text = "";
        break;
    case MESSAGE_DASHBOARD_DONE:
        type = find(link, MESSAGE_DASHBOARD, message->sequence) != NULL ? MESSAGE_DASHBOARD
                                                                        : MESSAGE_DASHBOARD_CLOSED;
        status = 0;
        text = "";
        break;
    default:
        return false;
    }
    question = find(link, type, message->sequence);
    if (question != NULL)
        answer(question, status > 0 ? -EIO : status, text);
    return true;
}

void link_ask_later(struct link *link, struct link_question *question, enum message_type type,
                    const void *payload, const int *fds)
{
    int r;

    list_init(&question->link);
    question->type = type;
    question->sequence = ++link->sequence;
    r = link->is_broken ? -EPIPE
                        : channel_send(link->channel, type, question->sequence, payload, fds);
    if (r < 0)
        question->answered(question, r, "the supervisor does not listen");
    else
        list_append(&link->questions, &question->link);
}

void link_forget(struct link_question *question)
{
    list_remove(&question->link);
}

static void ask_answered(struct link_question *question, int status, const char *text)
{
    struct ask *ask = list_entry(question, struct ask, question);
    struct link *link = ask->link;
    bool is_abandoned;

    (void)pthread_mutex_lock(&link->lock);
    ask->is_sent = true;
    ask->is_answered = true;
    ask->status = status;
    (void)snprintf(ask->text, sizeof(ask->text), "%s", text);
    is_abandoned = ask->is_abandoned;
    (void)pthread_cond_broadcast(&link->changed);
    (void)pthread_mutex_unlock(&link->lock);
    if (is_abandoned)
        free(ask);
}

static void ask_received(struct loop_message *message)
{
    struct ask *ask = list_entry(message, struct ask, message);
    struct link *link = ask->link;
    enum message_type type = ask->type;

    if (ask->needs_answer) {
        link_ask_later(link, &ask->question, type, ask->payload, ask->fds);
        /* It may have been answered, and freed, by now. */
        (void)pthread_mutex_lock(&link->lock);
        if (find(link, type, link->sequence) == &ask->question)
            ask->is_sent = true;
        (void)pthread_cond_broadcast(&link->changed);
        (void)pthread_mutex_unlock(&link->lock);
        return;
    }
    ask_answered(&ask->question,
                 link->is_broken
                     ? -EPIPE
                     : channel_send(link->channel, ask->type, 0, ask->payload, ask->fds),
                 "the supervisor does not listen");
}

/* Under the lock: until it was sent, and then until it is answered or the time is over. */
static void wait_for(struct link *link, struct ask *ask, uint64_t timeout_ms)
{
    uint64_t deadline_ns;
    struct timespec deadline;

    while (!ask->is_sent)
        (void)pthread_cond_wait(&link->changed, &link->lock);
    deadline_ns = time_add(os_monotonic_time_ns(), time_from_milliseconds(timeout_ms));
    deadline = time_to_timespec(deadline_ns);
    while (!ask->is_answered && os_monotonic_time_ns() < deadline_ns)
        (void)pthread_cond_timedwait(&link->changed, &link->lock, &deadline);
}

static int ask_and_wait(struct link *link, enum message_type type, const void *payload,
                        const int *fds, bool needs_answer, uint64_t timeout_ms,
                        struct error **reterr)
{
    struct ask *ask = calloc(1, sizeof(*ask));
    int r;

    if (ask == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    *ask = (struct ask){
        .message.receive = ask_received,
        .question.answered = ask_answered,
        .link = link,
        .type = type,
        .payload = payload,
        .fds = fds,
        .needs_answer = needs_answer,
    };
    list_init(&ask->question.link);
    loop_post(link->loop, &ask->message);
    (void)pthread_mutex_lock(&link->lock);
    wait_for(link, ask, timeout_ms);
    if (!ask->is_answered) {
        ask->is_abandoned = true;
        (void)pthread_mutex_unlock(&link->lock);
        return error_set(reterr, ETIMEDOUT, "no answer came in time");
    }
    (void)pthread_mutex_unlock(&link->lock);
    r = ask->status;
    if (r < 0)
        (void)error_set(reterr, -r, "%s", *ask->text != '\0' ? ask->text : error_text(-r));
    free(ask);
    return r;
}

int link_ask(struct link *link, enum message_type type, const void *payload, const int *fds,
             uint64_t timeout_ms, struct error **reterr)
{
    return ask_and_wait(link, type, payload, fds, true, timeout_ms, reterr);
}

int link_tell(struct link *link, enum message_type type, const void *payload, const int *fds)
{
    return ask_and_wait(link, type, payload, fds, false, 0, NULL);
}

static size_t position_of(const struct link *link, uint64_t id)
{
    size_t i = 0;

    while (i < link->held_count && link->held[i] != id)
        i++;
    return i;
}

void link_add_held(struct link *link, uint64_t id)
{
    (void)pthread_mutex_lock(&link->lock);
    if (link->held_count < HELD_MAX && position_of(link, id) == link->held_count)
        link->held[link->held_count++] = id;
    (void)pthread_mutex_unlock(&link->lock);
}

void link_remove_held(struct link *link, uint64_t id)
{
    size_t position;

    (void)pthread_mutex_lock(&link->lock);
    position = position_of(link, id);
    if (position < link->held_count)
        link->held[position] = link->held[--link->held_count];
    (void)pthread_mutex_unlock(&link->lock);
}

bool link_is_held(struct link *link, uint64_t id)
{
    bool is_held;

    (void)pthread_mutex_lock(&link->lock);
    is_held = position_of(link, id) < link->held_count;
    (void)pthread_mutex_unlock(&link->lock);
    return is_held;
}

size_t link_get_held(struct link *link, uint64_t *ids, size_t capacity)
{
    size_t count;

    (void)pthread_mutex_lock(&link->lock);
    count = link->held_count;
    if (count > 0 && capacity > 0)
        memcpy(ids, link->held, (count < capacity ? count : capacity) * sizeof(*ids));
    (void)pthread_mutex_unlock(&link->lock);
    return count;
}
