/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files in and out. Paths may come from users: opening never waits for a pipe's other end,
 * never makes a terminal ours, and reads nothing but regular files, within a limit. Messages name
 * the path as it was given; who prints them escapes them (base/text.h).
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;

/* The caller frees *ret_data, which has a NUL after its last byte; ret_size may be NULL.
 *
 * Only regular files are read, and what follows: /dev/null, which is empty; /dev/stdin, /dev/fd/N
 * and /proc/self/fd/N, which may be pipes and are read to their end. Fails with -EFBIG where there
 * is more than the limit, -EISDIR for a directory, -EINVAL for what is no regular file otherwise,
 * and with what the system says. */
int os_read_file(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_size,
                 struct error **reterr);

/* The same from a descriptor, whatever it is, to its end. The name is for messages. */
int os_read_fd(int fd, const char *name, size_t limit_bytes, char **ret_data, size_t *ret_size,
               struct error **reterr);

/* Waits where the descriptor does not block. Returns 0 or -errno. */
int os_write_all(int fd, const void *data, size_t size);

/* Replaces the file as one step: whoever reads it sees the old content or the new one, never a
 * part. The new content is on disk when this returns. mode is taken as it is, whatever the umask. A
 * symbolic link is replaced, not followed. A failure leaves no other file behind; where only the
 * last step fails, that of making the folder durable, the new content already stands. */
int os_write_file_atomically(const char *path, const void *data, size_t size, mode_t mode,
                             struct error **reterr);

/* Writes what a user named as the place for output. A regular file is replaced as above, where a
 * symbolic link leads, and keeps its mode; one that is new gets new_mode. A device, a pipe or a
 * socket's descriptor is written to. */
int os_write_file(const char *path, const void *data, size_t size, mode_t new_mode,
                  struct error **reterr);
