/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tables of x-slipway cannot say: that a rule does exactly one thing, that groups exist
 * and have one origin, that certificates are there where they are needed.
 */
#include <string.h>

#include "spec/check_slipway_priv.h"

void check_refuse(const struct check *check, const struct value *value, const struct place *place,
                  const char *hint, const char *message)
{
    diagnostics_error(check->load->diagnostics, value->mark, shape_span(value), place, hint, "%s",
                      message);
}

void check_refuse_entry(const struct check *check, const struct value_entry *entry,
                        const struct place *place, const char *hint, const char *message)
{
    diagnostics_error(check->load->diagnostics, entry->mark, entry->key_length, place, hint, "%s",
                      message);
}

void check_refuse_keys(const struct check *check, const struct value *map, const char *const *names,
                       const char *whom, const char *hint, const struct place *place)
{
    for (; value_is(map, VALUE_MAP) && *names != NULL; names++) {
        const struct value_entry *entry = value_map_find(map, *names, strlen(*names));

        if (entry != NULL)
            check_refuse_entry(check, entry, place, hint,
                               arena_printf(check->load->arena, "%s has no %s", whom, *names));
    }
}

/* Services */

static void check_service(const struct check *check, const struct value_entry *service)
{
    const struct value *extension = value_get(service->value, "x-slipway");
    const char *runtime = value_get_text(extension, "runtime");
    static const char *const native_only[] = {"listen", "artifact"};
    struct place services = {.key = "services"};
    struct place here = {.parent = &services, .key = service->key};
    struct place place = {.parent = &here, .key = "x-slipway"};

    if (!value_is(extension, VALUE_MAP) || (runtime != NULL && strcmp(runtime, "process") == 0))
        return;
    for (size_t i = 0; i < 2; i++) {
        const struct value *value = value_get(extension, native_only[i]);

        if (value != NULL)
            check_refuse(check, value, &place, "write runtime: process",
                         arena_printf(check->load->arena, "%s goes with the process runtime",
                                      native_only[i]));
    }
}

void check_slipway(struct load *load, const struct value *root)
{
    const struct value *extension = value_get(root, "x-slipway");
    const struct value *listeners = value_get(extension, "listeners");
    struct check check = {
        .load = load,
        .services = value_get(root, "services"),
        .groups = value_get(extension, "target_groups"),
    };
    struct place top = {.key = "x-slipway"};
    struct place listener_place = {.parent = &top, .key = "listeners"};
    struct place group_place = {.parent = &top, .key = "target_groups"};
    struct hashmap addresses;

    if (!value_is(extension, VALUE_MAP) && !value_is(check.services, VALUE_MAP))
        return;
    hashmap_init(&addresses, load->arena);
    hashmap_init(&check.ports, load->arena);
    if (value_is(extension, VALUE_MAP))
        check_note_ports(&check);
    for (uint32_t i = 0; i < value_map_count(listeners); i++)
        if (listeners->map.entries[i].value->kind == VALUE_MAP)
            check_listener(
                &check, &listeners->map.entries[i], &addresses,
                &(struct place){.parent = &listener_place, .key = listeners->map.entries[i].key});
    for (uint32_t i = 0; i < value_map_count(check.groups); i++)
        if (check.groups->map.entries[i].value->kind == VALUE_MAP)
            check_group(
                &check, &check.groups->map.entries[i],
                &(struct place){.parent = &group_place, .key = check.groups->map.entries[i].key});
    for (uint32_t i = 0; i < value_map_count(check.services); i++)
        check_service(&check, &check.services->map.entries[i]);
}
