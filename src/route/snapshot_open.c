/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening: first the frame (sizes, sections, hash), so that every record can be read at all; then
 * every record, so that whatever it points at is there. A hash that fits proves no good intention,
 * so the records are checked all the same.
 */
#include "route/snapshot.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "route/check_priv.h"

#define HASHED_FROM (offsetof(struct snapshot_header, content_hash) + SNAPSHOT_HASH_BYTES)

static bool header_fits(const struct snapshot_header *header, size_t size)
{
    return size >= sizeof(*header) && memcmp(header->magic, SNAPSHOT_MAGIC, 8) == 0 &&
           header->layout_version == SNAPSHOT_LAYOUT_VERSION &&
           header->header_size == sizeof(*header) && header->total_size == size &&
           size <= UINT32_MAX;
}

/* Up to the next multiple of the alignment there is nothing but zeros. */
static bool skip_padding(const char *image, size_t size, size_t *position)
{
    for (; *position % SNAPSHOT_SECTION_ALIGNMENT != 0; ++*position)
        if (*position >= size || image[*position] != 0)
            return false;
    return true;
}

/* Sections follow one another and fill the image. */
static bool sections_fit(const char *image, size_t size)
{
    static const uint32_t record_sizes[SNAPSHOT_SECTION_COUNT] = {
#define X(name, member, type) [SNAPSHOT_##name] = sizeof(type),
        SNAPSHOT_SECTIONS(X)
#undef X
    };
    const struct snapshot_header *header = (const void *)image;
    size_t position = sizeof(*header);

    for (uint32_t i = 0; i < SNAPSHOT_SECTION_COUNT; i++) {
        const struct snapshot_section *section = &header->sections[i];
        uint64_t bytes = (uint64_t)section->count * record_sizes[i];

        if (!skip_padding(image, size, &position) || section->offset != position ||
            position > size || bytes > size - position)
            return false;
        position += bytes;
    }
    return skip_padding(image, size, &position) && position == size;
}

static bool hash_fits(const char *image, size_t size)
{
    const struct snapshot_header *header = (const void *)image;
    struct content_hash hash = content_hash_bytes(image + HASHED_FROM, size - HASHED_FROM);

    return memcmp(header->content_hash, hash.text, SNAPSHOT_HASH_BYTES) == 0;
}

static bool lookup_fits(const struct snapshot_lookup *header,
                        const struct snapshot_section *section, const struct lookup_slot *slots,
                        struct lookup *ret)
{
    uint32_t buckets = section->count / LOOKUP_BUCKET_SLOTS;

    *ret = (struct lookup){.slots = slots,
                           .seed = header->seed,
                           .bucket_count = buckets,
                           .probes_max = header->probes_max};
    return section->count % LOOKUP_BUCKET_SLOTS == 0 && (buckets & (buckets - 1)) == 0 &&
           header->probes_max <= buckets && (header->probes_max > 0) == (buckets > 0) &&
           header->reserved == 0;
}

static bool all_claimed(const struct check *check)
{
    for (uint32_t i = 0; i < SNAPSHOT_SECTION_COUNT; i++)
        if (check->claimed[i] != check_section_count(check, i))
            return false;
    return true;
}

static bool content_fits(const struct snapshot *snapshot)
{
    struct check check = {.snapshot = snapshot};

    /* What nobody owns. */
    check.claimed[SNAPSHOT_LISTENERS] = snapshot->listener_count;
    check.claimed[SNAPSHOT_GROUPS] = snapshot->group_count;
    check.claimed[SNAPSHOT_HOST_SLOTS] = check_section_count(&check, SNAPSHOT_HOST_SLOTS);
    check.claimed[SNAPSHOT_PATH_SLOTS] = check_section_count(&check, SNAPSHOT_PATH_SLOTS);
    check.claimed[SNAPSHOT_TEXTS] = check_section_count(&check, SNAPSHOT_TEXTS);
    return check.claimed[SNAPSHOT_TEXTS] > 0 && snapshot->texts[0] == '\0' &&
           check_config(&check) && check_index(&check) && all_claimed(&check);
}

int snapshot_open(const void *image, size_t size, struct snapshot *ret)
{
    const struct snapshot_header *header = image;
    struct snapshot snapshot = {.header = header};

    if ((uintptr_t)image % _Alignof(struct snapshot_header) != 0 || !header_fits(header, size) ||
        !sections_fit(image, size) || !hash_fits(image, size))
        return -EBADMSG;

#define X(name, member, type)                                                                      \
    snapshot.member =                                                                              \
        (const void *)((const char *)image + header->sections[SNAPSHOT_##name].offset);
    SNAPSHOT_SECTIONS(X)
#undef X
    snapshot.listener_count = header->sections[SNAPSHOT_LISTENERS].count;
    snapshot.group_count = header->sections[SNAPSHOT_GROUPS].count;
    snapshot.target_count = header->sections[SNAPSHOT_TARGETS].count;
    if (!lookup_fits(&header->host_lookup, &header->sections[SNAPSHOT_HOST_SLOTS],
                     snapshot.host_slots, &snapshot.host_lookup) ||
        !lookup_fits(&header->path_lookup, &header->sections[SNAPSHOT_PATH_SLOTS],
                     snapshot.path_slots, &snapshot.path_lookup) ||
        !content_fits(&snapshot))
        return -EBADMSG;
    *ret = snapshot;
    return 0;
}
