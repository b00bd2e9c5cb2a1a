/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a revision needs to be immutable: the content of each service, and addresses and ports that
 * nobody wrote down. What is resolved stays so; a deploy that goes on after a crash resolves only
 * what is missing.
 */
#include <errno.h>
#include <string.h>

#include "deploy/deploy_priv.h"
#include "deploy/json.h"

enum {
    TRIES = 5
};

static void show_output(struct runtime_flow *flow, const char *text, size_t size)
{
    (void)flow;
    (void)text;
    (void)size;
}

struct telling_flow {
    struct runtime_flow flow;
    struct deploy *deploy;
    const char *service;
    uint64_t told_ns;
};

/* Pulls say a lot; a line now and then is enough. */
static void tell_progress(struct runtime_flow *flow, const char *text, uint64_t done,
                          uint64_t total)
{
    struct telling_flow *telling = (struct telling_flow *)flow;
    struct deploy *deploy = telling->deploy;
    uint64_t now_ns = deploy->world->ops->monotonic_ns(deploy->world);
    struct value *event;

    if (done != total && now_ns - telling->told_ns < 200 * UINT64_C(1000000))
        return;
    telling->told_ns = now_ns;
    event = json_map(deploy->looks);
    json_set_number(deploy->looks, event, "id", deploy->step_number);
    json_set_text(deploy->looks, event, "text", text);
    json_set_number(deploy->looks, event, "done", done);
    json_set_number(deploy->looks, event, "total", total);
    deploy_tell(deploy, event, "progress");
}

/* A pull may take as long as it likes. */
static int resolve_unless_cancelled(struct deploy *deploy, struct runtime *runtime,
                                    const struct desired *desired,
                                    const struct desired_service *service,
                                    struct runtime_flow *flow, const char **ret,
                                    struct error **reterr)
{
    struct world *world = deploy->world;
    int r = 0;

    for (int tries = 0; tries < TRIES; tries++) {
        *reterr = error_free(*reterr);
        flow->cancel_fd = world->ops->cancel_fd != NULL ? world->ops->cancel_fd(world) : -1;
        if (deploy_heed_cancel(deploy, NULL, service->name, "") < 0)
            return error_set(reterr, EINTR, "%s", deploy->failure.message);
        r = runtime->class->resolve(runtime, deploy->arena, desired, service,
                                    deploy->options.force_pull, flow, ret, reterr);
        if (r != -ECANCELED)
            break; /* else it was this one, or another that has ended */
    }
    return r;
}

static int resolve_content(struct deploy *deploy, const struct desired *desired,
                           const struct desired_service *service, const char **ret,
                           struct error **reterr)
{
    struct telling_flow flow = {
        .flow = {.progress = tell_progress, .output = show_output, .cancel_fd = -1},
        .deploy = deploy,
        .service = service->name,
    };
    struct step step = {
        .kind = STEP_RESOLVE, .service = service->name, .instance = "", .reason = service->image};
    struct runtime *runtime = deploy_runtime(deploy, service->runtime, reterr);
    int r;

    if (runtime == NULL)
        return reterr != NULL && *reterr != NULL ? -(*reterr)->code : -ENOENT;
    deploy->step_number++;
    deploy_tell_step(deploy, &step, deploy->step_number, "begun", "", 0);
    r = resolve_unless_cancelled(deploy, runtime, desired, service, &flow.flow, ret, reterr);
    deploy_tell_step(deploy, &step, deploy->step_number, r < 0 ? "failed" : "done",
                     r < 0 && reterr != NULL && *reterr != NULL ? (*reterr)->message : "", 0);
    return r;
}

static int retain(struct deploy *deploy, const struct desired *desired,
                  const struct desired_service *service, const char *content, struct error **reterr)
{
    struct runtime *runtime = deploy_runtime(deploy, service->runtime, reterr);

    if (runtime == NULL)
        return reterr != NULL && *reterr != NULL ? -(*reterr)->code : -ENOENT;
    return runtime->class->retain != NULL
               ? runtime->class->retain(runtime, deploy->project, desired->revision, service->name,
                                        content, reterr)
               : 0;
}

int deploy_find_volumes(struct deploy *deploy, const struct desired_service *service,
                        struct desired_resolution *resolution, struct error **reterr)
{
    struct runtime *runtime = deploy_runtime(deploy, service->runtime, reterr);
    int r;

    resolution->volumes = NULL;
    resolution->volume_count = 0;
    if (runtime == NULL)
        return reterr != NULL && *reterr != NULL ? -(*reterr)->code : -ENOENT;
    if (runtime->class->volumes == NULL)
        return 0;
    r = runtime->class->volumes(runtime, deploy->arena, resolution->content, &resolution->volumes,
                                reterr);
    while (r == 0 && resolution->volumes[resolution->volume_count] != NULL)
        resolution->volume_count++;
    return r;
}

/* The number that the same port had before, where it had one. */
static uint16_t port_before(struct deploy *deploy, const char *service, uint16_t target)
{
    struct deploy_revision *before = deploy_find_revision(deploy, deploy->record.from);

    for (uint32_t i = 0; before != NULL && i < before->desired.service_count; i++)
        if (strcmp(before->resolutions[i].service, service) == 0)
            for (uint32_t j = 0; j < before->resolutions[i].free_port_count; j++)
                if (before->resolutions[i].free_ports[j].target == target)
                    return before->resolutions[i].free_ports[j].published;
    return 0;
}

static int find_ports(struct deploy *deploy, const struct desired_service *service,
                      struct desired_resolution *resolution, bool *ret_changed,
                      struct error **reterr)
{
    for (uint32_t i = 0; i < service->port_count; i++) {
        const struct desired_port *port = &service->ports[i];
        struct desired_free_port *list;
        uint16_t number;
        int r = 0;

        if (!port->is_published || port->is_host_mode || port->published_first != 0)
            continue;
        number = port_before(deploy, service->name, port->target);
        if (number == 0)
            r = deploy->world->ops->free_port(deploy->world, port->host_ip, &number);
        if (r < 0)
            return error_set(reterr, -r, "no free port is found for %s:%u: %s", service->name,
                             port->target, error_text(-r));
        list = arena_new_array(deploy->arena, struct desired_free_port,
                               resolution->free_port_count + 1);
        if (resolution->free_port_count > 0)
            memcpy(list, resolution->free_ports, resolution->free_port_count * sizeof(*list));
        list[resolution->free_port_count++] =
            (struct desired_free_port){.target = port->target, .published = number};
        resolution->free_ports = list;
        *ret_changed = true;
    }
    return 0;
}

static struct desired_resolution *resolution_of(struct deploy_revision *revision, const char *name)
{
    for (uint32_t i = 0; i < revision->desired.service_count; i++)
        if (strcmp(revision->resolutions[i].service, name) == 0)
            return &revision->resolutions[i];
    return NULL;
}

int deploy_resolve(struct deploy *deploy, uint32_t number, struct error **reterr)
{
    struct deploy_revision *revision = deploy_find_revision(deploy, number);
    bool changed = false;
    int r = 0;

    for (uint32_t i = 0; i < revision->desired.service_count && r == 0; i++) {
        const struct desired_service *service = &revision->desired.services[i];
        struct desired_resolution *resolution = resolution_of(revision, service->name);

        if (resolution->content == NULL) {
            r = resolve_content(deploy, &revision->desired, service, &resolution->content, reterr);
            if (r == 0)
                r = retain(deploy, &revision->desired, service, resolution->content, reterr);
            if (r == 0)
                r = deploy_find_volumes(deploy, service, resolution, reterr);
            changed = true;
        }
        if (r == 0 && service->runtime == DESIRED_PROCESS && service->port_count > 0 &&
            resolution->loopback_address == NULL) {
            r = store_get_loopback(deploy->store, deploy->arena, deploy->project, service->name,
                                   &resolution->loopback_address, reterr);
            changed = true;
        }
        if (r == 0)
            r = find_ports(deploy, service, resolution, &changed, reterr);
        if (r < 0)
            return deploy_fail_error(deploy, NULL, service->name, reterr);
    }
    return changed ? deploy_keep_resolution(deploy, number, reterr) : 0;
}

/* Renewing */

static int add_revision(struct deploy *deploy, struct error **reterr)
{
    struct store_revision revision;
    uint32_t number;
    int r = store_get_revision(deploy->store, deploy->arena, deploy->project, deploy->record.from,
                               &revision, reterr);

    if (r < 0)
        return r;
    revision.created_unix_ns = deploy->world->ops->unix_ns(deploy->world);
    revision.author = deploy->record.author;
    revision.note = deploy->record.note != NULL && *deploy->record.note != '\0'
                        ? deploy->record.note
                        : deploy->record.kind;
    revision.resolution = "{}";
    revision.state = STORE_REVISION_NEW;
    r = store_add_revision(deploy->store, deploy->project, &revision, &number, reterr);
    if (r == 0)
        r = store_set_deploy_target(deploy->store, deploy->record.id, number, reterr);
    if (r == 0)
        r = deploy_load_revision(deploy, number, &deploy->goal, reterr);
    if (r == 0)
        deploy_note(deploy,
                    "an image or a program is another than in revision %u: this is revision %u",
                    deploy->record.from, number);
    if (r == 0)
        deploy->record.to = number;
    return r;
}

static int give_contents(struct deploy *deploy, const char *const *contents, struct error **reterr)
{
    struct deploy_revision *revision = deploy_find_revision(deploy, deploy->record.to);
    int r = 0;

    for (uint32_t i = 0; i < revision->desired.service_count && r == 0; i++) {
        const struct desired_service *service = &revision->desired.services[i];

        resolution_of(revision, service->name)->content = contents[i];
        r = retain(deploy, &revision->desired, service, contents[i], reterr);
        if (r == 0)
            r = deploy_find_volumes(deploy, service, resolution_of(revision, service->name),
                                    reterr);
    }
    return r < 0 ? r : deploy_keep_resolution(deploy, deploy->record.to, reterr);
}

int deploy_renew(struct deploy *deploy, struct error **reterr)
{
    struct deploy_revision *serving = deploy_find_revision(deploy, deploy->record.from);
    const char **contents =
        arena_new_array(deploy->arena, const char *, serving->desired.service_count);
    bool has_changed = false;
    int r = 0;

    for (uint32_t i = 0; i < serving->desired.service_count; i++) {
        const struct desired_service *service = &serving->desired.services[i];
        const char *before = resolution_of(serving, service->name)->content;

        contents[i] = before;
        if (before != NULL && !deploy_is_chosen(deploy, service->name))
            continue;
        r = resolve_content(deploy, &serving->desired, service, &contents[i], reterr);
        if (r < 0)
            return deploy_fail_error(deploy, NULL, service->name, reterr);
        has_changed |= before == NULL || strcmp(before, contents[i]) != 0;
    }
    if (!has_changed) {
        deploy_note(deploy, "nothing has changed: revision %u serves already", deploy->record.from);
        return 0;
    }
    /* The desired services of both are in the same order, as their text is the same. */
    r = add_revision(deploy, reterr);
    return r < 0 ? r : give_contents(deploy, contents, reterr);
}
