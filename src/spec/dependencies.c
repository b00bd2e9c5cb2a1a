/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/dependencies.h"

#include <string.h>

#include "base/text.h"
#include "spec/shape.h"

struct visitor {
    struct arena *arena;
    const struct value *service;
    dependency_function visit;
    void *context;
};

static void visit_explicit(const struct visitor *visitor)
{
    const struct value *map = value_get(visitor->service, "depends_on");

    for (uint32_t i = 0; i < value_map_count(map); i++) {
        const struct value_entry *entry = &map->map.entries[i];
        const struct value *required = value_get(entry->value, "required");
        const struct value *restart = value_get(entry->value, "restart");
        struct dependency dependency = {
            .name = entry->key,
            .key = "depends_on",
            .mark = entry->mark,
            .span = entry->key_length,
            .required = !value_is(required, VALUE_BOOL) || required->boolean,
            .restart = value_is(restart, VALUE_BOOL) && restart->boolean,
        };

        visitor->visit(visitor->context, &dependency);
    }
}

static void visit_text(const struct visitor *visitor, const char *key, const struct value *value,
                       const char *name, bool restart)
{
    struct dependency dependency = {
        .name = name,
        .key = key,
        .mark = value->mark,
        .span = shape_span(value),
        .required = true,
        .restart = restart,
        .implied = true,
    };

    visitor->visit(visitor->context, &dependency);
}

/* "SERVICE", "SERVICE:ALIAS" or "container:NAME", which is none of ours. */
static void visit_list(const struct visitor *visitor, const char *key, bool restart)
{
    const struct value *list = value_get(visitor->service, key);

    for (uint32_t i = 0; i < value_list_count(list); i++) {
        const struct value *item = list->list.items[i];

        if (item->kind == VALUE_STRING && !text_starts_with(item->string.text, "container:"))
            visit_text(
                visitor, key, item,
                arena_strndup(visitor->arena, item->string.text, strcspn(item->string.text, ":")),
                restart);
    }
}

static void visit_namespace(const struct visitor *visitor, const char *key)
{
    static const char prefix[] = "service:";
    const struct value *value = value_get(visitor->service, key);

    if (value_is(value, VALUE_STRING) && text_starts_with(value->string.text, prefix))
        visit_text(visitor, key, value, value->string.text + strlen(prefix), true);
}

void dependencies_visit(struct arena *arena, const struct value *service, dependency_function visit,
                        void *context)
{
    static const char *const namespaces[] = {"network_mode", "ipc", "pid", "uts", "cgroup"};
    struct visitor visitor = {
        .arena = arena,
        .service = service,
        .visit = visit,
        .context = context,
    };

    visit_explicit(&visitor);
    visit_list(&visitor, "links", true);
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
        visit_namespace(&visitor, namespaces[i]);
    visit_list(&visitor, "volumes_from", false);
}
