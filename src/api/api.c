/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <errno.h>
#include <string.h>

#include "api/api_priv.h"
#include "http/target.h"

#define SEGMENTS_MAX 6

/* A segment that is "*" stands for any, and goes to the call's names. */
struct route {
    const char *segments[SEGMENTS_MAX]; /* up to the first that is NULL */
    void (*handle)(struct api_call *call);
    enum http1_method method;
    bool is_for_metrics; /* also on the port for metrics */
};

#define INSTANCE(action, function, method)                                                         \
    {                                                                                              \
        {"v1", "projects", "*", "instances", "*", (action)}, (function), (method), false           \
    }

static const struct route routes[] = {
    {{"v1", "version"}, api_version, HTTP1_GET, false},
    {{"v1", "projects"}, api_list_projects, HTTP1_GET, false},
    {{"v1", "projects", "*"}, api_get_project, HTTP1_GET, false},
    {{"v1", "projects", "*"}, api_put_project, HTTP1_PUT, false},
    {{"v1", "projects", "*"}, api_delete_project, HTTP1_DELETE, false},
    {{"v1", "projects", "*", "deploys"}, api_add_deploy, HTTP1_POST, false},
    {{"v1", "projects", "*", "deploys"}, api_list_deploys, HTTP1_GET, false},
    {{"v1", "deploys", "*"}, api_get_deploy, HTTP1_GET, false},
    {{"v1", "projects", "*", "plan"}, api_plan, HTTP1_POST, false},
    {{"v1", "projects", "*", "revisions"}, api_list_revisions, HTTP1_GET, false},
    {{"v1", "projects", "*", "revisions", "*"}, api_get_revision, HTTP1_GET, false},
    {{"v1", "events"}, api_follow_events, HTTP1_GET, false},
    {{"v1", "instances"}, api_list_all_instances, HTTP1_GET, false},
    {{"v1", "projects", "*", "instances"}, api_list_instances, HTTP1_GET, false},
    INSTANCE("start", api_start_instance, HTTP1_POST),
    INSTANCE("stop", api_stop_instance, HTTP1_POST),
    INSTANCE("restart", api_restart_instance, HTTP1_POST),
    INSTANCE("remove", api_remove_instance, HTTP1_POST),
    INSTANCE("kill", api_kill_instance, HTTP1_POST),
    INSTANCE("stats", api_measure_instance, HTTP1_GET),
    INSTANCE("logs", api_follow_logs, HTTP1_GET),
    INSTANCE("exec", api_exec, HTTP1_POST),
    INSTANCE("attach", api_attach, HTTP1_POST),
    {{"v1", "projects", "*", "run"}, api_run, HTTP1_POST, false},
    {{"v1", "projects", "*", "specs"}, api_keep_spec, HTTP1_POST, false},
    {{"v1", "projects", "*", "builds", "*"}, api_build, HTTP1_POST, false},
    {{"v1", "projects", "*", "pull"}, api_pull_project, HTTP1_POST, false},
    {{"v1", "images"}, api_list_images, HTTP1_GET, false},
    {{"v1", "images", "pull"}, api_pull_image, HTTP1_POST, false},
    {{"v1", "images", "*"}, api_remove_image, HTTP1_DELETE, false},
    {{"v1", "prune"}, api_prune, HTTP1_POST, false},
    {{"v1", "listeners"}, api_list_listeners, HTTP1_GET, false},
    {{"v1", "groups"}, api_list_groups, HTTP1_GET, false},
    {{"v1", "targets"}, api_list_targets, HTTP1_GET, false},
    {{"v1", "targets", "*", "*"}, api_command_target, HTTP1_POST, false},
    {{"v1", "statistics"}, api_statistics, HTTP1_GET, false},
    {{"v1", "logs", "reopen"}, api_reopen_logs, HTTP1_POST, false},
    {{"v1", "shutdown"}, api_shutdown, HTTP1_POST, false},
    {{"metrics"}, api_metrics, HTTP1_GET, true},
    {{"ready"}, api_ready, HTTP1_GET, true},
};

static bool matches(const struct route *route, const struct http_segments *segments,
                    struct api_call *call)
{
    unsigned int names = 0;

    memset(call->names, 0, sizeof(call->names));
    for (unsigned int i = 0; i < SEGMENTS_MAX; i++) {
        const char *wanted = route->segments[i];

        if (wanted == NULL)
            return i == segments->count;
        if (i >= segments->count)
            return false;
        if (strcmp(wanted, "*") == 0)
            call->names[names++] = segments->items[i];
        else if (strcmp(wanted, segments->items[i]) != 0)
            return false;
    }
    return segments->count == SEGMENTS_MAX;
}

void api_wait(struct api_call *call, void (*run)(struct task *task))
{
    tasks_run(&call->control->tasks, call->request, call->names, run);
}

void api_handle(void *context, struct http_request *request)
{
    _cleanup_http_segments_ struct http_segments segments = {0};
    struct api_call call = {.control = context, .request = request};
    bool is_metrics = strcmp(http_request_listener(request), CONTROL_METRICS_LISTENER) == 0;
    enum http1_method method = request->method == HTTP1_HEAD ? HTTP1_GET : request->method;
    bool is_known = false;

    if (http_segments_parse(request->path, &segments) < 0) {
        http_respond_error(request, 400, "the path is malformed");
        return;
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route *route = &routes[i];

        if ((is_metrics && !route->is_for_metrics) || !matches(route, &segments, &call))
            continue;
        is_known = true;
        if (route->method == method) {
            route->handle(&call);
            return;
        }
    }
    if (is_known)
        http_respond_error(request, 405, "the method is not served here");
    else
        http_respond_error(request, 404, "there is nothing here");
}
