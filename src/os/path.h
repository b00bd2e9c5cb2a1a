/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text: nothing here but the last two functions looks at the file system, so symbolic
 * links are not followed. Results are arena memory. An empty path means the current directory.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

struct error;

bool path_is_absolute(const char *path);

/* The shortest path that says the same: no "." and no doubled or last slash, and ".." only at the
 * front of a relative path. "" becomes ".". */
const char *path_clean(struct arena *arena, const char *path);

/* The name below the folder, cleaned. A slash in front of the name changes nothing: use
 * path_absolute() where an absolute name shall stand for itself. */
const char *path_join(struct arena *arena, const char *folder, const char *name);

/* The path itself where it is absolute, else the path below base; cleaned. */
const char *path_absolute(struct arena *arena, const char *base, const char *path);

/* Of the cleaned path, everything before the last name and the last name: "/a/b/" has "/a" and
 * "b", "b" has "." and "b", "/" has "/" and "/". */
const char *path_dirname(struct arena *arena, const char *path);
const char *path_basename(struct arena *arena, const char *path);

/* The caller frees *ret_path. As shells do, $PWD is believed where it names the directory that we
 * are in, so that the name by which the user came here is kept. */
int os_current_directory(char **ret_path, struct error **reterr);

/* $HOME; the caller frees *ret_path. */
int os_home_directory(char **ret_path, struct error **reterr);
