/* SPDX-License-Identifier: Apache-2.0 */
/* Following a deploy to its end, and telling what it does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/daemon/session.h"

enum follow_flags {
    FOLLOW_SHORT = 1 << 0,      /* there are no services: only what changed at the edge is told */
    FOLLOW_PLAIN = 1 << 1,      /* never in place: somebody else writes to the terminal, too */
    FOLLOW_TO_THE_END = 1 << 2, /* Ctrl-C is not for us */
};

/* True when it ended well. Otherwise the session's status says what to exit with: 130 where Ctrl-C
 * ended the following, and nothing else. */
bool follow_deploy(struct session *session, const char *project, uint64_t deploy,
                   unsigned int flags);
