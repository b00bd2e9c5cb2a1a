/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups and their targets as the edge runs them. What users configured is in the snapshot and is
 * replaced with it; these stay for as long as their id is configured or a connection to them is
 * open, so that a change disturbs nothing. What is worth keeping when the edge dies is in the state
 * file (ipc/state.h), and is only pointed at from here.
 *
 * The edge's main thread makes them (registry.h); its other threads share them. Whatever they
 * change is atomic or behind the group's lock. References: one for each generation of the
 * configuration that has it, and one for each connection to it.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipc/state.h"
#include "loop/loop.h"
#include "os/socket.h"
#include "route/snapshot.h"

struct group;
struct registry;

struct target {
    struct loop_message released; /* to the main thread, by who dropped the last reference */
    struct registry *registry;
    uint64_t id;
    uint32_t slot; /* in the state file; threads index their own tables by it */
    struct state_slot *state;
    struct group *group; /* in the current generation, or the last that had it; the main thread's */
    _Atomic uint32_t references;
    _Atomic uint64_t generation;    /* the last one that has it */
    _Atomic uint32_t drain_ms;      /* as that one says */
    _Atomic uint32_t open_requests; /* in all threads; counted where the group limits them */
    uint16_t family;                /* enum route_family; NONE: its name is not resolved */
    socklen_t address_size;
    union os_address address;
    char text[]; /* as written, for logs and for the Host of health checks */
};

struct group {
    uint64_t id;
    uint32_t slot;
    char name[64]; /* cut; for logs */
    _Atomic uint32_t references;

    /* Goes up with everything that changes who may get a request, or how much: health, operators'
     * wishes, ejection, configuration. Threads then work out anew what they keep (balance.h). */
    _Atomic uint32_t version;

    /* Of all threads, so that turns are taken exactly; held for a few dozen instructions. */
    atomic_flag lock;
    uint64_t turn;
    _Atomic uint32_t pending; /* requests that wait for a connection, in all threads */
    _Atomic uint32_t ejected; /* targets, now */
};

/* A group in one generation. */
struct group_view {
    struct group *group;
    const struct snapshot_group *config;
    const struct snapshot_target *target_configs; /* in the order of targets */
    struct target **targets;
    uint32_t count;
};

static inline void group_changed(struct group *group)
{
    atomic_fetch_add_explicit(&group->version, 1, memory_order_release);
}

static inline void group_lock(struct group *group)
{
    while (atomic_flag_test_and_set_explicit(&group->lock, memory_order_acquire))
        __builtin_ia32_pause();
}

static inline void group_unlock(struct group *group)
{
    atomic_flag_clear_explicit(&group->lock, memory_order_release);
}
