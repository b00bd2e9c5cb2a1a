/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   header | listeners, as given | pairs, those of one listener together | bytes
 *
 * Offsets are from the beginning of the file. The two tables stand where the header's counts say,
 * and the parts of a pair anywhere behind them.
 */
#include "ipc/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "os/memory.h"

#define BUNDLE_MAGIC "slipCer1"

struct bundle_header {
    char magic[8];
    uint64_t size;
    uint32_t listener_count;
    uint32_t pair_count;
    struct bundle_ticket_keys ticket_keys;
};

struct bundle_listener_entry {
    uint64_t id;
    uint32_t first_pair;
    uint32_t pair_count;
};

struct bundle_pair_entry {
    uint32_t certificate_offset;
    uint32_t certificate_size;
    uint32_t key_offset;
    uint32_t key_size;
};

static size_t bundle_pairs_offset(const struct bundle_header *header)
{
    return sizeof(*header) + header->listener_count * sizeof(struct bundle_listener_entry);
}

static size_t bundle_bytes_offset(const struct bundle_header *header)
{
    return bundle_pairs_offset(header) + header->pair_count * sizeof(struct bundle_pair_entry);
}

/* Counts what there is; -EFBIG where it is too much. */
static int bundle_measure(const struct bundle_listener *listeners, size_t listener_count,
                          struct bundle_header *header)
{
    uint64_t bytes = 0;

    if (listener_count > BUNDLE_LISTENERS_MAX)
        return -EFBIG;
    header->listener_count = (uint32_t)listener_count;
    for (size_t i = 0; i < listener_count; i++) {
        if (listeners[i].pair_count > BUNDLE_PAIRS_MAX - header->pair_count)
            return -EFBIG;
        header->pair_count += (uint32_t)listeners[i].pair_count;
        for (size_t k = 0; k < listeners[i].pair_count; k++) {
            const struct bundle_pair *pair = &listeners[i].pairs[k];

            if (pair->certificate_size > BUNDLE_SIZE_MAX || pair->key_size > BUNDLE_SIZE_MAX)
                return -EFBIG;
            bytes += pair->certificate_size + pair->key_size;
        }
    }
    header->size = bundle_bytes_offset(header) + bytes;
    return header->size > BUNDLE_SIZE_MAX ? -EFBIG : 0;
}

/* Copies the bytes to where the others end, and moves that on. */
static uint32_t bundle_put(unsigned char *data, size_t *end, const char *bytes, size_t size)
{
    size_t offset = *end;

    if (size > 0)
        memcpy(data + offset, bytes, size);
    *end += size;
    return (uint32_t)offset;
}

static void bundle_fill(unsigned char *data, const struct bundle_header *header,
                        const struct bundle_listener *listeners)
{
    struct bundle_listener_entry *listener = (void *)(data + sizeof(*header));
    struct bundle_pair_entry *pair = (void *)(data + bundle_pairs_offset(header));
    size_t end = bundle_bytes_offset(header);
    uint32_t pair_count = 0;

    memcpy(data, header, sizeof(*header));
    for (size_t i = 0; i < header->listener_count; i++) {
        listener[i] = (struct bundle_listener_entry){
            .id = listeners[i].id,
            .first_pair = pair_count,
            .pair_count = (uint32_t)listeners[i].pair_count,
        };
        for (size_t k = 0; k < listeners[i].pair_count; k++, pair_count++) {
            const struct bundle_pair *from = &listeners[i].pairs[k];

            pair[pair_count] = (struct bundle_pair_entry){
                .certificate_offset =
                    bundle_put(data, &end, from->certificate, from->certificate_size),
                .certificate_size = (uint32_t)from->certificate_size,
                .key_offset = bundle_put(data, &end, from->key, from->key_size),
                .key_size = (uint32_t)from->key_size,
            };
        }
    }
}

int bundle_build(const struct bundle_listener *listeners, size_t listener_count,
                 const struct bundle_ticket_keys *ticket_keys)
{
    struct bundle_header header = {.magic = BUNDLE_MAGIC, .ticket_keys = *ticket_keys};
    unsigned char *data;
    int r = bundle_measure(listeners, listener_count, &header);

    if (r < 0)
        return r;
    data = malloc(header.size);
    if (data == NULL)
        return -ENOMEM;
    bundle_fill(data, &header, listeners);
    r = os_memory_file_of("slipway-certificates", data, header.size);
    explicit_bzero(data, header.size);
    free(data);
    return r;
}

static const struct bundle_header *bundle_header_of(const struct bundle *bundle)
{
    return (const void *)bundle->data;
}

static const struct bundle_listener_entry *bundle_listener_at(const struct bundle *bundle, size_t n)
{
    const void *table = bundle->data + sizeof(struct bundle_header);

    return (const struct bundle_listener_entry *)table + n;
}

static const struct bundle_pair_entry *bundle_pair_at(const struct bundle *bundle, size_t n)
{
    const void *table = bundle->data + bundle_pairs_offset(bundle_header_of(bundle));

    return (const struct bundle_pair_entry *)table + n;
}

static bool bundle_is_within(const struct bundle *bundle, uint64_t offset, uint64_t size)
{
    return offset >= bundle_bytes_offset(bundle_header_of(bundle)) && offset <= bundle->size &&
           size <= bundle->size - offset;
}

static bool bundle_is_valid(const struct bundle *bundle)
{
    const struct bundle_header *header = bundle_header_of(bundle);

    if (bundle->size < sizeof(*header) || memcmp(header->magic, BUNDLE_MAGIC, 8) != 0 ||
        header->size != bundle->size || header->listener_count > BUNDLE_LISTENERS_MAX ||
        header->pair_count > BUNDLE_PAIRS_MAX || bundle_bytes_offset(header) > bundle->size)
        return false;
    for (size_t i = 0; i < header->listener_count; i++) {
        const struct bundle_listener_entry *listener = bundle_listener_at(bundle, i);

        if (listener->first_pair > header->pair_count ||
            listener->pair_count > header->pair_count - listener->first_pair)
            return false;
    }
    for (size_t i = 0; i < header->pair_count; i++) {
        const struct bundle_pair_entry *pair = bundle_pair_at(bundle, i);

        if (!bundle_is_within(bundle, pair->certificate_offset, pair->certificate_size) ||
            !bundle_is_within(bundle, pair->key_offset, pair->key_size))
            return false;
    }
    return true;
}

int bundle_open(int fd, struct bundle *ret_bundle)
{
    struct bundle bundle = {0};
    void *memory;
    int r;

    if (!os_memory_file_is_sealed(fd, &bundle.size) || bundle.size < sizeof(struct bundle_header) ||
        bundle.size > BUNDLE_SIZE_MAX)
        return -EBADMSG;
    r = os_memory_map(fd, bundle.size, false, &memory);
    if (r < 0)
        return r;
    bundle.data = memory;
    if (!bundle_is_valid(&bundle)) {
        bundle_close(&bundle);
        return -EBADMSG;
    }
    *ret_bundle = bundle;
    return 0;
}

void bundle_close(struct bundle *bundle)
{
    os_memory_unmap((void *)bundle->data, bundle->size);
    *bundle = (struct bundle){0};
}

static const struct bundle_listener_entry *bundle_find(const struct bundle *bundle, uint64_t id)
{
    for (size_t i = 0; i < bundle_header_of(bundle)->listener_count; i++) {
        if (bundle_listener_at(bundle, i)->id == id)
            return bundle_listener_at(bundle, i);
    }
    return NULL;
}

size_t bundle_count(const struct bundle *bundle, uint64_t listener_id)
{
    const struct bundle_listener_entry *listener = bundle_find(bundle, listener_id);

    return listener == NULL ? 0 : listener->pair_count;
}

bool bundle_get(const struct bundle *bundle, uint64_t listener_id, size_t number,
                struct bundle_pair *ret_pair)
{
    const struct bundle_listener_entry *listener = bundle_find(bundle, listener_id);
    const struct bundle_pair_entry *pair;

    if (listener == NULL || number >= listener->pair_count)
        return false;
    pair = bundle_pair_at(bundle, listener->first_pair + number);
    *ret_pair = (struct bundle_pair){
        .certificate = (const char *)bundle->data + pair->certificate_offset,
        .certificate_size = pair->certificate_size,
        .key = (const char *)bundle->data + pair->key_offset,
        .key_size = pair->key_size,
    };
    return true;
}

void bundle_get_ticket_keys(const struct bundle *bundle, struct bundle_ticket_keys *ret_keys)
{
    *ret_keys = bundle_header_of(bundle)->ticket_keys;
}
