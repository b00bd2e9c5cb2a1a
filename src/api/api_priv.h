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
    const char *names[TASK_NAMES_MAX + 1]; /* up to the first that is NULL */
};

/* Answers with what make puts together in an arena that goes afterwards. */
void api_answer(struct api_call *call, unsigned int status,
                struct value *(*make)(struct arena *arena, const struct api_call *call,
                                      void *context),
                void *context);

/* Has it answered by a thread. */
void api_wait(struct api_call *call, void (*run)(struct task *task));

/* The next are who answers; see api.h. */
void api_add_deploy(struct api_call *call);
void api_get_deploy(struct api_call *call);
void api_list_deploys(struct api_call *call);
void api_plan(struct api_call *call);
void api_list_revisions(struct api_call *call);
void api_get_revision(struct api_call *call);
void api_follow_events(struct api_call *call);
void api_list_instances(struct api_call *call);
void api_list_all_instances(struct api_call *call);
void api_start_instance(struct api_call *call);
void api_stop_instance(struct api_call *call);
void api_restart_instance(struct api_call *call);
void api_remove_instance(struct api_call *call);
void api_kill_instance(struct api_call *call);
void api_measure_instance(struct api_call *call);
void api_follow_logs(struct api_call *call);
void api_exec(struct api_call *call);
void api_attach(struct api_call *call);
void api_run(struct api_call *call);
void api_keep_spec(struct api_call *call);
void api_build(struct api_call *call);
void api_list_images(struct api_call *call);
void api_remove_image(struct api_call *call);
void api_pull_image(struct api_call *call);
void api_pull_project(struct api_call *call);
void api_prune(struct api_call *call);
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

struct value *json_new_map(struct arena *arena);
struct value *json_new_list(struct arena *arena);
void json_put(struct arena *arena, struct value *map, const char *key, struct value *value);
void json_put_text(struct arena *arena, struct value *map, const char *key, const char *text);
void json_put_number(struct arena *arena, struct value *map, const char *key, uint64_t number);
void json_put_bool(struct arena *arena, struct value *map, const char *key, bool boolean);
void json_put_id(struct arena *arena, struct value *map, const char *key, uint64_t id);

/* As 2026-11-21T13:44:11Z; null for 0. */
void json_put_time(struct arena *arena, struct value *map, const char *key, int64_t unix_s);
void json_append_text(struct arena *arena, struct value *list, const char *text);
