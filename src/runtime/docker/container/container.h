/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service's map says, as what the engine takes to make a container. It looks at nothing but
 * its input and the files that the map names (seccomp profiles, configs and secrets); all that
 * comes out is memory of the arena or of the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/container.h"
#include "model/observed.h"
#include "runtime/runtime.h"

struct arena;
struct error;

struct container_input {
    const struct runtime_instance_options *options;
    /* The project's, for "service:NAME"; NULL: none runs. */
    const struct observed *observed;
    /* The engine's names of networks on which an address can be asked for; ends in NULL; may be
     * NULL. There the instance is nameless until it joins. */
    const char *const *fixed_networks;
    unsigned int version; /* of the engine's API: 43 of 1.43 */
};

/* A config or a secret. */
struct container_file {
    const char *path; /* absolute, and more than a slash */
    const char *data;
    size_t size;
    unsigned int mode, uid, gid;
    /* Where the file is put by way of a volume, its folder; else "". */
    const char *volume_folder;
};

struct container {
    const char *name;
    const char *platform; /* NULL: the machine's */
    struct engine_container_config config;
    const struct container_file *files;
    uint32_t file_count;
};

/* -EINVAL, -EOPNOTSUPP, -ENOENT with the service and the key. */
int container_translate(struct arena *arena, const struct container_input *input,
                        struct container *ret, struct error **reterr);
