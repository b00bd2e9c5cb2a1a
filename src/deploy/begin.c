/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "deploy/deploy_priv.h"

#define MEMORY_MAX ((size_t)1 << 30)

struct beginning {
    struct deploy deploy;
    struct arena arena, looks;
    uint64_t id;
    int (*run)(struct deploy *deploy, void *context, struct error **reterr);
    void *context;
    struct error *error;
    int result;
};

static int fill(struct beginning *beginning)
{
    struct deploy *deploy = &beginning->deploy;
    struct error **reterr = &beginning->error;
    int r = 0;

    if (beginning->id != 0) {
        r = store_get_deploy(deploy->store, deploy->arena, beginning->id, &deploy->record, reterr);
        if (r == 0)
            r = deploy_options_from_json(deploy->arena, deploy->record.options, &deploy->options,
                                         reterr);
        if (r == 0)
            deploy->project = deploy->record.project;
    }
    deploy->empty.project = deploy->project;
    deploy->goal = &deploy->empty;
    if (r == 0)
        r = store_list_stopped(deploy->store, deploy->arena, deploy->project, &deploy->stopped,
                               &deploy->stopped_count, reterr);
    return r < 0 ? r : deploy_read_rotation(deploy, reterr);
}

static void run_inside(void *context)
{
    struct beginning *beginning = context;

    beginning->result = fill(beginning);
    if (beginning->result == 0)
        beginning->result =
            beginning->run(&beginning->deploy, beginning->context, &beginning->error);
}

/* The second recovery point, for what was seen at the last look. */
static void run_outside(void *context)
{
    struct beginning *beginning = context;
    int r = arena_protect(&beginning->looks, run_inside, beginning);

    if (r < 0)
        beginning->result = error_set(&beginning->error, -r, "out of memory");
}

int deploy_begin(struct world *world, struct store *store, const char *project, uint64_t id,
                 int (*run)(struct deploy *deploy, void *context, struct error **reterr),
                 void *context, struct error **reterr)
{
    struct beginning beginning = {.id = id, .run = run, .context = context};
    int r;

    arena_init(&beginning.arena, MEMORY_MAX);
    arena_init(&beginning.looks, MEMORY_MAX);
    beginning.deploy = (struct deploy){
        .world = world,
        .store = store,
        .project = project,
        .arena = &beginning.arena,
        .looks = &beginning.looks,
        .rotation_text = "",
        .document_hash = "",
    };
    r = arena_protect(&beginning.arena, run_outside, &beginning);
    if (r < 0)
        beginning.result = error_set(&beginning.error, -r, "out of memory");
    arena_deinit(&beginning.looks);
    arena_deinit(&beginning.arena);
    if (beginning.result < 0 && reterr != NULL) {
        if (beginning.error == NULL)
            (void)error_set(&beginning.error, -beginning.result, "%s",
                            error_text(-beginning.result));
        *reterr = beginning.error;
    } else {
        (void)error_free(beginning.error);
    }
    return beginning.result;
}
