/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names of targets, looked up on threads of its own, as the system's way of doing so may take
 * as long as it likes, and again every 30 seconds, as it does not say for how long an answer holds.
 * A name that cannot be looked up any more keeps the addresses that it had.
 *
 * All functions may be called from any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/lookup.h"

#define RESOLVER_ADDRESSES_MAX 64 /* of one name */
#define RESOLVER_INTERVAL_MS   30000

struct error;
struct resolver;

struct resolver_options {
    int (*lookup)(const char *name, struct os_found *found, size_t capacity); /* os_lookup_host */
    uint64_t interval_ms;                                                     /* 0: 30 s */
    /* Called by a thread of the resolver when the addresses of a name are other than they were.
     * Not for what was looked up first, unless resolver_wait() gave up on it. */
    void (*changed)(void *context);
    void *context;
};

int resolver_new(const struct resolver_options *options, struct resolver **ret_resolver,
                 struct error **reterr);

/* Waits for lookups under way. Takes NULL, returns it. */
struct resolver *resolver_free(struct resolver *resolver);

/* Whether a lookup is under way, for which resolver_free() would wait. */
bool resolver_is_busy(struct resolver *resolver);

/* Looks after these names from now on, and forgets all others. Returns 0 or -ENOMEM. */
int resolver_set_names(struct resolver *resolver, const char *const *names, size_t count);

/* Adds to those that it looks after. */
int resolver_add_names(struct resolver *resolver, const char *const *names, size_t count);

/* Until each name that it looks after was looked up once, or that much time has passed. */
void resolver_wait(struct resolver *resolver, uint64_t timeout_ms);

/* The addresses of a name, in an order of their own, so that the same come in the same order; 0
 * where it has none, or none yet. */
size_t resolver_get(struct resolver *resolver, const char *name,
                    struct os_found found[RESOLVER_ADDRESSES_MAX]);
