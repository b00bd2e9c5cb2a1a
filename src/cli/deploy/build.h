/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building images: the context is packed here, where the user's files are, and sent to the daemon,
 * whose engine builds.
 */
#pragma once

#include <stdbool.h>

#include "cli/daemon/session.h"

/* Builds what a deploy of the loaded project needs: services with a build section whose image is
 * not there yet or whose pull_policy is build; all of them where is_forced. */
bool build_for_up(struct session *session, const char *project, bool is_forced);

/* Builds the image of one service of the tree, which may be changed for it. Says what is wrong. */
bool build_one(struct session *session, const char *project, struct value *root,
               const char *service, bool no_cache);

/* Whether the service has an image that is built, by an engine. */
bool build_is_needed(const struct value *service);

/* Whether a context lies on another machine. */
bool build_is_remote(const char *context);
