/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of the machine, by name or number. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define OS_USER_GROUPS_MAX 64
#define OS_USER_HOME_SIZE  512

struct os_user {
    uid_t uid;
    gid_t gid;
    gid_t groups[OS_USER_GROUPS_MAX];
    size_t group_count;
    char home[OS_USER_HOME_SIZE]; /* "/" where the machine does not know it */
};

/* NAME or UID. -ENOENT where there is no such name; a number needs no entry: its group is then 0.
 * Returns 0 or -errno. */
int os_find_user(const char *text, struct os_user *ret_user);
int os_find_group(const char *text, gid_t *ret_gid);
