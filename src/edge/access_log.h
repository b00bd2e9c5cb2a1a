/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access logs, written without ever keeping a request waiting. Each thread formats its lines into
 * chunks of its own (struct access_buffer); full ones, and at each flush the one that was begun, go
 * to one thread that does nothing but write, and come back to their owner when they are written. A
 * thread has 8 chunks from birth; lines that find none are dropped and counted in its lane of the
 * state file, `log_dropped`. So are those that cannot be written: a full disk, a reader that has
 * gone, or a pipe that nobody empties. Of these, one warning a minute is logged.
 *
 * Lines of one thread stay in their order, and a line is never torn: what is left of one when a
 * pipe is full is written first when there is room again.
 *
 * Logs have ids (snapshot_access_log). The main thread gives a descriptor for an id, and another
 * one to reopen; lines for an id that has none are dropped. Descriptors are made not to block.
 *
 *   main thread              worker                           writing thread
 *   access_log_new      -->  access_buffer_new
 *   access_log_set
 *                            access_log_write, _flush    -->  writes
 *                            access_log_flush, ends
 *   (joins the workers)
 *   access_log_free     -->                                   writes what is left, ends
 *   access_buffer_free
 */
#pragma once

#include <stdint.h>

#include "edge/access_format.h"

enum {
    ACCESS_CHUNK_SIZE = 65536,
    ACCESS_CHUNK_COUNT = 8, /* of a thread */
};

struct access_buffer;
struct access_log;

/* Starts the thread. 0 or -errno. */
int access_log_new(struct access_log **ret_log);

/* After all that write to it have flushed for the last time: waits until what they gave is written
 * or dropped, and ends the thread. */
struct access_log *access_log_free(struct access_log *log);

/* The log of that id goes to the descriptor from now on, which is closed here when another takes
 * its place, or with -1 nothing does. On failure it stays the caller's. 0 or -errno. From any one
 * thread at a time. */
int access_log_set(struct access_log *log, uint64_t id, int fd);

/* What a thread writes with; dropped is its counter, touched by it alone. NULL when memory is out.
 * Freed after the log, as chunks may be on their way back. */
struct access_buffer *access_buffer_new(struct access_log *log, uint64_t *dropped);
struct access_buffer *access_buffer_free(struct access_buffer *buffer);

/* The rest is for the thread that the buffer belongs to; it may go out at once or with the next
 * flush. */
void access_log_write(struct access_buffer *buffer, uint64_t id, enum route_log_format format,
                      const struct access_record *record);

/* Hands over what there is. To be called every 100 to 200 ms, and at the end. */
void access_log_flush(struct access_buffer *buffer);
