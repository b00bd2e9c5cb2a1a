/* SPDX-License-Identifier: Apache-2.0 */
/* Joining control groups. */
#pragma once

#include <stddef.h>

/* The caller joins them all, in order. Returns 0, or -errno with the one that cannot be joined. */
int groups_join(const char *const *groups, size_t count, const char **ret_group);
