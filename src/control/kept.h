/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What control keeps in its folder, so that a kill costs nothing: the projects, as
 * projects/NAME.json, and the keys of session tickets (tickets.h).
 *
 * A project is staged before the edge is told of it, as NAME.json.next, and takes its place once
 * the edge has taken it: what may fail, such as a full disk, fails before anything is changed. One
 * that goes is staged likewise, as NAME.json.removed.
 */
#pragma once

#include <stddef.h>

struct error;

#define KEPT_PROJECTS_MAX 4096

/* Makes the folders. */
int kept_prepare(const char *folder, struct error **reterr);

/* Calls found for each project, in the order of their names. What cannot be read is told to failed,
 * and passed over. */
int kept_load(const char *folder,
              void (*found)(void *context, const char *name, const char *text, size_t size),
              void (*failed)(void *context, const char *name, const struct error *error),
              void *context, struct error **reterr);

/* One of them. The caller frees *ret_text. */
int kept_read(const char *folder, const char *name, char **ret_text, size_t *ret_size,
              struct error **reterr);

int kept_stage(const char *folder, const char *name, const char *text, size_t size,
               struct error **reterr);
int kept_commit(const char *folder, const char *name, struct error **reterr);
void kept_discard(const char *folder, const char *name);

/* One that is not there is no error. */
int kept_stage_removal(const char *folder, const char *name, struct error **reterr);
void kept_commit_removal(const char *folder, const char *name);
int kept_discard_removal(const char *folder, const char *name, struct error **reterr);
