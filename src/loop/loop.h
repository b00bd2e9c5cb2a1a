/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of a thread: descriptors, timers, work put off to the end of the turn, and
 * messages from other threads. Everything handed to it is a member of what it serves, so that
 * nothing is allocated after loop_init(); it owns none of it. Only loop_post() may be called from
 * another thread.
 *
 * A turn waits for something to happen, reads the clock, and then calls, in this order: sources
 * that are ready, messages, timers, tasks. So data that has arrived beats the time-out that waits
 * for it. What a callback adds to its own kind is for the next turn, so that none of the four keeps
 * the others waiting. Any source, timer or task may be removed, and freed, inside any callback, its
 * own included: its callback is not called any more.
 *
 * Descriptors are watched edge-triggered, in both directions, once for their life, and must not
 * block. A source remembers what is known to be ready, and the loop adds what it learns. The owner
 * reads and writes whenever it likes, without being called for it, and when a call would block says
 * so by loop_source_would_block(). An owner that stops although more is ready, in order to let
 * others run, calls loop_source_again() and is called in the next turn; one that stops because it
 * has no use for more does nothing, and the bit stays for when it has.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/mailbox.h"
#include "loop/wheel.h"

/* How many events a turn takes from the system. */
#define LOOP_EVENTS_MAX 512

struct loop;
struct poller;

enum loop_readiness {
    LOOP_READABLE = 1 << 0,
    LOOP_WRITABLE = 1 << 1,
    LOOP_HANGUP = 1 << 2, /* the peer sends nothing more; comes with READABLE: there is the end */
    LOOP_ERROR = 1 << 3,  /* comes with READABLE and WRITABLE: the next call says which */
};

struct loop_source {
    struct list_head link;
    /* May be changed at any time. The second argument is source->readiness at the call. */
    void (*ready)(struct loop_source *source, unsigned int readiness);
    struct loop *loop;
    int fd; /* -1 while not watched */
    uint8_t readiness;
};

struct loop_task {
    struct list_head link;
    void (*run)(struct loop_task *task);
};

/* Since the start; read by the loop's thread. */
struct loop_statistics {
    uint64_t turns;
    uint64_t events;       /* reports by the system */
    uint64_t calls;        /* of sources */
    uint64_t messages;     /* received */
    uint64_t tasks;        /* run */
    uint64_t timers_fired; /* and how often one was put into a slot of the wheel: */
    uint64_t timers_placed;
};

/* All of it is the loop's own. */
struct loop {
    struct list_head ready_sources;
    struct list_head tasks;
    struct poller *poller;
    struct loop_source wakeup;
    bool is_stopping;
    bool is_in_turn;
    struct loop_statistics statistics;
    struct wheel wheel;
    char apart[64]; /* other threads write to what follows */
    struct mailbox mailbox;
};

/* Returns 0 or -errno. The loop must not move afterwards. */
int loop_init(struct loop *loop);

/* Does nothing to a loop that is zeroed or whose loop_init() failed. Sources are removed before;
 * threads that post have ended, and messages that no turn received stay theirs. */
void loop_deinit(struct loop *loop);

/* Turns until loop_stop(), which lets the turn that it is called in come to its end, and called
 * before lets none begin. Returns 0, or -errno when waiting failed. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* One turn, which waits for that long at most. Returns 0 or -errno. Not from inside a callback. */
int loop_run_once(struct loop *loop, uint64_t timeout_ns);

struct loop_statistics loop_read_statistics(const struct loop *loop);

/* The monotonic clock as it was when the turn began, or at the last refresh, for a callback that
 * took long. */
static inline uint64_t loop_now_ns(const struct loop *loop)
{
    return loop->wheel.now_ns;
}
uint64_t loop_now_refresh(struct loop *loop);

/*
 * Sources
 */

void loop_source_init(struct loop_source *source,
                      void (*ready)(struct loop_source *source, unsigned int readiness));

/* Watches the descriptor, which stays the owner's. readiness is what to assume before the first
 * report: LOOP_WRITABLE for a connection just accepted, 0 for one being made (call connect() first:
 * a socket that was never connected reports a hang-up). Returns 0 or -errno. */
int loop_source_add(struct loop *loop, struct loop_source *source, int fd, unsigned int readiness);

/* For a listening socket: reports LOOP_READABLE in every turn as long as there is something to
 * accept. Of the loops that watch a shared one exclusively, not all are woken for a connection.
 * To pause it, remove it. */
int loop_source_add_listener(struct loop *loop, struct loop_source *source, int fd,
                             bool is_exclusive);

/* Stops watching; the descriptor stays open. The source may be added again, or freed. Does nothing
 * to one that is not watched. */
void loop_source_remove(struct loop_source *source);

/* Removes and closes the descriptor, for one system call less. Only where no copy of it exists, in
 * this process or another: the system would go on reporting it. */
void loop_source_close(struct loop_source *source);

/* Calls the source in the next turn, with what is ready then. */
void loop_source_again(struct loop_source *source);

/* Forgets what turned out not to be ready, after -EAGAIN. */
static inline void loop_source_would_block(struct loop_source *source, unsigned int readiness)
{
    source->readiness &= (uint8_t)~readiness;
}

/* After reading less than asked for from a stream socket: it would block, so the call that shows it
 * can be saved, except where the end of the stream is still to be read. */
static inline void loop_source_read_short(struct loop_source *source)
{
    if ((source->readiness & (LOOP_HANGUP | LOOP_ERROR)) == 0)
        source->readiness &= (uint8_t)~LOOP_READABLE;
}

static inline bool loop_source_is_watched(const struct loop_source *source)
{
    return source->fd >= 0;
}

/*
 * Timers; see loop/wheel.h
 */

static inline void loop_timer_init(struct loop_timer *timer,
                                   void (*expired)(struct loop_timer *timer))
{
    list_init(&timer->link);
    timer->expired = expired;
    timer->deadline_ns = TIME_FOREVER;
    timer->slot_after_ns = TIME_FOREVER;
}

/* Fires once, at the deadline by loop_now_ns(), which takes the place of an earlier one. Moving a
 * deadline away is one store. TIME_FOREVER never fires: the cheap way to disarm a timer that will
 * soon be set again, but not one whose memory goes. */
static inline void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t deadline_ns)
{
    wheel_set(&loop->wheel, timer, deadline_ns);
}

static inline void loop_timer_set_after(struct loop *loop, struct loop_timer *timer,
                                        uint64_t duration_ns)
{
    wheel_set(&loop->wheel, timer, time_add(loop->wheel.now_ns, duration_ns));
}

/* Harmless where it is not set. */
static inline void loop_timer_cancel(struct loop_timer *timer)
{
    list_remove(&timer->link);
    timer->deadline_ns = TIME_FOREVER;
    timer->slot_after_ns = TIME_FOREVER;
}

static inline bool loop_timer_is_set(const struct loop_timer *timer)
{
    return !list_is_empty(&timer->link) && timer->deadline_ns != TIME_FOREVER;
}

/*
 * Tasks and messages
 */

static inline void loop_task_init(struct loop_task *task, void (*run)(struct loop_task *task))
{
    list_init(&task->link);
    task->run = run;
}

/* Runs it once at the end of the turn, after those that were put off before it. Does nothing when
 * it is put off already. */
void loop_defer(struct loop *loop, struct loop_task *task);

static inline void loop_task_cancel(struct loop_task *task)
{
    list_remove(&task->link);
}

/* From any thread: message->receive, to be set before, is called by the loop's, in the order in
 * which messages were posted. The message is the loop's until then, the receiver's from then on. */
void loop_post(struct loop *loop, struct loop_message *message);
