/* SPDX-License-Identifier: Apache-2.0 */
/* Making, taking and removing folders with what is in them. Functions return 0 or -errno. */
#pragma once

#include <sys/types.h>

/* -EEXIST where there is something already. */
int os_make_folder(const char *path, mode_t mode);
/* With those above it (0755), where they are not there. */
int os_make_folders(const char *path, mode_t mode);
/* An empty one. */
int os_remove_folder(const char *path);
/* All that is below, and it itself; symbolic links are not followed. What is not there is no
 * error. */
int os_remove_tree(const char *path);
int os_make_link(const char *target, const char *path);
int os_change_owner(const char *path, uid_t uid, gid_t gid);
