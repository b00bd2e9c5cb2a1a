/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploys that somebody cancels. The store has that they do, so it holds across a crash. A deploy
 * looks there before its steps and while it waits, and fails then, as it does when its deadline
 * passes: it is undone in the same way. What serves for good goes on, and so does going back.
 */
#include <errno.h>

#include "deploy/deploy_priv.h"

static const char *canceller(struct deploy *deploy)
{
    struct store_deploy record;
    struct error *error = NULL;
    int r;

    if (deploy->record.id == 0 || deploy->is_undo || deploy->is_settled ||
        deploy_goes_on(deploy->record.kind))
        return NULL;
    r = store_get_deploy(deploy->store, deploy->looks, deploy->record.id, &record, &error);
    (void)error_free(error); /* it is looked for again, and before it is settled */
    return r == 0 && *record.cancelled_by != '\0' ? record.cancelled_by : NULL;
}

int deploy_heed_cancel(struct deploy *deploy, const struct observed_instance *instance,
                       const char *service, const char *waiting_for)
{
    const char *by = canceller(deploy);

    if (by == NULL)
        return 0;
    if (*waiting_for == '\0')
        return deploy_fail(deploy, instance, service, EINTR, DEPLOY_CANCELLED, by);
    return deploy_fail(deploy, instance, service, EINTR, "%s; " DEPLOY_CANCELLED, waiting_for, by);
}
