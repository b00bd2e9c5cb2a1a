/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One deploy, from its turn to its end:
 *
 *     WAITING -> RUNNING -> SWITCHED -> DONE          it serves
 *                   |           |
 *                   +-----------+-> UNDOING -> FAILED  the earlier revision serves again
 *
 * Somebody may cancel it until it serves for good: see cancel.c.
 *
 * Called again after a crash it begins in the state that the store says. RUNNING and SWITCHED make
 * a new plan of what is there and go on; UNDOING goes on with going back.
 */
#include "deploy/deploy.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"
#include "deploy/json.h"

enum {
    ROUNDS = 5
};

static int set_state(struct deploy *deploy, enum store_deploy_state state, const char *message,
                     struct error **reterr)
{
    int r = store_set_deploy_state(deploy->store, deploy->record.id, state, message,
                                   deploy->world->ops->unix_ns(deploy->world), reterr);

    if (r < 0)
        return r;
    deploy->record.state = state;
    if (deploy->record.started_unix_ns == 0)
        deploy->record.started_unix_ns = deploy->world->ops->unix_ns(deploy->world);
    return 0;
}

/* What went wrong, as the failure: an error of the store or a look has none yet. */
static int absorb(struct deploy *deploy, int r, struct error **error)
{
    if (r < 0 && r != -ECANCELED && *error != NULL)
        r = deploy_fail_error(deploy, NULL, "", error);
    else if (r < 0 && r != -ECANCELED && deploy->failure.message == NULL)
        r = deploy_fail(deploy, NULL, "", -r, "%s", error_text(-r));
    *error = error_free(*error);
    return r;
}

/* Beginning */

static int load_both(struct deploy *deploy, struct error **reterr)
{
    const struct desired *to = NULL, *from = NULL;
    struct store_project project;
    int r = store_get_project(deploy->store, deploy->arena, deploy->project, &project, reterr);

    if (r < 0)
        return r;
    /* A crash came between its becoming what serves for good and its end. */
    deploy->is_settled = deploy->record.state == STORE_DEPLOY_SWITCHED && !project.is_down &&
                         project.serving == deploy->record.to && project.serving != 0 &&
                         *deploy->record.cancelled_by == '\0';
    /* What served when it was asked for may not serve any more. */
    if (!deploy->is_settled)
        deploy->record.from = project.is_down ? 0 : project.serving;
    r = deploy_load_revision(deploy, deploy->record.from, &from, reterr);
    if (r == -ENOENT && deploy->is_settled) {
        *reterr = error_free(*reterr);
        from = &deploy->empty;
        r = 0;
    }
    if (r == 0)
        r = deploy_load_revision(deploy, deploy->record.to, &to, reterr);
    if (r < 0)
        return r;
    deploy_note_kinds(deploy, from);
    deploy_note_kinds(deploy, to);
    deploy->may_adopt = deploy->record.from == 0;
    deploy->goal = to;
    deploy->other = from != &deploy->empty ? from : NULL;
    return 0;
}

static void tell_start(struct deploy *deploy)
{
    struct value *event = json_map(deploy->arena);

    json_set_text(deploy->arena, event, "kind", deploy->record.kind);
    json_set_number(deploy->arena, event, "from", deploy->record.from);
    json_set_number(deploy->arena, event, "to", deploy->record.to);
    json_set_text(deploy->arena, event, "author", deploy->record.author);
    if (deploy->record.note != NULL && *deploy->record.note != '\0')
        json_set_text(deploy->arena, event, "note", deploy->record.note);
    deploy_tell(deploy, event, "started");
}

/* Forward */

static int check_plan(struct deploy *deploy, struct error **reterr)
{
    const char *now;
    struct store_revision revision = {0};
    struct value *asked, *found;
    int r;

    if (deploy->options.plan == NULL)
        return 0;
    r = json_read(deploy->arena, deploy->options.plan, false, &asked, reterr);
    /* What serves was resolved when it was new; the plan was made of what is here now. */
    if (r == 0 && deploy->options.renew)
        r = store_get_revision(deploy->store, deploy->arena, deploy->project, deploy->record.to,
                               &revision, reterr);
    if (r == 0)
        r = deploy_plan(deploy->world, deploy->store, deploy->arena, deploy->project, revision.spec,
                        deploy->record.to, &deploy->options, &now, reterr);
    if (r == 0)
        r = json_read(deploy->arena, now, false, &found, reterr);
    if (r != 0)
        return r;
    if (strcmp(json_text(asked, "to_hash"), json_text(found, "to_hash")) != 0 ||
        strcmp(json_text(asked, "contents_hash"), json_text(found, "contents_hash")) != 0 ||
        strcmp(json_text(asked, "observed_hash"), json_text(found, "observed_hash")) != 0)
        return error_set(
            reterr, ESTALE,
            "the plan is stale: what it was made of has changed since; make a new one");
    return 0;
}

static int go_forward(struct deploy *deploy, struct error **reterr)
{
    const struct desired_deploy *settings = &deploy->goal->deploy;
    struct world *world = deploy->world;
    int r = 0;

    deploy->deadline_ns = time_add(world->ops->monotonic_ns(world), settings->deadline_ns);
    world->ops->mark(world, deploy->project);
    if (deploy->record.state == STORE_DEPLOY_RUNNING)
        deploy->rotation.standby = deploy->goal->revision;
    for (uint32_t round = 0; round < ROUNDS && r == 0; round++) {
        struct plan plan;

        r = deploy_make_plan(deploy, &plan, reterr);
        if (r < 0)
            return r;
        /* Networks are looked at once. */
        while (round > 0 && plan.count > 0 && plan.steps[plan.count - 1].kind == STEP_CLEAN)
            plan.count--;
        if (plan.count == 0)
            break;
        r = deploy_execute(deploy, &plan);
        if (r == -ECANCELED || (r < 0 && !deploy->is_settled))
            return r;
        /* What serves is not undone because something old does not go: healing goes on with it. */
        if (r < 0) {
            deploy_note(deploy, "%s", deploy->failure.message);
            deploy->failure = (struct deploy_failure){0};
            r = deploy_wait(deploy, TIME_SECOND << round);
        }
    }
    return r == 0 && !deploy->is_settled ? deploy_settle(deploy, reterr) : r;
}

static bool is_kept(const struct store_revision *revisions, uint32_t count, uint32_t i,
                    uint32_t serving)
{
    uint32_t newer = 0;

    for (uint32_t j = 0; j < count; j++)
        newer += revisions[j].number > revisions[i].number;
    return newer < DEPLOY_REVISIONS_KEPT || revisions[i].number == serving;
}

/* First what belongs to them, so that a crash leaves the record of it. */
static int let_old_revisions_go(struct deploy *deploy, struct error **reterr)
{
    struct store_revision *revisions;
    uint32_t count, *removed;
    int r = store_list_revisions(deploy->store, deploy->arena, deploy->project, &revisions, &count,
                                 reterr);

    for (uint32_t i = 0; i < count && r == 0; i++)
        for (int kind = 0; kind < DEPLOY_KINDS && r == 0; kind++) {
            struct runtime *runtime;

            if (!deploy->kinds[kind] || is_kept(revisions, count, i, deploy->record.to))
                continue;
            runtime = deploy_runtime(deploy, (enum desired_runtime)kind, reterr);
            if (runtime != NULL && runtime->class->release != NULL)
                r = runtime->class->release(runtime, deploy->project, revisions[i].number, reterr);
        }
    return r < 0 ? r
                 : store_trim_revisions(deploy->store, deploy->arena, deploy->project,
                                        DEPLOY_REVISIONS_KEPT, &removed, &count, reterr);
}

static int finish_forward(struct deploy *deploy, struct error **reterr)
{
    struct error *error = NULL;
    int r;

    deploy->rotation.standby = 0;
    r = deploy_publish(deploy, false, reterr);
    if (r == 0)
        r = store_set_revision_state(deploy->store, deploy->project, deploy->record.to,
                                     STORE_REVISION_DEPLOYED, reterr);
    if (r == 0)
        r = store_set_serving(deploy->store, deploy->project, deploy->record.to, false, reterr);
    if (r < 0)
        return r;
    if (let_old_revisions_go(deploy, &error) < 0)
        deploy_note(deploy, "old revisions are kept: %s", error != NULL ? error->message : "");
    (void)error_free(error);
    deploy_tell_result(deploy, true, deploy->record.to);
    return set_state(deploy, STORE_DEPLOY_DONE, "", reterr);
}

/* Backward */

static int try_to_keep_end(struct deploy *deploy, const char *message, struct error **reterr)
{
    int r;

    deploy->is_undo = false; /* nothing is let pass here */
    r = deploy_write_rotation(deploy, reterr);
    /* What serves anyway has not failed because it was asked for once more. */
    if (r == 0 && deploy->record.to != deploy->record.from)
        r = store_set_revision_state(deploy->store, deploy->project, deploy->record.to,
                                     STORE_REVISION_FAILED, reterr);
    if (r == 0)
        r = set_state(deploy, STORE_DEPLOY_FAILED, message, reterr);
    return r;
}

/* Where the disk had no room while it was undone, the store does not say what serves now: nothing
 * else may be begun before it does. */
static int keep_end(struct deploy *deploy, const char *message, struct error **reterr)
{
    for (;;) {
        int r = try_to_keep_end(deploy, message, reterr);

        if (r == 0 || !deploy->is_unkept)
            return r;
        *reterr = error_free(*reterr);
        r = deploy_wait(deploy, TIME_SECOND);
        if (r < 0)
            return r;
    }
}

static int finish_backward(struct deploy *deploy, struct error **reterr)
{
    int code = deploy->failure.code > 0 ? deploy->failure.code : EIO;
    const char *message =
        deploy->failure.message != NULL ? deploy->failure.message : "the deploy has failed";
    int r;

    if (deploy->failed == 0)
        deploy->failed = 1;
    deploy_tell_result(deploy, false, deploy->record.from);
    r = keep_end(deploy, message, reterr);
    return r < 0 ? r : error_set(reterr, code, "%s", message);
}

static int go_back(struct deploy *deploy, struct error **reterr)
{
    const struct desired *failed = deploy->goal;
    int r;

    deploy->goal = deploy->other != NULL ? deploy->other : &deploy->empty;
    deploy->other = failed;
    r = deploy_undo(deploy);
    return r < 0 ? r : finish_backward(deploy, reterr);
}

/* From a failure on. Before the first step there is nothing to go back from, and whoever waits
 * should not wait for an engine that is not there. */
static int turn_back(struct deploy *deploy, struct error **reterr)
{
    struct store_step *steps;
    uint32_t count;
    int r =
        store_list_steps(deploy->store, deploy->arena, deploy->record.id, &steps, &count, reterr);

    if (r == 0 && count == 0)
        return finish_backward(deploy, reterr);
    if (r == 0)
        r = deploy_keep_failure(deploy, reterr);
    if (r == 0)
        r = set_state(deploy, STORE_DEPLOY_UNDOING, deploy->failure.message, reterr);
    if (r < 0) {
        deploy->is_undo = true;
        r = deploy_go_on_unkept(deploy, r, reterr);
    }
    return r < 0 ? r : go_back(deploy, reterr);
}

static int run_revision(struct deploy *deploy, struct error **reterr)
{
    struct error *error = NULL;
    int r;

    if (deploy->record.state == STORE_DEPLOY_UNDOING) {
        r = deploy_find_failure(deploy, reterr);
        return r < 0 ? r : go_back(deploy, reterr);
    }
    r = check_plan(deploy, &error);
    if (r == 0 && deploy->options.renew && !deploy->is_settled &&
        deploy->record.from == deploy->record.to)
        r = deploy_renew(deploy, &error);
    if (r == 0)
        r = deploy_resolve(deploy, deploy->record.to, &error);
    if (r == 0 && !deploy->is_settled)
        r = deploy_check_edge(deploy, &error);
    if (r == 0)
        r = deploy_heed_cancel(deploy, NULL, "", "");
    /* Not before there is what it takes: what cannot begin changes nothing. */
    if (r == 0 && strcmp(deploy->record.kind, "up") == 0)
        r = deploy_forget_stopped(deploy, &error);
    if (r == 0 && (deploy->rotation.base != 0 || deploy->rotation.count > 0))
        r = deploy_publish(deploy, false, &error);
    if (r == 0)
        r = go_forward(deploy, &error);
    r = absorb(deploy, r, &error);
    if (r < 0 && r != -ECANCELED && deploy->is_settled) {
        /* It serves; healing goes on with what is left. */
        deploy_note(deploy, "%s", deploy->failure.message);
        deploy->failure = (struct deploy_failure){0};
        r = 0;
    }
    if (r == 0)
        return finish_forward(deploy, reterr);
    return r == -ECANCELED ? r : turn_back(deploy, reterr);
}

/* What makes no revision. */

static int run_down(struct deploy *deploy, struct error **reterr)
{
    int r = deploy->other == NULL ? deploy_note_kept(deploy, reterr) : 0;

    deploy->kinds[DESIRED_PROCESS] = true; /* where `run` may have made something */
    deploy->may_adopt = true;
    if (r == 0)
        r = deploy_take_down(deploy, reterr);
    if (r == 0)
        r = deploy_forget_stopped(deploy, reterr);
    if (r == 0 && deploy->options.services == NULL)
        r = store_set_serving(deploy->store, deploy->project, 0, true, reterr);
    return r;
}

static int run_operation(struct deploy *deploy, struct error **reterr)
{
    static const struct {
        const char *kind;
        int (*run)(struct deploy *deploy, struct error **reterr);
    } operations[] = {
        {"down", run_down},
        {"stop", deploy_stop_services},
        {"start", deploy_start_services},
        {"restart", deploy_restart_services},
        {"rm", deploy_remove_stopped},
    };
    struct world *world = deploy->world;
    struct error *error = NULL;
    int r = -EINVAL, code;

    deploy->deadline_ns =
        time_add(world->ops->monotonic_ns(world), deploy->goal->deploy.deadline_ns);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].kind, deploy->record.kind) == 0)
            r = deploy->options.instances != NULL ? deploy_operate_instances(deploy, &error)
                                                  : operations[i].run(deploy, &error);
    r = absorb(deploy, r, &error);
    if (r == -ECANCELED)
        return r;
    code = -r;
    if (r < 0 && deploy->failed == 0)
        deploy->failed = 1;
    deploy_tell_result(deploy, r == 0,
                       strcmp(deploy->record.kind, "down") == 0 && r == 0 ? 0
                                                                          : deploy->record.from);
    r = set_state(deploy, code == 0 ? STORE_DEPLOY_DONE : STORE_DEPLOY_FAILED,
                  code == 0 ? "" : deploy->failure.message, reterr);
    if (r == 0 && code != 0)
        r = error_set(reterr, code, "%s", deploy->failure.message);
    return r;
}

/* What cannot be read, or is not there, does not get better by being tried again. */
static int refuse(struct deploy *deploy, int r, struct error **reterr)
{
    _cleanup_error_ struct error *error = take_ptr(*reterr);
    int failed = absorb(deploy, r, &error);

    deploy->failed = 1;
    deploy_tell_result(deploy, false, deploy->record.from);
    r = set_state(deploy, STORE_DEPLOY_FAILED, deploy->failure.message, reterr);
    return r < 0 ? r : error_set(reterr, -failed, "%s", deploy->failure.message);
}

bool deploy_goes_on(const char *kind)
{
    return strcmp(kind, "down") == 0 || strcmp(kind, "stop") == 0 || strcmp(kind, "rm") == 0;
}

static bool makes_revision(const struct deploy *deploy)
{
    static const char *const kinds[] = {"down", "stop", "start", "restart", "rm"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(deploy->record.kind, kinds[i]) == 0)
            return false;
    return true;
}

static int run(struct deploy *deploy, void *context, struct error **reterr)
{
    bool is_operation = !makes_revision(deploy);
    int r = 0;

    (void)context;
    if (deploy->record.state == STORE_DEPLOY_DONE)
        return 0;
    if (deploy->record.state == STORE_DEPLOY_FAILED)
        return error_set(reterr, EIO, "%s", deploy->record.message);
    /* Of what serves, whatever was asked for when. */
    if (is_operation && strcmp(deploy->record.kind, "down") != 0) {
        struct store_project project;

        r = store_get_project(deploy->store, deploy->arena, deploy->project, &project, reterr);
        deploy->record.to = r == 0 ? project.serving : 0;
    } else if (is_operation) {
        deploy->record.to = 0;
    }
    if (r == 0)
        r = load_both(deploy, reterr);
    if (r == -EINVAL || r == -ENOENT)
        return refuse(deploy, r, reterr);
    if (r == 0 && deploy->record.state == STORE_DEPLOY_WAITING)
        r = set_state(deploy, STORE_DEPLOY_RUNNING, "", reterr);
    if (r < 0)
        return r;
    tell_start(deploy);
    return is_operation ? run_operation(deploy, reterr) : run_revision(deploy, reterr);
}

int deploy_run(struct world *world, struct store *store, uint64_t id, struct error **reterr)
{
    return deploy_begin(world, store, "", id, run, NULL, reterr);
}
