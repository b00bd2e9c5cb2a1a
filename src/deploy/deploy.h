/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out deploys: straight-line code for a thread of its own, one at a time for a project.
 * Each step is written to the journal before and after it is done. Called again after a crash it
 * finds out from the store and from what runs how far it came, and goes on or undoes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct error;
struct world;

/* What is asked for; kept with the deploy as JSON. */
struct deploy_options {
    bool force_recreate;
    bool force_pull;
    bool renew;                  /* of an `up` of what serves: set by control; see deploy_renew() */
    bool no_wait;                /* of `up --no-wait`: ends once started and switched: no bake */
    const char *const *services; /* these alone; NULL: all */
    uint32_t service_count;
    const char *const *instances; /* of a stop, start, restart or rm: these alone, by id; NULL */
    uint32_t instance_count;
    unsigned int remove; /* of a down: enum runtime_remove */
    const char *plan;    /* JSON of a plan that must still be the one; NULL */
};

const char *deploy_options_to_json(struct arena *arena, const struct deploy_options *options);
int deploy_options_from_json(struct arena *arena, const char *text, struct deploy_options *ret,
                             struct error **reterr);

/* Does the deploy of that id, which is waiting, or was under way when control ended. 0 when it is
 * done; -errno when it failed and the earlier revision serves again; -ECANCELED when the process is
 * to end and it will be gone on with. */
int deploy_run(struct world *world, struct store *store, uint64_t id, struct error **reterr);

/* What came of it where somebody cancelled it, for people: by whom. */
#define DEPLOY_CANCELLED "it was cancelled by %s"

/* Once it has begun, it goes on until all is gone that is to go: it is not cancelled any more. */
bool deploy_goes_on(const char *kind);

/* One look at a project that has no deploy under way: starts what died, replaces what fails for
 * good, follows addresses, publishes. *ret_next_ns: when to look again at the latest (monotonic).
 */
int deploy_heal(struct world *world, struct store *store, const char *project,
                uint64_t *ret_next_ns, struct error **reterr);

/* Publishes what the store says is in rotation, as after a restart, before anything else is done.
 */
int deploy_restore(struct world *world, struct store *store, const char *project,
                   struct error **reterr);

/* The plan of putting this revision (NULL spec: the one of that number; 0: down) in the place of
 * what serves, as JSON
 * {"project", "from", "to_hash", "contents_hash", "observed_hash", "steps":
 * [{"step","service","instance","number","wave","reason"}], "notes": [..], "changes": N}; memory of
 * the arena. The hashes are fingerprints (fingerprint.h). */
int deploy_plan(struct world *world, struct store *store, struct arena *arena, const char *project,
                const char *spec, uint32_t revision, const struct deploy_options *options,
                const char **ret_json, struct error **reterr);

/* What the API says of a content: an image's id. The hash of a program or of a folder would let who
 * must not read the files guess at what stands in them, so it is "". */
const char *deploy_shown_content(const char *content);

/* What runs, joined with what the edge knows and whether it is in rotation: JSON for the API's
 * list of instances. */
int deploy_list_instances(struct world *world, struct store *store, struct arena *arena,
                          const char *project, const char **ret_json, struct error **reterr);
