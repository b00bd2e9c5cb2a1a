/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/forms.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spec/scalar/device.h"
#include "spec/scalar/host_entry.h"
#include "spec/scalar/mount.h"
#include "spec/scalar/port.h"
#include "spec/scalar/shell_words.h"

static struct value *text_at(struct shape *shape, const char *text, struct mark mark)
{
    return value_new_string(shape->arena, text, strlen(text), mark);
}

static struct value *container_like(struct shape *shape, enum value_kind kind,
                                    const struct value *value)
{
    struct value *container = value_new(shape->arena, kind, value->mark);

    container->tag = value->tag;
    return container;
}

/* {key: value}, with the mark and the tag of the value. */
static struct value *map_of(struct shape *shape, const char *key, struct value *value)
{
    struct value *map = container_like(shape, VALUE_MAP, value);

    value_set(shape->arena, map, key, value);
    return map;
}

static void set_text(struct shape *shape, struct value *map, const char *key, const char *text)
{
    value_set(shape->arena, map, key, text_at(shape, text, map->mark));
}

static void set_bool(struct shape *shape, struct value *map, const char *key, bool boolean)
{
    value_set(shape->arena, map, key, value_new_bool(shape->arena, boolean, map->mark));
}

/* Forms of a scalar */

static struct value *open_shell(struct shape *shape, struct value *value, const struct place *place)
{
    struct value *list = container_like(shape, VALUE_LIST, value);
    struct shell_words words;
    const char *message;

    if (!shell_words_parse(shape->arena, value->string.text, value->string.length, &words,
                           &message)) {
        shape_refuse(shape, value, place, message);
        return list;
    }
    if (words.dropped_from != '\0')
        diagnostics_warning(
            shape->diagnostics, value->mark, shape_span(value), place,
            "a command is not run by a shell; write [\"sh\", \"-c\", \"...\"] for that",
            "everything from the unquoted '%c' on is dropped", words.dropped_from);
    for (size_t i = 0; i < words.count; i++)
        value_list_append(shape->arena, list, text_at(shape, words.words[i], value->mark));
    return list;
}

static struct value *open_health_test(struct shape *shape, struct value *value)
{
    struct value *list = container_like(shape, VALUE_LIST, value);

    value_list_append(shape->arena, list, text_at(shape, "CMD-SHELL", value->mark));
    value_list_append(shape->arena, list, value);
    return list;
}

static struct value *open_list(struct shape *shape, struct value *value)
{
    struct value *list = container_like(shape, VALUE_LIST, value);

    value->tag = VALUE_TAG_NONE;
    value_list_append(shape->arena, list, value);
    return list;
}

static struct value *open_env_file(struct shape *shape, struct value *value)
{
    struct value *map = map_of(shape, "path", value);

    set_bool(shape, map, "required", true);
    return map;
}

static struct value *open_gpus(struct shape *shape, struct value *value)
{
    struct value *request;

    if (!value_is_text(value, "all"))
        return value; /* which is none of the choices */
    request = map_of(shape, "count", value_new_integer(shape->arena, -1, value->mark));
    return open_list(shape, request);
}

static struct value *open_mount(struct shape *shape, struct value *value, const struct place *place)
{
    struct mount mount;
    struct value *map;
    const char *message;

    if (!mount_parse(shape->arena, value->string.text, value->string.length, &mount, &message)) {
        shape_refuse(shape, value, place, message);
        return value;
    }
    if (mount.unknown_option != NULL)
        diagnostics_warning(shape->diagnostics, value->mark, shape_span(value), place, NULL,
                            "the option \"%s\" is unknown and ignored", mount.unknown_option);
    map = container_like(shape, VALUE_MAP, value);
    set_text(shape, map, "type", mount.type);
    if (mount.source != NULL)
        set_text(shape, map, "source", mount.source);
    set_text(shape, map, "target", mount.target);
    if (mount.read_only)
        set_bool(shape, map, "read_only", true);
    if (mount.has_bind) {
        struct value *section = container_like(shape, VALUE_MAP, map);

        value_set(shape->arena, map, "bind", section);
        if (mount.selinux != NULL)
            set_text(shape, section, "selinux", mount.selinux);
        if (mount.propagation != NULL)
            set_text(shape, section, "propagation", mount.propagation);
        if (mount.create_host_path)
            set_bool(shape, section, "create_host_path", true);
    }
    if (mount.has_volume) {
        struct value *section = container_like(shape, VALUE_MAP, map);

        value_set(shape->arena, map, "volume", section);
        if (mount.nocopy)
            set_bool(shape, section, "nocopy", true);
    }
    return map;
}

static struct value *open_device(struct shape *shape, struct value *value,
                                 const struct place *place)
{
    struct device device;
    struct value *map;
    const char *message;

    if (!device_parse(shape->arena, value->string.text, value->string.length, &device, &message)) {
        shape_refuse(shape, value, place, message);
        return value;
    }
    map = map_of(shape, "source", text_at(shape, device.source, value->mark));
    set_text(shape, map, "target", device.target);
    set_text(shape, map, "permissions", device.permissions);
    return map;
}

struct value *forms_open(struct shape *shape, struct value *value, const struct schema *schema,
                         const struct place *place)
{
    if (value->kind == VALUE_LIST || value->kind == VALUE_MAP)
        return value;
    switch ((enum schema_form)schema->form) {
    case FORM_LIST:
        return open_list(shape, value);
    case FORM_SHELL:
        return open_shell(shape, value, place);
    case FORM_HEALTH_TEST:
        return open_health_test(shape, value);
    case FORM_BUILD:
        return map_of(shape, "context", value);
    case FORM_EXTENDS:
        return map_of(shape, "service", value);
    case FORM_INCLUDE:
        return map_of(shape, "path", value);
    case FORM_ENV_FILE:
        return open_env_file(shape, value);
    case FORM_MOUNT:
        return open_mount(shape, value, place);
    case FORM_DEVICE:
        return open_device(shape, value, place);
    case FORM_FILE_REFERENCE:
        return map_of(shape, "source", value);
    case FORM_TARGET:
        return map_of(shape, "address", value);
    case FORM_GPUS:
        return open_gpus(shape, value);
    default:
        return value;
    }
}

/* Forms of a list */

/* "a=b" to the entry a: b, and "a" to the entry a: missing. */
static void put_assignment(struct shape *shape, struct value *map, const struct value *item,
                           bool missing_is_null, const struct place *place)
{
    const char *text = item->string.text;
    const char *equals = memchr(text, '=', item->string.length);
    size_t key_length = equals != NULL ? (size_t)(equals - text) : item->string.length;
    struct value *value;

    if (item->string.length == 0)
        return; /* what is left of a variable that is not set */
    if (key_length == 0) {
        shape_refuse(shape, item, place, "expected NAME=VALUE, found no name");
        return;
    }
    if (missing_is_null && isspace((unsigned char)text[key_length - 1])) {
        shape_refuse(shape, item, place, "there is a space before the '='");
        return;
    }
    if (equals != NULL)
        value = value_new_string(shape->arena, equals + 1, item->string.length - key_length - 1,
                                 item->mark);
    else if (missing_is_null)
        value = value_new(shape->arena, VALUE_NULL, item->mark);
    else
        value = text_at(shape, "", item->mark);
    value_map_put(shape->arena, map, text, key_length, item->mark, value);
}

static struct value *close_mapping(struct shape *shape, struct value *value, bool missing_is_null,
                                   const struct place *place)
{
    struct value *map;

    if (value->kind == VALUE_MAP) {
        for (uint32_t i = 0; !missing_is_null && i < value->map.count; i++)
            if (value->map.entries[i].value->kind == VALUE_NULL &&
                value->map.entries[i].value->tag != VALUE_TAG_RESET)
                value->map.entries[i].value = text_at(shape, "", value->map.entries[i].value->mark);
        return value;
    }
    map = container_like(shape, VALUE_MAP, value);
    for (uint32_t i = 0; i < value->list.count; i++)
        if (value->list.items[i]->kind == VALUE_STRING)
            put_assignment(shape, map, value->list.items[i], missing_is_null,
                           &(struct place){.parent = place, .index = i});
    return map;
}

static struct value *close_names(struct shape *shape, struct value *value,
                                 const struct schema *schema)
{
    struct value *map;

    if (value->kind == VALUE_MAP)
        return value;
    map = container_like(shape, VALUE_MAP, value);
    for (uint32_t i = 0; i < value->list.count; i++) {
        const struct value *item = value->list.items[i];
        struct value *named;

        if (item->kind != VALUE_STRING)
            continue;
        named = value_new(shape->arena,
                          (schema->values->accepts & ACCEPT_NULL) != 0 ? VALUE_NULL : VALUE_MAP,
                          item->mark);
        if (schema->form == FORM_DEPENDENCIES) {
            set_text(shape, named, "condition", "service_started");
            set_bool(shape, named, "required", true);
        }
        value_map_put(shape->arena, map, item->string.text, item->string.length, item->mark, named);
    }
    return map;
}

static void append_host(struct shape *shape, struct value *list, const char *host,
                        const struct value *address, const struct place *place)
{
    const char *text;

    if (address->kind == VALUE_NULL)
        shape_refuse(shape, address, place, "expected an address, found nothing");
    if (address->kind != VALUE_STRING)
        return;
    text = host_entry_address(shape->arena, address->string.text, address->string.length);
    value_list_append(shape->arena, list,
                      text_at(shape, host_entry_print(shape->arena, host, text), address->mark));
}

static void append_host_item(struct shape *shape, struct value *list, const struct value *item,
                             const struct place *place)
{
    struct host_entry entry;
    const char *message;

    if (item->kind != VALUE_STRING)
        return;
    if (shape_is_template(shape, item)) {
        value_list_append(shape->arena, list, value_copy(shape->arena, item));
        return;
    }
    if (!host_entry_parse(shape->arena, item->string.text, item->string.length, &entry, &message)) {
        shape_refuse(shape, item, place, message);
        return;
    }
    for (size_t i = 0; i < entry.address_count; i++) {
        const char *text = host_entry_print(shape->arena, entry.host, entry.addresses[i]);

        value_list_append(shape->arena, list, text_at(shape, text, item->mark));
    }
}

static struct value *close_hosts(struct shape *shape, struct value *value,
                                 const struct place *place)
{
    struct value *list = container_like(shape, VALUE_LIST, value);

    if (value->kind == VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            append_host_item(shape, list, value->list.items[i],
                             &(struct place){.parent = place, .index = i});
        return list;
    }
    for (uint32_t i = 0; i < value->map.count; i++) {
        const struct value_entry *entry = &value->map.entries[i];
        const char *message;

        if (!host_entry_check_host(shape->arena, entry->key, entry->key_length, &message))
            diagnostics_error(shape->diagnostics, entry->mark, entry->key_length, place, NULL, "%s",
                              message);
        else if (entry->value->kind == VALUE_LIST)
            for (uint32_t j = 0; j < entry->value->list.count; j++)
                append_host(shape, list, entry->key, entry->value->list.items[j], place);
        else
            append_host(shape, list, entry->key, entry->value, place);
    }
    return list;
}

/* {default: null, id: path} to ["default", "id=path"]. */
static struct value *close_ssh(struct shape *shape, struct value *value)
{
    struct value *list;

    if (value->kind == VALUE_LIST)
        return value;
    list = container_like(shape, VALUE_LIST, value);
    for (uint32_t i = 0; i < value->map.count; i++) {
        const struct value_entry *entry = &value->map.entries[i];
        const char *text = entry->key;

        if (entry->value->kind == VALUE_STRING && entry->value->string.length > 0)
            text = arena_printf(shape->arena, "%s=%s", entry->key, entry->value->string.text);
        value_list_append(shape->arena, list, text_at(shape, text, entry->mark));
    }
    return list;
}

static struct value *close_option_lists(struct shape *shape, struct value *value)
{
    for (uint32_t i = 0; i < value->map.count; i++) {
        struct value_entry *entry = &value->map.entries[i];

        if (entry->value->kind != VALUE_LIST)
            entry->value = open_list(shape, entry->value);
    }
    return value;
}

/* external: {name: x} was how external resources were named before they had a name of their own. */
static struct value *close_resource(struct shape *shape, struct value *value,
                                    const struct place *place)
{
    struct value *external = value_get(value, "external");
    struct value *name;

    if (!value_is(external, VALUE_MAP))
        return value;
    name = value_get(external, "name");
    if (name != NULL && value_get(value, "name") != NULL &&
        !value_equal(name, value_get(value, "name")))
        diagnostics_error(shape->diagnostics, external->mark, 1, place,
                          "remove external.name and write external: true",
                          "name and external.name say different things");
    value_set(shape->arena, value, "external", value_new_bool(shape->arena, true, external->mark));
    if (name != NULL)
        value_set(shape->arena, value, "name", name);
    return value;
}

struct value *forms_close(struct shape *shape, struct value *value, const struct schema *schema,
                          const struct place *place)
{
    bool list = value->kind == VALUE_LIST;

    if (!list && value->kind != VALUE_MAP)
        return value;
    switch ((enum schema_form)schema->form) {
    case FORM_MAPPING:
        return close_mapping(shape, value, false, place);
    case FORM_MAPPING_NULL:
        return close_mapping(shape, value, true, place);
    case FORM_NAMES:
    case FORM_DEPENDENCIES:
        return close_names(shape, value, schema);
    case FORM_HOSTS:
        return close_hosts(shape, value, place);
    case FORM_SSH:
        return close_ssh(shape, value);
    case FORM_OPTION_LISTS:
        return list ? value : close_option_lists(shape, value);
    case FORM_RESOURCE:
        return list ? value : close_resource(shape, value, place);
    default:
        return value;
    }
}

/* Items that stand for several */

static struct value *port_value(struct shape *shape, const struct port *port,
                                const struct value *item)
{
    struct value *map = container_like(shape, VALUE_MAP, item);

    set_text(shape, map, "mode", "ingress");
    if (*port->host_ip != '\0')
        set_text(shape, map, "host_ip", port->host_ip);
    value_set(shape->arena, map, "target",
              value_new_integer(shape->arena, port->target, item->mark));
    if (*port->published != '\0')
        set_text(shape, map, "published", port->published);
    set_text(shape, map, "protocol", port->protocol);
    return map;
}

static void append_ports(struct shape *shape, struct value *list, const struct value *item,
                         const struct place *place)
{
    struct port_list ports;
    const char *text = value_scalar_text(shape->arena, item);
    const char *message;

    if (!port_parse(shape->arena, text, strlen(text), &ports, &message)) {
        shape_refuse(shape, item, place, message);
        return;
    }
    for (size_t i = 0; i < ports.count; i++)
        value_list_append(shape->arena, list, port_value(shape, &ports.items[i], item));
}

void forms_append_item(struct shape *shape, struct value *list, struct value *item,
                       const struct schema *schema, const struct place *place)
{
    bool short_port =
        schema->form == FORM_PORT &&
        (item->kind == VALUE_INTEGER || item->kind == VALUE_REAL || item->kind == VALUE_STRING);

    if (short_port && !shape_is_template(shape, item))
        append_ports(shape, list, item, place);
    else
        value_list_append(shape->arena, list, shape_value(shape, item, schema, place));
}
