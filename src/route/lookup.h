/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash tables of a snapshot: from a text within a scope to a number. Keys are stored by whoever
 * owns the numbers, and compared by a callback. A bucket is one cache line; what does not fit goes
 * to the next bucket, and the table knows how far that went at most, so that a search is bounded
 * whatever is asked for. Hashes are the same in every process: the builder chooses the seed.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

enum {
    LOOKUP_BUCKET_SLOTS = 8
};

struct lookup_slot {
    uint32_t tag; /* a part of the hash; 0: free, as are all behind it in the bucket */
    uint32_t value;
};

struct lookup {
    const struct lookup_slot *slots;
    uint64_t seed;
    uint32_t bucket_count; /* a power of two; 0: nothing is in it */
    uint32_t probes_max;   /* buckets to look at, at most */
};

/* Hashing. A text is hashed by words of eight bytes, so that the hashes of all its beginnings are
 * found in one pass: lookup_hash_word() for each whole word, lookup_hash_end() with the rest. */

static inline uint64_t lookup_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t lookup_load_word(const char *data)
{
    uint64_t word;

    memcpy(&word, data, sizeof(word));
    return le64toh(word);
}

/* The last size bytes, 0 to 7, before the end of a text. */
static inline uint64_t lookup_load_rest(const char *end, size_t size)
{
    const uint8_t *data = (const uint8_t *)end - size;
    uint32_t low;
    uint32_t high;

    if (size >= 4) {
        memcpy(&low, data, 4);
        memcpy(&high, data + size - 4, 4);
        return le32toh(low) | (uint64_t)le32toh(high) << (size - 4) * 8;
    }
    if (size == 0)
        return 0;
    return (uint64_t)data[0] | (uint64_t)data[size / 2] << size / 2 * 8 |
           (uint64_t)data[size - 1] << (size - 1) * 8;
}

static inline uint64_t lookup_hash_word(uint64_t hash, uint64_t word)
{
    return lookup_mix(hash ^ word, UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t lookup_hash_end(uint64_t hash, uint64_t rest, size_t length)
{
    return lookup_mix(hash ^ rest, UINT64_C(0xd6e8feb86659fd93) ^ length);
}

static inline uint64_t lookup_hash_text(uint64_t seed, const char *text, size_t length)
{
    uint64_t hash = seed;
    size_t done = 0;

    for (; length - done >= 8; done += 8)
        hash = lookup_hash_word(hash, lookup_load_word(text + done));
    return lookup_hash_end(hash, lookup_load_rest(text + length, length - done), length);
}

/* The same text in another scope is another key. */
static inline uint64_t lookup_hash_scope(uint64_t text_hash, uint32_t scope)
{
    return lookup_mix(text_hash ^ scope, UINT64_C(0xa0761d6478bd642f));
}

static inline uint32_t lookup_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | 1;
}

static inline uint32_t lookup_bucket(const struct lookup *lookup, uint64_t hash)
{
    return (uint32_t)hash & (lookup->bucket_count - 1);
}

/* The number whose key the callback says yes to, or UINT32_MAX. */
static inline __attribute__((always_inline)) uint32_t lookup_find(
    const struct lookup *lookup, uint64_t hash, bool (*is_key)(const void *context, uint32_t value),
    const void *context)
{
    uint32_t bucket = lookup_bucket(lookup, hash);
    uint32_t tag = lookup_tag(hash);

    for (uint32_t probe = 0; probe < lookup->probes_max; probe++) {
        const struct lookup_slot *slots = &lookup->slots[(size_t)bucket * LOOKUP_BUCKET_SLOTS];

        for (uint32_t i = 0; i < LOOKUP_BUCKET_SLOTS; i++) {
            if (slots[i].tag == 0)
                return UINT32_MAX;
            if (slots[i].tag == tag && is_key(context, slots[i].value))
                return slots[i].value;
        }
        bucket = (bucket + 1) & (lookup->bucket_count - 1);
    }
    return UINT32_MAX;
}

/* Building */

struct lookup_key {
    const char *text;
    uint32_t length;
    uint32_t scope;
};

/* How many slots so many keys take. */
uint32_t lookup_slot_count(uint32_t key_count);

/* Fills the slots, that many and all free, with the numbers of the keys that key() gives; those
 * without a text (NULL) are left out. The same keys make the same table. */
void lookup_build(struct lookup *ret, struct lookup_slot *slots, uint32_t slot_count,
                  uint32_t value_count,
                  struct lookup_key (*key)(const void *context, uint32_t value),
                  const void *context);
