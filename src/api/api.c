/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <errno.h>
#include <string.h>

#include "api/api_priv.h"
#include "http/target.h"

/* A segment that is "*" stands for any, and goes to the call's names. */
struct route {
    const char *segments[4]; /* up to the first that is NULL */
    void (*handle)(struct api_call *call);
    enum http1_method method;
    bool is_for_metrics; /* also on the port for metrics */
};

static const struct route routes[] = {
    {{"v1", "version"}, api_version, HTTP1_GET, false},
    {{"v1", "projects"}, api_list_projects, HTTP1_GET, false},
    {{"v1", "projects", "*"}, api_get_project, HTTP1_GET, false},
    {{"v1", "projects", "*"}, api_put_project, HTTP1_PUT, false},
    {{"v1", "projects", "*"}, api_delete_project, HTTP1_DELETE, false},
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

    for (unsigned int i = 0; i < 4; i++) {
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
    return segments->count == 4;
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
