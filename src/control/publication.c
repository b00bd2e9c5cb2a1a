/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publication.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "control/names.h"
#include "control/resolver.h"
#include "os/memory.h"
#include "os/os.h"

#define MEMORY_MAX ((size_t)1 << 30)

void publication_close(struct publication *publication)
{
    os_closep(&publication->snapshot);
    publication->snapshot = -1;
    os_closep(&publication->certificates.bundle);
    publication->certificates.bundle = -1;
}

struct publication *publication_ref(struct publication *publication)
{
    atomic_fetch_add(&publication->references, 1);
    return publication;
}

struct publication *publication_unref(struct publication *publication)
{
    if (publication == NULL || atomic_fetch_sub(&publication->references, 1) > 1)
        return NULL;
    publication_close(publication);
    certificates_deinit(&publication->certificates);
    for (size_t i = 0; i < publication->project_count; i++)
        publication->projects[i] = project_unref(publication->projects[i]);
    free(publication->projects);
    arena_deinit(&publication->arena);
    free(publication);
    return NULL;
}

struct project *publication_project(const struct publication *publication, const char *name)
{
    for (size_t i = 0; i < publication->project_count; i++) {
        if (strcmp(publication->projects[i]->name, name) == 0)
            return publication->projects[i];
    }
    return NULL;
}

/* What is below the arena's recovery point. Names are looked up outside of it. */
struct making {
    struct publication *publication;
    struct resolver *resolver;
    struct arena temporary; /* of the image */
    const char *const *names;
    size_t name_count;
    void *image;
    size_t image_size;
    int result;
    struct error *error;
};

static void put_together(void *context)
{
    struct making *making = context;
    struct publication *publication = making->publication;

    making->result =
        merge_projects(&publication->arena, publication->projects, publication->project_count,
                       &publication->merged, &making->error);
    if (making->result == 0)
        making->name_count =
            names_of(&publication->arena, &publication->merged.config, &making->names);
}

static void fill_in(void *context)
{
    struct making *making = context;

    names_fill(&making->publication->arena, &making->publication->merged, making->resolver);
}

static void build_image(void *context)
{
    struct making *making = context;

    making->result = snapshot_build(&making->temporary, &making->publication->merged.config,
                                    &making->image, &making->image_size, &making->error);
}

/* Runs a step below a recovery point. */
static int protect(struct making *making, struct arena *arena, void (*step)(void *context),
                   struct error **reterr)
{
    int r = arena_protect(arena, step, making);

    if (r < 0) {
        making->error = error_free(making->error);
        return error_set(reterr, -r, "%s",
                         r == -E2BIG ? "the configuration is too large" : "out of memory");
    }
    if (making->result < 0) {
        if (reterr != NULL)
            *reterr = take_ptr(making->error);
        else
            making->error = error_free(making->error);
    }
    return making->result;
}

static int make_snapshot(struct making *making, struct error **reterr)
{
    struct publication *publication = making->publication;
    int r;

    arena_init(&making->temporary, MEMORY_MAX);
    r = protect(making, &making->temporary, build_image, reterr);
    if (r == 0) {
        const struct snapshot_header *header = making->image;

        memcpy(publication->content_hash, header->content_hash, sizeof(publication->content_hash));
        publication->snapshot =
            os_memory_file_of("slipway-snapshot", making->image, making->image_size);
        if (publication->snapshot < 0) {
            r = error_set(reterr, -publication->snapshot, "there is no memory for the snapshot: %s",
                          error_text(-publication->snapshot));
            publication->snapshot = -1;
        }
    }
    arena_deinit(&making->temporary);
    return r;
}

static int make(struct publication *publication, const struct publication_options *options,
                struct error **reterr)
{
    struct making making = {.publication = publication, .resolver = options->resolver};
    int r;

    r = protect(&making, &publication->arena, put_together, reterr);
    if (r == 0 && making.name_count > 0) {
        r = resolver_add_names(options->resolver, making.names, making.name_count);
        if (r < 0)
            return error_set(reterr, -r, "out of memory");
        resolver_wait(options->resolver, options->wait_ms);
    }
    if (r == 0)
        r = protect(&making, &publication->arena, fill_in, reterr);
    if (r == 0)
        r = make_snapshot(&making, reterr);
    if (r == 0)
        r = certificates_load(&publication->merged.config, options->ticket_keys,
                              &publication->certificates, reterr);
    return r;
}

int publication_new(struct project *const *projects, size_t count,
                    const struct publication_options *options, struct publication **ret_publication,
                    struct error **reterr)
{
    _cleanup_(publication_unrefp) struct publication *publication = calloc(1, sizeof(*publication));
    int r;

    if (publication == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    atomic_init(&publication->references, 1);
    publication->generation = options->generation;
    publication->snapshot = -1;
    publication->certificates.bundle = -1;
    arena_init(&publication->arena, MEMORY_MAX);
    publication->projects = calloc(count + 1, sizeof(struct project *));
    if (publication->projects == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        publication->projects[i] = project_ref(projects[i]);
    publication->project_count = count;
    r = make(publication, options, reterr);
    if (r < 0)
        return r;
    *ret_publication = take_ptr(publication);
    return 0;
}
