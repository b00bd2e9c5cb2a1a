/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of what is being done, for people: what comes is printed until the result. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "cli/daemon/session.h"

/* Posts the body and prints. True when the result is a good one; its "bytes" go to *ret_bytes,
 * which may be NULL. */
bool tell_stream(struct session *session, const char *method, const char *path, const char *body,
                 json_int_t *ret_bytes);

/* One event of the daemon's, as a line. */
void tell_event(struct session *session, const json_t *event, struct strbuf *out);
