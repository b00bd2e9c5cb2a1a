/* SPDX-License-Identifier: Apache-2.0 */
/* Instances by what people call them. */
#pragma once

#include "api/work.h"

struct found_instance {
    struct runtime *runtime;
    const struct observed_instance *instance; /* memory of the work's arena */
};

/* By id, by name, or by the beginning of either where one alone begins so. -ENOENT; -ENOTUNIQ with
 * the names of those that do. */
int instances_find(struct work *work, const char *text, struct found_instance *ret);
