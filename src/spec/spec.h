/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way from a user's Compose files to one canonical tree:
 *
 *     find the files and the environment   project.c
 *     read                                 reader.c
 *     put variables in                     interpolate.c
 *     check, and write short forms out     shape.c, forms.c
 *     make paths absolute                  paths.c
 *     extends, include                     extends.c, include.c
 *     merge the files                      merge.c
 *     defaults, names, env_file            complete.c
 *     references and contradictions        check.c, check_slipway.c
 *     profiles, order                      complete.c
 *
 * Everything lives in the caller's arena, and all of it runs under the caller's recovery point:
 * call spec_load() inside arena_protect(), then spec_deinit() whether or not that succeeded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "spec/diagnostics.h"
#include "spec/env/environment.h"
#include "spec/reader.h"

/* How much memory a load may take: far above what any real project needs. */
#define SPEC_MEMORY_MAX ((size_t)1 << 30)

struct spec_list {
    const char *const *items;
    size_t count;
};

struct spec_options {
    struct spec_list files;     /* -f; "-" is standard input */
    struct spec_list env_files; /* --env-file */
    struct spec_list profiles;  /* --profile; "*" is all */
    struct spec_list services;  /* only these and what they depend on; none means all */
    const char *project_directory;
    const char *project_name;
    const char *current_directory; /* absolute */
    char *const *environment;      /* of the process */
    int standard_input;
    bool keep_templates;     /* do not put variables in */
    bool keep_plain;         /* do not add defaults, names and implied keys */
    bool keep_paths;         /* leave relative paths relative */
    bool keep_env_files;     /* leave env_file and label_file unread */
    bool is_resolved;        /* what a load gave: refuses what would read another file */
    bool skip_consistency;   /* do not look for contradictions and missing names */
    bool refuse_unsupported; /* keys that the runtimes of their services refuse are errors */
    bool all_profiles;       /* leave nothing out */
    bool explicit_commands;  /* command and entrypoint are null where they are not given */
};

struct spec {
    struct arena *arena;
    struct sources sources;
    struct diagnostics diagnostics;
    struct environment environment; /* what variables were put in from */
    struct hashmap unset;
    struct value *root;    /* the canonical tree; NULL where nothing could be read */
    struct value *raw;     /* with keep_templates: a list of the files' trees as they were read */
    const char *name;      /* of the project */
    const char *directory; /* of the project, absolute */
    const char *home;

    /* Resources outside of the arena; spec_deinit() frees them. */
    struct reader_library library;
    char *pending_text;
};

void spec_init(struct spec *spec, struct arena *arena);
void spec_deinit(struct spec *spec);

/* True when nothing is wrong; otherwise spec->diagnostics says what. */
bool spec_load(struct spec *spec, const struct spec_options *options);
