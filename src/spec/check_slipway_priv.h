/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of x-slipway share. Private to src/spec/check_slipway*.c. */
#pragma once

#include "spec/load.h"
#include "spec/shape.h"

struct check {
    struct load *load;
    struct hashmap ports; /* "SERVICE:PORT" */
    const struct value *services;
    const struct value *groups;
};

/* check_slipway.c */

/* At the value, or at the name of the entry. */
void check_refuse(const struct check *check, const struct value *value, const struct place *place,
                  const char *hint, const char *message);
void check_refuse_entry(const struct check *check, const struct value_entry *entry,
                        const struct place *place, const char *hint, const char *message);

/* Refuses the entries of those names, the list of which ends in NULL: "WHOM has no NAME". */
void check_refuse_keys(const struct check *check, const struct value *map, const char *const *names,
                       const char *whom, const char *hint, const struct place *place);

/* check_slipway_groups.c */

/* Once, before the rest: which ports each service lists. */
void check_note_ports(struct check *check);
void check_group(const struct check *check, const struct value_entry *entry,
                 const struct place *place);
void check_group_exists(const struct check *check, const char *name, struct mark mark,
                        uint32_t span, const struct place *place);

/* check_slipway_rules.c */

void check_rules(const struct check *check, const struct value *rules, bool is_tcp,
                 const struct place *place);
void check_default_action(const struct check *check, const struct value *action, bool is_tcp,
                          const struct place *place);
void check_rate_limits(const struct check *check, const struct value *limits,
                       const struct place *place);

/* check_slipway_listeners.c */

void check_listener(const struct check *check, const struct value_entry *entry,
                    struct hashmap *addresses, const struct place *place);
