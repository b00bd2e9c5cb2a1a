/* SPDX-License-Identifier: Apache-2.0 */
/* What there is and what would be done, as JSON for the API. Nothing is changed here. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "deploy/deploy_priv.h"
#include "deploy/fingerprint.h"
#include "deploy/json.h"

/* A result outlives the deploy's arena. */
struct showing {
    struct arena *arena; /* the caller's */
    const char *spec;
    uint32_t revision;
    const struct deploy_options *options;
    const char *json;
};

/* Instances */

const char *deploy_shown_content(const char *content)
{
    return content != NULL && text_starts_with(content, "sha256:") ? content : "";
}

static void set_edge(struct deploy *deploy, struct value *map,
                     const struct observed_instance *instance)
{
    static const char *const roles[] = {"none", "standby", "serving", "draining"};
    const struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);
    struct arena *arena = deploy->arena;
    struct world_target target = {0};
    const char *state = "";

    json_set_text(arena, map, "edge", roles[entry != NULL ? entry->role : ROTATION_NONE]);
    if (entry != NULL &&
        deploy->world->ops->target(deploy->world, deploy->project, entry->target, &target) == 0 &&
        target.is_known)
        state = target.is_failing ? "failing" : target.has_passed ? "passed" : "waiting";
    json_set_text(arena, map, "target_state", state);
    json_set_text(arena, map, "target_reason", target.reason != NULL ? target.reason : "");
    json_set_number(arena, map, "active", target.active);
}

static struct value *write_instance(struct deploy *deploy, const struct observed_instance *instance)
{
    static const char *const runtimes[] = {"docker", "process", "swarm"};
    struct arena *arena = deploy->arena;
    const struct desired_service *service = deploy_service_of(deploy, instance);
    struct value *map = json_map(arena), *ports = json_list(arena);

    json_set_text(arena, map, "id", instance->id);
    json_set_text(arena, map, "name", instance->name);
    json_set_text(arena, map, "service", instance->service);
    json_set_number(arena, map, "number", instance->number);
    json_set_text(arena, map, "runtime", runtimes[instance->runtime]);
    json_set_text(arena, map, "state", instance_state_name(instance->state));
    json_set_text(arena, map, "health", instance_health_name(instance->health));
    set_edge(deploy, map, instance);
    json_set_text(arena, map, "image", service != NULL ? service->image : "");
    json_set_text(arena, map, "content", deploy_shown_content(instance->content));
    json_set_number(arena, map, "revision", instance->revision);
    json_set_number(arena, map, "created", instance->created_unix_ns);
    json_set_number(arena, map, "started", instance->started_unix_ns);
    (void)value_set(arena, map, "exit_code",
                    value_new_integer(arena, instance->exit_code, (struct mark){0}));
    /* As often as it was started again under its id, by its runtime or by healing. */
    json_set_number(arena, map, "restarts",
                    json_number(value_get(deploy->healing, DEPLOY_RESTARTS), instance->id) +
                        instance->restarts);
    for (uint32_t i = 0; i < instance->port_count; i++) {
        struct value *port = json_map(arena);

        json_set_number(arena, port, "port", instance->ports[i].port);
        json_set_text(arena, port, "address", instance->ports[i].address);
        value_list_append(arena, ports, port);
    }
    (void)value_set(arena, map, "ports", ports);
    json_set_text(arena, map, "published", instance->published != NULL ? instance->published : "");
    json_set_flag(arena, map, "oneoff", instance->is_oneoff);
    return map;
}

static int load_serving(struct deploy *deploy, uint32_t *ret, struct error **reterr)
{
    struct store_project project = {0};
    int r = store_get_project(deploy->store, deploy->arena, deploy->project, &project, reterr);

    /* A project that nobody has deployed may have instances of another tool. */
    if (r == -ENOENT && reterr != NULL) {
        *reterr = error_free(*reterr);
        r = 0;
    }
    if (r == 0 && project.serving != 0) {
        r = deploy_load_revision(deploy, project.serving, &deploy->goal, reterr);
        deploy_note_kinds(deploy, deploy->goal);
    }
    *ret = project.serving;
    return r;
}

static int list(struct deploy *deploy, void *context, struct error **reterr)
{
    struct value *root = json_map(deploy->arena), *instances = json_list(deploy->arena);
    struct showing *showing = context;
    uint32_t serving;
    int r = load_serving(deploy, &serving, reterr);

    /* What `run` makes, and what another tool made, is of any runtime. */
    deploy->kinds[DESIRED_PROCESS] = true;
    deploy->may_adopt = true;
    if (r == 0)
        r = deploy_look(deploy, reterr);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < deploy->observed.count; i++)
        value_list_append(deploy->arena, instances,
                          write_instance(deploy, &deploy->observed.instances[i]));
    (void)value_set(deploy->arena, root, "instances", instances);
    showing->json = json_write(showing->arena, root);
    return 0;
}

int deploy_list_instances(struct world *world, struct store *store, struct arena *arena,
                          const char *project, const char **ret_json, struct error **reterr)
{
    struct showing showing = {.arena = arena};
    int r = deploy_begin(world, store, project, 0, list, &showing, reterr);

    if (r == 0)
        *ret_json = showing.json;
    return r;
}

/* Plans */

/* What is here for each service by now, as `up` would find it without fetching anything. What would
 * have to be fetched, or whose runtime cannot be asked, stays unknown. */
static void peek_at_contents(struct deploy *deploy, struct deploy_revision *revision)
{
    for (uint32_t i = 0; i < revision->desired.service_count; i++) {
        const struct desired_service *service = &revision->desired.services[i];
        struct error *error = NULL;
        struct runtime *runtime = deploy_runtime(deploy, service->runtime, &error);

        for (uint32_t j = 0; j < revision->desired.service_count; j++) {
            struct desired_resolution *mine = &revision->resolutions[j];
            const char *content;

            if (strcmp(mine->service, service->name) != 0 || mine->content != NULL ||
                runtime == NULL || runtime->class->peek == NULL ||
                runtime->class->peek(runtime, deploy->arena, &revision->desired, service, &content,
                                     &error) < 0)
                continue;
            mine->content = content;
            if (deploy_find_volumes(deploy, service, mine, &error) < 0)
                mine->volume_count = 0;
        }
        (void)error_free(error);
    }
}

/* What is known without asking anybody: a service that says the same has the same content. */
static void take_contents(struct deploy *deploy, struct deploy_revision *revision, uint32_t serving)
{
    const struct deploy_revision *before = deploy_find_revision(deploy, serving);

    for (uint32_t i = 0; before != NULL && i < revision->desired.service_count; i++) {
        struct desired_resolution *mine = &revision->resolutions[i];
        const struct value *spec =
            value_get(value_get(revision->desired.root, "services"), mine->service);

        for (uint32_t j = 0; j < before->desired.service_count; j++) {
            const struct desired_resolution *other = &before->resolutions[j];
            const struct value *was =
                value_get(value_get(before->desired.root, "services"), other->service);

            if (strcmp(mine->service, other->service) != 0)
                continue;
            mine->loopback_address = other->loopback_address;
            mine->free_ports = other->free_ports;
            mine->free_port_count = other->free_port_count;
            if (mine->content != NULL ||
                (!value_is_text(value_get(value_get(spec, "x-slipway"), "runtime"), "process") &&
                 strcmp(json_text(spec, "image"), json_text(was, "image")) != 0))
                continue;
            mine->content = other->content;
            mine->volumes = other->volumes;
            mine->volume_count = other->volume_count;
        }
    }
}

/* What a plan was made of: instances and what they are for. */
static const char *describe_observed(struct deploy *deploy)
{
    struct value *root = json_map(deploy->arena);

    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];

        if (!instance->is_oneoff)
            json_set_text(deploy->arena, root, instance->id,
                          arena_printf(deploy->arena, "%s %s %s", instance->service,
                                       instance->config_hash,
                                       instance_state_name(instance->state)));
    }
    value_map_sort(root);
    return json_write(deploy->arena, root);
}

static const char *describe_contents(struct deploy *deploy)
{
    struct value *root = json_map(deploy->arena);

    for (uint32_t i = 0; i < deploy->goal->service_count; i++)
        json_set_text(deploy->arena, root, deploy->goal->services[i].name,
                      deploy->goal->services[i].content);
    return json_write(deploy->arena, root);
}

/* What the plan is compared by when it is carried out. Whoever may look gets it, so it must tell
 * nothing of what it was made of. */
static int put_fingerprints(struct deploy *deploy, struct value *map, struct error **reterr)
{
    const struct value *root = deploy->goal->root;
    const struct {
        const char *name, *text;
    } items[] = {
        {"to_hash", root != NULL ? json_write(deploy->arena, root) : ""},
        {"contents_hash", describe_contents(deploy)},
        {"observed_hash", describe_observed(deploy)},
    };
    struct fingerprint_key key;
    int r = fingerprint_load_key(deploy->store, deploy->arena, &key, reterr);

    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]) && r == 0; i++) {
        char text[FINGERPRINT_SIZE];

        r = fingerprint_text(&key, items[i].text, text, reterr);
        if (r == 0)
            json_set_text(deploy->arena, map, items[i].name, text);
    }
    return r;
}

static bool is_change(enum step_kind kind)
{
    return kind != STEP_RESOLVE && kind != STEP_PREPARE && kind != STEP_AWAIT && kind != STEP_CLEAN;
}

static void add_notes(struct deploy *deploy, struct value *notes)
{
    for (uint32_t i = 0; i < deploy->goal->service_count; i++) {
        const struct desired_service *service = &deploy->goal->services[i];

        if (!service->can_overlap)
            json_add_text(deploy->arena, notes,
                          arena_printf(deploy->arena, "%s is stopped before it is replaced: %s",
                                       service->name, service->why_overlap));
        else if (service->update.is_explicit)
            json_add_text(deploy->arena, notes,
                          arena_printf(deploy->arena, "%s is replaced step by step: update_config",
                                       service->name));
    }
}

static int write_plan(struct deploy *deploy, const struct plan *plan, uint32_t serving,
                      struct value **ret, struct error **reterr)
{
    struct arena *arena = deploy->arena;
    struct value *root = json_map(arena), *steps = json_list(arena), *notes = json_list(arena);
    uint32_t changes = 0;
    int r;

    json_set_text(arena, root, "project", deploy->project);
    json_set_number(arena, root, "from", serving);
    r = put_fingerprints(deploy, root, reterr);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < plan->count; i++) {
        value_list_append(arena, steps, deploy_step_value(deploy, &plan->steps[i]));
        changes += is_change(plan->steps[i].kind);
    }
    (void)value_set(arena, root, "steps", steps);
    add_notes(deploy, notes);
    (void)value_set(arena, root, "notes", notes);
    json_set_number(arena, root, "changes", changes);
    *ret = root;
    return 0;
}

static int load_goal(struct deploy *deploy, const struct showing *showing, uint32_t serving,
                     struct error **reterr)
{
    struct deploy_revision *revision = NULL;
    struct desired made;
    uint32_t number = showing->spec != NULL ? UINT32_MAX : showing->revision;
    int r;

    if (showing->spec != NULL)
        r = deploy_load_text(deploy, number, showing->spec, NULL, &revision, reterr);
    else
        r = deploy_load_revision(deploy, number, &deploy->goal, reterr);
    if (r < 0 || number == 0)
        return r;
    if (revision == NULL)
        revision = deploy_find_revision(deploy, number);
    peek_at_contents(deploy, revision);
    take_contents(deploy, revision, serving);
    r = desired_make(deploy->arena, revision->desired.root, deploy->project, number,
                     revision->resolutions, revision->desired.service_count, &made, reterr);
    if (r < 0)
        return r;
    revision->desired = made;
    deploy->goal = &revision->desired;
    return 0;
}

static int show_plan(struct deploy *deploy, void *context, struct error **reterr)
{
    struct showing *showing = context;
    struct value *root;
    struct plan plan;
    uint32_t serving;
    int r = load_serving(deploy, &serving, reterr);

    if (r < 0)
        return r;
    deploy->other = deploy->goal != &deploy->empty ? deploy->goal : NULL;
    deploy->goal = &deploy->empty;
    if (showing->options != NULL)
        deploy->options = *showing->options;
    r = load_goal(deploy, showing, serving, reterr);
    deploy_note_kinds(deploy, deploy->goal);
    if (r == 0)
        r = deploy_make_plan(deploy, &plan, reterr);
    if (r == 0)
        r = write_plan(deploy, &plan, serving, &root, reterr);
    if (r == 0)
        showing->json = json_write(showing->arena, root);
    return r;
}

int deploy_plan(struct world *world, struct store *store, struct arena *arena, const char *project,
                const char *spec, uint32_t revision, const struct deploy_options *options,
                const char **ret_json, struct error **reterr)
{
    struct showing showing = {
        .arena = arena, .spec = spec, .revision = revision, .options = options};
    int r = deploy_begin(world, store, project, 0, show_plan, &showing, reterr);

    if (r == 0)
        *ret_json = showing.json;
    return r;
}
