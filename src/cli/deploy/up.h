/* SPDX-License-Identifier: Apache-2.0 */
/* Deploying the project: load it, build what is to be built, hand it over, follow. */
#pragma once

#include "cli/daemon/session.h"

/* Loads it and looks whether there is anything to run; says what is wrong. */
bool up_load(struct session *session);

/* Hands over what was loaded and follows the deploy; flags of follow.h. */
bool up_send(struct session *session, unsigned int flags);

/* The options of a deploy as the command line has them, for `up` and `plan`. NULL after saying what
 * is wrong. */
struct value *up_options(struct session *session);
