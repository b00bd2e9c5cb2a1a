/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API of control: HTTP with JSON, on control's socket, where who may connect may do everything.
 *
 *     GET    /v1/version
 *     GET    /v1/projects
 *     GET    /v1/projects/NAME             the project's JSON as it came
 *     PUT    /v1/projects/NAME             {"project", "generation", "changes": [...]}
 *     DELETE /v1/projects/NAME             the same
 *     ...                                  deploys, revisions, events, instances, builds, images:
 *                                          see docs/api.md and the table in api.c
 *     GET    /v1/listeners
 *     GET    /v1/groups
 *     GET    /v1/targets[?group=G]         G: NAME or PROJECT/NAME
 *     POST   /v1/targets/GROUP/TARGET      {"action": "drain|disable|enable|weight", "weight": N}
 *                                          TARGET: its address or its id
 *     GET    /v1/statistics                counters and histograms
 *     POST   /v1/logs/reopen
 *     POST   /v1/shutdown[?unless=used]    409 where there are projects
 *     GET    /metrics                      in the text format of Prometheus
 *     GET    /ready                        200 or 503
 *
 * Errors are {"error": {"message": "..."}}. The last two are served on the port for metrics too,
 * and nothing else is. A segment of a path that holds a slash has it as %2F.
 */
#pragma once

#include <stdint.h>

struct http_request;

/* The context is the struct control. */
void api_handle(void *context, struct http_request *request);

/* A place for the context of a build, which is too large for memory. */
int api_open_body(void *context, const struct http_request *request, uint64_t *ret_bytes_max);
