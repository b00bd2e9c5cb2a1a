/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is meant: instances by the words that people type for them. A word is a service of the
 * project here, a name, a name without its project ("api-2"), or the beginning of an id, which must
 * be that of one instance only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/daemon/session.h"

struct scope_instance {
    const char *project;
    const char *id;
    const char *name;
    const char *service;
    const char *state; /* "running" */
    uint32_t number;
    bool is_oneoff;
    const struct value *all; /* what the daemon said */
};

struct scope {
    const char *project; /* the one here; NULL: there is none */
    struct scope_instance *instances;
    size_t count;
};

struct scope_match {
    const struct scope_instance **items;
    size_t count;
    bool is_service; /* found by the name of its service */
};

/* Asks the daemon, for all projects: what is meant may be in another. */
bool scope_load(struct session *session, struct scope *ret);

/* Asks again. What was found before stays valid. */
bool scope_refresh(struct session *session, struct scope *ret);

/* False when nothing or too much is meant, which has been said. A service of the project's files
 * may have no instances. */
bool scope_find(struct session *session, const struct scope *scope, const char *word,
                struct scope_match *ret);

/* Of all the words, each instance once; without words, all of the project here. */
bool scope_find_all(struct session *session, const struct scope *scope,
                    const struct cli_values *words, struct scope_match *ret);

/* One instance to talk to: of a service, that number, or the first that runs. */
const struct scope_instance *scope_find_one(struct session *session, const struct scope *scope,
                                            const char *word, uint64_t number);

/* "/v1/projects/P/instances/ID/ACTION" */
const char *scope_path(struct session *session, const struct scope_instance *instance,
                       const char *action);
