/* SPDX-License-Identifier: Apache-2.0 */
#include "control/tasks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "control/access.h"
#include "control/followers.h"
#include "loop/loop.h"
#include "os/descriptor.h"
#include "os/heap.h"
#include "os/os.h"

#define TASKS_MAX     192
#define IN_FLIGHT_MAX ((size_t)256 << 10)
#define MESSAGE_MAX   ((size_t)64 << 10)

/* From the thread to the loop. */
enum saying {
    SAY_ANSWER,
    SAY_ERROR,
    SAY_STREAM,
    SAY_DATA,
    SAY_TAKE_OVER,
    SAY_ENDED,
};

struct said {
    struct loop_message message;
    struct task *task;
    enum saying what;
    unsigned int status;
    const char *protocol;
    size_t size;
    char data[];
};

void task_cancel(struct task *task)
{
    if (atomic_exchange(&task->is_cancelled, true))
        return;
    (void)os_eventfd_signal(task->cancel_fd);
    if (task->talk_fd >= 0)
        (void)os->shutdown(task->talk_fd, SHUT_RDWR);
    (void)pthread_mutex_lock(&task->lock);
    (void)pthread_cond_broadcast(&task->changed);
    (void)pthread_mutex_unlock(&task->lock);
    followers_wake(task->tasks->followers);
}

/* In the loop */

static void task_free(struct task *task)
{
    list_remove(&task->link);
    task->tasks->count--;
    for (size_t i = 0; i < TASK_NAMES_MAX; i++)
        free(task->names[i]);
    task->access = access_forget(task->access);
    os_closep(&task->cancel_fd);
    os_closep(&task->talk_fd);
    os_closep(&task->body_fd);
    (void)pthread_cond_destroy(&task->changed);
    (void)pthread_mutex_destroy(&task->lock);
    free(task);
}

static void client_gone(struct http_request *request)
{
    task_cancel(request->user);
}

/* All that was written has left. */
static void client_drained(struct http_request *request)
{
    struct task *task = request->user;

    (void)pthread_mutex_lock(&task->lock);
    task->in_flight -= task->written;
    task->written = 0;
    (void)pthread_cond_broadcast(&task->changed);
    (void)pthread_mutex_unlock(&task->lock);
}

static void begin_stream(struct task *task)
{
    task->request->user = task;
    task->request->closed = client_gone;
    task->request->drained = client_drained;
    http_stream_begin(task->request, 200, "application/jsonl");
}

static void take_over(struct task *task, const char *protocol)
{
    struct access *access = access_keep(task->request);
    int fd = -EPIPE;
    int r = http_request_take_over(task->request, protocol, &fd);

    if (r == 0) {
        task->request = NULL;
        task->access = access;
        if (access != NULL && access->token[0] != '\0')
            task->talk_fd = os_duplicate(fd, 3);
        access_pass(access, task);
    } else {
        (void)access_forget(access);
    }
    (void)pthread_mutex_lock(&task->lock);
    task->is_asked = true;
    task->taken_fd = r < 0 ? r : fd;
    (void)pthread_cond_broadcast(&task->changed);
    (void)pthread_mutex_unlock(&task->lock);
}

static void ended(struct task *task)
{
    struct http_request *request = task->request;
    struct tasks *tasks;

    (void)pthread_join(task->thread, NULL);
    if (request != NULL) {
        request->closed = NULL;
        request->drained = NULL;
        if (task->is_streaming)
            http_stream_end(request);
        else
            http_respond_error(request, 500, "there is no answer");
    }
    tasks = task->tasks;
    task_free(task);
    if (tasks->count == 0)
        os_trim_heap();
}

static void heard(struct loop_message *message)
{
    struct said *said = list_entry(message, struct said, message);
    struct task *task = said->task;
    struct http_request *request = task->request;

    switch (said->what) {
    case SAY_ANSWER:
        task->request = NULL;
        http_respond(request, said->status, "application/json", said->data, said->size);
        break;
    case SAY_ERROR:
        task->request = NULL;
        http_respond_error(request, said->status, "%s", said->data);
        break;
    case SAY_STREAM:
        begin_stream(task);
        break;
    case SAY_DATA:
        task->written += said->size; /* before it may be told to have left */
        if (http_stream_write(request, said->data, said->size) < 0)
            task_cancel(task);
        break;
    case SAY_TAKE_OVER:
        take_over(task, said->protocol);
        break;
    case SAY_ENDED:
        ended(task);
        break;
    }
    free(said);
}

/* The end takes no memory that was not there before. */
static void *run(void *context)
{
    struct task *task = context;
    struct said *last = calloc(1, sizeof(*last));

    if (last != NULL)
        task->run(task);
    while (last == NULL)
        last = calloc(1, sizeof(*last)); /* there will be some again */
    last->task = task;
    last->what = SAY_ENDED;
    last->message.receive = heard;
    loop_post(task->tasks->loop, &last->message);
    return NULL;
}

void tasks_init(struct tasks *tasks, struct loop *loop, void *context)
{
    *tasks = (struct tasks){.loop = loop, .context = context};
    list_init(&tasks->list);
}

static struct task *task_new(struct tasks *tasks, struct http_request *request,
                             const char *const *names)
{
    struct task *task = calloc(1, sizeof(*task));
    bool is_good = task != NULL;

    if (task == NULL)
        return NULL;
    list_append(&tasks->list, &task->link);
    tasks->count++;
    task->tasks = tasks;
    task->context = tasks->context;
    task->request = request;
    task->body_fd = take_fd(&request->body_fd);
    task->cancel_fd = os_eventfd();
    task->talk_fd = -1;
    (void)pthread_mutex_init(&task->lock, NULL);
    (void)pthread_cond_init(&task->changed, NULL);
    for (size_t i = 0; i < TASK_NAMES_MAX && names[i] != NULL; i++) {
        task->names[i] = strdup(names[i]);
        is_good = is_good && task->names[i] != NULL;
    }
    if (!is_good || task->cancel_fd < 0) {
        task_free(task);
        return NULL;
    }
    return task;
}

void tasks_run(struct tasks *tasks, struct http_request *request, const char *const *names,
               void (*function)(struct task *task))
{
    struct task *task;

    if (tasks->is_stopping || tasks->count >= TASKS_MAX) {
        http_respond_error(request, 503,
                           tasks->is_stopping ? "control ends" : "too many requests at once");
        return;
    }
    task = task_new(tasks, request, names);
    if (task == NULL) {
        http_respond_error(request, 503, "out of memory");
        return;
    }
    task->run = function;
    if (pthread_create(&task->thread, NULL, run, task) != 0) {
        task_free(task);
        http_respond_error(request, 503, "cannot start a thread");
    }
}

void tasks_stop(struct tasks *tasks)
{
    struct task *task;

    tasks->is_stopping = true;
    list_for_each (task, &tasks->list, link)
        task_cancel(task);
}

/* Of the thread */

static int say(struct task *task, enum saying what, unsigned int status, const char *data,
               size_t size)
{
    struct said *said = calloc(1, sizeof(*said) + size + 1);

    if (said == NULL)
        return -ENOMEM;
    said->task = task;
    said->what = what;
    said->status = status;
    said->size = size;
    if (size > 0)
        memcpy(said->data, data, size);
    said->message.receive = heard;
    loop_post(task->tasks->loop, &said->message);
    return 0;
}

void task_answer(struct task *task, unsigned int status, const char *text, size_t size)
{
    if (!task->is_answered)
        task->is_answered = say(task, SAY_ANSWER, status, text, size) == 0;
}

void task_fail(struct task *task, unsigned int status, const char *format, ...)
{
    _cleanup_strbuf_ struct strbuf message;
    va_list arguments;

    strbuf_init(&message, MESSAGE_MAX);
    va_start(arguments, format);
    strbuf_vprintf(&message, format, arguments);
    va_end(arguments);
    if (!task->is_answered)
        task->is_answered =
            say(task, SAY_ERROR, status, strbuf_text(&message), message.length) == 0;
}

static unsigned int status_of(int r)
{
    switch (-r) {
    case EINVAL:
    case EACCES:
    case EPERM:
    case EDOM:
        return 400;
    case ENOENT:
    case ESRCH:
        return 404;
    case EEXIST:
    case EBUSY:
    case EALREADY:
    case ENOTUNIQ:
    case EADDRINUSE:
        return 409;
    case E2BIG:
    case EFBIG:
        return 413;
    case ENOTSUP:
    case ENOSYS:
        return 501;
    case ENOMEM:
    case ECANCELED:
    case EPIPE:
    case ECONNREFUSED:
        return 503;
    case ETIMEDOUT:
        return 504;
    case ENOSPC:
    case EDQUOT:
    case EROFS:
        return 507;
    default:
        return 500;
    }
}

void task_fail_error(struct task *task, int r, const struct error *error)
{
    task_fail(task, status_of(r), "%s", error != NULL ? error->message : error_text(-r));
}

void task_stream(struct task *task)
{
    if (task->is_answered)
        return;
    task->is_streaming = true;
    task->is_answered = true;
    if (say(task, SAY_STREAM, 200, NULL, 0) < 0) {
        task->is_streaming = false;
        task_cancel(task);
    }
}

int task_write(struct task *task, const char *data, size_t size)
{
    (void)pthread_mutex_lock(&task->lock);
    while (task->in_flight > IN_FLIGHT_MAX && !atomic_load(&task->is_cancelled))
        (void)pthread_cond_wait(&task->changed, &task->lock);
    task->in_flight += size;
    (void)pthread_mutex_unlock(&task->lock);
    if (atomic_load(&task->is_cancelled) || !task->is_streaming)
        return -EPIPE;
    return say(task, SAY_DATA, 0, data, size);
}

int task_take_over(struct task *task, const char *protocol, int *ret_fd)
{
    struct said *said = calloc(1, sizeof(*said));
    int r;

    if (said == NULL)
        return -ENOMEM;
    said->task = task;
    said->what = SAY_TAKE_OVER;
    said->protocol = protocol;
    said->message.receive = heard;
    loop_post(task->tasks->loop, &said->message);
    (void)pthread_mutex_lock(&task->lock);
    while (!task->is_asked)
        (void)pthread_cond_wait(&task->changed, &task->lock);
    r = task->taken_fd;
    (void)pthread_mutex_unlock(&task->lock);
    if (r < 0)
        return r;
    task->is_answered = true;
    *ret_fd = r;
    return 0;
}
