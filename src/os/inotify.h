/* SPDX-License-Identifier: Apache-2.0 */
/* What changes in folders. Functions return -errno. */
#pragma once

#include <stdint.h>

/* A descriptor that does not block. */
int os_inotify(void);
/* Names that come and go there, and files that are written to; a number of the folder. */
int os_inotify_add(int fd, const char *path);
/* Takes all that happened; how many bytes of it there were. */
int os_inotify_clear(int fd);
