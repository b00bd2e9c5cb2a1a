/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-offs: an instance beside the replicas, of a service as it serves with some things said
 * otherwise, or of an image. It is made from a canonical project like any other, so what it is told
 * is checked as a file is.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/desired.h"
#include "base/log.h"
#include "control/project.h"
#include "os/os.h"

#define SERVICE_OF_IMAGES "run"
#define TEXT_MAX          ((size_t)1 << 20)

struct one_off {
    struct work *work;
    json_t *tree;
    json_t *service;
    const char *service_name;
    const char *resolution;
    uint32_t revision;
    bool is_other_program; /* than the service's, which it was resolved to */
};

/* What comes is meant as it is, while in a canonical project "$$" stands for '$'. */
static json_t *doubled(const char *text)
{
    _cleanup_strbuf_ struct strbuf result;

    strbuf_init(&result, TEXT_MAX);
    for (; *text != '\0'; text++) {
        if (*text == '$')
            strbuf_append_char(&result, '$');
        strbuf_append_char(&result, *text);
    }
    return strbuf_failure(&result) < 0 ? NULL : json_string(strbuf_text(&result));
}

static json_t *doubled_list(const json_t *list)
{
    json_t *result = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);

        (void)json_array_append_new(result, text != NULL ? doubled(text) : json_null());
    }
    return result;
}

static int copy_text(struct one_off *one_off, const char *from, const char *to)
{
    const char *text = work_text(one_off->work, from);

    return text != NULL ? json_object_set_new(one_off->service, to, doubled(text)) : 0;
}

static int append_list(struct one_off *one_off, const char *name)
{
    json_t *list = json_object_get(one_off->service, name);
    json_t *more = json_object_get(one_off->work->body, name);
    int failed;

    if (!json_is_array(more) || json_array_size(more) == 0)
        return 0;
    more = doubled_list(more);
    if (!json_is_array(list))
        return json_object_set_new(one_off->service, name, more);
    failed = json_array_extend(list, more);
    json_decref(more);
    return failed;
}

/* "NAME=VALUE" into the map that the canonical form has. */
static int add_pairs(struct one_off *one_off, const char *name)
{
    json_t *map = json_object_get(one_off->service, name);
    json_t *item;
    size_t i;

    if (!json_is_object(map)) {
        map = json_object();
        if (json_object_set_new(one_off->service, name, map) < 0)
            return -1;
    }
    json_array_foreach(json_object_get(one_off->work->body, name), i, item)
    {
        const char *text = json_string_value(item);
        const char *equals = text != NULL ? strchr(text, '=') : NULL;

        if (equals == NULL)
            continue;
        if (json_object_set_new(map,
                                arena_strndup(&one_off->work->arena, text, (size_t)(equals - text)),
                                doubled(equals + 1)) < 0)
            return -1;
    }
    return 0;
}

/* A name that is none of the project's networks is one of the engine's. */
static int define_network(struct one_off *one_off, const char *network)
{
    json_t *networks = json_object_get(one_off->tree, "networks");

    if (json_object_get(networks, network) != NULL)
        return 0;
    if (!json_is_object(networks)) {
        networks = json_object();
        if (json_object_set_new(one_off->tree, "networks", networks) < 0)
            return -1;
    }
    return json_object_set_new(networks, network,
                               json_pack("{s:b, s:s}", "external", 1, "name", network));
}

static int set_network(struct one_off *one_off)
{
    const char *network = work_text(one_off->work, "network");

    if (network == NULL)
        return 0;
    if (strcmp(network, "host") == 0 || strcmp(network, "none") == 0 ||
        strcmp(network, "bridge") == 0) {
        (void)json_object_del(one_off->service, "networks");
        return json_object_set_new(one_off->service, "network_mode", json_string(network));
    }
    (void)json_object_del(one_off->service, "network_mode");
    return define_network(one_off, network) < 0
               ? -1
               : json_object_set_new(one_off->service, "networks", json_pack("{s:n}", network));
}

/* What the request says otherwise. */
static int change_service(struct one_off *one_off)
{
    json_t *service = one_off->service;
    const struct work *work = one_off->work;
    json_t *command = json_object_get(work->body, "command");
    int failed = 0;

    if (!work_bool(work, "service_ports"))
        (void)json_object_del(service, "ports");
    (void)json_object_del(service, "container_name");
    (void)json_object_del(service, "healthcheck");
    if (json_is_array(command) && json_array_size(command) > 0) {
        failed |= json_object_set_new(service, "command", doubled_list(command));
        one_off->is_other_program = json_array_size(json_object_get(service, "entrypoint")) == 0 &&
                                    json_string_length(json_object_get(service, "entrypoint")) == 0;
    }
    if (work_text(work, "entrypoint") != NULL)
        one_off->is_other_program = true;
    failed |= copy_text(one_off, "entrypoint", "entrypoint");
    failed |= copy_text(one_off, "user", "user");
    failed |= copy_text(one_off, "working_directory", "working_dir");
    failed |= copy_text(one_off, "pull", "pull_policy");
    failed |= append_list(one_off, "volumes");
    failed |= append_list(one_off, "ports");
    failed |= add_pairs(one_off, "environment");
    failed |= add_pairs(one_off, "labels");
    failed |= set_network(one_off);
    if (work_bool(work, "terminal"))
        failed |= json_object_set_new(service, "tty", json_true());
    if (work_bool(work, "input"))
        failed |= json_object_set_new(service, "stdin_open", json_true());
    (void)json_object_del(service, "restart");
    return failed != 0 ? error_set(&one_off->work->error, ENOMEM, "out of memory") : 0;
}

/* The tree it comes from */

static int take_service(struct one_off *one_off, const char *name)
{
    struct work *work = one_off->work;
    const json_t *spec = json_object_get(work->body, "spec");
    struct store_revision revision;
    int r;

    one_off->service_name = name;
    if (json_is_object(spec)) {
        r = project_check_support(work->project, spec, &work->error);
        if (r < 0)
            return r;
        one_off->tree = json_deep_copy(spec);
    } else {
        r = desired_revision(work, &revision);
        if (r < 0)
            return r;
        one_off->tree = json_loads(revision.spec, 0, NULL);
        one_off->resolution = revision.resolution;
        one_off->revision = revision.number;
    }
    work->answer = one_off->tree; /* so that it is freed whatever happens */
    one_off->service = json_object_get(json_object_get(one_off->tree, "services"), name);
    if (!json_is_object(one_off->service))
        return error_set(&work->error, ENOENT, "project \"%s\" has no service \"%.100s\"",
                         work->project, name);
    return 0;
}

static int take_image(struct one_off *one_off, const char *image)
{
    struct work *work = one_off->work;

    one_off->service_name = SERVICE_OF_IMAGES;
    one_off->tree = json_pack("{s:s, s:{s:{s:s}}}", "name", work->project, "services",
                              SERVICE_OF_IMAGES, "image", image);
    work->answer = one_off->tree;
    one_off->service =
        json_object_get(json_object_get(one_off->tree, "services"), SERVICE_OF_IMAGES);
    return one_off->service != NULL ? 0 : error_set(&work->error, ENOMEM, "out of memory");
}

/* A native service is resolved to the program that it begins with, unless it has an artefact. */
static void forget_program(const struct one_off *one_off, struct desired *desired)
{
    for (uint32_t i = 0; i < desired->service_count; i++) {
        struct desired_service *service = &desired->services[i];

        if (one_off->is_other_program && service->runtime == DESIRED_PROCESS &&
            strcmp(service->name, one_off->service_name) == 0 &&
            value_get(value_get(service->spec, "x-slipway"), "artifact") == NULL)
            service->content = "";
    }
}

static int make_desired(struct one_off *one_off, struct desired *desired)
{
    struct work *work = one_off->work;
    char *canonical = NULL;
    int r = project_canonical_tree(work->project, one_off->tree, &canonical, &work->error);

    if (r < 0)
        return r;
    free(work->text);
    work->text = canonical;
    r = desired_of_text(work, canonical, one_off->revision, one_off->resolution, desired);
    if (r == 0)
        forget_program(one_off, desired);
    return r;
}

/* Finds or gets what it is made of. */
static int resolve(struct work *work, struct runtime *runtime, struct desired *desired,
                   const struct desired_service *service)
{
    struct desired_service *changed = &desired->services[service - desired->services];
    struct runtime_flow silent = {.cancel_fd = work->task->cancel_fd};
    const char *content;
    int r;

    if (runtime->class->resolve == NULL || *service->content != '\0')
        return 0;
    silent = work->flow;
    r = runtime->class->resolve(runtime, &work->arena, desired, service, false, &silent, &content,
                                &work->error);
    if (r == 0)
        changed->content = content;
    return r;
}

static const char *name_of(struct work *work, const struct one_off *one_off)
{
    const char *name = work_text(work, "name");
    uint32_t number = 0;

    if (name != NULL && *name != '\0')
        return name;
    (void)os_random(&number, sizeof(number));
    return arena_printf(&work->arena, "%s-%s-run-%08" PRIx32, work->project, one_off->service_name,
                        number);
}

/* After the answer: waits for its end. */
static void remove_at_the_end(struct work *work, struct runtime *runtime, const char *id)
{
    int status;
    int r = runtime->class->wait(runtime, work->project, id, work->task->cancel_fd, &status,
                                 &work->error);

    if (r == 0)
        r = runtime->class->remove(runtime, work->project, id, true, &work->error);
    if (r < 0 && r != -ECANCELED)
        log_warning("%s is not removed: %s", id,
                    work->error != NULL ? work->error->message : error_text(-r));
}

static void say_made(struct work *work, const struct observed_instance *made)
{
    json_t *answer = json_pack("{s:s, s:s}", "id", made->id, "name", made->name);
    char *text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;

    if (text != NULL)
        task_answer(work->task, 201, text, strlen(text));
    free(text);
    json_decref(answer);
}

static int create(struct work *work, struct one_off *one_off, struct desired *desired)
{
    const struct desired_service *service;
    struct runtime_instance_options options = {
        .desired = desired,
        .number = 1,
        .is_oneoff = true,
        .has_terminal = work_bool(work, "terminal"),
        .has_input = work_bool(work, "input"),
        .publishes_ports = work_bool(work, "service_ports") ||
                           json_array_size(json_object_get(work->body, "ports")) > 0,
    };
    struct observed_instance made;
    struct runtime *runtime;
    bool removes = work_bool(work, "remove");
    int r = desired_of_service(work, desired, one_off->service_name, &service, &runtime);

    if (r == 0)
        r = resolve(work, runtime, desired, service);
    if (r == 0 && runtime->class->prepare != NULL)
        r = runtime->class->prepare(runtime, desired, &work->flow, &work->error);
    if (r < 0)
        return r;
    options.service = service;
    options.name = name_of(work, one_off);
    r = runtime->class->create(runtime, &work->arena, &options, &made, &work->error);
    if (r < 0)
        return r;
    if (removes && work_bool(work, "attach"))
        keepers_remove_later(work->keepers, made.id);
    if (!work_bool(work, "attach")) {
        r = runtime->class->start(runtime, work->project, made.id, &work->error);
        if (r < 0) {
            (void)runtime->class->remove(runtime, work->project, made.id, true, NULL);
            return r;
        }
    }
    say_made(work, &made);
    if (removes && !work_bool(work, "attach"))
        remove_at_the_end(work, runtime, made.id);
    return 0;
}

static int run(struct work *work)
{
    struct one_off one_off = {.work = work};
    const char *service = work_text(work, "service");
    const char *image = work_text(work, "image");
    struct keeper *keeper;
    struct desired desired;
    int r;

    if (!project_name_is_valid(work->project))
        return error_set(&work->error, EINVAL, "\"%.100s\" is no name of a project", work->project);
    if ((service == NULL) == (image == NULL))
        return error_set(&work->error, EINVAL, "either service or image must be given");
    r = service != NULL ? take_service(&one_off, service) : take_image(&one_off, image);
    if (r == 0)
        r = change_service(&one_off);
    if (r == 0)
        r = make_desired(&one_off, &desired);
    if (r == 0)
        r = keepers_need(work->keepers, work->project, &keeper, &work->error);
    if (r == 0)
        r = create(work, &one_off, &desired);
    return r;
}

API_WORK(api_run, run)
