/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/shape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hashmap.h"
#include "spec/forms.h"
#include "spec/scalar/boolean.h"
#include "spec/scalar/byte_size.h"
#include "spec/scalar/duration.h"
#include "spec/scalar/number.h"
#include "spec/schema_types.h"

bool shape_is_template(const struct shape *shape, const struct value *value)
{
    return shape->templates_stay && value->kind == VALUE_STRING &&
           memchr(value->string.text, '$', value->string.length) != NULL;
}

uint32_t shape_span(const struct value *value)
{
    if (value->kind == VALUE_STRING &&
        (value->block || memchr(value->string.text, '\n', value->string.length) != NULL))
        return 1;
    if (value->kind == VALUE_STRING)
        return (uint32_t)value->string.length + (value->quoted ? 2 : 0);
    return 1;
}

void shape_refuse(struct shape *shape, const struct value *value, const struct place *place,
                  const char *message)
{
    diagnostics_error(shape->diagnostics, value->mark, shape_span(value), place, NULL, "%s",
                      message);
}

/* Kinds */

static bool accepts(const struct schema *schema, const struct value *value)
{
    switch ((enum value_kind)value->kind) {
    case VALUE_NULL:
        return (schema->accepts & ACCEPT_NULL) != 0;
    case VALUE_BOOL:
        return (schema->accepts & ACCEPT_BOOL) != 0;
    case VALUE_INTEGER:
        return (schema->accepts & (ACCEPT_INTEGER | ACCEPT_REAL)) != 0;
    case VALUE_REAL:
        /* 4.0 is an integer to the specification's schema. */
        return (schema->accepts & ACCEPT_REAL) != 0 ||
               ((schema->accepts & ACCEPT_INTEGER) != 0 && value->real == floor(value->real));
    case VALUE_STRING:
        if ((schema->accepts & ACCEPT_STRING) != 0)
            return true;
        return value->filled &&
               (schema->accepts & (ACCEPT_BOOL | ACCEPT_INTEGER | ACCEPT_REAL)) != 0;
    case VALUE_LIST:
        return (schema->accepts & ACCEPT_LIST) != 0;
    case VALUE_MAP:
        return (schema->accepts & ACCEPT_MAP) != 0;
    }
    return false;
}

static const char *choices_text(struct arena *arena, const char *const *choices)
{
    const char *text = "";

    for (; *choices != NULL; choices++)
        text = arena_printf(arena, "%s%s%s", text,
                            *text == '\0' ? "" : (choices[1] == NULL ? " or " : ", "), *choices);
    return text;
}

const char *shape_expected_text(struct arena *arena, const struct schema *schema)
{
    static const struct {
        uint8_t bit;
        const char *text;
    } names[] = {
        {ACCEPT_STRING, "a string"},    {ACCEPT_INTEGER, "an integer"}, {ACCEPT_REAL, "a number"},
        {ACCEPT_BOOL, "true or false"}, {ACCEPT_LIST, "a list"},        {ACCEPT_MAP, "a map"},
        {ACCEPT_NULL, "nothing"},
    };
    const char *text = "";

    if (schema->expected != NULL)
        return schema->expected;
    if (schema->choices != NULL)
        return choices_text(arena, schema->choices);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((schema->accepts & names[i].bit) != 0)
            text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? " or " : "", names[i].text);
    return text;
}

static const char *hint_for_kind(const struct schema *schema, const struct value *value)
{
    bool scalar =
        value->kind == VALUE_BOOL || value->kind == VALUE_INTEGER || value->kind == VALUE_REAL;

    if (scalar && (schema->accepts & ACCEPT_STRING) != 0 && schema->scalar == SCALAR_AS_WRITTEN)
        return "put it in quotes to make it a string";
    if (value->kind == VALUE_INTEGER && schema->scalar == SCALAR_DURATION)
        return "add a unit, such as s for seconds";
    if (value->kind == VALUE_INTEGER && schema->scalar == SCALAR_BYTES)
        return "put it in quotes, or add a unit such as m";
    if (value->kind == VALUE_MAP && (schema->accepts & ACCEPT_LIST) != 0)
        return "begin each item with \"- \"";
    if (value->kind == VALUE_STRING && (schema->accepts & ACCEPT_LIST) != 0)
        return "write it as an item of a list: a line below that begins with \"- \"";
    if (value->kind == VALUE_MAP && schema == &type_string)
        return "write NAME=VALUE, or leave the \"- \" out of all the items";
    if (value->kind == VALUE_LIST && schema->accepts == ACCEPT_MAP)
        return "write NAME: VALUE without \"- \"";
    return NULL;
}

static void refuse_kind(struct shape *shape, const struct value *value, const struct schema *schema,
                        const struct place *place)
{
    diagnostics_error(shape->diagnostics, value->mark, shape_span(value), place,
                      hint_for_kind(schema, value), "expected %s, found %s",
                      shape_expected_text(shape->arena, schema), value_kind_name(value->kind));
}

/* Scalars */

static struct value *make_text(struct shape *shape, struct value *value, const char *text)
{
    struct value *made = value_new_string(shape->arena, text, strlen(text), value->mark);

    made->quoted = value->quoted;
    made->tag = value->tag;
    return made;
}

static struct value *cast_bool(struct shape *shape, struct value *value, const struct place *place)
{
    struct boolean boolean;
    const char *message;

    if (value->kind != VALUE_STRING)
        return value;
    if (!boolean_parse(shape->arena, value->string.text, value->string.length, &boolean,
                       &message)) {
        shape_refuse(shape, value, place, message);
        return value;
    }
    if (boolean.is_deprecated)
        diagnostics_warning(shape->diagnostics, value->mark, shape_span(value), place,
                            boolean.value ? "write true" : "write false",
                            "\"%s\" for a boolean is deprecated", value->string.text);
    return value_new_bool(shape->arena, boolean.value, value->mark);
}

/* Whether the conversion to an integer is defined. */
static bool is_integral_range(double real)
{
    return real > -9.2e18 && real < 9.2e18;
}

static struct value *cast_integer(struct shape *shape, struct value *value,
                                  const struct schema *schema, const struct place *place)
{
    int64_t integer;

    if (value->kind == VALUE_INTEGER)
        return value;
    if (value->kind == VALUE_REAL && value->real == floor(value->real) &&
        is_integral_range(value->real))
        return value_new_integer(shape->arena, (int64_t)value->real, value->mark);
    if (value->kind == VALUE_STRING &&
        number_parse_integer(value->string.text, value->string.length, &integer))
        return value_new_integer(shape->arena, integer, value->mark);
    shape_refuse(shape, value, place,
                 arena_printf(shape->arena, "expected %s, found %s",
                              shape_expected_text(shape->arena, schema),
                              value->kind == VALUE_STRING
                                  ? arena_printf(shape->arena, "\"%s\"", value->string.text)
                                  : value_kind_name(value->kind)));
    return value;
}

static struct value *cast_real(struct shape *shape, struct value *value,
                               const struct schema *schema, const struct place *place)
{
    double real;

    if (value->kind == VALUE_INTEGER)
        return value;
    if (value->kind == VALUE_REAL) {
        real = value->real;
    } else if (!number_parse_real(value->string.text, value->string.length, &real)) {
        shape_refuse(shape, value, place,
                     arena_printf(shape->arena, "expected %s, found \"%s\"",
                                  shape_expected_text(shape->arena, schema), value->string.text));
        return value;
    }
    if (real == floor(real) && fabs(real) < 1e15)
        return value_new_integer(shape->arena, (int64_t)real, value->mark);
    return value_new_real(shape->arena, real, value->mark);
}

static bool within(struct shape *shape, const struct value *value, int64_t number,
                   const struct schema *schema, const struct place *place)
{
    if (!schema->bounded || (number >= schema->minimum && number <= schema->maximum))
        return true;
    shape_refuse(
        shape, value, place,
        arena_printf(shape->arena, "expected %s", shape_expected_text(shape->arena, schema)));
    return false;
}

static void within_real(struct shape *shape, const struct value *value, double real,
                        const struct schema *schema, const struct place *place)
{
    if (schema->bounded && !(real >= (double)schema->minimum && real <= (double)schema->maximum))
        shape_refuse(
            shape, value, place,
            arena_printf(shape->arena, "expected %s", shape_expected_text(shape->arena, schema)));
}

static struct value *cast_duration(struct shape *shape, struct value *value,
                                   const struct schema *schema, const struct place *place)
{
    int64_t nanoseconds;
    const char *message;

    if (!duration_parse(shape->arena, value->string.text, value->string.length, &nanoseconds,
                        &message)) {
        shape_refuse(shape, value, place, message);
        return value;
    }
    if (!within(shape, value, nanoseconds, schema, place))
        return value;
    return make_text(shape, value, duration_print(nanoseconds).text);
}

static struct value *cast_bytes(struct shape *shape, struct value *value,
                                const struct schema *schema, const struct place *place)
{
    int64_t bytes;
    const char *message;

    if (value->kind == VALUE_INTEGER) {
        bytes = value->integer;
    } else if (value->kind == VALUE_REAL && is_integral_range(value->real)) {
        bytes = (int64_t)value->real;
    } else if (value->kind == VALUE_REAL) {
        shape_refuse(shape, value, place, "expected a size such as 512m or 1.5gb");
        return value;
    } else if (value_is_text(value, "-1")) {
        bytes = -1; /* "no limit", as the engine has it */
    } else if (!byte_size_parse(shape->arena, value->string.text, value->string.length, &bytes,
                                &message)) {
        shape_refuse(shape, value, place, message);
        return value;
    }
    if (!within(shape, value, bytes, schema, place))
        return value;
    return make_text(shape, value, byte_size_print(bytes).text);
}

static struct value *cast_file_mode(struct shape *shape, struct value *value,
                                    const struct place *place)
{
    int64_t mode = 0;
    char text[24];

    if (value->kind == VALUE_INTEGER) {
        mode = value->integer;
    } else if (value->kind == VALUE_REAL) {
        mode = is_integral_range(value->real) ? (int64_t)value->real : -1;
    } else {
        const char *digit = value->string.text;

        if (digit[0] == '0' && digit[1] == 'o')
            digit += 2;
        if (*digit == '\0')
            mode = -1;
        for (; *digit != '\0' && mode >= 0; digit++)
            mode =
                *digit >= '0' && *digit <= '7' && mode < 07777777 ? mode * 8 + (*digit - '0') : -1;
    }
    if (mode < 0 || mode > 07777777) {
        shape_refuse(shape, value, place, "expected a file mode in octal such as \"0440\"");
        return value;
    }
    snprintf(text, sizeof(text), "0%" PRIo64, mode);
    return make_text(shape, value, text);
}

static struct value *cast_device_count(struct shape *shape, struct value *value,
                                       const struct schema *schema, const struct place *place)
{
    if (value_is_text(value, "all"))
        return value_new_integer(shape->arena, -1, value->mark);
    return cast_integer(shape, value, schema, place);
}

static bool is_choice(const struct schema *schema, const char *text)
{
    for (const char *const *choice = schema->choices; *choice != NULL; choice++)
        if (strcmp(*choice, text) == 0)
            return true;
    return false;
}

static void refuse_choice(struct shape *shape, const struct value *value,
                          const struct schema *schema, const struct place *place)
{
    shape_refuse(shape, value, place,
                 arena_printf(shape->arena, "expected %s, found \"%s\"",
                              shape_expected_text(shape->arena, schema), value->string.text));
}

static struct value *cast_scalar(struct shape *shape, struct value *value,
                                 const struct schema *schema, const struct place *place)
{
    struct value *number;

    switch ((enum schema_scalar)schema->scalar) {
    case SCALAR_AS_WRITTEN:
        return value;
    case SCALAR_TEXT:
        if (value->kind == VALUE_STRING)
            return value;
        return make_text(shape, value, value_scalar_text(shape->arena, value));
    case SCALAR_BOOL:
        return cast_bool(shape, value, place);
    case SCALAR_STRING_OR_BOOL:
        if (value_is_text(value, "true") || value_is_text(value, "false"))
            return value_new_bool(shape->arena, value_is_text(value, "true"), value->mark);
        return value;
    case SCALAR_INTEGER:
        number = cast_integer(shape, value, schema, place);
        if (number->kind == VALUE_INTEGER)
            within(shape, value, number->integer, schema, place);
        return number;
    case SCALAR_REAL:
        number = cast_real(shape, value, schema, place);
        if (number->kind == VALUE_INTEGER)
            within(shape, value, number->integer, schema, place);
        else if (number->kind == VALUE_REAL)
            within_real(shape, value, number->real, schema, place);
        return number;
    case SCALAR_DURATION:
        return cast_duration(shape, value, schema, place);
    case SCALAR_BYTES:
        return cast_bytes(shape, value, schema, place);
    case SCALAR_FILE_MODE:
        return cast_file_mode(shape, value, place);
    case SCALAR_DEVICE_COUNT:
        return cast_device_count(shape, value, schema, place);
    }
    return value;
}

static struct value *shape_scalar(struct shape *shape, struct value *value,
                                  const struct schema *schema, const struct place *place)
{
    struct value *cast = cast_scalar(shape, value, schema, place);

    if (cast->kind != VALUE_STRING)
        return cast;
    if (schema->choices != NULL && !is_choice(schema, cast->string.text))
        refuse_choice(shape, cast, schema, place);
    else if (schema->check != NULL && !schema->check(cast->string.text))
        shape_refuse(shape, cast, place,
                     arena_printf(shape->arena, "expected %s, found \"%s\"",
                                  shape_expected_text(shape->arena, schema), cast->string.text));
    return cast;
}

/* Lists */

static void check_unique(struct shape *shape, const struct value *list, const struct schema *schema,
                         const struct place *place)
{
    struct hashmap seen;

    if (!schema->unique || schema->identity != IDENTITY_NONE || list->list.count < 2)
        return;
    hashmap_init(&seen, shape->arena);
    for (uint32_t i = 0; i < list->list.count; i++) {
        const struct value *item = list->list.items[i];
        uint64_t hash = value_hash(item);

        if (hashmap_has(&seen, (const char *)&hash, sizeof(hash)))
            diagnostics_error(shape->diagnostics, item->mark, shape_span(item),
                              &(struct place){.parent = place, .index = i}, "remove it",
                              "the same item stands in this list already");
        hashmap_put(&seen, (const char *)&hash, sizeof(hash), NULL);
    }
}

static struct value *shape_list(struct shape *shape, struct value *value,
                                const struct schema *schema, const struct place *place)
{
    const struct schema *items = schema->items != NULL ? schema->items : &schema_anything;
    struct value *list;

    if (items == &schema_anything)
        return value;
    check_unique(shape, value, schema, place);
    list = value_new(shape->arena, VALUE_LIST, value->mark);
    list->tag = value->tag;
    for (uint32_t i = 0; i < value->list.count; i++) {
        struct place here = {.parent = place, .index = i};
        struct value *item = value->list.items[i];

        /* Unlike the value of a key, an item cannot be left unsaid. */
        if (item->kind == VALUE_NULL && (items->accepts & ACCEPT_NULL) == 0)
            refuse_kind(shape, item, items, &here);
        else if (!schema->drops_empty || !value_is_text(item, ""))
            forms_append_item(shape, list, item, items, &here);
    }
    return list;
}

/* Maps */

static const char *hint_for_key(struct shape *shape, const struct schema *schema,
                                const struct value_entry *entry)
{
    const char *nearest;

    if (!diagnostics_wants(shape->diagnostics, SEVERITY_ERROR))
        return NULL;
    nearest = schema_nearest_key(schema, entry->key);

    if (nearest != NULL)
        return arena_printf(shape->arena, "did you mean \"%s\"?", nearest);
    if (schema == &schema_compose_file && entry->value->kind == VALUE_MAP &&
        (value_get(entry->value, "image") != NULL || value_get(entry->value, "build") != NULL))
        return "a service belongs below \"services:\"";
    if (schema->keys != NULL && schema->extensible)
        return "keys of your own begin with \"x-\"";
    return NULL;
}

static void refuse_key(struct shape *shape, const struct schema *schema,
                       const struct value_entry *entry, const struct place *place)
{
    if (schema->names == NAMES_IDENTIFIER)
        diagnostics_error(shape->diagnostics, entry->mark, entry->key_length, place, NULL,
                          "the name \"%s\" has characters other than letters, digits, '.', '_' "
                          "and '-'",
                          entry->key);
    else if (schema->names == NAMES_ANY)
        diagnostics_error(shape->diagnostics, entry->mark, 1, place, NULL,
                          "an empty name is not allowed");
    else
        diagnostics_error(shape->diagnostics, entry->mark, entry->key_length, place,
                          hint_for_key(shape, schema, entry), "unknown key \"%s\"", entry->key);
}

static void warn_of_key(struct shape *shape, const struct schema_key *key,
                        const struct value_entry *entry, const struct place *place)
{
    if (key == NULL)
        return;
    if ((key->flags & KEY_NOT_YET) != 0)
        diagnostics_error(shape->diagnostics, entry->mark, entry->key_length, place, NULL,
                          "\"%s\" is not supported yet", entry->key);
    else if ((key->flags & KEY_INTERNAL) != 0 && !shape->is_resolved)
        diagnostics_error(shape->diagnostics, entry->mark, entry->key_length, place, "remove it",
                          "\"%s\" is Slipway's own: it cannot be given in a file", entry->key);
    else if (strcmp(key->name, "version") == 0 && entry->value->kind == VALUE_STRING)
        diagnostics_warning(shape->diagnostics, entry->mark, entry->key_length, place, "remove it",
                            "\"version\" is obsolete and ignored");
}

static struct value *shape_map(struct shape *shape, struct value *value,
                               const struct schema *schema, const struct place *place)
{
    for (uint32_t i = 0; i < value->map.count; i++) {
        struct value_entry *entry = &value->map.entries[i];
        struct place here = {.parent = place, .key = entry->key};
        const struct schema *inner = schema_of_entry(schema, entry->key);

        if (inner == NULL) {
            refuse_key(shape, schema, entry, place);
            continue;
        }
        if (inner == &schema_anything)
            continue;
        warn_of_key(shape, schema_find(schema, entry->key), entry, place);
        entry->value = shape_value(shape, entry->value, inner, &here);
    }
    return value;
}

struct value *shape_value(struct shape *shape, struct value *value, const struct schema *schema,
                          const struct place *place)
{
    if (value->tag == VALUE_TAG_RESET || value->kind == VALUE_NULL || schema == &schema_anything)
        return value;
    if (shape_is_template(shape, value))
        return value;
    if (!accepts(schema, value)) {
        refuse_kind(shape, value, schema, place);
        return value;
    }
    value = forms_open(shape, value, schema, place);
    if (value->kind == VALUE_LIST)
        value = shape_list(shape, value, schema, place);
    else if (value->kind == VALUE_MAP)
        value = shape_map(shape, value, schema, place);
    else
        value = shape_scalar(shape, value, schema, place);
    return forms_close(shape, value, schema, place);
}

/* Completeness */

static void check_required(struct shape *shape, const struct value *map,
                           const struct schema *schema, const struct place *place)
{
    for (const struct schema_key *key = schema->keys; key != NULL && key->name != NULL; key++)
        if ((key->flags & KEY_REQUIRED) != 0 && value_get(map, key->name) == NULL)
            diagnostics_error(shape->diagnostics, map->mark, 1, place, NULL,
                              "the key \"%s\" is missing", key->name);
}

void shape_check_complete(struct shape *shape, const struct value *value,
                          const struct schema *schema, const struct place *place)
{
    if (schema == &schema_anything || value->tag == VALUE_TAG_RESET)
        return;
    if (value->kind == VALUE_NULL && (schema->accepts & ACCEPT_NULL) == 0) {
        diagnostics_error(shape->diagnostics, value->mark, 1, place,
                          "remove the key, or give it a value", "expected %s, found nothing",
                          shape_expected_text(shape->arena, schema));
        return;
    }
    if (value->kind == VALUE_LIST && schema->items != NULL)
        for (uint32_t i = 0; i < value->list.count; i++)
            shape_check_complete(shape, value->list.items[i], schema->items,
                                 &(struct place){.parent = place, .index = i});
    if (value->kind != VALUE_MAP)
        return;
    check_required(shape, value, schema, place);
    for (uint32_t i = 0; i < value->map.count; i++) {
        const struct value_entry *entry = &value->map.entries[i];
        const struct schema *inner = schema_of_entry(schema, entry->key);

        if (inner != NULL)
            shape_check_complete(shape, entry->value, inner,
                                 &(struct place){.parent = place, .key = entry->key});
    }
}
