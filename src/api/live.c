/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/live/hub.h"
#include "api/work.h"
#include "base/time.h"
#include "control/access.h"
#include "http/target.h"
#include "os/os.h"

#define NUMBER_SIZE 32

/* UINT64_MAX where it is not said. -EINVAL for what is no number. */
static int read_after(const struct http_request *request, uint64_t *ret)
{
    char value[NUMBER_SIZE];
    const char *text = value;
    char *end;
    int r = http_query_find(request->query, "after", value, sizeof(value));

    if (r < 0)
        return -EINVAL;
    if (r == 0)
        text = http_request_field(request, "Last-Event-ID");
    if (text == NULL || *text == '\0') {
        *ret = UINT64_MAX;
        return 0;
    }
    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno != 0 || *end != '\0' || *ret == UINT64_MAX ? -EINVAL : 0;
}

static json_t *expires_value(uint64_t unix_s)
{
    return unix_s != 0 ? work_time(time_from_seconds(unix_s)) : json_null();
}

/* NULL where memory is out. */
static char *session_text(const struct http_request *request)
{
    const struct access *access = access_of(request);
    json_t *session =
        json_pack("{s:s, s:s, s:s, s:o, s:I}", "version", SLIPWAY_VERSION, "name",
                  access != NULL ? access->name : "", "role",
                  access_role_name(access != NULL ? access->role : ACCESS_VIEWER), "expires",
                  expires_value(access != NULL ? access->expires_unix_s : 0), "now",
                  (json_int_t)(os_real_time_ns() / TIME_MILLISECOND));
    char *text = session != NULL ? json_dumps(session, JSON_COMPACT) : NULL;

    json_decref(session);
    return text;
}

void api_live(struct api_call *call)
{
    struct http_request *request = call->request;
    struct hub *hub = hub_of(call->control);
    _cleanup_free_ char *session = NULL;
    uint64_t after;
    int r;

    if (read_after(request, &after) < 0) {
        http_respond_error(request, 400, "the number of the last event is malformed");
        return;
    }
    if (request->method == HTTP1_HEAD) { /* which would have no end, and say nothing */
        http_respond(request, 200, "text/event-stream", "", 0);
        return;
    }
    session = session_text(request);
    r = hub != NULL && session != NULL ? hub_open(hub, request, after, session) : -ENOMEM;
    if (r == -EBUSY)
        http_respond_error(request, 503, "too many streams at once: %d are open", LIVE_STREAMS_MAX);
    else if (r < 0)
        http_respond_error(request, 503, "nothing can be followed now: %s",
                           call->control->keepers == NULL ? "control has not started yet"
                                                          : "out of memory");
}
