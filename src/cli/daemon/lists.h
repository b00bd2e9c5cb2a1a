/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of targets and listeners, from the daemon's answers. */
#pragma once

#include "cli/daemon/session.h"

/* The last answer's, to the session's output. */
void lists_write_targets(struct session *session, uint64_t now_s);
void lists_write_listeners(struct session *session);

/* How a state looks: green, yellow, red or dim. */
enum terminal_style lists_state_style(const char *state);

/* "5s", "3m", "2h", "9d"; arena memory. */
const char *lists_age(struct arena *arena, uint64_t seconds);
