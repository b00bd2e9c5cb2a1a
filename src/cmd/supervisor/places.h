/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a process tree lives in the file system: its folders, the file that says whose they are,
 * and its local sockets. One supervisor at a time: the file is locked as long as it lives.
 */
#pragma once

#include <stdint.h>

struct error;

struct places {
    const char *runtime_dir;
    int lock_fd;
    char *pid_path;
    char *api_path;      /* control answers there */
    char *handover_path; /* an edge without supervisor does */
};

/* Makes the folders and takes the lock. lock_fd is one that is held already, or -1; it is taken in
 * any case. Fails with -EWOULDBLOCK where another supervisor lives there, after waiting that long
 * for its end: one that dies may be seen to be gone before its lock is. */
int places_init(struct places *places, const char *runtime_dir, const char *state_dir, int lock_fd,
                uint64_t wait_ns, struct error **reterr);

/* Removes the sockets, as nobody is there any more. */
void places_clear(struct places *places);

/* Gives the lock up and leaves the files. */
void places_deinit(struct places *places);
