/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project as control holds it: the JSON that it came as, and what that means for the edge. It
 * never changes; whoever keeps one holds a reference, from any thread.
 */
#pragma once

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "route/config.h"

struct error;

#define PROJECT_NAME_LENGTH 63

struct project {
    _Atomic unsigned int references;
    char *name;
    char *text; /* ends in NUL */
    size_t size;
    struct arena arena;         /* of what follows */
    struct route_config config; /* with names of targets not looked up yet */
    bool has_services;
};

/* Lower-case letters, digits, '-' and '_', the first of them a letter or a digit. So it can be the
 * name of a file. */
bool project_name_is_valid(const char *name);

/* Takes the JSON as what came from outside: loads it as the files of a user are loaded, then
 * compiles it. It has to be resolved: no other file is read for it, and no variable is put in.
 * -EINVAL, with what is wrong and where. */
int project_new(const char *name, const char *text, size_t size, struct project **ret_project,
                struct error **reterr);

/* Takes JSON as above and gives it as the canonical tree, on one line, as it came: '$' is "$$".
 * That is what the store keeps. The caller frees *ret_text. */
int project_canonical(const char *name, const char *text, size_t size, char **ret_text,
                      struct error **reterr);

/* The same of a tree. */
int project_canonical_tree(const char *name, const json_t *tree, char **ret_text,
                           struct error **reterr);

/* Whether each service's runtime takes all that the service asks for: of what is new, as what ran
 * before goes on as it was. -EINVAL, with what is not. */
int project_check_support(const char *name, const json_t *tree, struct error **reterr);

struct project *project_ref(struct project *project);

/* Takes NULL, returns NULL. */
struct project *project_unref(struct project *project);

static inline void project_unrefp(struct project **project)
{
    *project = project_unref(*project);
}
