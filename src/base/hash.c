/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <xxhash.h>

static uint64_t hash_seed = UINT64_C(0x9e3779b97f4a7c15);

uint64_t hash_bytes(const void *data, size_t size)
{
    return XXH3_64bits_withSeed(data, size, hash_seed);
}

void hash_set_seed(uint64_t seed)
{
    hash_seed = seed;
}

struct content_hash content_hash_bytes(const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    struct content_hash hash = {0};
    XXH128_canonical_t canonical;

    /* The canonical form is big-endian on every machine. */
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
    for (size_t i = 0; i < sizeof(canonical.digest); i++) {
        hash.text[i * 2] = digits[canonical.digest[i] >> 4];
        hash.text[i * 2 + 1] = digits[canonical.digest[i] & 0xf];
    }
    return hash;
}
