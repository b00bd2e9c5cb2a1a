/* SPDX-License-Identifier: Apache-2.0 */
/* The node as a whole. */
#include <errno.h>
#include <string.h>

#include "api/api_priv.h"
#include "base/error.h"
#include "http/target.h"

static struct value *make_version(struct arena *arena, const struct api_call *call, void *context)
{
    struct value *map = json_new_map(arena);

    (void)context;
    json_put_text(arena, map, "version", SLIPWAY_VERSION);
    json_put_number(arena, map, "generation", control_generation(call->control));
    return map;
}

void api_version(struct api_call *call)
{
    api_answer(call, 200, make_version, NULL);
}

void api_ready(struct api_call *call)
{
    const char *trouble = control_trouble(call->control);
    char text[256];
    const char *ready =
        control_is_behind(call->control)
            ? "ready, as before; the configuration that was kept cannot be published"
            : "ready";
    int length = snprintf(text, sizeof(text), "%s\n", trouble != NULL ? trouble : ready);

    http_respond(call->request, trouble != NULL ? 503 : 200, "text/plain; charset=utf-8", text,
                 (size_t)length);
}

static struct value *make_done(struct arena *arena, const struct api_call *call, void *context)
{
    struct value *map = json_new_map(arena);

    (void)call;
    (void)context;
    json_put_bool(arena, map, "done", true);
    return map;
}

static void reopened(struct job *job, void *context)
{
    struct api_call call = {.request = context};

    if (job->error != NULL)
        http_respond_error(context, job->status, "%s", job->error);
    else
        api_answer(&call, 200, make_done, NULL);
}

void api_reopen_logs(struct api_call *call)
{
    control_reopen_logs(call->control, reopened, call->request);
}

void api_shutdown(struct api_call *call)
{
    char unless[8];
    int r = http_query_find(call->request->query, "unless", unless, sizeof(unless));

    if (r < 0 || (r > 0 && strcmp(unless, "used") != 0)) {
        http_respond_error(call->request, 400, "the query is malformed");
        return;
    }
    if (r > 0 && control_is_used(call->control)) {
        http_respond_error(call->request, 409, "there are projects");
        return;
    }
    r = control_shutdown(call->control);
    if (r < 0)
        http_respond_error(call->request, 503, "the supervisor does not listen: %s",
                           error_text(-r));
    else
        api_answer(call, 202, make_done, NULL);
}
