/* SPDX-License-Identifier: Apache-2.0 */
/* The short syntax of a device: SOURCE[:TARGET[:PERMISSIONS]]. Everything returned is owned by the
 * arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct device {
    const char *source;
    const char *target;      /* the source where it was left out */
    const char *permissions; /* "rwm" where they were left out; not checked */
};

bool device_parse(struct arena *arena, const char *text, size_t length, struct device *ret_device,
                  const char **ret_message);

/* Whether it names a device of the Container Device Interface, such as "vendor.com/gpu=0", rather
 * than a path. */
bool device_is_cdi(const struct device *device);

/* The short syntax; reads back to the same device. */
const char *device_print(struct arena *arena, const struct device *device)
    __attribute__((returns_nonnull));
