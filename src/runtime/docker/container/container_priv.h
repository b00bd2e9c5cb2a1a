/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of container_translate(), each for some keys. Those that can fail return 0 or -errno
 * with an error that names the key. */
#pragma once

#include "base/arena.h"
#include "model/value.h"
#include "runtime/docker/container/container.h"
#include "runtime/docker/container/texts.h"

#define CONTAINER_FILE_MAX ((size_t)4 << 20)

struct making {
    struct arena *arena;
    const struct container_input *input;
    const struct runtime_instance_options *options;
    const struct value *root;    /* of the project */
    const struct value *service; /* its map */
    struct container *container;
    struct engine_container_config *config;
    const char *aliases; /* for the label; "" */
};

void container_set_identity(struct making *making); /* name, labels, image, environment */
int container_set_keys(struct making *making, struct error **reterr);   /* those of the table */
int container_set_life(struct making *making, struct error **reterr);   /* health, restart, logs */
int container_set_limits(struct making *making, struct error **reterr); /* and devices */
int container_set_security(struct making *making, struct error **reterr);
int container_set_mounts(struct making *making, struct error **reterr);
int container_set_files(struct making *making, struct error **reterr); /* after mounts */
int container_set_networks(struct making *making, struct error **reterr);
int container_set_ports(struct making *making, struct error **reterr);

/* Whether the engine itself publishes a port of it. */
bool container_publishes(const struct making *making);

/* "service:NAME" becomes the id of an instance, behind the prefix; other texts stay. */
int container_refer(const struct making *making, const char *key, const char *text,
                    const char *prefix, const char **ret, struct error **reterr);

/* A whole small file, with a NUL behind it. */
int container_read_file(const struct making *making, const char *path, const char **ret_data,
                        size_t *ret_size, struct error **reterr);
