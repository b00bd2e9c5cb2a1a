/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The project as the daemon takes it: resolved so far that nothing else is read for it. What load
 * gave has env_files read and paths absolute; here the content of configs and secrets, from files
 * and variables of the user who calls, takes the place of what names them.
 */
#pragma once

#include "cli/daemon/session.h"

/* Loads the project and puts the content in; says what is wrong. */
bool resolved_load(struct session *session);

/* The tree as text; arena memory. */
const char *resolved_json(struct session *session);

bool resolved_has_services(const struct session *session);

/* The names given and what they depend on, as a list; NULL where none are given. False where one is
 * none of the project's, which has been said. */
bool resolved_services(struct session *session, const struct cli_values *names,
                       bool with_dependencies, struct value **ret_list);
