/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "model/value_json.h"

#define KEY_PART_MAX  64
#define SCRATCH_LIMIT ((size_t)64 << 20)

static const struct mark none;

/* Reading */

const json_t *field_find(const json_t *object, const char *key)
{
    while (object != NULL) {
        size_t length = strcspn(key, ".");
        char part[KEY_PART_MAX];

        if (length >= sizeof(part))
            return NULL;
        memcpy(part, key, length);
        part[length] = '\0';
        object = json_object_get(object, part);
        if (key[length] == '\0')
            return object;
        key += length + 1;
    }
    return NULL;
}

const char *field_text(struct arena *arena, const json_t *value)
{
    return json_is_string(value)
               ? arena_strndup(arena, json_string_value(value), json_string_length(value))
               : "";
}

int64_t field_number(const json_t *value)
{
    if (json_is_real(value)) {
        double real = json_real_value(value);

        return real >= -9e18 && real <= 9e18 ? (int64_t)real : 0;
    }
    return json_is_integer(value) ? json_integer_value(value) : 0;
}

const char *const *field_texts(struct arena *arena, const json_t *list)
{
    const char **texts = arena_new_array(arena, const char *, json_array_size(list) + 1);
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_is_string(json_array_get(list, i)))
            texts[count++] = field_text(arena, json_array_get(list, i));
    }
    return texts;
}

static bool take_digits(const char **text, const char *end, size_t count, int *ret)
{
    *ret = 0;
    for (; count > 0; count--, (*text)++) {
        if (*text == end || **text < '0' || **text > '9')
            return false;
        *ret = *ret * 10 + (**text - '0');
    }
    return true;
}

static bool take_character(const char **text, const char *end, char character)
{
    if (*text == end || **text != character)
        return false;
    (*text)++;
    return true;
}

/* Digits of a second beyond the ninth are passed over. */
static uint64_t take_fraction(const char **text, const char *end)
{
    uint64_t unit = TIME_SECOND / 10, fraction = 0;

    for (; *text < end && **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        fraction += unit * (uint64_t)(**text - '0');
    return fraction;
}

static bool take_offset(const char **text, const char *end, int64_t *ret_s)
{
    int hours, minutes, sign;

    *ret_s = 0;
    if (take_character(text, end, 'Z'))
        return true;
    if (*text == end || (**text != '+' && **text != '-'))
        return false;
    sign = *(*text)++ == '-' ? -1 : 1;
    if (!take_digits(text, end, 2, &hours) || !take_character(text, end, ':') ||
        !take_digits(text, end, 2, &minutes))
        return false;
    *ret_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

uint64_t field_parse_time(const char *text, size_t length)
{
    const char *end = text + length;
    struct tm parts = {0};
    uint64_t fraction_ns = 0;
    int64_t offset_s, unix_s;

    if (!take_digits(&text, end, 4, &parts.tm_year) || !take_character(&text, end, '-') ||
        !take_digits(&text, end, 2, &parts.tm_mon) || !take_character(&text, end, '-') ||
        !take_digits(&text, end, 2, &parts.tm_mday) || !take_character(&text, end, 'T') ||
        !take_digits(&text, end, 2, &parts.tm_hour) || !take_character(&text, end, ':') ||
        !take_digits(&text, end, 2, &parts.tm_min) || !take_character(&text, end, ':') ||
        !take_digits(&text, end, 2, &parts.tm_sec))
        return 0;
    if (take_character(&text, end, '.'))
        fraction_ns = take_fraction(&text, end);
    if (!take_offset(&text, end, &offset_s) || text != end)
        return 0;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    unix_s = timegm(&parts) - offset_s;
    return unix_s < 0 ? 0 : time_add(time_from_seconds((uint64_t)unix_s), fraction_ns);
}

uint64_t field_time(const json_t *value)
{
    if (json_is_string(value))
        return field_parse_time(json_string_value(value), json_string_length(value));
    return field_number(value) > 0 ? time_from_seconds((uint64_t)field_number(value)) : 0;
}

static struct engine_pairs read_pairs(struct arena *arena, const json_t *map)
{
    struct engine_pair *items = arena_new_array(arena, struct engine_pair, json_object_size(map));
    uint32_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)map, key, value)
    {
        items[count].name = arena_strdup(arena, key);
        items[count++].value = field_text(arena, value);
    }
    return (struct engine_pairs){items, count};
}

static const char *const *read_set(struct arena *arena, const json_t *map)
{
    const char **texts = arena_new_array(arena, const char *, json_object_size(map) + 1);
    size_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)map, key, value) texts[count++] =
        arena_strdup(arena, key);
    return texts;
}

void *fields_read_list(struct arena *arena, const struct field *fields, const json_t *list,
                       size_t item_size, uint32_t *ret_count)
{
    char *items = arena_alloc_array(arena, json_array_size(list), item_size);
    uint32_t count = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_is_object(json_array_get(list, i)))
            fields_read(arena, fields, json_array_get(list, i), items + item_size * count++);
    }
    *ret_count = count;
    return items;
}

static void *read_keyed(struct arena *arena, const struct field *field, const json_t *map,
                        uint32_t *ret_count)
{
    char *items = arena_alloc_array(arena, json_object_size(map), field->item_size);
    uint32_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)map, key, value)
    {
        char *item = items + (size_t)field->item_size * count++;

        fields_read(arena, field->items, value, item);
        *(const char **)(void *)item = arena_strdup(arena, key);
    }
    *ret_count = count;
    return items;
}

static void read_one(struct arena *arena, const struct field *field, const json_t *value,
                     char *structure)
{
    void *member = structure + field->offset;
    void *count = structure + field->count_offset;

    switch ((enum field_kind)field->kind) {
    case FIELD_TEXT:
        *(const char **)member = field_text(arena, value);
        break;
    case FIELD_YES:
        *(bool *)member = json_is_true(value);
        break;
    case FIELD_CHOICE:
        *(enum engine_choice *)member = json_is_true(value)    ? ENGINE_YES
                                        : json_is_false(value) ? ENGINE_NO
                                                               : ENGINE_UNSAID;
        break;
    case FIELD_NUMBER:
        *(int64_t *)member = field_number(value);
        break;
    case FIELD_UNSIGNED:
        *(uint64_t *)member = field_number(value) > 0 ? (uint64_t)field_number(value) : 0;
        break;
    case FIELD_TEXTS:
        *(const char *const **)member = field_texts(arena, value);
        break;
    case FIELD_SET:
        *(const char *const **)member = read_set(arena, value);
        break;
    case FIELD_PAIRS:
        *(struct engine_pairs *)member = read_pairs(arena, value);
        break;
    case FIELD_TIME:
        *(uint64_t *)member = field_time(value);
        break;
    case FIELD_LIST:
        *(void **)member =
            fields_read_list(arena, field->items, value, field->item_size, (uint32_t *)count);
        break;
    case FIELD_KEYED:
        *(void **)member = read_keyed(arena, field, value, (uint32_t *)count);
        break;
    case FIELD_POINTED: /* never read */
        break;
    }
}

void fields_read(struct arena *arena, const struct field *fields, const json_t *object,
                 void *structure)
{
    for (; fields->key != NULL; fields++)
        read_one(arena, fields, field_find(object, fields->key), structure);
}

/* Writing */

struct value *field_map(struct arena *arena)
{
    return value_new(arena, VALUE_MAP, none);
}

static struct value *text_value(struct arena *arena, const char *text)
{
    return text != NULL ? value_new_string(arena, text, strlen(text), none)
                        : value_new(arena, VALUE_NULL, none);
}

static struct value *texts_value(struct arena *arena, const char *const *texts)
{
    struct value *list = value_new(arena, VALUE_LIST, none);

    for (; *texts != NULL; texts++)
        value_list_append(arena, list, text_value(arena, *texts));
    return list;
}

static struct value *set_value(struct arena *arena, const char *const *texts)
{
    struct value *map = field_map(arena);

    for (; *texts != NULL; texts++)
        (void)value_set(arena, map, *texts, field_map(arena));
    return map;
}

static struct value *pairs_value(struct arena *arena, struct engine_pairs pairs)
{
    struct value *map = field_map(arena);

    for (uint32_t i = 0; i < pairs.count; i++)
        (void)value_set(arena, map, pairs.items[i].name, text_value(arena, pairs.items[i].value));
    return map;
}

static struct value *items_value(struct arena *arena, const struct field *field, const char *items,
                                 uint32_t count, unsigned int version, const char **ret_unknown)
{
    bool is_keyed = field->kind == FIELD_KEYED;
    struct value *all = value_new(arena, is_keyed ? VALUE_MAP : VALUE_LIST, none);

    for (; count > 0; count--, items += field->item_size) {
        struct value *map = field_map(arena);

        fields_write(arena, field->items, items, version, map, ret_unknown);
        if (is_keyed)
            (void)value_set(arena, all, *(const char *const *)(const void *)items, map);
        else
            value_list_append(arena, all, map);
    }
    return all;
}

/* NULL where the member says nothing. */
static struct value *value_of(struct arena *arena, const struct field *field, const char *structure,
                              unsigned int version, const char **ret_unknown)
{
    const void *member = structure + field->offset;
    const char *text;
    const char *const *texts;
    uint32_t count;

    switch ((enum field_kind)field->kind) {
    case FIELD_TEXT:
        text = *(const char *const *)member;
        return text != NULL && text[0] != '\0' ? text_value(arena, text) : NULL;
    case FIELD_YES:
        return *(const bool *)member ? value_new_bool(arena, true, none) : NULL;
    case FIELD_CHOICE:
        return *(const enum engine_choice *)member != ENGINE_UNSAID
                   ? value_new_bool(arena, *(const enum engine_choice *)member == ENGINE_YES, none)
                   : NULL;
    case FIELD_NUMBER:
        return *(const int64_t *)member != 0
                   ? value_new_integer(arena, *(const int64_t *)member, none)
                   : NULL;
    case FIELD_POINTED:
        return *(const int64_t *const *)member != NULL
                   ? value_new_integer(arena, **(const int64_t *const *)member, none)
                   : NULL;
    case FIELD_TEXTS:
    case FIELD_SET:
        texts = *(const char *const *const *)member;
        if (texts == NULL)
            return NULL;
        return field->kind == FIELD_SET ? set_value(arena, texts) : texts_value(arena, texts);
    case FIELD_PAIRS:
        return ((const struct engine_pairs *)member)->count > 0
                   ? pairs_value(arena, *(const struct engine_pairs *)member)
                   : NULL;
    case FIELD_LIST:
    case FIELD_KEYED:
        count = *(const uint32_t *)(const void *)(structure + field->count_offset);
        return count > 0 ? items_value(arena, field, *(const char *const *)member, count, version,
                                       ret_unknown)
                         : NULL;
    case FIELD_UNSIGNED: /* never written */
    case FIELD_TIME:
        break;
    }
    return NULL;
}

static void put(struct arena *arena, struct value *map, const char *key, struct value *value)
{
    for (;;) {
        size_t length = strcspn(key, ".");
        struct value_entry *entry = value_map_find(map, key, length);

        if (key[length] == '\0') {
            (void)value_map_put(arena, map, key, length, none, value);
            return;
        }
        if (entry == NULL)
            entry = value_map_put(arena, map, key, length, none, field_map(arena));
        map = entry->value;
        key += length + 1;
    }
}

void fields_write(struct arena *arena, const struct field *fields, const void *structure,
                  unsigned int version, struct value *map, const char **ret_unknown)
{
    for (; fields->key != NULL; fields++) {
        struct value *value = value_of(arena, fields, structure, version, ret_unknown);

        if (value == NULL)
            continue;
        if (version < fields->version)
            *ret_unknown = fields->key;
        put(arena, map, fields->key, value);
    }
}

struct building {
    struct arena arena;
    struct call *call;
    fields_builder *build;
    const void *context;
    const char *unknown;
};

static void build_below(void *context)
{
    struct building *building = context;
    const struct json_style compact = {.compact = true};
    struct value *map = field_map(&building->arena);

    building->build(&building->arena, map, building->context, &building->unknown);
    value_write_json(&building->call->body, map, &compact);
}

int fields_build_body(struct call *call, fields_builder *build, const void *context,
                      unsigned int version, struct error **reterr)
{
    struct building building = {.call = call, .build = build, .context = context};
    int r;

    arena_init(&building.arena, SCRATCH_LIMIT);
    r = arena_protect(&building.arena, build_below, &building);
    arena_deinit(&building.arena);
    if (r < 0)
        return error_set(reterr, -r, "%s", error_text(-r));
    if (building.unknown != NULL)
        return error_set(reterr, EOPNOTSUPP,
                         "this Docker Engine (API 1.%u) does not know \"%s\": update Docker",
                         version, building.unknown);
    return 0;
}

struct table {
    const struct field *fields;
    const void *structure;
    unsigned int version;
};

static void build_table(struct arena *arena, struct value *map, const void *context,
                        const char **ret_unknown)
{
    const struct table *table = context;

    fields_write(arena, table->fields, table->structure, table->version, map, ret_unknown);
}

int fields_to_body(struct call *call, const struct field *fields, const void *structure,
                   unsigned int version, struct error **reterr)
{
    const struct table table = {fields, structure, version};

    return fields_build_body(call, build_table, &table, version, reterr);
}
