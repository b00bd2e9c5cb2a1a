/* SPDX-License-Identifier: Apache-2.0 */
/* Reading single values of the canonical tree. */
#include <errno.h>

#include "base/time.h"
#include "model/desired_priv.h"

int desired_refuse(const struct desired_reader *reader, const char *key, const char *expected)
{
    return error_set(reader->reterr, EINVAL, "%s.%s: expected %s", reader->place, key, expected);
}

/* A key without a value says nothing. */
static const struct value *find(const struct value *map, const char *key)
{
    const struct value *value = value_get(map, key);

    return value_is(value, VALUE_NULL) ? NULL : value;
}

int desired_read_text(const struct desired_reader *reader, const struct value *map, const char *key,
                      const char **ret)
{
    const struct value *value = find(map, key);

    if (value == NULL)
        return 0;
    if (value->kind != VALUE_STRING)
        return desired_refuse(reader, key, "a string");
    *ret = value->string.text;
    return 0;
}

int desired_read_flag(const struct desired_reader *reader, const struct value *map, const char *key,
                      bool *ret)
{
    const struct value *value = find(map, key);

    if (value == NULL)
        return 0;
    if (value->kind != VALUE_BOOL)
        return desired_refuse(reader, key, "true or false");
    *ret = value->boolean;
    return 0;
}

int desired_read_number(const struct desired_reader *reader, const struct value *map,
                        const char *key, uint32_t maximum, uint32_t *ret)
{
    const struct value *value = find(map, key);

    if (value == NULL)
        return 0;
    if (value->kind != VALUE_INTEGER || value->integer < 0 || value->integer > maximum)
        return desired_refuse(reader, key,
                              arena_printf(reader->arena, "a number from 0 to %u", maximum));
    *ret = (uint32_t)value->integer;
    return 0;
}

int desired_read_real(const struct desired_reader *reader, const struct value *map, const char *key,
                      double *ret)
{
    const struct value *value = find(map, key);

    if (value == NULL)
        return 0;
    if (value->kind == VALUE_INTEGER)
        *ret = (double)value->integer;
    else if (value->kind == VALUE_REAL)
        *ret = value->real;
    else
        return desired_refuse(reader, key, "a number");
    return 0;
}

int desired_read_duration(const struct desired_reader *reader, const struct value *map,
                          const char *key, uint64_t *ret_ns)
{
    const char *text = NULL;

    if (desired_read_text(reader, map, key, &text) < 0)
        return -EINVAL;
    if (text != NULL && !time_parse_duration(text, ret_ns))
        return desired_refuse(reader, key, "a duration such as 30s or 1m30s");
    return 0;
}
