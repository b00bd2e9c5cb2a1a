/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only runtimes and the store know, for who shows the edge: which instance a target stands
 * for, and which service a group is of. Made by the gatherer, read by the loop; it never changes
 * once it was made.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
    uint64_t hash; /* of the key */
    char *key, *name, *service;
};

struct names {
    _Atomic unsigned int references;
    struct name *items;
    size_t count, capacity;
    bool is_sorted;
    uint64_t digest; /* the same for the same names */
};

struct names *names_new(void);
struct names *names_ref(struct names *names);
struct names *names_unref(struct names *names); /* takes NULL, returns it */

/* While it is made. 0 or -ENOMEM. service may be NULL. */
int names_add_instance(struct names *names, const char *id, const char *name, const char *service);
int names_add_group(struct names *names, const char *project, const char *group,
                    const char *service);
void names_finish(struct names *names);

/* NULL where it is not known, or there are no names. A target's instance is its id, and perhaps '~'
 * and what tells its lives apart. */
const struct name *names_instance(const struct names *names, const char *instance);
const char *names_service(const struct names *names, const char *project, const char *group);
