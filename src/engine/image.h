/* SPDX-License-Identifier: Apache-2.0 */
/* Images; see engine.h for what all calls share. An image is named by a reference or its id. */
#pragma once

#include "engine/engine.h"

struct engine_image {
    const char *id;             /* "sha256:..." */
    const char *const *names;   /* "nginx:1.2"; ends in NULL, never NULL itself */
    const char *const *digests; /* "nginx@sha256:..." */
    uint64_t created_unix_ns;
    uint64_t size_bytes;
    struct engine_pairs labels;
    /* Not in a list: */
    uint64_t tagged_unix_ns; /* when it got its newest name: pulled, built; 0: not known */
    const char *platform_os, *architecture, *variant; /* "linux", "arm64", "v8" */
    const char *const *command, *const *entrypoint, *const *environment;
    const char *const *exposed_ports; /* "80/tcp" */
    const char *const *volumes;
    const char *const *health_test; /* {"CMD", ..., NULL}; empty: none */
    const char *user, *working_directory, *stop_signal;
    /* In a list only: */
    int64_t container_count; /* that use it; -1: not told */
};

int engine_inspect_image(const struct engine *engine, struct arena *arena, const char *reference,
                         struct engine_image *ret, struct error **reterr);

/* Without those that are only layers of others. */
int engine_list_images(const struct engine *engine, struct arena *arena,
                       struct engine_pairs filters, struct engine_image **ret, uint32_t *ret_count,
                       struct error **reterr);

/* How far it is: text for people ("2 of 5 layers"), and bytes; total 0 as long as it is unknown. */
typedef void engine_progress(void *context, const char *text, uint64_t done, uint64_t total);

struct engine_pull {
    const char *reference;     /* without a tag and digest: ":latest" */
    const char *platform;      /* "linux/arm64"; NULL */
    const char *credentials;   /* of credentials.h; NULL */
    engine_progress *progress; /* NULL */
    void *context;
};

/* -ENOENT where there is no such image, -EACCES where the registry refuses. */
int engine_pull_image(const struct engine *engine, const struct engine_pull *pull,
                      struct error **reterr);

/* To the registry that its name says. */
int engine_push_image(const struct engine *engine, const struct engine_pull *push,
                      struct error **reterr);

struct engine_build {
    int context_fd;                /* a tar file, read from where it stands to its end */
    const char *dockerfile;        /* in it; NULL: "Dockerfile" */
    const char *const *names;      /* to give to what comes of it; ends in NULL; may be NULL */
    struct engine_pairs arguments; /* a value of NULL: only declared */
    struct engine_pairs labels;
    const char *target;
    const char *const *cache_from;
    const char *network; /* NULL: the usual one */
    const char *platform;
    const char *const *extra_hosts; /* NAME:ADDRESS */
    int64_t shared_memory_bytes;    /* 0: the usual size */
    const struct engine_limit *limits;
    uint32_t limit_count;
    bool pulls, has_no_cache;
    const char *all_credentials; /* of credentials.h, for base images; NULL */
    engine_sink *output;         /* what the build says, as it says it; NULL */
    void *context;
};

/* By the classic builder. Where a step fails, that is -EIO with what the engine says. */
int engine_build_image(const struct engine *engine, struct arena *arena,
                       const struct engine_build *build, const char **ret_id,
                       struct error **reterr);

/* The new name is "nginx:1.2"; it is taken from another image where that had it. */
int engine_tag_image(const struct engine *engine, const char *reference, const char *name,
                     struct error **reterr);

/* A name is taken away; with the last one the image goes, if nothing uses it. -EBUSY otherwise. */
int engine_remove_image(const struct engine *engine, const char *reference, bool force,
                        struct error **reterr);

/* Unused images that the filters match: {"dangling", "true"} those without a name, {"label", ...}.
 * *ret_bytes may be NULL. */
int engine_prune_images(const struct engine *engine, struct engine_pairs filters,
                        uint64_t *ret_bytes, struct error **reterr);

/* A tar file of images, as `docker save` writes it. */
int engine_load_images(const struct engine *engine, int tar_fd, engine_sink *output, void *context,
                       struct error **reterr);
