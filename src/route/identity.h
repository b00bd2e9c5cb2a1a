/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stable ids: what has one keeps its counters, health and connections from one configuration to the
 * next, in all processes and for ever. They are hashes of what a thing is called, so nobody has to
 * remember them; never 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the name of a group ends in whose targets are on standby: they are checked, and no rule
 * leads to them. */
#define IDENTITY_STANDBY "@next"

/* The address as address_normalize_listener() writes it. */
uint64_t identity_of_listener(const char *address);
uint64_t identity_of_group(const char *project, const char *group);

/* The address as address_format() writes it; as it was written where its name is not resolved. */
uint64_t identity_of_target(const char *project, const char *group, const char *address);

/* Of an instance that a runtime runs: the same at whatever address, and also while it is on
 * standby, as a target of the group "GROUP@next". The place tells apart what one instance has
 * several of: its port, or the path of its socket. */
uint64_t identity_of_instance(const char *project, const char *group, const char *instance,
                              const char *place);

bool identity_is_standby(const char *group);

/* The listener's address as above. Of a limit of the listener itself, project and rule are "". A
 * rule without a name goes by its position, "#3". */
uint64_t identity_of_limit(const char *listener, const char *project, const char *rule,
                           uint32_t position);
uint64_t identity_of_log(const char *path);
