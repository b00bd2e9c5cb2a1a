/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project that another load has resolved comes without what names other files to read: include,
 * extends with a file, env_file and label_file. One that has them was not resolved, and comes from
 * somebody who may not be allowed to read what the reader may. Files of secrets and configs are
 * paths only, which stay.
 */
#include "spec/load.h"

#define HINT "send what 'slipway config --format json' prints"

static bool refuse(struct load *load, const struct value *value, const struct place *place)
{
    diagnostics_error(load->diagnostics, value->mark, 1, place, HINT,
                      "the project must be resolved: no other file is read for it");
    return false;
}

static bool check_service(struct load *load, const struct value *service, const struct place *place)
{
    static const char *const keys[] = {"env_file", "label_file"};
    const struct value *file = value_get(value_get(service, "extends"), "file");
    const struct place extends = {.parent = place, .key = "extends"};
    bool fine = true;

    if (file != NULL)
        fine = refuse(load, file, &(struct place){.parent = &extends, .key = "file"});
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct value *value = value_get(service, keys[i]);

        if (value != NULL)
            fine = refuse(load, value, &(struct place){.parent = place, .key = keys[i]});
    }
    return fine;
}

bool resolved_check(struct load *load, const struct value *document)
{
    const struct value *include = value_get(document, "include");
    const struct value *services = value_get(document, "services");
    const struct place top = {.key = "services"};
    bool fine = true;

    if (include != NULL)
        fine = refuse(load, include, &(struct place){.key = "include"});
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        const struct place here = {.parent = &top, .key = entry->key};

        if (!check_service(load, entry->value, &here))
            fine = false;
    }
    return fine;
}
