/* SPDX-License-Identifier: Apache-2.0 */
#include "control/deploys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/time.h"
#include "control/deploy_request.h"
#include "control/keepers.h"
#include "control/project.h"
#include "deploy/deploy.h"
#include "os/os.h"
#include "store/store.h"

#define MEMORY_MAX   ((size_t)256 << 20)
#define REPLICAS_MAX 1000

/* What is below the arena's recovery point, and what it must find again. */
struct adding {
    struct keepers *keepers;
    const struct deploys_request *request;
    struct arena arena;
    struct store *store;
    struct store_project project; /* name NULL: there is none yet */
    char *spec;                   /* canonical; NULL where an earlier revision counts */
    json_t *tree;                 /* of a revision that is changed */
    json_t *waiting;
    char *event;
    char *options; /* as JSON; NULL */
    bool is_for_plan;
    uint32_t revision;
    uint64_t id;
    int result;
    struct error *error;
};

static bool is_kind(const struct adding *adding, const char *kind)
{
    return strcmp(adding->request->kind, kind) == 0;
}

static json_t *option(const struct adding *adding, const char *name)
{
    return json_object_get(adding->request->options, name);
}

static int no_revision(struct adding *adding)
{
    return error_set(
        &adding->error, ENOENT,
        "project \"%s\" has no revision that serves: deploy it with 'slipway up' first",
        adding->request->project);
}

/* Changing what serves */

static int scale(struct adding *adding, json_t *service, const char *name, json_t *wanted)
{
    json_int_t replicas = json_integer_value(wanted);
    json_t *deploy = json_object_get(service, "deploy");

    if (!json_is_integer(wanted) || replicas < 0 || replicas > REPLICAS_MAX)
        return error_set(&adding->error, EINVAL,
                         "service \"%s\": the number of replicas is from 0 to %d", name,
                         REPLICAS_MAX);
    if (!json_is_object(deploy)) {
        deploy = json_object();
        if (json_object_set_new(service, "deploy", deploy) < 0)
            return error_set(&adding->error, ENOMEM, "out of memory");
    }
    (void)json_object_del(service, "scale");
    if (json_object_set_new(deploy, "replicas", json_integer(replicas)) < 0)
        return error_set(&adding->error, ENOMEM, "out of memory");
    return 0;
}

static int set_image(struct adding *adding, json_t *service, const char *name, json_t *wanted)
{
    if (!json_is_string(wanted) || json_string_length(wanted) == 0)
        return error_set(&adding->error, EINVAL, "service \"%s\": the image is a text", name);
    if (json_object_get(service, "image") == NULL)
        return error_set(&adding->error, EINVAL,
                         "service \"%s\" has no image that could be another", name);
    if (json_object_set(service, "image", wanted) < 0)
        return error_set(&adding->error, ENOMEM, "out of memory");
    return 0;
}

static int change_tree(struct adding *adding, const char *what,
                       int (*change)(struct adding *adding, json_t *service, const char *name,
                                     json_t *wanted))
{
    json_t *services = json_object_get(adding->tree, "services");
    json_t *wanted;
    const char *name;

    json_object_foreach(option(adding, what), name, wanted)
    {
        json_t *service = json_object_get(services, name);
        int r;

        if (!json_is_object(service))
            return error_set(&adding->error, EINVAL, "project \"%s\" has no service \"%.100s\"",
                             adding->request->project, name);
        r = change(adding, service, name, wanted);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool has_changes(const struct adding *adding)
{
    return json_object_size(option(adding, "scale")) > 0 ||
           json_object_size(option(adding, "images")) > 0;
}

/* The tree, with what the options change in it, as it is kept. */
static int make_spec(struct adding *adding)
{
    int r = change_tree(adding, "scale", scale);

    if (r == 0)
        r = change_tree(adding, "images", set_image);
    return r < 0 ? r
                 : project_canonical_tree(adding->request->project, adding->tree, &adding->spec,
                                          &adding->error);
}

static int change_what_serves(struct adding *adding)
{
    struct store_revision revision;
    int r;

    if (!has_changes(adding))
        return error_set(&adding->error, EINVAL,
                         "nothing is to be changed: options.scale or options.images says what");
    if (adding->project.serving == 0)
        return no_revision(adding);
    r = store_get_revision(adding->store, &adding->arena, adding->request->project,
                           adding->project.serving, &revision, &adding->error);
    if (r < 0)
        return r;
    adding->tree = json_loads(revision.spec, 0, NULL);
    if (adding->tree == NULL)
        return error_set(&adding->error, EUCLEAN, "revision %u cannot be read",
                         adding->project.serving);
    return make_spec(adding);
}

static bool is_among(const json_t *names, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(names, i, item)
    {
        if (strcmp(json_string_value(item), name) == 0)
            return true;
    }
    return false;
}

/* The services of `from` that are not among the chosen, in the place of those of `into`. */
static void put_back(json_t *into, json_t *from, const json_t *chosen)
{
    json_t *service;
    const char *name;
    void *next;

    json_object_foreach_safe(into, next, name, service)
    {
        if (!is_among(chosen, name))
            (void)json_object_del(into, name);
    }
    json_object_foreach(from, name, service)
    {
        if (!is_among(chosen, name))
            (void)json_object_set(into, name, service);
    }
}

/* An up of some services leaves the others as they serve, and what they stand on. */
static int keep_the_others(struct adding *adding)
{
    static const char *const sections[] = {"networks", "volumes", "configs", "secrets"};
    const json_t *chosen = option(adding, "services");
    struct store_revision revision;
    json_t *served;
    int r;

    if (json_array_size(chosen) == 0 || adding->project.serving == 0)
        return 0;
    r = store_get_revision(adding->store, &adding->arena, adding->request->project,
                           adding->project.serving, &revision, &adding->error);
    if (r < 0)
        return r;
    served = json_loads(revision.spec, 0, NULL);
    put_back(json_object_get(adding->tree, "services"), json_object_get(served, "services"),
             chosen);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        json_t *before = json_object_get(served, sections[i]);
        json_t *section = json_object_get(adding->tree, sections[i]);

        if (json_is_object(section))
            (void)json_object_update_missing(section, before);
        else if (json_is_object(before))
            (void)json_object_set(adding->tree, sections[i], before);
    }
    json_decref(served);
    return 0;
}

static int take_spec(struct adding *adding)
{
    int r;

    if (!json_is_object(adding->request->spec))
        return error_set(&adding->error, EINVAL,
                         "the spec is an object: what 'slipway config --format json' prints");
    adding->tree = json_deep_copy(adding->request->spec);
    if (adding->tree == NULL)
        return error_set(&adding->error, ENOMEM, "out of memory");
    r = project_check_support(adding->request->project, adding->tree, &adding->error);
    if (r == 0)
        r = keep_the_others(adding);
    return r < 0 ? r : make_spec(adding);
}

static int take_revision(struct adding *adding)
{
    struct store_revision revision;
    int r = store_get_revision(adding->store, &adding->arena, adding->request->project,
                               adding->request->revision, &revision, &adding->error);

    adding->revision = adding->request->revision;
    return r;
}

/* Which revision it leads to: one of before, or a new one, whose text is made. */
static int find_target(struct adding *adding)
{
    const struct deploys_request *request = adding->request;

    if (is_kind(adding, "down")) {
        adding->revision = 0;
        return adding->project.name != NULL
                   ? 0
                   : error_set(&adding->error, ENOENT, "there is no project \"%.100s\"",
                               request->project);
    }
    if (is_kind(adding, "scale") || is_kind(adding, "image"))
        return change_what_serves(adding);
    if (is_kind(adding, "up") && request->spec != NULL)
        return take_spec(adding);
    if (is_kind(adding, "up") || is_kind(adding, "rollback"))
        return request->revision > 0
                   ? take_revision(adding)
                   : error_set(&adding->error, EINVAL, "either spec or revision must be given");
    if (is_kind(adding, "start") || is_kind(adding, "stop") || is_kind(adding, "restart") ||
        is_kind(adding, "rm")) {
        adding->revision = adding->project.serving;
        return adding->revision > 0 ? 0 : no_revision(adding);
    }
    return error_set(&adding->error, EINVAL, "\"%.40s\" is no kind of deploy", request->kind);
}

/* Others that are under way */

static void format_time(uint64_t unix_ns, char text[32])
{
    time_t seconds = (time_t)(unix_ns / TIME_SECOND);
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
}

static int look_at_others(struct adding *adding)
{
    const char *lock = json_string_value(option(adding, "lock"));
    struct store_deploy *deploys;
    const struct store_deploy *first;
    char since[32];
    uint32_t count;
    int r = store_list_deploys(adding->store, &adding->arena, adding->request->project, true, 0,
                               &deploys, &count, &adding->error);

    if (r < 0 || count == 0)
        return r;
    first = &deploys[count - 1];
    format_time(first->started_unix_ns, since);
    if (lock != NULL && strcmp(lock, "refuse") == 0)
        return error_set(&adding->error, EBUSY,
                         "deploy %" PRIu64 " (%s by %s, since %s) is under way for project \"%s\"",
                         first->id, first->kind, first->author, since, adding->request->project);
    adding->waiting = json_pack("{s:s, s:{s:I, s:s, s:s, s:s}}", "type", "waiting", "for", "deploy",
                                (json_int_t)first->id, "kind", first->kind, "author", first->author,
                                "since", since);
    return 0;
}

/* Keeping it */

static int keep_revision(struct adding *adding)
{
    const struct deploys_request *request = adding->request;
    const char *note =
        request->note != NULL && *request->note != '\0' ? request->note : request->kind;
    const struct content_hash hash = content_hash_bytes(adding->spec, strlen(adding->spec));
    const struct store_revision revision = {
        .created_unix_ns = os_real_time_ns(),
        .author = request->author,
        .note = note,
        .spec = adding->spec,
        .resolution = "{}",
        .spec_hash = hash.text,
        .state = STORE_REVISION_NEW,
    };

    return store_add_revision(adding->store, request->project, &revision, &adding->revision,
                              &adding->error);
}

static int keep_deploy(struct adding *adding)
{
    const struct deploys_request *request = adding->request;
    struct store_deploy deploy = {
        .project = request->project,
        .from = adding->project.name != NULL ? adding->project.serving : 0,
        .to = adding->revision,
        .kind = request->kind,
        .author = request->author,
        .note = request->note,
        .state = STORE_DEPLOY_WAITING,
        .started_unix_ns = os_real_time_ns(),
    };

    deploy.options = adding->options != NULL ? adding->options : "{}";
    return store_add_deploy(adding->store, &deploy, &adding->id, &adding->error);
}

static void tell_waiting(struct adding *adding)
{
    struct store_event event = {
        .unix_ns = os_real_time_ns(), .project = adding->request->project, .deploy = adding->id};
    uint64_t sequence;

    if (adding->waiting != NULL)
        adding->event = json_dumps(adding->waiting, JSON_COMPACT);
    if (adding->event == NULL)
        return;
    event.text = adding->event;
    if (store_add_event(adding->store, &event, &sequence, NULL) == 0)
        followers_tell(&adding->keepers->followers);
}

/* What will be read again by the one that does it. */
static int check_options(struct adding *adding)
{
    struct deploy_options options;
    const char *copy;
    char *text;
    int r;

    r = deploy_request_check_options(adding->request->options, &adding->error);
    if (r == 0)
        r = deploy_request_check_text("author", adding->request->author, &adding->error);
    if (r == 0)
        r = deploy_request_check_text("note", adding->request->note, &adding->error);
    if (r < 0 || adding->request->options == NULL)
        return r;
    text = json_dumps(adding->request->options, JSON_COMPACT);
    if (text == NULL)
        return error_set(&adding->error, ENOMEM, "out of memory");
    free(adding->options);
    adding->options = text;
    copy = arena_strdup(&adding->arena, text);
    return deploy_options_from_json(&adding->arena, copy, &options, &adding->error);
}

/* 1 where the very same text serves already: no revision is made for it, unless the deploy finds
 * that an image or a program has become another. */
static int take_what_serves(struct adding *adding)
{
    const struct content_hash hash = content_hash_bytes(adding->spec, strlen(adding->spec));
    struct store_revision revision;
    json_t *options;
    int r;

    if (adding->waiting != NULL || adding->project.serving == 0 || adding->project.is_down ||
        json_is_true(option(adding, "force_recreate")))
        return 0;
    r = store_get_revision(adding->store, &adding->arena, adding->request->project,
                           adding->project.serving, &revision, &adding->error);
    if (r < 0)
        return r;
    if (strcmp(revision.spec_hash, hash.text) != 0)
        return 0;
    options = adding->request->options != NULL ? json_copy((json_t *)adding->request->options)
                                               : json_object();
    (void)json_object_set_new(options, "renew", json_true());
    free(adding->options);
    adding->options = json_dumps(options, JSON_COMPACT);
    json_decref(options);
    if (adding->options == NULL)
        return error_set(&adding->error, ENOMEM, "out of memory");
    adding->revision = adding->project.serving;
    return 1;
}

static json_t *services_of(struct adding *adding, uint32_t number)
{
    struct store_revision revision;

    if (number == 0 || store_get_revision(adding->store, &adding->arena, adding->request->project,
                                          number, &revision, NULL) < 0)
        return NULL;
    return json_loads(revision.spec, 0, NULL);
}

/* Those that are named are in what is deployed, or in what serves. */
static int check_services(struct adding *adding)
{
    json_t *before;
    int r;

    if (json_array_size(option(adding, "services")) == 0)
        return 0;
    before = services_of(adding, adding->project.serving);
    if (adding->tree == NULL)
        adding->tree = services_of(adding, adding->revision);
    r = deploy_request_check_services(adding->request->options, adding->tree, before,
                                      adding->request->project, &adding->error);
    json_decref(before);
    return r;
}

static void add(void *context)
{
    struct adding *adding = context;
    struct keeper *keeper = NULL;
    int r = store_get_project(adding->store, &adding->arena, adding->request->project,
                              &adding->project, &adding->error);

    if (r == -ENOENT) {
        adding->project = (struct store_project){0};
        adding->error = error_free(adding->error);
        r = 0;
    }
    if (r == 0)
        r = check_options(adding);
    if (r == 0)
        r = find_target(adding);
    if (r == 0)
        r = check_services(adding);
    if (r == 0 && !adding->is_for_plan) {
        r = look_at_others(adding);
        if (r == 0)
            r = keepers_need(adding->keepers, adding->request->project, &keeper, &adding->error);
        if (r == 0 && adding->spec != NULL)
            r = take_what_serves(adding);
        if (r > 0)
            r = 0;
        else if (r == 0 && adding->spec != NULL)
            r = keep_revision(adding);
        if (r == 0)
            r = keep_deploy(adding);
        if (r == 0 && keeper != NULL) {
            tell_waiting(adding);
            keeper_world_wake(&keeper->world);
        }
    }
    adding->result = r;
}

static int run(struct adding *adding, struct error **reterr)
{
    int r;

    if (!project_name_is_valid(adding->request->project))
        return error_set(reterr, EINVAL, "\"%.100s\" is no name of a project",
                         adding->request->project);
    arena_init(&adding->arena, MEMORY_MAX);
    r = store_open(adding->keepers->around.folder, &adding->store, reterr);
    if (r == 0) {
        (void)pthread_mutex_lock(&adding->keepers->accepting);
        r = arena_protect(&adding->arena, add, adding);
        (void)pthread_mutex_unlock(&adding->keepers->accepting);
        if (r < 0) {
            adding->error = error_free(adding->error);
            (void)error_set(reterr, -r, "the project is too large");
        } else if (adding->result < 0 && reterr != NULL) {
            *reterr = take_ptr(adding->error);
        }
        if (r == 0)
            r = adding->result;
    }
    error_free(adding->error);
    json_decref(adding->tree);
    json_decref(adding->waiting);
    free(adding->event);
    free(adding->options);
    adding->store = store_close(adding->store);
    arena_deinit(&adding->arena);
    return r;
}

char *deploys_failure_event(uint32_t revision, const char *message)
{
    json_t *event = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s}", "type", "result", "state",
                              "failed", "revision", (int)revision, "ok", 0, "changed", 0, "failed",
                              0, "message", message);
    char *text = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;

    json_decref(event);
    return text;
}

int deploys_add(struct keepers *keepers, const struct deploys_request *request, uint64_t *ret_id,
                uint32_t *ret_revision, struct error **reterr)
{
    struct adding adding = {.keepers = keepers, .request = request};
    int r = run(&adding, reterr);

    free(adding.spec);
    if (r == 0) {
        *ret_id = adding.id;
        *ret_revision = adding.revision;
    }
    return r;
}

int deploys_spec(struct keepers *keepers, const struct deploys_request *request, char **ret_text,
                 uint32_t *ret_revision, struct error **reterr)
{
    struct adding adding = {.keepers = keepers, .request = request, .is_for_plan = true};
    int r = run(&adding, reterr);

    if (r < 0) {
        free(adding.spec);
        return r;
    }
    *ret_text = adding.spec;
    *ret_revision = adding.revision;
    return 0;
}
