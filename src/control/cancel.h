/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

struct arena;
struct error;
struct keepers;
struct store;
struct store_deploy;

/* Has a deploy end as a failed one does: undone, unless it has not begun. By now it has only been
 * asked for; where control ends it is done by the next. What is there then is in *ret, memory of
 * the arena; the second time is as the first. -ENOENT; -EALREADY where it has ended, or leads to
 * its goal in any case. */
int cancel_deploy(struct keepers *keepers, struct store *store, struct arena *arena,
                  const char *project, uint64_t id, const char *by, struct store_deploy *ret,
                  struct error **reterr);
