/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders and files as tar, the way a build's context and a container's files travel: ustar, with
 * pax records for what does not fit there. The same tree gives the same bytes, but for the times of
 * files: names come in the order of their bytes, and everything belongs to root.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct strbuf;

/* A file in memory. */
struct archive_file {
    const char *path; /* in the archive: relative, without ".." */
    const void *data;
    size_t size;
    mode_t mode; /* 0: 0644 */
    uid_t uid;
    gid_t gid;
    int64_t modified_unix_s;
};

struct archive_tree {
    const char *folder;
    /* In the folder; NULL: "Dockerfile". It is sent whatever .dockerignore says, and so is that. A
     * file of its name with ".dockerignore" behind it takes the place of .dockerignore. */
    const char *dockerfile;
    /* Put in after what is in the folder, or in the place of it: a Dockerfile that lies elsewhere.
     */
    const struct archive_file *files;
    size_t file_count;
};

/* Writes the folder, which must be one, to the descriptor, waiting where it does not block. Sockets
 * and other special files are left out. Of a file that grows meanwhile, what was there first is
 * taken; one that shrinks is an error that names it. */
int archive_write_tree(const struct archive_tree *tree, int fd, struct error **reterr);

/* Appends a whole archive of the files, with the folders that they are in (0755). -EINVAL for a
 * path that leads out; otherwise see strbuf_failure(). */
int archive_write_files(const struct archive_file *files, size_t count, struct strbuf *out,
                        struct error **reterr);
