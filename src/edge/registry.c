/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "os/memory.h"
#include "os/os.h"

int registry_init(struct registry *registry, struct loop *loop, struct state *state)
{
    memset(registry, 0, sizeof(*registry));
    registry->loop = loop;
    registry->state = state;
    registry->targets = calloc(STATE_SLOT_COUNT, sizeof(*registry->targets));
    registry->groups = calloc(STATE_SLOT_COUNT, sizeof(*registry->groups));
    if (registry->targets != NULL && registry->groups != NULL)
        return 0;
    registry_deinit(registry);
    return -ENOMEM;
}

void registry_deinit(struct registry *registry)
{
    free(registry->targets);
    free(registry->groups);
    registry->targets = NULL;
    registry->groups = NULL;
}

/* Targets */

static socklen_t target_address(const struct snapshot *snapshot,
                                const struct snapshot_target *config, union os_address *ret)
{
    memset(ret, 0, sizeof(*ret));
    switch (config->family) {
    case ROUTE_FAMILY_IPV4:
        ret->ipv4.sin_family = AF_INET;
        ret->ipv4.sin_port = htons(config->port);
        memcpy(&ret->ipv4.sin_addr, config->bytes, 4);
        return sizeof(ret->ipv4);
    case ROUTE_FAMILY_IPV6:
        ret->ipv6.sin6_family = AF_INET6;
        ret->ipv6.sin6_port = htons(config->port);
        ret->ipv6.sin6_scope_id = config->scope_id;
        memcpy(&ret->ipv6.sin6_addr, config->bytes, 16);
        return sizeof(ret->ipv6);
    case ROUTE_FAMILY_UNIX:
        if (config->path.length >= sizeof(ret->local.sun_path))
            return 0;
        ret->local.sun_family = AF_UNIX;
        memcpy(ret->local.sun_path, snapshot_text(snapshot, config->path), config->path.length);
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + config->path.length + 1);
    default:
        return 0;
    }
}

static void target_released(struct loop_message *message)
{
    struct target *target = (struct target *)message;
    struct registry *registry = target->registry;

    /* It may have been of a generation that never became the current one. */
    if (registry->targets[target->slot] == target || registry->targets[target->slot] == NULL) {
        registry->targets[target->slot] = NULL;
        state_retire(registry->state, target->slot, os_monotonic_time_ns());
    }
    free(target);
}

void target_release(struct target *target, struct loop *main_loop)
{
    if (atomic_fetch_sub_explicit(&target->references, 1, memory_order_acq_rel) == 1)
        loop_post(main_loop, &target->released);
}

/* False where the last reference is gone: it is about to be freed. */
static bool target_try_reference(struct target *target)
{
    uint32_t count = atomic_load_explicit(&target->references, memory_order_relaxed);

    while (count != 0)
        if (atomic_compare_exchange_weak_explicit(&target->references, &count, count + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    return false;
}

static struct target *target_new(struct registry *registry, struct group *group, uint32_t slot,
                                 const struct snapshot *snapshot,
                                 const struct snapshot_target *config)
{
    struct target *target = calloc(1, sizeof(*target) + config->text.length + 1);

    if (target == NULL)
        return NULL;
    target->released.receive = target_released;
    target->registry = registry;
    target->id = config->id;
    target->slot = slot;
    target->state = &registry->state->slots[slot];
    target->group = group;
    atomic_init(&target->references, 1);
    target->address_size = target_address(snapshot, config, &target->address);
    target->family = target->address_size == 0 ? ROUTE_FAMILY_NONE : config->family;
    memcpy(target->text, snapshot_text(snapshot, config->text), config->text.length);
    return target;
}

/* The one that there is, when its address is still the same, or another. With a reference. Its
 * group may be another: then it moves once the generation becomes the current one. */
static struct target *registry_target(struct registry *registry, struct group *group,
                                      const struct snapshot *snapshot,
                                      const struct snapshot_target *config)
{
    union os_address address;
    socklen_t size = target_address(snapshot, config, &address);
    uint32_t slot = state_take(registry->state, config->id, STATE_KIND_TARGET);
    struct target *target;

    if (slot == UINT32_MAX)
        return NULL;
    target = registry->targets[slot];
    if (target != NULL && target->address_size == size &&
        memcmp(&target->address, &address, size) == 0 && target_try_reference(target))
        return target;
    return target_new(registry, group, slot, snapshot, config);
}

/* Groups: as there is one for each name that was ever configured, they stay. */

static struct group *registry_group(struct registry *registry, const struct snapshot *snapshot,
                                    const struct snapshot_group *config)
{
    uint32_t slot = state_take(registry->state, config->id, STATE_KIND_GROUP);
    struct group *group;
    size_t length = config->name.length;

    if (slot == UINT32_MAX)
        return NULL;
    group = registry->groups[slot];
    if (group != NULL)
        return group;
    group = calloc(1, sizeof(*group));
    if (group == NULL)
        return NULL;
    group->id = config->id;
    group->slot = slot;
    if (length >= sizeof(group->name))
        length = sizeof(group->name) - 1;
    memcpy(group->name, snapshot_text(snapshot, config->name), length);
    atomic_flag_clear(&group->lock);
    registry->groups[slot] = group;
    return group;
}

/* Generations */

static void generation_free(struct generation *generation)
{
    struct registry *registry = generation->registry;

    if (generation->targets != NULL)
        for (uint32_t i = 0; i < generation->snapshot.target_count; i++)
            if (generation->targets[i] != NULL)
                target_release(generation->targets[i], registry->loop);
    free(generation->targets);
    free(generation->groups);
    free(generation->listener_slots);
    os_memory_unmap(generation->image, generation->image_size);
    bundle_close(&generation->certificates);
    free(generation);
}

static void generation_released(struct loop_message *message)
{
    struct generation *generation = (struct generation *)message;

    generation->registry->generation_count--;
    generation_free(generation);
}

void generation_release(struct generation *generation)
{
    if (generation == NULL)
        return;
    if (atomic_fetch_sub_explicit(&generation->references, 1, memory_order_acq_rel) == 1)
        loop_post(generation->registry->loop, &generation->released);
}

static int generation_map(int fd, void **ret_memory, size_t *ret_size)
{
    size_t size;
    int r;

    if (!os_memory_file_is_sealed(fd, &size))
        return -EBADMSG;
    r = os_memory_map(fd, size, false, ret_memory);
    if (r == 0)
        *ret_size = size;
    return r;
}

static int generation_fill_group(struct generation *generation, uint32_t number)
{
    const struct snapshot *snapshot = &generation->snapshot;
    const struct snapshot_group *config = &snapshot->groups[number];
    struct group_view *view = &generation->groups[number];

    view->group = registry_group(generation->registry, snapshot, config);
    if (view->group == NULL)
        return -ENOMEM;
    view->config = config;
    view->target_configs = &snapshot->targets[config->targets.first];
    view->targets = &generation->targets[config->targets.first];
    view->count = config->targets.count;
    for (uint32_t i = 0; i < view->count; i++) {
        view->targets[i] =
            registry_target(generation->registry, view->group, snapshot, &view->target_configs[i]);
        if (view->targets[i] == NULL)
            return -ENOMEM;
    }
    return 0;
}

static int generation_fill(struct generation *generation)
{
    const struct snapshot *snapshot = &generation->snapshot;
    int r = 0;

    generation->groups = calloc(snapshot->group_count + 1, sizeof(*generation->groups));
    generation->targets = calloc(snapshot->target_count + 1, sizeof(*generation->targets));
    generation->listener_slots =
        calloc(snapshot->listener_count + 1, sizeof(*generation->listener_slots));
    if (generation->groups == NULL || generation->targets == NULL ||
        generation->listener_slots == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; r == 0 && i < snapshot->group_count; i++)
        r = generation_fill_group(generation, i);
    for (uint32_t i = 0; r == 0 && i < snapshot->listener_count; i++) {
        generation->listener_slots[i] =
            state_take(generation->registry->state, snapshot->listeners[i].id, STATE_KIND_LISTENER);
        if (generation->listener_slots[i] == UINT32_MAX)
            r = -ENOMEM;
    }
    return r;
}

int registry_load(struct registry *registry, uint64_t number, int snapshot_fd, int certificates_fd,
                  struct generation **ret_generation, struct error **reterr)
{
    struct generation *generation = calloc(1, sizeof(*generation));
    int r;

    if (generation == NULL)
        return error_set(reterr, ENOMEM, "there is no memory for the configuration");
    generation->released.receive = generation_released;
    generation->registry = registry;
    generation->number = number;
    atomic_init(&generation->references, 1);
    r = generation_map(snapshot_fd, &generation->image, &generation->image_size);
    if (r == 0)
        r = snapshot_open(generation->image, generation->image_size, &generation->snapshot);
    if (r == 0 && certificates_fd >= 0)
        r = bundle_open(certificates_fd, &generation->certificates);
    if (r == 0)
        r = generation_fill(generation);
    if (r < 0) {
        generation_free(generation);
        return error_set(reterr, -r, "the snapshot cannot be used: %s", error_text(-r));
    }
    registry->generation_count++;
    *ret_generation = generation;
    return 0;
}

/* It is what its slot stands for from now on. */
static void registry_put_target(struct registry *registry, struct target *target)
{
    registry->targets[target->slot] = target;
    atomic_store_explicit(&target->state->is_retired, 0, memory_order_relaxed);
}

void registry_set_current(struct registry *registry, struct generation *generation)
{
    struct generation *before = registry->current;

    registry->current = generation;
    for (uint32_t i = 0; i < generation->snapshot.group_count; i++) {
        const struct group_view *view = &generation->groups[i];

        for (uint32_t j = 0; j < view->count; j++) {
            registry_put_target(registry, view->targets[j]);
            view->targets[j]->group = view->group;
            atomic_store_explicit(&view->targets[j]->drain_ms, view->config->drain_ms,
                                  memory_order_relaxed);
            atomic_store_explicit(&view->targets[j]->generation, generation->number,
                                  memory_order_release);
        }
        group_changed(view->group);
    }
    generation_release(before);
}
