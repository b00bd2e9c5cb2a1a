/* SPDX-License-Identifier: Apache-2.0 */
#include "control/access.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "control/audit.h"
#include "control/tasks.h"
#include "control/tokens.h"
#include "http/server.h"
#include "os/os.h"
#include "os/user_name.h"

#define LOOK_NS TIME_SECOND
#define TELL_NS TIME_MINUTE

static const char *const names[] = {"nobody", "viewer", "operator", "admin"};

const char *access_role_name(enum access_role role)
{
    return names[role];
}

enum access_role access_role_find(const char *name)
{
    for (int role = ACCESS_VIEWER; role <= ACCESS_ADMIN; role++) {
        if (strcmp(names[role], name) == 0)
            return (enum access_role)role;
    }
    return ACCESS_NOBODY;
}

/* The token of it does not count any more. */
static void end(struct access *access)
{
    access->is_over = true;
    if (access->request != NULL)
        http_request_abort(access->request);
    else if (access->task != NULL)
        task_cancel(access->task);
}

static void look(struct loop_timer *timer)
{
    struct accesses *accesses = list_entry(timer, struct accesses, look);
    uint64_t now_s = os_real_time_ns() / TIME_SECOND;
    struct access *access;

    list_for_each (access, &accesses->list, link) {
        if (!access->is_over && tokens_look(accesses->tokens, access->token, now_s) != TOKENS_GOOD)
            end(access);
    }
    if (!list_is_empty(&accesses->list))
        loop_timer_set_after(accesses->loop, &accesses->look, LOOK_NS);
}

void accesses_init(struct accesses *accesses, struct loop *loop)
{
    *accesses = (struct accesses){.loop = loop, .known_uid = (uid_t)-1};
    list_init(&accesses->list);
    loop_timer_init(&accesses->look, look);
}

void accesses_deinit(struct accesses *accesses)
{
    loop_timer_cancel(&accesses->look);
}

struct access *access_forget(struct access *access)
{
    if (access != NULL && --access->uses == 0) {
        list_remove(&access->link);
        free(access);
    }
    return NULL;
}

static void released(void *attachment)
{
    struct access *access = attachment;

    access->request = NULL;
    (void)access_forget(access);
}

static void answered(struct http_request *request, unsigned int status)
{
    const struct access *access = request->attachment;

    if (access->audit != NULL)
        audit_answered(access->audit, access->sequence, status);
}

struct access *access_attach(struct accesses *accesses, struct http_request *request,
                             enum access_role role, const char *name, const char *token,
                             uint64_t expires_unix_s)
{
    struct access *access = calloc(1, sizeof(*access));

    if (access == NULL)
        return NULL;
    access->role = role;
    access->uses = 1;
    access->request = request;
    access->expires_unix_s = expires_unix_s;
    access->is_by_dashboard = token != NULL;
    (void)snprintf(access->name, sizeof(access->name), "%s", name);
    (void)snprintf(access->token, sizeof(access->token), "%s", token != NULL ? token : "");
    list_init(&access->link);
    if (token != NULL) {
        list_append(&accesses->list, &access->link);
        if (!loop_timer_is_set(&accesses->look))
            loop_timer_set_after(accesses->loop, &accesses->look, LOOK_NS);
    }
    request->attachment = access;
    request->release = released;
    request->answered = answered;
    return access;
}

unsigned int accesses_count(const struct accesses *accesses, const char *token)
{
    const struct access *access;
    unsigned int count = 0;

    list_for_each (access, &accesses->list, link)
        count += strcmp(access->token, token) == 0;
    return count;
}

struct access *access_attach_peer(struct accesses *accesses, struct http_request *request)
{
    if (request->has_peer && accesses->known_uid != request->peer_uid) {
        os_user_name(request->peer_uid, accesses->known_name, sizeof(accesses->known_name));
        accesses->known_uid = request->peer_uid;
    }
    return access_attach(accesses, request, ACCESS_ADMIN,
                         request->has_peer ? accesses->known_name : "somebody", NULL, 0);
}

struct access *access_get(struct http_request *request)
{
    return request->release == released ? request->attachment : NULL;
}

const struct access *access_of(const struct http_request *request)
{
    return request->release == released ? request->attachment : NULL;
}

struct access *access_keep(struct http_request *request)
{
    struct access *access = access_get(request);

    if (access != NULL)
        access->uses++;
    return access;
}

void access_pass(struct access *access, struct task *task)
{
    if (access == NULL)
        return;
    access->task = task;
    if (access->is_over)
        task_cancel(task);
}

void accesses_refuse(struct accesses *accesses)
{
    uint64_t now_ns = loop_now_ns(accesses->loop);

    accesses->refused++;
    if (accesses->told_ns != 0 && time_subtract(now_ns, accesses->told_ns) < TELL_NS)
        return;
    log_warning("the dashboard refused %" PRIu64 " %s without a good token", accesses->refused,
                accesses->refused == 1 ? "request" : "requests");
    accesses->told_ns = now_ns;
    accesses->refused = 0;
}
