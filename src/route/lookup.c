/* SPDX-License-Identifier: Apache-2.0 */
#include "route/lookup.h"

enum {
    LOOKUP_SEEDS = 8,
    LOOKUP_PROBES_GOOD = 3,
    LOOKUP_KEYS_PER_BUCKET = 4, /* on average; half of the slots stay free */
};

uint32_t lookup_slot_count(uint32_t key_count)
{
    uint32_t bucket_count = 1;

    if (key_count == 0)
        return 0;
    while ((uint64_t)bucket_count * LOOKUP_KEYS_PER_BUCKET < key_count)
        bucket_count *= 2;
    return bucket_count * LOOKUP_BUCKET_SLOTS;
}

/* Returns how many buckets were looked at. There is always a free slot. */
static uint32_t insert(const struct lookup *lookup, struct lookup_slot *slots, uint64_t hash,
                       uint32_t value)
{
    uint32_t bucket = lookup_bucket(lookup, hash);

    for (uint32_t probes = 1;; probes++) {
        struct lookup_slot *slot = &slots[(size_t)bucket * LOOKUP_BUCKET_SLOTS];

        for (uint32_t i = 0; i < LOOKUP_BUCKET_SLOTS; i++)
            if (slot[i].tag == 0) {
                slot[i] = (struct lookup_slot){.tag = lookup_tag(hash), .value = value};
                return probes;
            }
        bucket = (bucket + 1) & (lookup->bucket_count - 1);
    }
}

static void fill(struct lookup *lookup, struct lookup_slot *slots, uint32_t value_count,
                 struct lookup_key (*key)(const void *context, uint32_t value), const void *context)
{
    memset(slots, 0, (size_t)lookup->bucket_count * LOOKUP_BUCKET_SLOTS * sizeof(*slots));
    lookup->probes_max = 1;
    for (uint32_t i = 0; i < value_count; i++) {
        struct lookup_key k = key(context, i);
        uint64_t hash;
        uint32_t probes;

        if (k.text == NULL)
            continue;
        hash = lookup_hash_scope(lookup_hash_text(lookup->seed, k.text, k.length), k.scope);
        probes = insert(lookup, slots, hash, i);
        if (probes > lookup->probes_max)
            lookup->probes_max = probes;
    }
}

void lookup_build(struct lookup *ret, struct lookup_slot *slots, uint32_t slot_count,
                  uint32_t value_count,
                  struct lookup_key (*key)(const void *context, uint32_t value),
                  const void *context)
{
    *ret = (struct lookup){.slots = slots, .bucket_count = slot_count / LOOKUP_BUCKET_SLOTS};
    for (uint64_t attempt = 1; attempt <= LOOKUP_SEEDS; attempt++) {
        ret->seed = lookup_mix(attempt, UINT64_C(0xe7037ed1a0b428db));
        if (slot_count == 0)
            return;
        fill(ret, slots, value_count, key, context);
        if (ret->probes_max <= LOOKUP_PROBES_GOOD)
            return;
    }
}
