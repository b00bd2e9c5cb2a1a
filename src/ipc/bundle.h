/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate bundle: what the edge needs to speak TLS, as one sealed memory file that control
 * makes and the supervisor keeps and hands on unread. It holds, by the id of a listener, pairs of
 * certificate chain and key, both PEM, in the order of the configuration (the first is the
 * default), and for all listeners the keys of session tickets.
 *
 * The reader trusts nothing in it but that it does not change: all offsets are checked when it is
 * opened. What it hands out points into the mapping. Close it as soon as the keys are loaded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUNDLE_SIZE_MAX        ((size_t)64 << 20)
#define BUNDLE_LISTENERS_MAX   4096
#define BUNDLE_PAIRS_MAX       65536
#define BUNDLE_TICKET_KEY_SIZE 80

struct bundle_pair {
    const char *certificate; /* not ended by NUL */
    size_t certificate_size;
    const char *key;
    size_t key_size;
};

struct bundle_listener {
    uint64_t id;
    const struct bundle_pair *pairs;
    size_t pair_count;
};

struct bundle_ticket_keys {
    unsigned char current[BUNDLE_TICKET_KEY_SIZE];  /* makes tickets */
    unsigned char previous[BUNDLE_TICKET_KEY_SIZE]; /* is accepted as well */
};

/* Returns a descriptor or -errno: -EFBIG where it would be larger than it may. No listener may come
 * twice. */
int bundle_build(const struct bundle_listener *listeners, size_t listener_count,
                 const struct bundle_ticket_keys *ticket_keys);

struct bundle {
    const unsigned char *data; /* NULL while not open */
    size_t size;
};

/* Takes no descriptor: fd stays the caller's. Returns 0, -EBADMSG for what is no bundle, or another
 * -errno. */
int bundle_open(int fd, struct bundle *ret_bundle);
void bundle_close(struct bundle *bundle);

/* How many pairs a listener has; 0 where there is none of that id. */
size_t bundle_count(const struct bundle *bundle, uint64_t listener_id);

/* False where there is no pair of that number. */
bool bundle_get(const struct bundle *bundle, uint64_t listener_id, size_t number,
                struct bundle_pair *ret_pair);

void bundle_get_ticket_keys(const struct bundle *bundle, struct bundle_ticket_keys *ret_keys);
