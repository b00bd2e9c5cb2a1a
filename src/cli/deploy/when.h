/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time: as the daemon says them, as people type them, and as they are shown. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/daemon/session.h"

/* "2026-11-21T13:44:11.123456789Z", with an offset or without a fraction too, in nanoseconds since
 * 1970; or 0. */
uint64_t when_parse(const char *text);

/* The same; or a date alone, seconds since 1970, or a duration before now ("10m"). False, after
 * saying so, for what is none. */
bool when_read(struct session *session, enum option_id option, uint64_t *ret_unix_ns);

enum {
    WHEN_BYTES = 64
};

/* "2026-11-21T13:44:11.123456789Z" */
const char *when_write(char text[WHEN_BYTES], uint64_t unix_ns);
const char *when_text(struct session *session, uint64_t unix_ns);

/* Of the daemon's value, a text or nanoseconds: 0 where it is none. */
uint64_t when_of(const struct value *value);

/* How long ago that was: "5s", "3m", "2h", "9d"; "-" where it is none. */
const char *when_ago(struct session *session, const struct value *value);
