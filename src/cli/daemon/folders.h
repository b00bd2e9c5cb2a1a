/* SPDX-License-Identifier: Apache-2.0 */
/* Where the daemon lives in the file system: the same answer for it and for who talks to it. */
#pragma once

#include <sys/types.h>

struct arena;
struct error;

/* Absolute; arena memory. */
struct folders {
    const char *runtime_dir;
    const char *state_dir;
    const char *socket_path;
};

/* From SLIPWAY_RUNTIME_DIR and SLIPWAY_STATE_DIR, else by who the user is. Relative ones count from
 * the current directory. -EACCES where the folder in /tmp is somebody else's. */
int folders_find(struct arena *arena, char *const *environment, const char *current_directory,
                 uid_t user, struct folders *ret, struct error **reterr);
