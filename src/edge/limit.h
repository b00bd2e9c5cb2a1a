/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits by key: how fast requests may come (GCRA, which needs one time for each key), and how many
 * of something may be in use at once. One table of fixed size, shared by all threads, holds both;
 * it is as large as it will ever be from the start: 16,384 buckets of 7 keys, in 2 MiB. A key may
 * stand in either of two buckets, so that the table fills up evenly; each bucket has a lock, held
 * for a few dozen instructions.
 *
 * When both buckets of a new key are full, the rate that is nearest to having all its tokens back
 * gives way, which is the one used least of late: whoever has them back loses nothing by it, and
 * any other starts afresh. What is in use is never forgotten. Where there is nothing but that, the
 * new key is let through uncounted: a full table must not lock everybody out.
 *
 * Keys are hashes with the process's secret seed (base/hash.h) of the limit's id and what it counts
 * apart. The kind is part of the key, so that one limit may have both a rate and a number in use.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route/match.h"

struct limits;

/* NULL when memory is out. */
struct limits *limits_new(void);
struct limits *limits_free(struct limits *limits);

/* How often a key gave way that still had tokens to regain, or one was let through uncounted. */
uint64_t limits_lost_count(const struct limits *limits);

/* What is counted apart: a text, such as the value of a header; or a source. IPv6 sources are
 * counted by their /64, as anybody has that many addresses; sources on unix sockets together.
 * NULL and 0 for what is counted together. */
uint64_t limit_key(uint64_t limit_id, const void *data, size_t size);
uint64_t limit_source_key(uint64_t limit_id, const struct route_peer *peer);

struct limit_rate {
    uint32_t requests; /* in a period; not 0 */
    uint32_t period_ms;
    uint32_t burst; /* how many may come at once; 0 counts as 1 */
};

/* Takes one request into account; where it must not come yet, does not, and writes after how many
 * milliseconds it may, at least 1. From any thread. */
bool limit_allow_request(struct limits *limits, uint64_t key, const struct limit_rate *rate,
                         uint64_t now_ns, uint64_t *ret_retry_after_ms);

enum limit_answer {
    LIMIT_REFUSED,
    LIMIT_HELD,      /* to be given back by limit_release() with the same key */
    LIMIT_UNCOUNTED, /* allowed without being counted; nothing to give back */
};

/* From any thread. */
enum limit_answer limit_acquire(struct limits *limits, uint64_t key, uint32_t max);
void limit_release(struct limits *limits, uint64_t key);
