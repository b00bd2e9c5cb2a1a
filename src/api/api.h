/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API of control: HTTP with JSON, on control's socket, where who may connect may do everything,
 * and on the dashboard's port, for who has a token (access.h). The routes are in routes.def; what
 * they take and answer is in docs/api.md.
 *
 * Errors are {"error": {"message": "..."}}. On the port for metrics two routes are served, and
 * nothing else. A segment of a path that holds a slash has it as %2F.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct http_request;

/* Who asks, once the head was read: false where they may not, and that was answered. The context
 * is the struct control. */
bool api_admit(void *context, struct http_request *request);

void api_handle(void *context, struct http_request *request);

/* A place for the context of a build, which is too large for memory. */
int api_open_body(void *context, const struct http_request *request, uint64_t *ret_bytes_max);
