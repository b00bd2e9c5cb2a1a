/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that asks runtimes which instances a project has, one project at a time, so that who
 * wants to know need not wait for a runtime that does not answer.
 *
 *     lister_ask(keeper) ... lister_take(until) -> what it found, once
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct keeper;
struct keepers;
struct lister;

struct listing {
    struct keeper *keeper; /* whose project was asked for; NULL: of none */
    uint64_t version;      /* of the keeper's world, before */
    uint64_t began_ns, ended_ns;
    char *text;  /* the JSON of GET /v1/projects/NAME/instances; NULL: not known */
    char *error; /* why not; may be NULL too */
};

void listing_deinit(struct listing *listing);

/* NULL where it cannot be: out of memory, or of threads. */
struct lister *lister_new(struct keepers *keepers);
struct lister *lister_free(struct lister *lister); /* joins; NULL is fine */

/* It ends soon, unless a runtime keeps it waiting. */
void lister_stop(struct lister *lister);
bool lister_has_stopped(const struct lister *lister);

/* Of one thread, that of its owner. How long it has been at work; false where it is not. */
bool lister_is_busy(struct lister *lister, uint64_t *ret_for_ns);
void lister_ask(struct lister *lister, struct keeper *keeper); /* while it is not busy */
/* Waits until then at most. False where nothing was asked, or it is not known yet. */
bool lister_take(struct lister *lister, uint64_t until_ns, struct listing *ret);
/* Nothing is asked for a while: it lets go of what it holds. */
void lister_rest(struct lister *lister);
