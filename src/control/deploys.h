/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking deploys on: what was asked for becomes a revision, where it brings one, and a deploy that
 * waits for its turn with the project's keeper. It waits for the disk: not for the loop's thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct error;
struct keepers;

struct deploys_request {
    const char *project;
    const char *kind; /* "up", "rollback", "scale", "image", "down", "start", "stop", ... */
    const char *author;
    const char *note;      /* NULL: none; a revision has the kind then */
    const json_t *spec;    /* of `up`; NULL: there is none */
    uint32_t revision;     /* of `rollback`, or of `up` without a spec; 0: none */
    const json_t *options; /* an object, or NULL */
};

/* -EINVAL where the spec or the request is wrong, -ENOENT where the project or revision is unknown,
 * -EBUSY where another deploy is under way and it was asked not to wait. */
int deploys_add(struct keepers *keepers, const struct deploys_request *request, uint64_t *ret_id,
                uint32_t *ret_revision, struct error **reterr);

/* The event of one that has failed without having been carried out, as deploys tell of their end:
 * the revision that serves, and why. Text to be freed; NULL without memory for it. */
char *deploys_failure_event(uint32_t revision, const char *message);

/* The spec of such a request as it would be kept: memory to be freed; NULL text where the kind has
 * none of its own (*ret_revision says which counts then). For plans. */
int deploys_spec(struct keepers *keepers, const struct deploys_request *request, char **ret_text,
                 uint32_t *ret_revision, struct error **reterr);
