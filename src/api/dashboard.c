/* SPDX-License-Identifier: Apache-2.0 */
/* Where the dashboard is open, and opening and closing it. */
#include <errno.h>

#include "api/api_priv.h"
#include "api/work.h"
#include "control/dashboard.h"

#define DEFAULT_ADDRESS "127.0.0.1:7070"

static struct value *make_dashboard(struct arena *arena, const struct api_call *call, void *context)
{
    struct value *map = json_new_map(arena);

    (void)context;
    json_put_text(arena, map, "address", dashboard_address(call->control->dashboard));
    return map;
}

void api_get_dashboard(struct api_call *call)
{
    api_answer(call, 200, make_dashboard, NULL);
}

static int put(struct work *work)
{
    const json_t *given = json_object_get(work->body, "address");
    const char *address = given == NULL ? DEFAULT_ADDRESS : json_string_value(given);
    int r;

    if (address == NULL)
        return error_set(&work->error, EINVAL, "address is a text, such as \"%s\"",
                         DEFAULT_ADDRESS);
    r = dashboard_open(work->control->dashboard, work->store, &work->arena, address, &work->error);
    if (r == 0)
        work->answer = json_pack("{s:s}", "address", address);
    return r;
}

static int end(struct work *work)
{
    int r = dashboard_close(work->control->dashboard, &work->error);

    if (r == 0)
        work->answer = json_pack("{s:n}", "address");
    return r;
}

API_WORK(api_put_dashboard, put)
API_WORK(api_delete_dashboard, end)
