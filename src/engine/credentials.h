/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user's docker configuration (config.json in $DOCKER_CONFIG or ~/.docker) knows about
 * registries: names and passwords in it, or helper programs that keep them (credHelpers,
 * credsStore). Results are secrets in the form in which the engine wants them; the caller frees
 * them.
 */
#pragma once

#include "engine/engine.h"

/* For the registry of an image's reference: NULL in *ret where there is nothing for it, or no
 * configuration. A file that cannot be read, or a helper that fails, is an error. folder NULL: the
 * usual one. */
int engine_find_credentials(const char *folder, const char *reference, int cancel_fd, char **ret,
                            struct error **reterr);

/* All that there is, for builds. */
int engine_find_all_credentials(const char *folder, int cancel_fd, char **ret,
                                struct error **reterr);

/* "docker.io" for "nginx", "localhost:5000" for "localhost:5000/a/b:1"; into a buffer of the
 * caller's. -EINVAL for what is no reference. */
int engine_registry_of(const char *reference, char *registry, size_t size, struct error **reterr);
