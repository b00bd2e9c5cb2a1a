/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain structs to the engine's JSON and back, by tables: a row says which member stands under
 * which key. Private to this folder.
 *
 * Reading forgives: what is missing, null or of another type is as if it were not there, and gives
 * "", 0 and empty lists. What must be there is for the caller to check.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "engine/engine.h"
#include "model/value.h"

enum field_kind {
    FIELD_TEXT,     /* const char *; when written: NULL and "" are left out */
    FIELD_YES,      /* bool; false is left out */
    FIELD_CHOICE,   /* enum engine_choice */
    FIELD_NUMBER,   /* int64_t; 0 is left out */
    FIELD_UNSIGNED, /* uint64_t; read only: what is negative is 0 */
    FIELD_POINTED,  /* const int64_t *; NULL is left out */
    FIELD_TEXTS,    /* const char *const *, ends in NULL; NULL is left out */
    FIELD_SET,      /* the same, as a map to empty maps */
    FIELD_PAIRS,    /* struct engine_pairs; none is left out */
    FIELD_TIME,     /* uint64_t ns, from a date (RFC 3339) or seconds; read only */
    FIELD_LIST,     /* an array of structs and its count; none is left out */
    FIELD_KEYED,    /* the same, as a map: the key goes to the item's first member, a text */
};

struct field {
    const char *key; /* "A.B": B in the map under A */
    uint8_t kind;
    uint8_t version; /* of the API, before which it may not be written; 0: any */
    uint16_t offset;
    uint16_t count_offset;     /* of a uint32_t: LIST, KEYED */
    uint16_t item_size;        /* the same */
    const struct field *items; /* the same */
};

#define FIELD_SINCE(kind_, type, member, key_, version_)                                           \
    {                                                                                              \
        .key = (key_), .kind = FIELD_##kind_, .version = (version_),                               \
        .offset = offsetof(type, member)                                                           \
    }
#define FIELD(kind_, type, member, key_) FIELD_SINCE(kind_, type, member, key_, 0)
#define FIELD_ITEMS(kind_, type, member, count_member, key_, item_type, items_)                    \
    {                                                                                              \
        .key = (key_), .kind = FIELD_##kind_, .offset = offsetof(type, member),                    \
        .count_offset = offsetof(type, count_member), .item_size = sizeof(item_type),              \
        .items = (items_)                                                                          \
    }
#define FIELDS_END                                                                                 \
    {                                                                                              \
        .key = NULL                                                                                \
    }

/* The struct is filled as far as the table goes. Jumps out of the arena. */
void fields_read(struct arena *arena, const struct field *fields, const json_t *object,
                 void *structure);

/* A list of objects as an array of structs. */
void *fields_read_list(struct arena *arena, const struct field *fields, const json_t *list,
                       size_t item_size, uint32_t *ret_count);

/* Puts what the struct says into the map. A member that the version does not know, and that says
 * something, is named in *ret_unknown, which is otherwise left alone. Jumps out of the arena. */
void fields_write(struct arena *arena, const struct field *fields, const void *structure,
                  unsigned int version, struct value *map, const char **ret_unknown);

/* Single values. */
const char *field_text(struct arena *arena, const json_t *value); /* "" */
const char *const *field_texts(struct arena *arena, const json_t *list);
int64_t field_number(const json_t *value);                       /* 0 */
uint64_t field_time(const json_t *value);                        /* 0 */
const json_t *field_find(const json_t *object, const char *key); /* "A.B"; NULL */
struct value *field_map(struct arena *arena);

/* "2024-02-29T12:00:00.123456789Z", or with an offset from UTC; 0 for what is no date or before
 * 1970, as the engine's zero time is. */
uint64_t field_parse_time(const char *text, size_t length);

/* Makes a body of a struct: call->body becomes JSON. Errors are set, nothing jumps. */
struct call;
int fields_to_body(struct call *call, const struct field *fields, const void *structure,
                   unsigned int version, struct error **reterr);

/* The same of what a function builds. */
typedef void fields_builder(struct arena *arena, struct value *map, const void *context,
                            const char **ret_unknown);
int fields_build_body(struct call *call, fields_builder *build, const void *context,
                      unsigned int version, struct error **reterr);
