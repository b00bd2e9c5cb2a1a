/* SPDX-License-Identifier: Apache-2.0 */
#include "model/observed.h"

#include <string.h>

const char *instance_state_name(enum instance_state state)
{
    static const char *const names[] = {"created", "running", "restarting", "exited"};

    return names[state];
}

const char *instance_health_name(enum instance_health health)
{
    static const char *const names[] = {"", "starting", "healthy", "unhealthy"};

    return names[health];
}

struct observed_instance *observed_find(const struct observed *observed, const char *id)
{
    for (uint32_t i = 0; i < observed->count; i++)
        if (strcmp(observed->instances[i].id, id) == 0)
            return &observed->instances[i];
    return NULL;
}
