/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the instance writes, line by line, into files of bounded size: "log" is the newest, "log.1"
 * the one before, and so on. A record is "UNIX_NS S TEXT\n", where S is o or e for the stream, and
 * O or E where the line goes on in the next record of that stream. What cannot be written, as the
 * disk is full, is dropped and counted: the instance never waits for the disk to have room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/protocol.h"

struct output_stream {
    int fd; /* -1: none */
    char letter;
    size_t length;
    char line[SHIM_LINE_MAX]; /* what came without its newline yet */
};

struct output {
    struct output_stream streams[2]; /* standard output, standard error */
    int file_fd;
    uint64_t file_bytes;
    uint64_t limit_bytes;
    uint64_t file_count;
    uint64_t dropped; /* records, not told yet */
    uint64_t dropped_total;
};

void output_init(struct output *output, uint64_t limit_bytes, uint64_t file_count);

/* Makes pipes for a new start; the writers are the child's. 0 or -errno. */
int output_open(struct output *output, int ret_writers[2]);

/* Takes what is there; does not wait. */
void output_read(struct output *output, struct output_stream *stream);

/* Takes the rest, and lets the pipes go. */
void output_close(struct output *output);

/* A line of the shim's own, among the errors. */
void output_note(struct output *output, const char *text);
