/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that the node shall do at one time: the projects, what they come to together, and what of it
 * the edge gets. It never changes once it was made; whoever keeps one holds a reference, from any
 * thread.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "control/certificates.h"
#include "control/merge.h"
#include "control/project.h"
#include "route/snapshot.h"

struct error;
struct resolver;

struct publication {
    _Atomic unsigned int references;
    uint64_t generation;
    struct project **projects; /* in the order of their names */
    size_t project_count;
    struct arena arena;   /* of what follows */
    struct merged merged; /* with names looked up */
    struct certificates certificates;
    int snapshot;                           /* a descriptor */
    char content_hash[SNAPSHOT_HASH_BYTES]; /* of the snapshot */
};

struct publication_options {
    struct resolver *resolver;
    uint64_t wait_ms; /* for names that were never looked up */
    const struct bundle_ticket_keys *ticket_keys;
    uint64_t generation;
};

/* Takes references to the projects, which are in the order of their names. -EINVAL or -EEXIST with
 * what is wrong. */
int publication_new(struct project *const *projects, size_t count,
                    const struct publication_options *options, struct publication **ret_publication,
                    struct error **reterr);
struct publication *publication_ref(struct publication *publication);

/* Takes NULL, returns NULL. */
struct publication *publication_unref(struct publication *publication);

static inline void publication_unrefp(struct publication **publication)
{
    *publication = publication_unref(*publication);
}

/* The descriptors, which are of no use once the edge has them. */
void publication_close(struct publication *publication);

/* NULL where there is none. */
struct project *publication_project(const struct publication *publication, const char *name);
