/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration as the edge runs it. A generation is one snapshot, mapped, with the groups and
 * targets that it names; the registry makes them, and knows every group and target that is still
 * referenced by anything. Both are the main thread's; its worker threads each hold a reference to
 * the generation that they use, and drop it from where they are.
 *
 * What is not referenced any more is freed on the main thread's loop.
 */
#pragma once

#include <stdint.h>

#include "edge/group.h"
#include "ipc/bundle.h"
#include "loop/loop.h"
#include "route/snapshot.h"

struct error;
struct registry;

struct generation {
    struct loop_message released; /* to the main thread, by who dropped the last reference */
    struct registry *registry;
    _Atomic uint32_t references;
    uint64_t number;
    struct snapshot snapshot;
    void *image;
    size_t image_size;
    struct bundle certificates;
    struct group_view *groups; /* as in the snapshot */
    struct target **targets;   /* as in the snapshot */
    uint32_t *listener_slots;  /* in the state file, as in the snapshot */
};

struct registry {
    struct loop *loop;
    struct state *state;
    struct generation *current; /* NULL before the first */
    /* By slot of the state file; NULL where there is none. */
    struct target **targets;
    struct group **groups;
    uint64_t generation_count; /* alive */
};

int registry_init(struct registry *registry, struct loop *loop, struct state *state);
void registry_deinit(struct registry *registry);

/* Makes a generation of a sealed snapshot and certificate bundle; the descriptors stay the
 * caller's. certificates_fd may be -1. Nothing has changed until it is the current one: it may be
 * released instead. */
int registry_load(struct registry *registry, uint64_t number, int snapshot_fd, int certificates_fd,
                  struct generation **ret_generation, struct error **reterr);

/* Puts it in the place of the current one, whose targets that are gone begin to drain. */
void registry_set_current(struct registry *registry, struct generation *generation);

static inline struct generation *generation_reference(struct generation *generation)
{
    atomic_fetch_add_explicit(&generation->references, 1, memory_order_relaxed);
    return generation;
}

/* From any thread; does nothing to NULL. */
void generation_release(struct generation *generation);

static inline void target_reference(struct target *target)
{
    atomic_fetch_add_explicit(&target->references, 1, memory_order_relaxed);
}

/* From any thread. */
void target_release(struct target *target, struct loop *main_loop);
