/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of tar. Private to this folder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TAR_BLOCK 512

struct strbuf;

enum tar_type {
    TAR_FILE = '0',
    TAR_LINK = '2', /* symbolic */
    TAR_FOLDER = '5',
};

struct tar_entry {
    const char *path;   /* relative; of a folder without a slash */
    const char *target; /* of a link */
    enum tar_type type;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    uint64_t size;
    int64_t modified_unix_s;
};

/* Appends the entry's head, with a pax head in front where something does not fit. */
void tar_write_head(struct strbuf *out, const struct tar_entry *entry);

/* Zeroes behind a file's content, up to the next block. */
void tar_write_padding(struct strbuf *out, uint64_t size);

/* The end of the archive. */
void tar_write_end(struct strbuf *out);
