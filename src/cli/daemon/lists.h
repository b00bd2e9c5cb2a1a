/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of targets and listeners, from the daemon's answers. */
#pragma once

#include "cli/daemon/session.h"

/* The last answer's, to the session's output. */
void lists_write_targets(struct session *session, const struct value *instances, uint64_t now_s);
void lists_write_listeners(struct session *session);

/* Where a target of the last answer stands for an instance, asks for the instances and then for the
 * targets again. They may be NULL: nobody knows them where their runtime does not answer. */
bool lists_load_instances(struct session *session, const char *targets_path,
                          const struct value **ret_instances);

/* The name of the instance that the target stands for; "" where it is not known. */
const char *lists_instance(const struct value *instances, const json_t *target);

/* How a state looks: green, yellow, red or dim. */
enum terminal_style lists_state_style(const char *state);

/* "5s", "3m", "2h", "9d"; arena memory. */
const char *lists_age(struct arena *arena, uint64_t seconds);
