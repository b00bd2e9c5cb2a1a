/* SPDX-License-Identifier: Apache-2.0 */
/* The names of users, by their numbers. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* As /etc/passwd says: other sources of names may keep their callers waiting. "user 1000" for one
 * that it does not know. */
void os_user_name(uid_t uid, char *name, size_t size);
