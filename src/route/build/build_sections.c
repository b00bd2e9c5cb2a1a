/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing the sections and putting them together. Everything starts zeroed and records have no
 * holes between their members, so that the same config makes the same bytes.
 */
#include "route/build/build_priv.h"

#include <string.h>

#include "base/hash.h"

#define HASHED_FROM (offsetof(struct snapshot_header, content_hash) + SNAPSHOT_HASH_BYTES)

static const uint32_t record_sizes[SNAPSHOT_SECTION_COUNT] = {
#define X(name, member, type) [SNAPSHOT_##name] = sizeof(type),
    SNAPSHOT_SECTIONS(X)
#undef X
};

/* Records must not have holes. */
_Static_assert(sizeof(struct snapshot_limits) == 40, "layout");
_Static_assert(sizeof(struct snapshot_rate_limit) == 40, "layout");
_Static_assert(sizeof(struct snapshot_access_log) == 24, "layout");
_Static_assert(sizeof(struct snapshot_listener) ==
                   8 + 40 + 2 * 8 + 16 + 3 * 8 + 2 * 4 + 32 + 24 + 8 + 3 * 4 + 12,
               "layout");
_Static_assert(sizeof(struct snapshot_conditions) == 56, "layout");
_Static_assert(sizeof(struct snapshot_action) == 48, "layout");
_Static_assert(sizeof(struct snapshot_rewrite) == 28, "layout");
_Static_assert(sizeof(struct snapshot_rule) == 3 * SNAPSHOT_SECTION_ALIGNMENT, "layout");
_Static_assert(offsetof(struct snapshot_rule, action) == SNAPSHOT_SECTION_ALIGNMENT, "layout");
_Static_assert(sizeof(struct snapshot_health) == 36, "layout");
_Static_assert(sizeof(struct snapshot_group) == 8 + 16 + 8 + 8 + 8 + 8 + 8 + 36 + 24 + 12 + 8,
               "layout");
_Static_assert(sizeof(struct snapshot_target) == 56, "layout");
_Static_assert(sizeof(struct snapshot_host) == 64, "layout");
_Static_assert(sizeof(struct snapshot_path) == 32, "layout");
_Static_assert(sizeof(struct snapshot_entry) == 12, "layout");
_Static_assert(sizeof(struct lookup_slot) * LOOKUP_BUCKET_SLOTS == SNAPSHOT_SECTION_ALIGNMENT,
               "a bucket is a cache line");

/* More than can be numbered: reported as the arena reports more than it may hold. */
static void too_large(struct build *build)
{
    (void)arena_alloc_array(build->arena, SIZE_MAX, 2);
}

/* Room for so many records, doubled as needed. */
static void *reserve(struct build *build, void *data, uint32_t count, uint32_t *capacity,
                     size_t added, size_t record_size)
{
    size_t needed = count + added;
    size_t grown = *capacity < 16 ? 16 : *capacity;

    if (added > UINT32_MAX / 2 || needed * record_size > UINT32_MAX / 2)
        too_large(build);
    if (needed <= *capacity && data != NULL)
        return data;
    while (grown < needed)
        grown *= 2;
    data = arena_grow(build->arena, data, count * record_size, grown * record_size);
    *capacity = (uint32_t)grown;
    return data;
}

uint32_t build_add(struct build *build, enum snapshot_section_id id, size_t count)
{
    struct build_section *section = &build->sections[id];
    uint32_t first = section->count;

    section->data =
        reserve(build, section->data, section->count, &section->capacity, count, record_sizes[id]);
    section->count += (uint32_t)count;
    return first;
}

void *build_record(const struct build *build, enum snapshot_section_id id, uint32_t number)
{
    return build->sections[id].data + (size_t)number * record_sizes[id];
}

uint32_t build_count(const struct build *build, enum snapshot_section_id id)
{
    return build->sections[id].count;
}

/* Texts */

static uint32_t *text_slot(const struct build *build, const char *data, size_t length)
{
    size_t position = hash_bytes(data, length) & (build->text_slot_count - 1);

    for (;; position = (position + 1) & (build->text_slot_count - 1)) {
        uint32_t *slot = &build->text_slots[position];
        struct snapshot_text text;

        if (*slot == 0)
            return slot;
        text = build->texts[*slot - 1];
        if (text.length == length &&
            memcmp(build_record(build, SNAPSHOT_TEXTS, text.offset), data, length) == 0)
            return slot;
    }
}

static void grow_text_slots(struct build *build)
{
    if (build->text_count < build->text_slot_count / 2)
        return;
    build->text_slot_count = build->text_slot_count == 0 ? 64 : build->text_slot_count * 2;
    build->text_slots = arena_new_array(build->arena, uint32_t, build->text_slot_count);
    for (uint32_t i = 0; i < build->text_count; i++) {
        struct snapshot_text text = build->texts[i];

        *text_slot(build, build_record(build, SNAPSHOT_TEXTS, text.offset), text.length) = i + 1;
    }
}

struct snapshot_text build_text(struct build *build, const char *data, size_t length)
{
    struct snapshot_text text;
    uint32_t *slot;

    if (build_count(build, SNAPSHOT_TEXTS) == 0)
        (void)build_add(build, SNAPSHOT_TEXTS, 1); /* the NUL of all that is absent */
    if (length == 0)
        return (struct snapshot_text){0};
    grow_text_slots(build);
    slot = text_slot(build, data, length);
    if (*slot != 0)
        return build->texts[*slot - 1];

    text = (struct snapshot_text){build_add(build, SNAPSHOT_TEXTS, length + 1), (uint32_t)length};
    memcpy(build_record(build, SNAPSHOT_TEXTS, text.offset), data, length);
    build->texts = reserve(build, build->texts, build->text_count, &build->text_capacity, 1,
                           sizeof(*build->texts));
    build->texts[build->text_count] = text;
    *slot = ++build->text_count;
    return text;
}

struct snapshot_text build_string(struct build *build, const char *text)
{
    return build_text(build, text, text != NULL ? strlen(text) : 0);
}

/* Keys */

static uint32_t *key_slot(const struct build_keys *keys, const struct build_key *key)
{
    size_t position = hash_bytes(key, sizeof(*key)) & (keys->slot_count - 1);

    while (keys->slots[position] != 0 &&
           memcmp(&keys->keys[keys->slots[position] - 1], key, sizeof(*key)) != 0)
        position = (position + 1) & (keys->slot_count - 1);
    return &keys->slots[position];
}

uint32_t build_key(struct build *build, struct build_keys *keys, struct build_key key,
                   bool *ret_new)
{
    uint32_t *slot;

    if (keys->count >= keys->slot_count / 2) {
        keys->slot_count = keys->slot_count == 0 ? 64 : keys->slot_count * 2;
        keys->slots = arena_new_array(build->arena, uint32_t, keys->slot_count);
        for (uint32_t i = 0; i < keys->count; i++)
            *key_slot(keys, &keys->keys[i]) = i + 1;
    }
    slot = key_slot(keys, &key);
    *ret_new = *slot == 0;
    if (*ret_new) {
        keys->keys = reserve(build, keys->keys, keys->count, &keys->capacity, 1, sizeof(key));
        keys->keys[keys->count] = key;
        *slot = ++keys->count;
    }
    return *slot - 1;
}

/* The image */

static size_t aligned(size_t size)
{
    return (size + SNAPSHOT_SECTION_ALIGNMENT - 1) & ~(size_t)(SNAPSHOT_SECTION_ALIGNMENT - 1);
}

void build_seal(void *image, size_t size)
{
    struct content_hash hash =
        content_hash_bytes((const char *)image + HASHED_FROM, size - HASHED_FROM);

    memcpy(((struct snapshot_header *)image)->content_hash, hash.text, SNAPSHOT_HASH_BYTES);
}

void build_image(struct build *build, void **ret_image, size_t *ret_size)
{
    struct snapshot_header header = {.layout_version = SNAPSHOT_LAYOUT_VERSION,
                                     .header_size = sizeof(header),
                                     .host_lookup = build->host_lookup,
                                     .path_lookup = build->path_lookup};
    size_t size = aligned(sizeof(header));
    char *image;

    for (uint32_t i = 0; i < SNAPSHOT_SECTION_COUNT; i++) {
        header.sections[i].offset = (uint32_t)size;
        header.sections[i].count = build->sections[i].count;
        size += aligned((size_t)build->sections[i].count * record_sizes[i]);
        if (size > UINT32_MAX)
            too_large(build);
    }
    header.total_size = size;
    memcpy(header.magic, SNAPSHOT_MAGIC, sizeof(header.magic));

    image = arena_alloc(build->arena, size);
    memcpy(image, &header, sizeof(header));
    for (uint32_t i = 0; i < SNAPSHOT_SECTION_COUNT; i++)
        if (build->sections[i].count > 0)
            memcpy(image + header.sections[i].offset, build->sections[i].data,
                   (size_t)build->sections[i].count * record_sizes[i]);
    build_seal(image, size);
    *ret_image = image;
    *ret_size = size;
}
