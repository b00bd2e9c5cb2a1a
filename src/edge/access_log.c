/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/access_log.h"

#include <errno.h>
#include <stdlib.h>

#include "edge/access_log_priv.h"
#include "os/nonblocking.h"
#include "os/os.h"

int access_log_new(struct access_log **ret_log)
{
    struct access_log *log = calloc(1, sizeof(*log));
    int r;

    if (log == NULL)
        return -ENOMEM;
    r = loop_init(&log->loop);
    if (r == 0) {
        r = -pthread_create(&log->thread, NULL, access_log_thread, log);
        if (r < 0)
            loop_deinit(&log->loop);
    }
    if (r < 0) {
        free(log);
        return r;
    }
    *ret_log = log;
    return 0;
}

struct access_log *access_log_free(struct access_log *log)
{
    if (log == NULL)
        return NULL;
    /* Messages come in their order: behind every chunk. */
    log->stop.receive = access_stop_received;
    loop_post(&log->loop, &log->stop);
    (void)pthread_join(log->thread, NULL);
    loop_deinit(&log->loop);
    for (uint32_t i = 0; i < ACCESS_SINKS_MAX; i++) {
        if (log->sinks[i] != NULL && log->sinks[i]->fd >= 0)
            (void)os_close(log->sinks[i]->fd);
        free(log->sinks[i]);
    }
    free(log);
    return NULL;
}

/* Notes the id, and *ret_is_new where it was not known. False where there are too many. */
static bool access_log_note(struct access_log *log, uint64_t id, bool *ret_is_new)
{
    for (uint32_t i = 0; i < ACCESS_SINKS_MAX; i++) {
        if (log->ids[i] == id || log->ids[i] == 0) {
            *ret_is_new = log->ids[i] == 0;
            log->ids[i] = id;
            return true;
        }
    }
    return false;
}

int access_log_set(struct access_log *log, uint64_t id, int fd)
{
    struct access_change *change;
    struct access_sink *sink;
    bool is_new;

    if (id == 0)
        return -EINVAL;
    if (fd >= 0) {
        int r = os_set_nonblocking(fd);

        if (r < 0)
            return r;
    }
    change = calloc(1, sizeof(*change));
    sink = calloc(1, sizeof(*sink));
    if (change == NULL || sink == NULL || !access_log_note(log, id, &is_new)) {
        free(change);
        free(sink);
        return change == NULL || sink == NULL ? -ENOMEM : -ENOSPC;
    }
    if (!is_new) {
        free(sink);
        sink = NULL;
    }
    *change = (struct access_change){.log = log, .id = id, .fd = fd, .sink = sink};
    change->message.receive = access_change_received;
    loop_post(&log->loop, &change->message);
    return 0;
}

/*
 * The side of a thread that logs
 */

struct access_buffer *access_buffer_new(struct access_log *log, uint64_t *dropped)
{
    struct access_buffer *buffer = calloc(1, sizeof(*buffer));

    if (buffer == NULL)
        return NULL;
    buffer->log = log;
    buffer->dropped = dropped;
    /* Costs no memory until it is used. */
    buffer->chunks = calloc(ACCESS_CHUNK_COUNT, sizeof(*buffer->chunks));
    if (buffer->chunks == NULL) {
        free(buffer);
        return NULL;
    }
    for (uint32_t i = 0; i < ACCESS_CHUNK_COUNT; i++) {
        struct access_chunk *chunk = &buffer->chunks[i];

        chunk->message.receive = access_chunk_received;
        chunk->owner = buffer;
        chunk->log = log;
        chunk->next = buffer->free;
        buffer->free = chunk;
    }
    return buffer;
}

struct access_buffer *access_buffer_free(struct access_buffer *buffer)
{
    if (buffer == NULL)
        return NULL;
    free(buffer->chunks);
    free(buffer);
    return NULL;
}

static struct access_chunk *access_buffer_begin(struct access_buffer *buffer)
{
    struct access_chunk *chunk;

    if (buffer->free == NULL)
        buffer->free = atomic_exchange_explicit(&buffer->returned, NULL, memory_order_acquire);
    chunk = buffer->free;
    if (chunk == NULL)
        return NULL;
    buffer->free = chunk->next;
    chunk->run_count = 0;
    chunk->used = 0;
    buffer->current = chunk;
    return chunk;
}

void access_log_flush(struct access_buffer *buffer)
{
    struct access_chunk *chunk = buffer->current;

    *buffer->dropped += atomic_exchange_explicit(&buffer->lost_count, 0, memory_order_relaxed);
    if (chunk == NULL || chunk->used == 0)
        return;
    buffer->current = NULL;
    loop_post(&buffer->log->loop, &chunk->message);
}

/* False where the chunk has no room for the line. */
static bool access_buffer_append(struct access_buffer *buffer, uint64_t id,
                                 enum route_log_format format, const struct access_record *record)
{
    struct access_chunk *chunk = buffer->current;
    struct access_run *run = chunk->run_count > 0 ? &chunk->runs[chunk->run_count - 1] : NULL;
    size_t length;

    if ((run == NULL || run->id != id) && chunk->run_count == ACCESS_RUNS_MAX)
        return false;
    length = access_format(&buffer->clock, format, record, chunk->data + chunk->used,
                           sizeof(chunk->data) - chunk->used);
    if (length == 0)
        return false;
    if (run == NULL || run->id != id) {
        run = &chunk->runs[chunk->run_count++];
        *run = (struct access_run){.id = id};
    }
    run->size += (uint32_t)length;
    chunk->used += (uint32_t)length;
    return true;
}

void access_log_write(struct access_buffer *buffer, uint64_t id, enum route_log_format format,
                      const struct access_record *record)
{
    if (buffer->current == NULL && access_buffer_begin(buffer) == NULL) {
        ++*buffer->dropped;
        return;
    }
    if (access_buffer_append(buffer, id, format, record))
        return;
    access_log_flush(buffer);
    if (access_buffer_begin(buffer) == NULL || !access_buffer_append(buffer, id, format, record))
        ++*buffer->dropped;
}
