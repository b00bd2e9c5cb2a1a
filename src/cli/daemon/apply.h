/* SPDX-License-Identifier: Apache-2.0 */
/* Giving the project to the daemon. */
#pragma once

#include "cli/daemon/session.h"

/* Loads it and looks whether there is anything to serve; says what is wrong. */
bool apply_load(struct session *session);

/* Hands over what was loaded, and writes what has changed to the session's output. */
bool apply_send(struct session *session);
