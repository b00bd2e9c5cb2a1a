/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands for deploys and instances ask of the daemon: paths and bodies. All of it is
 * arena memory. Functions that return false or NULL have said why.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/daemon/session.h"

/* "/v1/a/b%2Fc" of the segments, which end in NULL. */
const char *request_path(struct session *session, ...) __attribute__((sentinel));

/* The path with "?name=value" or "&name=value" behind it; as it is where the value is NULL. */
const char *request_query(struct session *session, const char *path, const char *name,
                          const char *value);

struct value *request_map(struct session *session);
struct value *request_list(struct session *session, const struct cli_values *words, size_t first);
void request_set(struct session *session, struct value *map, const char *key, struct value *value);
void request_set_text(struct session *session, struct value *map, const char *key,
                      const char *text); /* nothing where it is NULL */
void request_set_flag(struct session *session, struct value *map, const char *key, bool flag);
void request_set_number(struct session *session, struct value *map, const char *key,
                        int64_t number);
const char *request_text(struct session *session, const struct value *map);

/* Who asks: "anna@build1". */
const char *request_author(struct session *session);

/* The body of a deploy. spec is JSON, or NULL. */
const char *request_deploy(struct session *session, const char *kind, const char *note,
                           const char *spec, struct value *options);

/* Sends it for the project: the deploy's id in *ret_id. */
bool request_post_deploy(struct session *session, const char *project, const char *body,
                         uint64_t *ret_id);

/* The name of the project, or false after saying that there is none. */
bool request_project(struct session *session, const char **ret_project);

/* What a document says, as a tree of the same order. */
struct value *request_value(struct session *session, const json_t *json);

/* A number that an option has; false, after saying so, for what is none. */
bool request_number(struct session *session, enum option_id option, uint64_t maximum,
                    uint64_t *ret_number);

/* Says what is wrong with the command line. */
void request_misused(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For lists of names given as words: "api", "web". */
bool request_names_word(const struct cli_values *words, const char *name);
