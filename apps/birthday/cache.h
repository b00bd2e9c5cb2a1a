/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An optional cache in Redis in front of the database. It can only make things faster: when Redis
 * is slow or gone, every call returns soon, as if nothing had been found.
 *
 * Why a reader cannot leave an old birthday behind. Without care: a reader misses, reads the old
 * one from the database; a writer commits and deletes the entry; the reader stores what it read.
 * Here the reader, before it asks the database, WATCHes the entry, and stores with MULTI ... EXEC,
 * which Redis refuses if anybody wrote the entry since. The writer, after its commit and before it
 * answers, writes an empty entry (a DEL of what is not there would not count as a write). So:
 *   - the writer's write comes before the reader's EXEC: EXEC is refused;
 *   - it comes after: it replaces what the reader stored;
 *   - it came before the WATCH: then so did the commit, and the database gave the new birthday.
 * What is left is a writer that cannot reach Redis while others can, or that dies between the two:
 * then an old entry lives for CACHE_TTL_S at most.
 *
 * Each thread has a connection of its own.
 */
#pragma once

#include <stdbool.h>

#include "birthday/date.h"

#define CACHE_TTL_S "30"

struct cache;
struct config;

/* Between cache_find() and cache_fill(). */
struct cache_fill {
    bool is_watching;
};

/* From REDIS_URL; NULL without, or after a problem of it. The calls below take NULL for no cache.
 */
struct cache *cache_configure(struct config *config);
struct cache *cache_close(struct cache *cache);

/* True: found. False: ask the database, then call cache_fill() on the same thread. */
bool cache_find(struct cache *cache, const char *key, struct cache_fill *ret_fill,
                char ret_birthday[static DATE_TEXT_SIZE]);

/* What the database said; NULL when there is nothing to keep. */
void cache_fill(struct cache *cache, const char *key, const struct cache_fill *fill,
                const char *birthday);

/* After the commit. */
void cache_invalidate(struct cache *cache, const char *key);
