/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "os/listing.h"
#include "os/os.h"
#include "os/tree.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

struct observation {
    struct arena *arena;
    struct instance *instances;
    size_t count;
    struct observed result;
};

static int compare(const void *a, const void *b)
{
    const struct observed_instance *left = a;
    const struct observed_instance *right = b;
    int order = strcmp(left->service, right->service);

    if (order != 0)
        return order;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return strcmp(left->id, right->id);
}

static void describe(void *context)
{
    struct observation *observation = context;
    size_t count = observation->count;

    observation->result.instances =
        arena_new_array(observation->arena, struct observed_instance, count > 0 ? count : 1);
    for (size_t i = 0; i < count; i++)
        process_describe(observation->arena, &observation->instances[i],
                         &observation->result.instances[i]);
    observation->result.count = (uint32_t)count;
    if (count > 0)
        qsort(observation->result.instances, count, sizeof(*observation->result.instances),
              compare);
}

/* One without orders was never finished, or is half removed; nothing can run for it. */
static void take_away(struct process_runtime *runtime, const char *folder, const char *id)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *orders = NULL;
    struct stat status;

    if (!process_is_id(id) || asprintf(&path, "%s/%s", folder, id) < 0) {
        path = NULL;
        return;
    }
    if (asprintf(&orders, "%s/" SHIM_ORDERS_FILE, path) < 0) {
        orders = NULL;
        return;
    }
    (void)pthread_mutex_lock(&runtime->lock);
    if (os->lstat(orders, &status) < 0 && errno == ENOENT)
        (void)os_remove_tree(path);
    (void)pthread_mutex_unlock(&runtime->lock);
}

static int load_all(struct process_runtime *runtime, const char *project, const char *folder,
                    const struct os_listing *listing, struct observation *observation)
{
    observation->instances = calloc(listing->count + 1, sizeof(*observation->instances));
    if (observation->instances == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < listing->count; i++) {
        /* What cannot be read is not ours to guess about: it stays, and is not told. */
        if (instance_load(runtime, project, listing->names[i],
                          &observation->instances[observation->count], NULL) == 0)
            observation->count++;
        else
            take_away(runtime, folder, listing->names[i]);
    }
    return 0;
}

int process_observe(struct runtime *base, struct arena *arena, const char *project,
                    struct observed *ret, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    struct observation observation = {.arena = arena};
    _cleanup_free_ char *folder = NULL;
    struct os_listing listing;
    int r;

    if (!process_is_name(project))
        return error_set(reterr, EINVAL, "\"%.80s\" is no name of a project", project);
    folder = process_project_folder(runtime, project);
    if (folder == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = os_list_folder(folder, PROCESS_INSTANCES_MAX, &listing, reterr);
    if (r < 0)
        return r;
    r = load_all(runtime, project, folder, &listing, &observation);
    if (r == 0)
        r = arena_protect(arena, describe, &observation);
    for (size_t i = 0; i < observation.count; i++)
        instance_deinit(&observation.instances[i]);
    free(observation.instances);
    os_listing_deinit(&listing);
    if (r < 0)
        return error_set(reterr, -r, "the instances of %s: %s", project, error_text(-r));
    *ret = observation.result;
    return 0;
}
