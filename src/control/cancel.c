/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cancelling: the store is told, and whoever does the deploy finds it there (deploy/cancel.c). One
 * that waits for its turn has ended with that, and nobody will begin it; so its end is told here.
 */
#include "control/cancel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "control/deploy_request.h"
#include "control/deploys.h"
#include "control/keepers.h"
#include "deploy/deploy.h"
#include "os/os.h"
#include "store/store.h"

static int get(struct store *store, struct arena *arena, const char *project, uint64_t id,
               struct store_deploy *ret, struct error **reterr)
{
    struct store_deploy deploy;
    int r = store_get_deploy(store, arena, id, &deploy, reterr);

    if (r < 0)
        return r;
    if (strcmp(deploy.project, project) != 0)
        return error_set(reterr, ENOENT, "project \"%.100s\" has no deploy %" PRIu64, project, id);
    *ret = deploy;
    return 0;
}

static void tell_end(struct keepers *keepers, struct store *store, struct arena *arena,
                     const struct store_deploy *deploy)
{
    struct store_project project = {0};
    struct store_event event = {
        .unix_ns = os_real_time_ns(), .project = deploy->project, .deploy = deploy->id};
    _cleanup_free_ char *text = NULL;
    uint64_t sequence;

    if (store_get_project(store, arena, deploy->project, &project, NULL) < 0 || project.is_down)
        project.serving = 0;
    event.text = text = deploys_failure_event(project.serving, deploy->message);
    if (text != NULL)
        (void)store_add_event(store, &event, &sequence, NULL);
    followers_tell(&keepers->followers);
}

static int refuse(const struct store_deploy *deploy, struct error **reterr)
{
    static const char *const reasons[] = {
        [STORE_DEPLOY_WAITING] = "",
        [STORE_DEPLOY_RUNNING] = "has begun, and goes on until all that is to go is gone",
        [STORE_DEPLOY_SWITCHED] = "serves for good already; 'slipway rollback' goes back",
        [STORE_DEPLOY_UNDOING] = "has failed, and is being undone already",
        [STORE_DEPLOY_DONE] = "is done; 'slipway rollback' goes back to the revision before",
        [STORE_DEPLOY_FAILED] = "has failed already",
    };

    return error_set(reterr, EALREADY, "deploy %" PRIu64 " (%s) %s", deploy->id, deploy->kind,
                     reasons[deploy->state]);
}

int cancel_deploy(struct keepers *keepers, struct store *store, struct arena *arena,
                  const char *project, uint64_t id, const char *by, struct store_deploy *ret,
                  struct error **reterr)
{
    struct keeper *keeper = keepers_find(keepers, project);
    struct store_deploy before = {.kind = ""}, after = {.kind = "", .cancelled_by = ""};
    int cancelled = 0, r = deploy_request_check_text("author", by, reterr);

    if (r == 0)
        r = get(store, arena, project, id, &before, reterr);
    if (r == 0)
        cancelled = r =
            store_cancel_deploy(store, id, by, arena_printf(arena, DEPLOY_CANCELLED, by),
                                !deploy_goes_on(before.kind), os_real_time_ns(), reterr);
    if (r >= 0)
        r = get(store, arena, project, id, &after, reterr);
    if (r < 0)
        return r;
    if (*after.cancelled_by == '\0')
        return refuse(&after, reterr);
    if (cancelled > 0 && after.state == STORE_DEPLOY_FAILED)
        tell_end(keepers, store, arena, &after);
    if (keeper != NULL && after.state < STORE_DEPLOY_DONE)
        keeper_world_cancel(&keeper->world);
    else if (keeper != NULL)
        keeper_world_wake(&keeper->world);
    *ret = after;
    return 0;
}
