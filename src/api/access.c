/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "api/api_priv.h"
#include "api/files.h"
#include "api/work.h"
#include "base/text.h"
#include "base/time.h"
#include "control/control.h"
#include "control/dashboard.h"
#include "control/tokens.h"
#include "os/os.h"

#define HOST_SIZE 64

/* So that one token does not take all places of the port, or all streams. */
#define TOKEN_REQUESTS_MAX 24

static bool is_loopback_literal(const char *host)
{
    struct in_addr address;

    return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

/* "localhost", "127.0.0.1" or "[::1]", with any port: tunnels have others. */
static bool is_local(const char *authority)
{
    const char *end = strrchr(authority, ']');
    char host[HOST_SIZE];
    size_t length;

    end = end != NULL ? end + 1 : authority + strcspn(authority, ":");
    length = (size_t)(end - authority);
    if (length >= sizeof(host))
        return false;
    memcpy(host, authority, length);
    host[length] = '\0';
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           is_loopback_literal(host);
}

/* "http://" and the host, as the browser says both. */
static bool is_same_origin(const char *origin, const char *host)
{
    return text_starts_with(origin, "http://") && strcmp(origin + strlen("http://"), host) == 0;
}

static bool is_from_here(const struct http_request *request)
{
    const char *origin = http_request_field(request, "origin");
    const char *site = http_request_field(request, "sec-fetch-site");

    if (origin != NULL && !is_same_origin(origin, http_request_host(request)))
        return false;
    return site == NULL || files_find(request->path) != NULL || strcmp(site, "same-origin") == 0 ||
           strcmp(site, "none") == 0;
}

static bool refuse(struct control *control, struct http_request *request, unsigned int status,
                   const char *message)
{
    if (status == 401) {
        accesses_refuse(&control->accesses);
        http_add_field(request, "WWW-Authenticate", "Bearer");
    }
    http_respond_error(request, status, "%s", message);
    return false;
}

/* The text of the token; NULL where there is none. */
static const char *bearer_of(const struct http_request *request)
{
    const char *value = http_request_field(request, "authorization");

    if (value == NULL || strncasecmp(value, "bearer ", 7) != 0)
        return NULL;
    value += 7;
    return value + strspn(value, " ");
}

static bool admit_token(struct control *control, struct http_request *request)
{
    const char *text = bearer_of(request);
    struct token token;

    if (text == NULL)
        return refuse(control, request, 401,
                      "a token is needed: 'slipway dashboard' prints an address with one");
    switch (
        tokens_open(control->tokens, text, strlen(text), os_real_time_ns() / TIME_SECOND, &token)) {
    case TOKENS_GOOD:
        break;
    case TOKENS_EXPIRED:
        return refuse(control, request, 401, "the token has expired");
    case TOKENS_REVOKED:
        return refuse(control, request, 401, "the token was revoked");
    case TOKENS_INVALID:
        return refuse(control, request, 401, "the token is not valid");
    case TOKENS_UNKNOWN:
        return refuse(control, request, 503, "the tokens have not been read yet: try again");
    }
    if (accesses_count(&control->accesses, token.id) >= TOKEN_REQUESTS_MAX)
        return refuse(control, request, 503, "too many requests at once with this token");
    if (access_attach(&control->accesses, request, token.role, token.name, token.id,
                      token.expires_unix_s) == NULL)
        return refuse(control, request, 503, "out of memory");
    return true;
}

static bool admit_to_dashboard(struct control *control, struct http_request *request)
{
    if (!is_local(http_request_host(request)))
        return refuse(control, request, 421, "this is not served by that name");
    if (!is_from_here(request))
        return refuse(control, request, 403, "pages from elsewhere may not ask");
    if (request->method == HTTP1_OPTIONS)
        return refuse(control, request, 405, "the method is not served here");
    if (files_answer(request))
        return false;
    return admit_token(control, request);
}

bool access_admit(struct control *control, struct http_request *request)
{
    const char *listener = http_request_listener(request);
    struct access *access;

    if (strcmp(listener, DASHBOARD_LISTENER) == 0)
        return admit_to_dashboard(control, request);
    access = strcmp(listener, CONTROL_METRICS_LISTENER) == 0
                 ? access_attach(&control->accesses, request, ACCESS_VIEWER, "somebody", NULL, 0)
                 : access_attach_peer(&control->accesses, request);
    return access != NULL || refuse(control, request, 503, "out of memory");
}

#define TOO_LOW "this needs the role %s; the token's is %s"

bool access_suffices(struct http_request *request, enum access_role needed)
{
    const struct access *access = access_of(request);

    if (access->role >= needed)
        return true;
    http_respond_error(request, 403, TOO_LOW, access_role_name(needed),
                       access_role_name(access->role));
    return false;
}

int work_need(struct work *work, enum access_role needed)
{
    const struct access *access = access_of(work->task->request);

    if (access->role >= needed)
        return 0;
    task_fail(work->task, 403, TOO_LOW, access_role_name(needed), access_role_name(access->role));
    return -EACCES;
}
