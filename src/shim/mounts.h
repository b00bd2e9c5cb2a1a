/* SPDX-License-Identifier: Apache-2.0 */
/* The instance's own view of the file system: its files lie over the machine's, for it alone.
 * Called in the forked child, whose folder is the instance's. Both return 0 or -errno and say in
 * the line what failed. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct line;
struct orders;

int mounts_make(const struct orders *orders, struct line *problem);
int mounts_join(pid_t pid, struct line *problem);

/* Whether mounts_make() can be expected to work. */
bool mounts_probe(void);
