/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options as a sealed memory file, by which they reach a supervisor that takes over: texts one
 * after another, each with its NUL. Only supervisors read it, of this version or another.
 */
#pragma once

#include <stddef.h>

#include "cmd/supervisor/supervisor.h"

struct error;

struct stored_options {
    struct supervisor_options options; /* points into the rest */
    const char *program;               /* where the program's file is, for an upgrade */
    char *data;
    char **loader_arguments;
};

/* Returns a descriptor or -errno. */
int options_store(const struct supervisor_options *options, const char *program);

/* The descriptor stays the caller's. Returns 0 or -errno; -EBADMSG for what is none. */
int options_read(int fd, struct stored_options *ret_stored, struct error **reterr);
void options_free(struct stored_options *stored);
