/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the snapshot builder share. All memory is of the arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "route/config.h"
#include "route/snapshot.h"

/* A section while it grows. */
struct build_section {
    char *data;
    uint32_t count;
    uint32_t capacity;
};

/* From keys of a fixed size to the order in which they were first seen. */
struct build_keys {
    struct build_key {
        uint32_t words[4];
    } * keys;
    uint32_t *slots; /* number + 1; 0 is free */
    uint32_t count;
    uint32_t capacity;
    uint32_t slot_count;
};

struct build_index;

struct build {
    struct arena *arena;
    const struct route_config *config;
    struct build_section sections[SNAPSHOT_SECTION_COUNT];
    struct snapshot_text *texts; /* each different one */
    uint32_t text_count;
    uint32_t text_capacity;
    uint32_t *text_slots;
    uint32_t text_slot_count;
    struct build_keys ids;
    struct build_keys logs; /* by their paths' hashes */
    struct build_index *index;
    struct snapshot_lookup host_lookup;
    struct snapshot_lookup path_lookup;
};

/* build_sections.c */

/* The number of the first of so many new, zeroed records. Never fails but by the arena: a section
 * that cannot be numbered counts as the arena's limit. */
uint32_t build_add(struct build *build, enum snapshot_section_id id, size_t count);

/* Valid until the next build_add() to that section. */
void *build_record(const struct build *build, enum snapshot_section_id id, uint32_t number);
#define build_get(build, SECTION, type, number)                                                    \
    ((type *)build_record((build), SNAPSHOT_##SECTION, (number)))

/* Where the next record of the section will stand. */
uint32_t build_count(const struct build *build, enum snapshot_section_id id);

/* Equal texts are stored once, and so have the same offset. */
struct snapshot_text build_text(struct build *build, const char *data, size_t length);
struct snapshot_text build_string(struct build *build, const char *text); /* NULL: "" */

/* The number of the key; a new one gets the next, and *ret_new tells. */
uint32_t build_key(struct build *build, struct build_keys *keys, struct build_key key,
                   bool *ret_new);

/* Puts the sections together. */
void build_image(struct build *build, void **ret_image, size_t *ret_size);

/* Writes the hash of the content into an image; tests mend damaged images with it. */
void build_seal(void *image, size_t size);

/* build_checks.c: 0, or -EINVAL with a message */

int build_check_name(const char *what, const char *text, struct error **reterr);
int build_check_pattern(const char *what, const char *text, struct error **reterr);
int build_check_line(const char *what, const char *text, struct error **reterr);
int build_check_header_operation(const struct route_header_operation *operation,
                                 struct error **reterr);
int build_check_id(struct build *build, uint32_t kind, uint64_t id, struct error **reterr);

/* build_rules.c, build_groups.c, build_template.c, build_settings.c */

int build_listener(struct build *build, uint32_t number, struct error **reterr);
int build_rule_conditions(struct build *build, const struct route_conditions *when, uint32_t rule,
                          struct error **reterr);
int build_networks(struct build *build, const struct route_networks *networks,
                   struct snapshot_networks *ret, struct error **reterr);
int build_group(struct build *build, uint32_t number, struct error **reterr);
int build_rate_limits(struct build *build, const struct route_rate_limits *source,
                      struct snapshot_span *ret, struct error **reterr);
/* All that a listener says besides its rules and certificates. */
int build_settings(struct build *build, const struct route_listener *source,
                   struct snapshot_listener *ret, struct error **reterr);

/* Cuts a template at its placeholders. */
int build_template(struct build *build, const char *what, const char *text,
                   struct snapshot_span *ret, struct error **reterr);

/* build_index.c */

void build_index_start(struct build *build);
/* Between the rules of one listener and those of the next. */
void build_index_listener(struct build *build, uint32_t listener);
void build_index_rule(struct build *build, uint32_t rule);
void build_index_finish(struct build *build);
