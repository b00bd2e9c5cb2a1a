/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the compiler share. Reading follows one pattern: a reader looks for a key in a
 * map, leaves the output alone where there is none, so that it holds the default, and refuses what
 * is of the wrong kind or out of range with the place in front. They return 0 or -EINVAL.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hashmap.h"
#include "model/value.h"
#include "route/config.h"

/* Where a value stands; the outermost has no parent. */
struct compile_place {
    const struct compile_place *parent;
    const char *key; /* NULL: an item */
    uint32_t index;
};

struct compile {
    struct arena *arena;
    const char *project;
    const struct value *services;
    struct route_group *groups;
    uint32_t group_count;
    uint32_t group_capacity;
    struct hashmap group_numbers; /* by name: position + 1 */
    struct error **reterr;
};

/* compile_read.c */

/* -EINVAL, always. */
int compile_refuse(const struct compile *compile, const struct compile_place *place,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The value is a map, and has none but these keys; the list of them ends in NULL. A value that is
 * not there is fine. */
int compile_check_keys(const struct compile *compile, const struct compile_place *place,
                       const struct value *map, const char *const *names);
int compile_check_list(const struct compile *compile, const struct compile_place *place,
                       const struct value *list);

int compile_text(const struct compile *compile, const struct compile_place *place,
                 const struct value *map, const char *key, const char **ret);
int compile_flag(const struct compile *compile, const struct compile_place *place,
                 const struct value *map, const char *key, bool *ret);
int compile_number(const struct compile *compile, const struct compile_place *place,
                   const struct value *map, const char *key, uint32_t minimum, uint32_t maximum,
                   uint32_t *ret);
int compile_bytes(const struct compile *compile, const struct compile_place *place,
                  const struct value *map, const char *key, uint64_t maximum, uint64_t *ret);
int compile_milliseconds(const struct compile *compile, const struct compile_place *place,
                         const struct value *map, const char *key, uint32_t *ret);
/* Rounded up. */
int compile_seconds(const struct compile *compile, const struct compile_place *place,
                    const struct value *map, const char *key, uint32_t *ret);
/* The position of the text in the list, which ends in NULL. */
int compile_choice(const struct compile *compile, const struct compile_place *place,
                   const struct value *map, const char *key, const char *const *choices,
                   uint32_t *ret);
int compile_texts(const struct compile *compile, const struct compile_place *place,
                  const struct value *map, const char *key, struct route_texts *ret);
int compile_networks(const struct compile *compile, const struct compile_place *place,
                     const struct value *map, const char *key, struct route_networks *ret);

/* compile_groups.c */

int compile_groups(struct compile *compile, const struct compile_place *place,
                   const struct value *groups);

/* The position of the group, which is made where a service of the name needs none. The place is
 * that of the reference. */
int compile_find_group(struct compile *compile, const struct compile_place *place, const char *name,
                       uint32_t *ret);

/* compile_rules.c */

struct compile_listener {
    const char *address; /* normalized */
    bool is_tcp;
};

int compile_rule(struct compile *compile, const struct compile_place *place,
                 const struct compile_listener *listener, const struct value *value,
                 uint32_t position, struct route_rule *ret);
int compile_action(struct compile *compile, const struct compile_place *place,
                   const struct value *value, struct route_action *ret);

/* compile_conditions.c */

int compile_conditions(struct compile *compile, const struct compile_place *place,
                       const struct value *when, struct route_conditions *ret);

/* compile_limits.c: project and rule as for identity_of_limit(). */

int compile_rate_limits(struct compile *compile, const struct compile_place *place,
                        const struct value *limits, const char *listener, const char *project,
                        const char *rule, struct route_rate_limits *ret);

/* compile_listeners.c */

int compile_listener(struct compile *compile, const struct compile_place *place,
                     const struct value *value, const char *name, struct route_listener *ret);
