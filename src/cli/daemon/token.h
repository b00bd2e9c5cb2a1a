/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the daemon for a token. Functions that return false have said why. */
#pragma once

#include "cli/daemon/session.h"

/* How long it shall be good for, by an option that has a fallback. */
bool token_read_lifetime(struct session *session, enum option_id expires, uint64_t *ret_s);

/* The answer is the session's document: "id", "token", "name", "role", "created", "expires". A
 * name that is too long is cut. */
bool token_ask_for(struct session *session, const char *name, const char *role,
                   uint64_t lifetime_s);
