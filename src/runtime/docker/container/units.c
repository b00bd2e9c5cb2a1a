/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/container/units.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NANO 1e9

/* The first integer too large for 64 bits with a sign, which a double can say. */
#define TOO_LARGE 9223372036854775808.0

static bool from_real(double real, int64_t *ret)
{
    if (!(real > -TOO_LARGE && real < TOO_LARGE))
        return false;
    *ret = (int64_t)(real < 0 ? real - 0.5 : real + 0.5);
    return true;
}

bool unit_integer(const struct value *value, int64_t *ret)
{
    long long number;
    char *end;

    if (value_is(value, VALUE_INTEGER)) {
        *ret = value->integer;
        return true;
    }
    if (value_is(value, VALUE_REAL))
        return from_real(value->real, ret);
    if (!value_is(value, VALUE_STRING) || value->string.length == 0 ||
        isspace((unsigned char)*value->string.text))
        return false;
    errno = 0;
    number = strtoll(value->string.text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *ret = number;
    return true;
}

bool unit_nano(const struct value *value, int64_t *ret)
{
    double real;
    char *end;

    if (value_is(value, VALUE_INTEGER))
        return from_real((double)value->integer * NANO, ret);
    if (value_is(value, VALUE_REAL))
        return from_real(value->real * NANO, ret);
    if (!value_is(value, VALUE_STRING) || value->string.length == 0)
        return false;
    real = strtod(value->string.text, &end);
    return *end == '\0' && from_real(real * NANO, ret);
}

bool unit_boolean(const struct value *value, bool *ret)
{
    if (!value_is(value, VALUE_BOOL))
        return false;
    *ret = value->boolean;
    return true;
}

struct unit {
    const char *name;
    double nanoseconds;
};

/* Longer names first: "ms" begins with "m". */
static const struct unit units[] = {
    {"ns", 1},  {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3}, {"ms", 1e6},
    {"s", 1e9}, {"m", 60e9}, {"h", 3600e9},      {"d", 86400e9},     {"w", 604800e9},
};

static const struct unit *find_unit(const char *text)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strncmp(text, units[i].name, strlen(units[i].name)) == 0)
            return &units[i];
    return NULL;
}

bool unit_duration_ns(const struct value *value, int64_t *ret)
{
    const char *at;
    double total = 0;

    if (!value_is(value, VALUE_STRING) || value->string.length == 0)
        return false;
    at = value->string.text;
    while (*at != '\0') {
        const struct unit *unit;
        double number;
        char *end;

        if (!isdigit((unsigned char)*at) && *at != '.')
            return false;
        number = strtod(at, &end);
        if (end == at)
            return false;
        if (*end == '\0' && number == 0)
            break;
        unit = find_unit(end);
        if (unit == NULL)
            return false;
        total += number * unit->nanoseconds;
        at = end + strlen(unit->name);
    }
    return from_real(total, ret);
}
