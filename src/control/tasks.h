/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests whose answer has to be waited for: each is done by a thread of its own, as a plain
 * sequence, and what it says goes to the client by way of the loop.
 *
 *     loop:    tasks_run(request, run) ----> thread: run(task)
 *     loop:    answers, writes         <---- task_answer(), task_write() ...
 *     loop:    joins, and frees        <---- it returns
 *
 * Until it is answered (or taken over) the request's path, query and body may be read by the
 * thread. A client that has gone, or does not read on, cancels its task.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "http/server.h"

#define TASK_NAMES_MAX 4

struct access;
struct error;
struct followers;
struct task;

struct tasks {
    struct loop *loop;
    struct followers *followers; /* woken for those that are cancelled */
    void *context;
    struct list_head list;
    unsigned int count;
    bool is_stopping;
};

struct task {
    struct list_head link;
    struct tasks *tasks;
    struct http_request *request; /* the loop's; NULL once it is answered */
    char *names[TASK_NAMES_MAX];  /* segments of the path; NULL behind the last */
    void (*run)(struct task *task);
    void *context; /* of tasks */
    pthread_t thread;
    int cancel_fd;         /* readable when it is to end early */
    size_t written;        /* to the stream since it was empty; the loop's */
    int body_fd;           /* of the request, taken from it; -1 */
    struct access *access; /* of a connection that was taken over; the loop's */
    int talk_fd;           /* a copy of that, where it is to end with its token; -1 */
    atomic_bool is_cancelled;
    bool is_answered; /* the thread's */
    bool is_streaming;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    size_t in_flight; /* bytes that the client has not taken yet */
    bool is_asked;    /* whether the connection may be taken over */
    int taken_fd;     /* or -errno */
};

void tasks_init(struct tasks *tasks, struct loop *loop, void *context);

/* In the loop; answers 503 where it cannot. names ends in NULL. */
void tasks_run(struct tasks *tasks, struct http_request *request, const char *const *names,
               void (*function)(struct task *task));

/* In the loop: as if the client had gone. */
void task_cancel(struct task *task);

/* Cancels all; they have ended once the count is 0, after turns of the loop. */
void tasks_stop(struct tasks *tasks);

/*
 * Of the task's thread.
 */

/* Once; the text is copied. */
void task_answer(struct task *task, unsigned int status, const char *text, size_t size);
void task_fail(struct task *task, unsigned int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The status that says the same as -errno. error may be NULL. */
void task_fail_error(struct task *task, int r, const struct error *error);

/* Instead: lines of JSON. Writing waits for a client that is slow, and returns -EPIPE once it is
 * cancelled. What is begun ends with the task. */
void task_stream(struct task *task);
int task_write(struct task *task, const char *data, size_t size);

/* Or the connection itself; see http_request_take_over(). The request is gone then. */
int task_take_over(struct task *task, const char *protocol, int *ret_fd);
