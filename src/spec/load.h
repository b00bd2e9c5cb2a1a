/* SPDX-License-Identifier: Apache-2.0 */
/* What the stages of a load share. Private to src/spec. */
#pragma once

#include "base/hashmap.h"
#include "spec/schema.h"
#include "spec/spec.h"

/* Files that belong together: the ones on the command line, or those of one include. */
struct layer {
    const char *directory; /* what their relative paths are relative to, absolute */
    const struct environment *environment;
    const struct layer *parent; /* of an include */
    const char *file;           /* being read; for circles of include */
};

struct load {
    struct arena *arena;
    struct spec *spec;
    const struct spec_options *options;
    struct diagnostics *diagnostics;
    struct spec_list profiles; /* the enabled ones */
    bool gave_up_extends;
    struct hashmap extended_files;    /* see extends.c */
    struct hashmap included_projects; /* see include.c */
};

/* Where a reference to another file stands. */
struct reference {
    const struct value *value;
    const struct place *place;
};

enum {
    LOAD_FILE_MAX = 64 << 20,
    LOAD_ENV_FILE_MAX = 16 << 20
};

/* load.c */

/* Reads a text file or standard input ("-"). What is wrong is reported at the reference, or outside
 * of all files when it is NULL. The number of the source, or -1. */
int64_t load_text(struct load *load, const char *path, size_t limit_bytes,
                  const struct reference *reference);

/* Reads and parses; the documents are written also when something is wrong with them. */
bool load_documents(struct load *load, const char *path, const struct reference *reference,
                    struct documents *ret_documents);

/* From parsed tree to canonical tree, of a file or of the part of one that the schema is for. */
struct value *load_shape(struct load *load, const struct layer *layer, struct value *value,
                         const struct schema *schema, const struct place *place);

/* A whole document with what it includes and extends, merged over dict; returns what dict becomes.
 */
struct value *load_merge_document(struct load *load, const struct layer *layer,
                                  struct value *document, struct value *dict);

/* The key of a map nearest to a misspelt one, or NULL where none is near; map may be NULL. */
const char *load_nearest_key(const struct value *map, const char *name);

/* project.c */

bool project_file_exists(const char *path);

/* Which files make the project up, its folder, and the environment that variables come from. */
bool project_find(struct load *load, struct spec_list *ret_files);
void project_name(struct load *load, const struct documents *files, size_t file_count);
bool project_read_env_file(struct load *load, const char *path, const struct environment *outer,
                           bool raw, struct environment *into, const struct reference *reference);

/* Several, of which a later one wins over an earlier one; what into has already stays. references
 * has one for each file, or is NULL. */
bool project_read_env_list(struct load *load, struct spec_list files,
                           const struct environment *outer, struct environment *into,
                           const struct reference *references);

/* extends.c */

void extends_apply(struct load *load, const struct layer *layer, struct value *document,
                   const struct value *dict);

/* include.c */

void include_apply(struct load *load, const struct layer *layer, struct value *document);

/* resolved.c */

/* With is_resolved: whether the document asks for no other file. Those that do are reported. */
bool resolved_check(struct load *load, const struct value *document);

/* complete.c */

/* What is not said but follows: what the specification gives a value where none is written. */
void complete_defaults(struct load *load, struct value *root, const char *directory);
bool complete_is_active(const struct load *load, const struct value *service);
void complete_select(struct load *load, struct value *root); /* profiles, named services */
/* env_file, label_file and variables that are passed through. What cannot be read is left for a
 * later call when lenient, else reported. */
void complete_environment(struct load *load, struct value *root,
                          const struct environment *environment, bool lenient);
void complete_commands(struct load *load, struct value *root); /* null where not given */
void complete_order(struct value *value, const struct schema *schema);

/* normal_form.c */

/* Names of resources, the default network, dependencies implied by sharing. */
void normal_form(struct load *load, struct value *root);

/* check.c */

void check_consistency(struct load *load, const struct value *root);

/* check_ports.c */

void check_ports(struct load *load, const struct value *services);

/* check_cycles.c */

void check_cycles(struct load *load, const struct value *services);

/* check_slipway.c */

void check_slipway(struct load *load, const struct value *root);
