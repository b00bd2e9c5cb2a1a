/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the API: api.c finds who answers, each other file is about one topic. */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"
#include "control/control.h"
#include "http/server.h"
#include "model/value.h"

#define API_ANSWER_MAX ((size_t)256 << 20)
#define API_MEMORY_MAX ((size_t)512 << 20)

/* A request with the variable segments of its path, which end with the call. */
struct api_call {
    struct control *control;
    struct http_request *request;
    const char *names[2];
};

/* Answers with what make puts together in an arena that goes afterwards. */
void api_answer(struct api_call *call, unsigned int status,
                struct value *(*make)(struct arena *arena, const struct api_call *call,
                                      void *context),
                void *context);

/* The next are who answers; see api.h. */
void api_version(struct api_call *call);
void api_ready(struct api_call *call);
void api_reopen_logs(struct api_call *call);
void api_shutdown(struct api_call *call);
void api_list_projects(struct api_call *call);
void api_get_project(struct api_call *call);
void api_put_project(struct api_call *call);
void api_delete_project(struct api_call *call);
void api_list_listeners(struct api_call *call);
void api_list_groups(struct api_call *call);
void api_list_targets(struct api_call *call);
void api_command_target(struct api_call *call);
void api_statistics(struct api_call *call);
void api_metrics(struct api_call *call);

/* Building JSON */

struct value *json_map(struct arena *arena);
struct value *json_list(struct arena *arena);
void json_put(struct arena *arena, struct value *map, const char *key, struct value *value);
void json_put_text(struct arena *arena, struct value *map, const char *key, const char *text);
void json_put_number(struct arena *arena, struct value *map, const char *key, uint64_t number);
void json_put_bool(struct arena *arena, struct value *map, const char *key, bool boolean);
void json_put_id(struct arena *arena, struct value *map, const char *key, uint64_t id);

/* As 2026-11-21T13:44:11Z; null for 0. */
void json_put_time(struct arena *arena, struct value *map, const char *key, int64_t unix_s);
void json_add_text(struct arena *arena, struct value *list, const char *text);
