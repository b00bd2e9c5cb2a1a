/* SPDX-License-Identifier: Apache-2.0 */
/* Writing down who does what, before it is done: see control/audit.h. */
#pragma once

struct control;
struct http_request;

/* Goes on with the request once it was written down, or answers it where it cannot be. */
void audit_begin(struct control *control, struct http_request *request,
                 void (*go_on)(struct control *control, struct http_request *request));

/* One that is refused because of the role; it is answered elsewhere. */
void audit_refusal(struct control *control, const struct http_request *request,
                   unsigned int status);
