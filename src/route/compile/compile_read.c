/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading single values. Durations and sizes are in the form that src/spec prints: "1h30m0s",
 * "1.5s", and bytes as digits.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "route/address.h"
#include "route/compile/compile_priv.h"

enum {
    PLACE_MAX = 512
};

/* Refusing */

static size_t write_place(char *text, size_t size, const struct compile_place *place)
{
    size_t length = place->parent != NULL ? write_place(text, size, place->parent) : 0;
    int added;

    if (length >= size)
        return length;
    if (place->key != NULL)
        added = snprintf(text + length, size - length, "%s%s", length > 0 ? "." : "", place->key);
    else
        added = snprintf(text + length, size - length, "[%u]", place->index);
    return length + (added > 0 ? (size_t)added : 0);
}

int compile_refuse(const struct compile *compile, const struct compile_place *place,
                   const char *format, ...)
{
    char text[PLACE_MAX] = "";
    va_list arguments;
    char *message;

    (void)write_place(text, sizeof(text), place);
    va_start(arguments, format);
    message = arena_vprintf(compile->arena, format, arguments);
    va_end(arguments);
    return error_set(compile->reterr, EINVAL, "%s: %s", text, message);
}

static int refuse_kind(const struct compile *compile, const struct compile_place *place,
                       const char *key, const struct value *value, const char *expected)
{
    const struct compile_place here = {.parent = place, .key = key};

    return compile_refuse(compile, &here, "expected %s, found %s", expected,
                          value_kind_name(value->kind));
}

static int refuse_text(const struct compile *compile, const struct compile_place *place,
                       const char *key, const char *text, const char *expected)
{
    const struct compile_place here = {.parent = place, .key = key};

    return compile_refuse(compile, &here, "expected %s, found \"%s\"", expected, text);
}

/* A key without a value says nothing. */
static const struct value *find(const struct value *map, const char *key)
{
    const struct value *value = value_get(map, key);

    return value_is(value, VALUE_NULL) ? NULL : value;
}

int compile_check_keys(const struct compile *compile, const struct compile_place *place,
                       const struct value *map, const char *const *names)
{
    if (map == NULL || map->kind == VALUE_NULL)
        return 0;
    if (map->kind != VALUE_MAP)
        return compile_refuse(compile, place, "expected a map, found %s",
                              value_kind_name(map->kind));
    for (uint32_t i = 0; i < map->map.count; i++) {
        const char *const *name = names;

        while (*name != NULL && strcmp(*name, map->map.entries[i].key) != 0)
            name++;
        if (*name == NULL)
            return compile_refuse(compile, place, "\"%s\" is not supported",
                                  map->map.entries[i].key);
    }
    return 0;
}

int compile_check_list(const struct compile *compile, const struct compile_place *place,
                       const struct value *list)
{
    if (list == NULL || list->kind == VALUE_NULL || list->kind == VALUE_LIST)
        return 0;
    return compile_refuse(compile, place, "expected a list, found %s", value_kind_name(list->kind));
}

/* Texts and choices */

int compile_text(const struct compile *compile, const struct compile_place *place,
                 const struct value *map, const char *key, const char **ret)
{
    const struct value *value = find(map, key);

    if (value == NULL)
        return 0;
    if (value->kind != VALUE_STRING)
        return refuse_kind(compile, place, key, value, "a string");
    *ret = arena_strdup(compile->arena, value->string.text);
    return 0;
}

int compile_flag(const struct compile *compile, const struct compile_place *place,
                 const struct value *map, const char *key, bool *ret)
{
    const struct value *value = find(map, key);

    if (value == NULL)
        return 0;
    if (value->kind != VALUE_BOOL)
        return refuse_kind(compile, place, key, value, "true or false");
    *ret = value->boolean;
    return 0;
}

int compile_choice(const struct compile *compile, const struct compile_place *place,
                   const struct value *map, const char *key, const char *const *choices,
                   uint32_t *ret)
{
    const char *text = NULL;
    const char *listed = "";
    int r = compile_text(compile, place, map, key, &text);

    if (r < 0 || text == NULL)
        return r;
    for (uint32_t i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            *ret = i;
            return 0;
        }
        listed = arena_printf(compile->arena, "%s%s%s", listed,
                              i == 0 ? "" : (choices[i + 1] == NULL ? " or " : ", "), choices[i]);
    }
    return refuse_text(compile, place, key, text, listed);
}

/* Numbers */

int compile_number(const struct compile *compile, const struct compile_place *place,
                   const struct value *map, const char *key, uint32_t minimum, uint32_t maximum,
                   uint32_t *ret)
{
    const struct value *value = find(map, key);
    const struct compile_place here = {.parent = place, .key = key};

    if (value == NULL)
        return 0;
    if (value->kind != VALUE_INTEGER)
        return refuse_kind(compile, place, key, value, "a number");
    if (value->integer < minimum || value->integer > maximum)
        return compile_refuse(compile, &here, "expected a number from %u to %u", minimum, maximum);
    *ret = (uint32_t)value->integer;
    return 0;
}

/* The digits at the start; how many, 0 where there are none or too many. */
static size_t read_digits(const char *text, uint64_t *ret)
{
    size_t length = strspn(text, "0123456789");
    uint64_t number = 0;

    if (length > 18)
        return 0;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    *ret = number;
    return length;
}

int compile_bytes(const struct compile *compile, const struct compile_place *place,
                  const struct value *map, const char *key, uint64_t maximum, uint64_t *ret)
{
    const struct value *value = find(map, key);
    const struct compile_place here = {.parent = place, .key = key};
    uint64_t bytes = 0;
    size_t length = 0;

    if (value == NULL)
        return 0;
    if (value->kind == VALUE_INTEGER && value->integer >= 0) {
        bytes = (uint64_t)value->integer;
        length = 1;
    } else if (value->kind == VALUE_STRING) {
        length = read_digits(value->string.text, &bytes);
        if (value->string.text[length] != '\0')
            length = 0;
    }
    if (length == 0)
        return refuse_kind(compile, place, key, value, "a number of bytes");
    if (bytes > maximum)
        return compile_refuse(compile, &here, "expected at most %llu bytes",
                              (unsigned long long)maximum);
    *ret = bytes;
    return 0;
}

/* Durations */

struct unit {
    const char *name;
    uint64_t microseconds;
};

/* Longer names before those that they begin with. */
static const struct unit *read_unit(const char *text)
{
    static const struct unit units[] = {{"ms", 1000},
                                        {"us", 1},
                                        {"h", UINT64_C(3600) * 1000 * 1000},
                                        {"m", UINT64_C(60) * 1000 * 1000},
                                        {"s", 1000 * 1000}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strncmp(text, units[i].name, strlen(units[i].name)) == 0)
            return &units[i];
    return NULL;
}

/* One number with its unit; NULL where there is none. */
static const char *read_part(const char *text, uint64_t *total_us)
{
    uint64_t scale = 1, fraction = 0, whole;
    size_t length = read_digits(text, &whole);
    const struct unit *unit;

    if (length == 0 || length > 9)
        return NULL;
    text += length;
    if (*text == '.') {
        length = read_digits(text + 1, &fraction);
        if (length == 0 || length > 9)
            return NULL;
        text += 1 + length;
        while (length-- > 0)
            scale *= 10;
    }
    unit = read_unit(text);
    if (unit == NULL || whole > (UINT64_C(1) << 60) / unit->microseconds)
        return NULL;
    *total_us += whole * unit->microseconds + fraction * unit->microseconds / scale;
    return text + strlen(unit->name);
}

static bool read_duration(const char *text, uint64_t *ret_us)
{
    uint64_t total = 0;

    if (*text == '\0')
        return false;
    while (text != NULL && *text != '\0')
        text = read_part(text, &total);
    *ret_us = total;
    return text != NULL;
}

/* In steps of so many microseconds, rounded up, so that something never becomes nothing. */
static int read_steps(const struct compile *compile, const struct compile_place *place,
                      const struct value *map, const char *key, uint64_t step_us, uint32_t *ret)
{
    const char *text = NULL;
    uint64_t duration_us;
    int r = compile_text(compile, place, map, key, &text);

    if (r < 0 || text == NULL)
        return r;
    if (!read_duration(text, &duration_us) || duration_us > UINT32_MAX * UINT64_C(1000))
        return refuse_text(compile, place, key, text, "a duration such as 30s or 1m30s");
    *ret = (uint32_t)((duration_us + step_us - 1) / step_us);
    return 0;
}

int compile_milliseconds(const struct compile *compile, const struct compile_place *place,
                         const struct value *map, const char *key, uint32_t *ret)
{
    return read_steps(compile, place, map, key, 1000, ret);
}

int compile_seconds(const struct compile *compile, const struct compile_place *place,
                    const struct value *map, const char *key, uint32_t *ret)
{
    return read_steps(compile, place, map, key, 1000000, ret);
}

/* Lists */

/* A text alone counts as a list of one, as the short form has it. */
int compile_texts(const struct compile *compile, const struct compile_place *place,
                  const struct value *map, const char *key, struct route_texts *ret)
{
    const struct value *list = find(map, key);
    const struct compile_place here = {.parent = place, .key = key};
    struct value *const *items;
    const char **texts;
    uint32_t count;

    if (list == NULL)
        return 0;
    if (list->kind != VALUE_LIST && list->kind != VALUE_STRING)
        return refuse_kind(compile, place, key, list, "a list");
    items = list->kind == VALUE_LIST ? list->list.items : (struct value *const *)&list;
    count = list->kind == VALUE_LIST ? list->list.count : 1;
    texts = arena_new_array(compile->arena, const char *, count);
    for (uint32_t i = 0; i < count; i++) {
        if (items[i]->kind != VALUE_STRING)
            return compile_refuse(compile, &(struct compile_place){.parent = &here, .index = i},
                                  "expected a string, found %s", value_kind_name(items[i]->kind));
        texts[i] = arena_strdup(compile->arena, items[i]->string.text);
    }
    *ret = (struct route_texts){count > 0 ? texts : NULL, count};
    return 0;
}

int compile_networks(const struct compile *compile, const struct compile_place *place,
                     const struct value *map, const char *key, struct route_networks *ret)
{
    const struct compile_place here = {.parent = place, .key = key};
    struct route_texts texts = {0};
    struct route_network *networks;
    int r = compile_texts(compile, place, map, key, &texts);

    if (r < 0 || texts.count == 0)
        return r;
    networks = arena_new_array(compile->arena, struct route_network, texts.count);
    for (uint32_t i = 0; i < texts.count; i++)
        if (address_parse_network(texts.items[i], &networks[i]) < 0)
            return compile_refuse(compile, &(struct compile_place){.parent = &here, .index = i},
                                  "\"%s\" is not a network", texts.items[i]);
    *ret = (struct route_networks){networks, texts.count};
    return 0;
}
