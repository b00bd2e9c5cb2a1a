/* SPDX-License-Identifier: Apache-2.0 */
/* A container's places in networks, as JSON. Private to this folder. */
#pragma once

#include "engine/fields_priv.h"
#include "engine/network.h"

/* Items of NetworkSettings.Networks. */
extern const struct field endpoint_fields[];

/* What is asked for: EndpointSettings. */
void endpoint_write(struct arena *arena, const struct engine_endpoint *endpoint,
                    unsigned int version, struct value *map, const char **ret_unknown);
