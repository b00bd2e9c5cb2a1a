/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short syntax of a mount: [SOURCE:]TARGET[:OPTION[,OPTION...]]. A source that looks like a
 * path
 * (., /, ~, \\ or a drive letter first) makes it a bind, any other a named volume, none an
 * anonymous one. Everything returned is owned by the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct mount {
    const char *type;   /* "bind" or "volume" */
    const char *source; /* as written, not resolved; NULL for an anonymous volume */
    const char *target; /* with //, . and .. taken out */
    bool read_only;
    /* Whether the long form has the sections bind and volume. An option of one kind on a mount of
     * the other kind makes a section too, as in the reference. */
    bool has_bind;
    bool has_volume;
    bool create_host_path;   /* bind: always, for a bind in short syntax */
    const char *propagation; /* bind: "rslave" and the like; NULL where not given */
    const char *selinux;     /* bind: "z" or "Z"; NULL where not given */
    bool nocopy;             /* volume */
    /* The first option that means nothing; ignored, as the reference does. NULL where all do. */
    const char *unknown_option;
};

bool mount_parse(struct arena *arena, const char *text, size_t length, struct mount *ret_mount,
                 const char **ret_message);

/* The short syntax; reads back to the same mount, apart from an unknown option. */
const char *mount_print(struct arena *arena, const struct mount *mount)
    __attribute__((returns_nonnull));
