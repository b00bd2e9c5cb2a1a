/* SPDX-License-Identifier: Apache-2.0 */
/* The types that the tables share. Private to src/spec/schema*.c. */
#pragma once

#include "spec/schema.h"

extern const struct schema type_string;
extern const struct schema type_text;           /* string or number, kept as text */
extern const struct schema type_boolean;        /* true, false, or text that says so */
extern const struct schema type_strict_boolean; /* no text */
extern const struct schema type_integer;        /* or text that holds one */
extern const struct schema type_strict_integer;
extern const struct schema type_number;       /* or text that holds one */
extern const struct schema type_whole_number; /* a number in the schema, an integer to us */
extern const struct schema type_duration;
extern const struct schema type_bytes;
extern const struct schema type_bytes_text;     /* text only */
extern const struct schema type_strings;        /* a list */
extern const struct schema type_unique_strings; /* a list without repetition */
extern const struct schema type_string_or_list;
extern const struct schema type_mapping;      /* list_or_dict, missing values are "" */
extern const struct schema type_mapping_null; /* list_or_dict, missing values are null */
extern const struct schema type_options;      /* a map to strings and numbers */
extern const struct schema type_command;
extern const struct schema type_extra_hosts;
extern const struct schema type_ulimits;
extern const struct schema type_file_references;
extern const struct schema type_secret_references; /* the same, told apart under /run/secrets */
extern const struct schema type_hooks;
extern const struct schema type_hook;
extern const struct schema type_device_requests;
extern const struct schema type_gpus;
extern const struct schema type_build;
extern const struct schema type_deploy;
extern const struct schema type_develop;

/* The columns of a key: its name, its type, flags, what docker, swarm and process do with it, why,
 * and what it is for. */
#define H SUPPORT_HONOURED
#define E SUPPORT_EMULATED
#define R SUPPORT_REFUSED
#define KEY(name_, type_, flags_, docker_, swarm_, process_, note_, documentation_)                \
    {                                                                                              \
        .name = (name_), .schema = &(type_), .flags = (flags_),                                    \
        .support = {(docker_), (swarm_), (process_)}, .emulated = (note_), .refused = (note_),     \
        .documentation = (documentation_)                                                          \
    }
/* Where some runtimes emulate it and others refuse it. */
#define KEY_BOTH(name_, type_, docker_, swarm_, process_, emulated_, refused_)                     \
    {                                                                                              \
        .name = (name_), .schema = &(type_), .support = {(docker_), (swarm_), (process_)},         \
        .emulated = (emulated_), .refused = (refused_)                                             \
    }
/* A key that needs no remark: every runtime that honours its parent honours it. */
#define PLAIN_KEY(name_, type_) KEY(name_, type_, 0, H, H, H, NULL, NULL)
#define END_OF_KEYS                                                                                \
    {                                                                                              \
        .name = NULL                                                                               \
    }
