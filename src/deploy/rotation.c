/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in rotation: kept in the store as one JSON text, written before the edge is told. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "deploy/deploy_priv.h"
#include "deploy/json.h"

static const char *const roles[] = {"none", "standby", "serving", "draining"};

static enum rotation_role role_of(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(roles[i], name) == 0)
            return (enum rotation_role)i;
    return ROTATION_NONE;
}

/* Reading */

static void read_ports(struct deploy *deploy, const struct value *map, struct rotation_entry *entry)
{
    struct observed_port *ports =
        arena_new_array(deploy->arena, struct observed_port, value_map_count(map));

    for (uint32_t i = 0; i < value_map_count(map); i++) {
        const char *key = map->map.entries[i].key;
        uint32_t port = 0;

        for (; *key >= '0' && *key <= '9' && port <= UINT16_MAX; key++)
            port = port * 10 + (uint32_t)(*key - '0');
        ports[i] = (struct observed_port){.port = (uint16_t)port,
                                          .address = json_text(map, map->map.entries[i].key)};
    }
    entry->ports = ports;
    entry->port_count = value_map_count(map);
}

static struct rotation_entry *add_entry(struct deploy *deploy)
{
    struct rotation *rotation = &deploy->rotation;

    if (rotation->count == deploy->rotation_capacity) {
        uint32_t capacity = rotation->count > 0 ? rotation->count * 2 : 16;

        rotation->entries = arena_grow(deploy->arena, rotation->entries,
                                       rotation->count * sizeof(*rotation->entries),
                                       capacity * sizeof(*rotation->entries));
        deploy->rotation_capacity = capacity;
    }
    rotation->entries[rotation->count] = (struct rotation_entry){.weight = 100};
    return &rotation->entries[rotation->count++];
}

static void read_entry(struct deploy *deploy, const struct value *map)
{
    struct rotation_entry *entry;

    if (role_of(json_text(map, "role")) == ROTATION_NONE)
        return;
    entry = add_entry(deploy);
    entry->instance = json_text(map, "instance");
    entry->target = json_text(map, "target");
    entry->service = json_text(map, "service");
    entry->role = role_of(json_text(map, "role"));
    entry->weight = (uint32_t)json_number(map, "weight");
    entry->since_unix_ns = json_number(map, "since");
    entry->failing_since_unix_ns = json_number(map, "failing_since");
    read_ports(deploy, value_get(map, "ports"), entry);
}

int deploy_read_rotation(struct deploy *deploy, struct error **reterr)
{
    struct rotation *rotation = &deploy->rotation;
    const struct value *entries;
    struct value *root;
    const char *text;
    int r = store_get_rotation(deploy->store, deploy->arena, deploy->project, &text, reterr);

    if (r < 0)
        return r;
    *rotation = (struct rotation){0};
    deploy->rotation_capacity = 0;
    deploy->rotation_text = text;
    deploy->document_hash = "";
    if (*text == '\0')
        return 0;
    r = json_read(deploy->arena, text, false, &root, reterr);
    if (r < 0)
        return error_prefix(reterr, "the rotation of project \"%s\"", deploy->project);
    rotation->base = (uint32_t)json_number(root, "base");
    rotation->standby = (uint32_t)json_number(root, "standby");
    rotation->hold_ns = json_number(root, "hold");
    rotation->switched_unix_ns = json_number(root, "switched");
    rotation->held = json_texts(deploy->arena, root, "held", &rotation->held_count);
    deploy->document_hash = json_text(root, "document");
    deploy->healing = value_get(root, "healing");
    entries = value_get(root, "entries");
    for (uint32_t i = 0; i < value_list_count(entries); i++)
        read_entry(deploy, entries->list.items[i]);
    return 0;
}

/* Writing */

static struct value *write_entry(struct deploy *deploy, const struct rotation_entry *entry)
{
    struct arena *arena = deploy->arena;
    struct value *map = json_map(arena), *ports = json_map(arena);

    json_set_text(arena, map, "instance", entry->instance);
    json_set_text(arena, map, "target", entry->target);
    json_set_text(arena, map, "service", entry->service);
    json_set_text(arena, map, "role", roles[entry->role]);
    json_set_number(arena, map, "weight", entry->weight);
    json_set_number(arena, map, "since", entry->since_unix_ns);
    if (entry->failing_since_unix_ns > 0)
        json_set_number(arena, map, "failing_since", entry->failing_since_unix_ns);
    for (uint32_t i = 0; i < entry->port_count; i++)
        json_set_text(arena, ports, arena_printf(arena, "%u", entry->ports[i].port),
                      entry->ports[i].address);
    (void)value_set(arena, map, "ports", ports);
    return map;
}

int deploy_write_rotation(struct deploy *deploy, struct error **reterr)
{
    const struct rotation *rotation = &deploy->rotation;
    struct arena *arena = deploy->arena;
    struct value *root = json_map(arena), *entries = json_list(arena), *held = json_list(arena);
    const char *text;
    int r;

    json_set_number(arena, root, "base", rotation->base);
    json_set_number(arena, root, "standby", rotation->standby);
    json_set_number(arena, root, "hold", rotation->hold_ns);
    json_set_number(arena, root, "switched", rotation->switched_unix_ns);
    json_set_text(arena, root, "document", deploy->document_hash);
    for (uint32_t i = 0; i < rotation->held_count; i++)
        json_add_text(arena, held, rotation->held[i]);
    (void)value_set(arena, root, "held", held);
    if (deploy->healing != NULL)
        (void)value_set(arena, root, "healing", value_copy(arena, deploy->healing));
    for (uint32_t i = 0; i < rotation->count; i++)
        value_list_append(arena, entries, write_entry(deploy, &rotation->entries[i]));
    (void)value_set(arena, root, "entries", entries);
    text = json_write(arena, root);
    if (strcmp(text, deploy->rotation_text) == 0)
        return 0;
    r = store_set_rotation(deploy->store, deploy->project, text, reterr);
    if (r == 0)
        deploy->rotation_text = text;
    return r < 0 ? deploy_go_on_unkept(deploy, r, reterr) : 0;
}

int deploy_go_on_unkept(struct deploy *deploy, int r, struct error **reterr)
{
    bool may_go_on =
        deploy->is_undo || deploy->is_settled || (deploy->record.id != 0 && deploy->record.to == 0);
    const char *message = reterr != NULL && *reterr != NULL ? (*reterr)->message : error_text(-r);

    if (!may_go_on || (r != -ENOSPC && r != -EIO && r != -EROFS && r != -EDQUOT))
        return r;
    if (!deploy->is_unkept)
        deploy_note(deploy, "%s; it is gone on with all the same", message);
    deploy->is_unkept = true;
    if (reterr != NULL)
        *reterr = error_free(*reterr);
    return 0;
}

/* Changing */

enum rotation_role deploy_role_of(const struct deploy *deploy,
                                  const struct observed_instance *instance)
{
    const struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);

    return entry != NULL ? entry->role : ROTATION_NONE;
}

/* Each time that an instance comes back it is another target, so that it has to pass again. */
static const char *target_of(struct deploy *deploy, const struct observed_instance *instance)
{
    uint64_t started_ns = instance->started_unix_ns;
    struct content_hash hash = content_hash_bytes(&started_ns, sizeof(started_ns));

    return arena_printf(deploy->arena, "%s~%.8s", instance->id, hash.text);
}

struct rotation_entry *deploy_enter(struct deploy *deploy, const struct observed_instance *instance,
                                    enum rotation_role role)
{
    struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);

    if (entry == NULL) {
        entry = add_entry(deploy);
        entry->instance = arena_strdup(deploy->arena, instance->id);
        entry->service = arena_strdup(deploy->arena, instance->service);
        entry->target = target_of(deploy, instance);
    }
    if (entry->role != role)
        entry->since_unix_ns = deploy->world->ops->unix_ns(deploy->world);
    entry->role = role;
    return entry;
}

void deploy_drop(struct deploy *deploy, const char *instance)
{
    struct rotation *rotation = &deploy->rotation;
    struct rotation_entry *entry = rotation_find(rotation, instance);

    if (entry == NULL)
        return;
    rotation->count--;
    memmove(entry, entry + 1,
            (size_t)(rotation->entries + rotation->count - entry) * sizeof(*entry));
}

void deploy_hold(struct deploy *deploy, const char *service, bool is_held)
{
    struct rotation *rotation = &deploy->rotation;
    const char **held = arena_new_array(deploy->arena, const char *, rotation->held_count + 1);
    uint32_t count = 0;

    for (uint32_t i = 0; i < rotation->held_count; i++)
        if (strcmp(rotation->held[i], service) != 0)
            held[count++] = rotation->held[i];
    if (is_held)
        held[count++] = arena_strdup(deploy->arena, service);
    rotation->held = held;
    rotation->held_count = count;
}
