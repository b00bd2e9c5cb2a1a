/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of desired_make() share. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/desired.h"

struct desired_reader {
    struct arena *arena;
    const struct value *root;
    const char *place; /* "services.api" */
    struct error **reterr;
};

/* desired_read.c: what is not there leaves the output alone; what is of the wrong kind is refused.
 * 0 or -EINVAL. */

int desired_refuse(const struct desired_reader *reader, const char *key, const char *expected);
int desired_read_text(const struct desired_reader *reader, const struct value *map, const char *key,
                      const char **ret);
int desired_read_flag(const struct desired_reader *reader, const struct value *map, const char *key,
                      bool *ret);
int desired_read_number(const struct desired_reader *reader, const struct value *map,
                        const char *key, uint32_t maximum, uint32_t *ret);
int desired_read_real(const struct desired_reader *reader, const struct value *map, const char *key,
                      double *ret);
int desired_read_duration(const struct desired_reader *reader, const struct value *map,
                          const char *key, uint64_t *ret_ns);

/* desired_ports.c */
int desired_read_ports(const struct desired_reader *reader,
                       const struct desired_resolution *resolution,
                       struct desired_service *service);

/* desired_hash.c: once all the rest of the service is there. */
const char *desired_hash_service(struct arena *arena, const struct value *root,
                                 const struct desired_service *service);

/* desired_deploy.c: x-slipway.deploy. */
int desired_read_deploy(struct desired_reader *reader, struct desired_deploy *ret);
