/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/scale.h"

#include <stdlib.h>
#include <string.h>

#include "cli/deploy/request.h"

enum {
    REPLICAS_MAX = 10000
};

bool scale_read(struct session *session, const struct cli_values *words, size_t first,
                struct value **ret_map)
{
    struct value *map = NULL;

    for (size_t i = first; i < words->count; i++) {
        const char *word = words->items[i];
        const char *number = strrchr(word, '=');
        unsigned long replicas = 0;
        char *end = NULL;

        if (number != NULL && number > word && number[1] >= '0' && number[1] <= '9')
            replicas = strtoul(number + 1, &end, 10);
        if (end == NULL || *end != '\0' || replicas > REPLICAS_MAX) {
            request_misused(session, "'%s' is not of the form SERVICE=NUMBER, such as api=3",
                            session_escaped(session, word));
            return false;
        }
        if (map == NULL)
            map = request_map(session);
        request_set_number(session, map,
                           arena_strndup(&session->arena, word, (size_t)(number - word)),
                           (int64_t)replicas);
    }
    *ret_map = map;
    return true;
}
