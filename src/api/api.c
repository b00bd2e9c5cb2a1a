/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's way through the API: who asks is found when its head was read (api_admit), who
 * answers when all of it was; what changes something is written down in between.
 */
#include "api/api.h"

#include <errno.h>
#include <string.h>

#include "api/access.h"
#include "api/api_priv.h"
#include "api/audit.h"
#include "http/target.h"

enum route_flag {
    ROUTE_0 = 0,
    ROUTE_ACTION = 1,
    ROUTE_METRICS = 2,
};

struct route {
    const char *path; /* a segment in braces stands for any, and goes to the call's names */
    void (*handle)(struct api_call *call);
    enum http1_method method;
    enum access_role role;
    enum route_flag flag;
};

static const struct route routes[] = {
#define ROUTE(method_, path_, function, role_, flag_)                                              \
    {.path = (path_),                                                                              \
     .handle = (function),                                                                         \
     .method = HTTP1_##method_,                                                                    \
     .role = ACCESS_##role_,                                                                       \
     .flag = ROUTE_##flag_},
#include "api/routes.def"
#undef ROUTE
};

/* What a request asks for. */
struct found {
    struct http_segments segments;
    const struct route *route; /* NULL where there is none */
    bool is_known;             /* the path, with another method */
    const char *names[TASK_NAMES_MAX + 1];
};

static bool segment_matches(const char *wanted, size_t length, const char *segment)
{
    return *wanted == '{' || (strlen(segment) == length && memcmp(wanted, segment, length) == 0);
}

static bool matches(const struct route *route, struct found *found)
{
    const char *wanted = route->path;
    unsigned int names = 0;

    memset(found->names, 0, sizeof(found->names));
    for (unsigned int i = 0; i < found->segments.count; i++) {
        size_t length;

        if (*wanted != '/')
            return false;
        length = strcspn(++wanted, "/");
        if (!segment_matches(wanted, length, found->segments.items[i]))
            return false;
        if (*wanted == '{' && names < TASK_NAMES_MAX)
            found->names[names++] = found->segments.items[i];
        wanted += length;
    }
    return *wanted == '\0' && found->segments.count > 0;
}

/* -EINVAL where the path is malformed. The caller lets go of the segments in any case. */
static int find_route(const struct http_request *request, struct found *found)
{
    bool is_metrics = strcmp(http_request_listener(request), CONTROL_METRICS_LISTENER) == 0;
    enum http1_method method = request->method == HTTP1_HEAD ? HTTP1_GET : request->method;
    int r = http_segments_parse(request->path, &found->segments);

    for (size_t i = 0; r == 0 && i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route *route = &routes[i];

        if ((is_metrics && route->flag != ROUTE_METRICS) || !matches(route, found))
            continue;
        found->is_known = true;
        if (route->method == method) {
            found->route = route;
            break;
        }
    }
    return r;
}

static void found_deinit(struct found *found)
{
    http_segments_deinit(&found->segments);
}

void api_wait(struct api_call *call, void (*run)(struct task *task))
{
    tasks_run(&call->control->tasks, call->request, call->names, run);
}

static void answer(struct control *control, struct http_request *request)
{
    _cleanup_(found_deinit) struct found found = {0};
    struct api_call call = {.control = control, .request = request};

    if (find_route(request, &found) < 0 || found.route == NULL) {
        http_respond_error(request, 503, "out of memory");
        return;
    }
    memcpy(call.names, found.names, sizeof(call.names));
    found.route->handle(&call);
}

bool api_admit(void *context, struct http_request *request)
{
    _cleanup_(found_deinit) struct found found = {0};
    struct control *control = context;

    if (!access_admit(control, request))
        return false;
    if (find_route(request, &found) < 0 || found.route == NULL ||
        access_of(request)->role >= found.route->role)
        return true;
    if (found.route->flag == ROUTE_ACTION)
        audit_refusal(control, request, 403);
    return access_suffices(request, found.route->role);
}

void api_handle(void *context, struct http_request *request)
{
    _cleanup_(found_deinit) struct found found = {0};
    struct control *control = context;

    if (access_of(request) == NULL && !api_admit(control, request))
        return;
    if (find_route(request, &found) < 0)
        http_respond_error(request, 400, "the path is malformed");
    else if (found.route == NULL && found.is_known)
        http_respond_error(request, 405, "the method is not served here");
    else if (found.route == NULL)
        http_respond_error(request, 404, "there is nothing here");
    else if (found.route->flag == ROUTE_ACTION)
        audit_begin(control, request, answer);
    else
        answer(control, request);
}
