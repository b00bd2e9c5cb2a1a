/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines of JSON. */
#pragma once

#include <stdint.h>

struct strbuf;

/* The event's own members behind who and when, with a newline. sequence 0: it is not kept; deploy
 * 0: of none. 0 or -errno. */
int events_write(struct strbuf *line, uint64_t sequence, uint64_t unix_ns, const char *project,
                 uint64_t deploy, const char *text);
