/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of one project. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "control/deploys.h"
#include "control/keepers.h"
#include "deploy/deploy.h"
#include "os/heap.h"
#include "os/os.h"
#include "store/store.h"

#define MEMORY_MAX ((size_t)64 << 20)
#define RETRY_NS   (5 * TIME_SECOND)

/* A look into the store for what is to be done next. */
struct look {
    struct keeper *keeper;
    struct arena arena;
    struct store_deploy deploy;
    bool has_deploy;
    int result;
    struct error *error;
};

static int find_out_whether_down(struct look *look)
{
    struct keeper *keeper = look->keeper;
    struct store_project project;
    int r = store_get_project(keeper->store, &look->arena, keeper->name, &project, &look->error);

    if (r < 0 && r != -ENOENT)
        return r;
    atomic_store(&keeper->is_unknown, r == -ENOENT);
    atomic_store(&keeper->is_down,
                 !look->has_deploy && (r == -ENOENT || project.is_down || project.serving == 0));
    return 0;
}

static void find_deploy(void *context)
{
    struct look *look = context;
    struct store_deploy *deploys;
    uint32_t count = 0;

    look->result = store_list_deploys(look->keeper->store, &look->arena, look->keeper->name, true,
                                      0, &deploys, &count, &look->error);
    look->has_deploy = look->result == 0 && count > 0;
    if (look->has_deploy)
        look->deploy = deploys[count - 1]; /* the oldest */
    if (look->result == 0)
        look->result = find_out_whether_down(look);
}

static int look_init(struct look *look, struct keeper *keeper)
{
    int r;

    *look = (struct look){.keeper = keeper};
    arena_init(&look->arena, MEMORY_MAX);
    r = arena_protect(&look->arena, find_deploy, look);
    return r < 0 ? r : look->result;
}

static void look_deinit(struct look *look)
{
    error_free(look->error);
    arena_deinit(&look->arena);
}

/* Told once, however often it is tried. */
static void complain(struct keeper *keeper, char **last, const char *what,
                     const struct error *error)
{
    const char *message = error != NULL ? error->message : "";

    if (*last != NULL && strcmp(*last, message) == 0)
        return;
    free(*last);
    *last = strdup(message);
    log_warning("project \"%s\": %s: %s", keeper->name, what, message);
}

static bool is_to_be_forgotten(const struct store_deploy *deploy)
{
    json_t *options = json_loads(deploy->options, 0, NULL);
    bool result = json_is_true(json_object_get(options, "forget"));

    json_decref(options);
    return deploy->to == 0 && result;
}

static void tell_failure(struct keeper *keeper, const struct store_deploy *deploy,
                         const char *message)
{
    _cleanup_free_ char *text = deploys_failure_event(deploy->from, message);

    if (text != NULL)
        keeper->world.world.ops->tell(&keeper->world.world, keeper->name, deploy->id, text);
}

static void give_up(struct keeper *keeper, const struct store_deploy *deploy, const char *message)
{
    _cleanup_error_ struct error *error = NULL;

    if (store_set_deploy_state(keeper->store, deploy->id, STORE_DEPLOY_FAILED, message,
                               os_real_time_ns(), &error) < 0)
        log_error("project \"%s\": %s", keeper->name, error->message);
    tell_failure(keeper, deploy, message);
}

/* It goes on when it can: for those who wait for it, as nothing can be kept perhaps. */
static void tell_trouble(struct keeper *keeper, const struct store_deploy *deploy,
                         const char *message)
{
    json_t *event = json_pack("{s:s, s:s}", "type", "progress", "text", message);
    char *text = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;

    if (text != NULL)
        keeper->world.world.ops->tell(&keeper->world.world, keeper->name, deploy->id, text);
    free(text);
    json_decref(event);
}

/* What comes after a deploy that has ended, or one that is to be tried again. */
static bool conclude(struct keeper *keeper, const struct store_deploy *deploy, const char *told,
                     const struct error *why)
{
    struct look after;
    /* One that cannot even be said to have failed is tried again, but not without end. */
    bool is_still_there =
        look_init(&after, keeper) < 0 || (after.has_deploy && after.deploy.id == deploy->id);

    look_deinit(&after);
    if (is_still_there && why != NULL)
        tell_trouble(keeper, deploy, why->message);
    if (!is_still_there && told != NULL)
        keeper->world.world.ops->tell(&keeper->world.world, keeper->name, deploy->id, told);
    followers_tell(&keeper->keepers->followers);
    os_trim_heap(); /* a deploy takes many times what is left of it */
    return !is_still_there;
}

/* Unless it is wanted again: whoever was told that it is down may have added another deploy. */
static void forget(struct keeper *keeper)
{
    _cleanup_error_ struct error *error = NULL;
    struct look look;

    (void)pthread_mutex_lock(&keeper->keepers->accepting);
    if (look_init(&look, keeper) == 0 && !look.has_deploy) {
        keeper_targets_forget(&keeper->world);
        if (store_remove_project(keeper->store, keeper->name, &error) < 0)
            log_error("project \"%s\": %s", keeper->name, error->message);
        else
            keepers_forget(keeper);
    }
    (void)pthread_mutex_unlock(&keeper->keepers->accepting);
    look_deinit(&look);
}

/* Whether it may be looked at the next thing at once. */
static bool do_deploy(struct keeper *keeper, const struct store_deploy *deploy)
{
    _cleanup_error_ struct error *error = NULL;
    _cleanup_free_ char *told = NULL;
    int r;

    keeper_world_hold_result(&keeper->world);
    r = deploy_run(&keeper->world.world, keeper->store, deploy->id, &error);
    told = keeper_world_take_result(&keeper->world);
    if (r == -ECANCELED)
        return true;
    if (r < 0)
        log_warning("project \"%s\": deploy %llu: %s", keeper->name, (unsigned long long)deploy->id,
                    error != NULL ? error->message : error_text(-r));
    else if (is_to_be_forgotten(deploy))
        forget(keeper);
    return conclude(keeper, deploy, told, r < 0 ? error : NULL);
}

static uint64_t heal(struct keeper *keeper, char **complaint)
{
    _cleanup_error_ struct error *error = NULL;
    uint64_t next_ns = TIME_FOREVER;
    int r = deploy_heal(&keeper->world.world, keeper->store, keeper->name, &next_ns, &error);

    if (r == 0) {
        free(*complaint);
        *complaint = NULL;
    } else if (r != -ECANCELED) {
        complain(keeper, complaint, "it cannot be looked after", error);
        next_ns = time_add(os_monotonic_time_ns(), RETRY_NS);
    }
    return next_ns;
}

/* One thing; false when the store fails. Until when to wait for the next is written. */
static bool turn(struct keeper *keeper, char **complaint, uint64_t *ret_until_ns)
{
    uint64_t retry_ns = time_add(os_monotonic_time_ns(), RETRY_NS);
    struct look look;
    bool is_good = look_init(&look, keeper) == 0;

    *ret_until_ns = 0;
    if (!is_good)
        complain(keeper, complaint, "its deploys cannot be read", look.error);
    else if (!look.has_deploy)
        *ret_until_ns = heal(keeper, complaint);
    else if (!do_deploy(keeper, &look.deploy))
        *ret_until_ns = retry_ns;
    if (!is_good)
        *ret_until_ns = retry_ns;
    look_deinit(&look);
    return is_good;
}

/* The end of a tree in the foreground: what is under way is given up, and all goes. */
static void clear(struct keeper *keeper)
{
    static const char message[] = "it was ended with everything else";
    _cleanup_error_ struct error *error = NULL;
    struct store_deploy deploy = {
        .project = keeper->name, .kind = "down", .author = "the end", .options = "{}"};
    struct look look;
    uint64_t id;

    keeper_world_end_edge(&keeper->world);
    keeper_world_interrupt(&keeper->world, false);
    for (;;) {
        bool has_one = look_init(&look, keeper) == 0 && look.has_deploy;

        if (has_one)
            give_up(keeper, &look.deploy, message);
        look_deinit(&look);
        if (!has_one)
            break;
    }
    if (store_add_deploy(keeper->store, &deploy, &id, &error) < 0 ||
        deploy_run(&keeper->world.world, keeper->store, id, &error) < 0)
        log_error("project \"%s\" cannot be stopped: %s", keeper->name,
                  error != NULL ? error->message : "");
}

static bool is_over(struct keeper *keeper)
{
    return atomic_load(&keeper->is_clearing) || keeper_world_is_stopping(&keeper->world);
}

static bool is_free(struct keeper *keeper)
{
    struct look look;
    bool result =
        look_init(&look, keeper) == 0 && !look.has_deploy && atomic_load(&keeper->is_unknown);

    look_deinit(&look);
    return result;
}

static bool open_store(struct keeper *keeper, char **complaint)
{
    for (;;) {
        _cleanup_error_ struct error *error = NULL;

        if (store_open(keeper->keepers->around.folder, &keeper->store, &error) == 0)
            return true;
        complain(keeper, complaint, "it cannot be kept", error);
        if (is_over(keeper) ||
            !keeper_world_idle(&keeper->world, time_add(os_monotonic_time_ns(), RETRY_NS)))
            return false;
    }
}

void *keeper_run(void *context)
{
    struct keeper *keeper = context;
    _cleanup_error_ struct error *error = NULL;
    char *complaint = NULL;
    uint64_t until_ns;

    keeper_world_begin(&keeper->world);
    (void)pthread_mutex_lock(&keeper->world.lock);
    keeper_targets_load(&keeper->world);
    (void)pthread_mutex_unlock(&keeper->world.lock);
    if (open_store(keeper, &complaint)) {
        int r = deploy_restore(&keeper->world.world, keeper->store, keeper->name, &error);

        if (r < 0 && r != -ECANCELED)
            complain(keeper, &complaint, "what served cannot be served again yet", error);
        while (!is_over(keeper)) {
            (void)turn(keeper, &complaint, &until_ns);
            if (until_ns > 0 && keepers_let_go(keeper, is_free))
                break;
            if (until_ns > 0 && !is_over(keeper) && !keeper_world_idle(&keeper->world, until_ns))
                break;
        }
        if (atomic_load(&keeper->is_clearing))
            clear(keeper);
    }
    keeper->store = store_close(keeper->store);
    keeper_world_rest(&keeper->world);
    free(complaint);
    atomic_store(&keeper->has_ended, true);
    return NULL;
}
