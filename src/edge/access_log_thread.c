/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes access logs. A pipe that is full is waited for once, for a short while;
 * after that its lines are dropped until it takes some again, so that the other logs go on.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "edge/access_log_priv.h"
#include "os/os.h"

enum {
    ACCESS_PATIENCE_MS = 100
};

#define ACCESS_WARNING_NS TIME_MINUTE

void *access_log_thread(void *argument)
{
    struct access_log *log = argument;
    sigset_t all;
    int r;

    /* Signals are the main thread's, and a reader that has gone is an error, not the end. */
    (void)sigfillset(&all);
    (void)os_signal_mask(SIG_BLOCK, &all, NULL);
    r = loop_run(&log->loop);
    if (r < 0)
        log_error("access logs are not written any more: %s", error_text(-r));
    return NULL;
}

void access_stop_received(struct loop_message *message)
{
    struct access_log *log =
        (struct access_log *)(void *)((char *)message - offsetof(struct access_log, stop));

    loop_stop(&log->loop);
}

static struct access_sink *access_find_sink(const struct access_log *log, uint64_t id)
{
    for (uint32_t i = 0; i < ACCESS_SINKS_MAX && log->sinks[i] != NULL; i++) {
        if (log->sinks[i]->id == id)
            return log->sinks[i];
    }
    return NULL;
}

void access_change_received(struct loop_message *message)
{
    struct access_change *change =
        (struct access_change *)(void *)((char *)message - offsetof(struct access_change, message));
    struct access_log *log = change->log;
    struct access_sink *sink = change->sink;

    if (sink != NULL) {
        uint32_t i = 0;

        sink->id = change->id;
        sink->fd = -1;
        while (log->sinks[i] != NULL)
            i++;
        log->sinks[i] = sink;
    } else {
        sink = access_find_sink(log, change->id);
    }
    if (sink->fd >= 0)
        (void)os_close(sink->fd);
    sink->fd = change->fd;
    /* The other half of a line is of no use in another file. */
    sink->rest_size = 0;
    sink->is_stalled = false;
    free(change);
}

/*
 * Writing
 */

static uint64_t access_count_lines(const char *data, size_t size)
{
    const char *end = data + size;
    uint64_t count = 0;

    while (data < end && (data = memchr(data, '\n', (size_t)(end - data))) != NULL) {
        data++;
        count++;
    }
    return count;
}

static void access_warn(struct access_sink *sink, uint64_t lost_count, int error)
{
    uint64_t now_ns = os_monotonic_time_ns();

    sink->lost_count += lost_count;
    if (sink->warned_at_ns != 0 && now_ns - sink->warned_at_ns < ACCESS_WARNING_NS)
        return;
    log_warning("an access log cannot be written: %s; %llu lines are lost",
                error == EAGAIN ? "its reader is too slow" : error_text(error),
                (unsigned long long)sink->lost_count);
    sink->warned_at_ns = now_ns;
    sink->lost_count = 0;
}

/* Whether there is room again, of a pipe that has not failed to make some before. */
static bool access_wait(const struct access_sink *sink)
{
    struct pollfd poll_fd = {.fd = sink->fd, .events = POLLOUT};

    return !sink->is_stalled && os->poll(&poll_fd, 1, ACCESS_PATIENCE_MS) > 0;
}

/* How much was written, and in *ret_error why not all of it. */
static size_t access_put_out(struct access_sink *sink, const char *data, size_t size,
                             int *ret_error)
{
    size_t done = 0;

    *ret_error = 0;
    while (done < size) {
        ssize_t length = os_write(sink->fd, data + done, size - done);

        if (length > 0) {
            done += (size_t)length;
            sink->is_stalled = false;
            continue;
        }
        if (length == -EAGAIN && access_wait(sink))
            continue;
        sink->is_stalled = true;
        *ret_error = length < 0 ? (int)-length : EIO;
        break;
    }
    return done;
}

/* Where the line ends that the position is in; the position itself where none is begun there. */
static size_t access_line_end(const char *data, size_t size, size_t position)
{
    const char *end;

    if (position == 0 || data[position - 1] == '\n')
        return position;
    end = memchr(data + position, '\n', size - position);
    return end != NULL ? (size_t)(end - data) + 1 : size;
}

/* Returns how many lines were lost. */
static uint64_t access_write_run(struct access_sink *sink, const char *data, size_t size)
{
    int error = 0;
    size_t done = 0;
    uint64_t lost_count;

    if (sink == NULL || sink->fd < 0)
        return access_count_lines(data, size);
    if (sink->rest_size > 0) {
        size_t written = access_put_out(sink, sink->rest, sink->rest_size, &error);

        sink->rest_size -= (uint32_t)written;
        memmove(sink->rest, sink->rest + written, sink->rest_size);
    }
    if (error == 0)
        done = access_put_out(sink, data, size, &error);
    if (error == 0)
        return 0;
    if (done > 0) {
        size_t end = access_line_end(data, size, done);

        sink->rest_size = (uint32_t)(end - done);
        memcpy(sink->rest, data + done, sink->rest_size);
        done = end;
    }
    lost_count = access_count_lines(data + done, size - done);
    access_warn(sink, lost_count, error);
    return lost_count;
}

static void access_give_back(struct access_chunk *chunk)
{
    struct access_buffer *owner = chunk->owner;
    struct access_chunk *top = atomic_load_explicit(&owner->returned, memory_order_relaxed);

    do {
        chunk->next = top;
    } while (!atomic_compare_exchange_weak_explicit(&owner->returned, &top, chunk,
                                                    memory_order_release, memory_order_relaxed));
}

void access_chunk_received(struct loop_message *message)
{
    struct access_chunk *chunk =
        (struct access_chunk *)(void *)((char *)message - offsetof(struct access_chunk, message));
    const char *data = chunk->data;
    uint64_t lost_count = 0;

    for (uint32_t i = 0; i < chunk->run_count; i++) {
        const struct access_run *run = &chunk->runs[i];

        lost_count += access_write_run(access_find_sink(chunk->log, run->id), data, run->size);
        data += run->size;
    }
    if (lost_count > 0)
        atomic_fetch_add_explicit(&chunk->owner->lost_count, lost_count, memory_order_relaxed);
    access_give_back(chunk);
}
