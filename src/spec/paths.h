/* SPDX-License-Identifier: Apache-2.0 */
/* Makes relative paths absolute where the tables say that a path stands. */
#pragma once

#include "base/arena.h"
#include "model/value.h"
#include "spec/schema.h"

struct paths {
    struct arena *arena;
    const char *directory; /* absolute: what relative paths are relative to */
    const char *home;      /* for ~; NULL when unknown */
};

/* Changes the canonical tree in place. */
void paths_resolve(const struct paths *paths, struct value *value, const struct schema *schema);

const char *paths_absolute(const struct paths *paths, const char *path);

/* Whether a build context is fetched from elsewhere: a URL, git@host:, github.com/... */
bool paths_is_remote(const char *context);
