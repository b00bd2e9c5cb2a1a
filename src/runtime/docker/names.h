/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What things of a project are called in the engine, and the labels by which they are found again.
 * Those of Compose are kept, so that each tool finds what the other made.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"

struct arena;
struct runtime_instance_options;

#define LABEL_PROJECT      "com.docker.compose.project"
#define LABEL_SERVICE      "com.docker.compose.service"
#define LABEL_NUMBER       "com.docker.compose.container-number"
#define LABEL_ONEOFF       "com.docker.compose.oneoff" /* "True", "False" */
#define LABEL_COMPOSE_HASH "com.docker.compose.config-hash"
#define LABEL_NETWORK      "com.docker.compose.network"
#define LABEL_VOLUME       "com.docker.compose.volume"

#define LABEL_REVISION "io.slipway.revision"
#define LABEL_CONFIG   "io.slipway.config"
#define LABEL_CONTENT  "io.slipway.content"
/* JSON: what stop() and join() must know without the project's file. */
#define LABEL_HOOKS   "io.slipway.hooks"   /* {"post_start": [...], "pre_stop": [...]} */
#define LABEL_ALIASES "io.slipway.aliases" /* {NETWORK: [NAME, ...]}: where it joins and leaves */
/* Of a network, "fixed": a container can come back to it with the address that it had. */
#define LABEL_SUBNET "io.slipway.subnet"
/* Of images that were built here, and of volumes that hold configs and secrets. */
#define LABEL_BUILT "io.slipway.project"
#define LABEL_FILES "io.slipway.files"

/* Volumes with configs and secrets of containers whose own files are read-only. */
#define FILES_VOLUME_PREFIX "slipway-files-"

/* "shop-api-2", what container_name says, or the name that was asked for. */
const char *name_of_instance(struct arena *arena, const struct runtime_instance_options *options);

/* What the file's network or volume is called in the engine; section is "networks" or "volumes". */
const char *name_of_resource(struct arena *arena, const struct value *root, const char *project,
                             const char *section, const char *key);
bool resource_is_external(const struct value *root, const char *section, const char *key);

/* The image of a service that is built and does not name one: "shop-api". */
const char *name_of_built_image(struct arena *arena, const char *project, const char *service);

/* The names that keep images from being pruned: "slipway.local/shop/api" with a tag "r7". Names
 * that may not stand there are written in another way, each in its own. */
#define RETENTION_HOST "slipway.local"
const char *name_of_retention(struct arena *arena, const char *project, const char *service);
/* All of the project: "slipway.local/shop/". */
const char *name_of_retention_folder(struct arena *arena, const char *project);
