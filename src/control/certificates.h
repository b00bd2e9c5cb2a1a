/* SPDX-License-Identifier: Apache-2.0 */
/* The files with the certificates of listeners: read, checked, and bundled for the edge. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ipc/bundle.h"
#include "route/config.h"

struct error;

struct certificate_facts {
    char **names; /* of hosts */
    size_t name_count;
    int64_t not_before_unix_s;
    int64_t not_after_unix_s;
    uint64_t content; /* a hash of both files, which differs from process to process */
};

/* Those of all listeners, in the order of the configuration. */
struct certificates {
    struct certificate_facts *items;
    size_t count;
    int bundle; /* a descriptor; -1 for none */
};

/* Reads every file again. -EINVAL with the listener and the file that is wrong. */
int certificates_load(const struct route_config *config, const struct bundle_ticket_keys *keys,
                      struct certificates *ret_certificates, struct error **reterr);
void certificates_deinit(struct certificates *certificates);
