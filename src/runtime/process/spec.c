/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "runtime/process/process_priv.h"

static const struct unit {
    const char *name;
    double factor;
} duration_units[] =
    {
        {"ns", 1},  {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6},
        {"s", 1e9}, {"m", 60e9}, {"h", 3600e9},      {NULL, 0},
},
  byte_units[] = {
      {"kib", 1024},     {"kb", 1024},          {"k", 1024},          {"mib", 1048576},
      {"mb", 1048576},   {"m", 1048576},        {"gib", 1073741824},  {"gb", 1073741824},
      {"g", 1073741824}, {"tb", 1099511627776}, {"t", 1099511627776}, {"b", 1},
      {NULL, 0},
};

static const struct unit *find_unit(const struct unit *units, const char *text, size_t length)
{
    for (; units->name != NULL; units++) {
        if (strlen(units->name) == length && strncasecmp(units->name, text, length) == 0)
            return units;
    }
    return NULL;
}

/* "1m30s": numbers with units, added up. Negative where it is none. */
static double parse_sum(const char *text, const struct unit *units)
{
    double sum = 0;

    if (*text == '\0')
        return -1;
    while (*text != '\0') {
        char *end;
        double number = strtod(text, &end);
        size_t length = strcspn(end, "0123456789.");
        const struct unit *unit = find_unit(units, end, length);

        if (end == text || !isfinite(number) || number < 0 || (unit == NULL && length > 0))
            return -1;
        if (unit == NULL)
            return *end == '\0' && sum == 0 ? number : -1;
        sum += number * unit->factor;
        text = end + length;
    }
    return sum;
}

uint64_t spec_duration_ns(const struct value *map, const char *key, uint64_t fallback_ns)
{
    const char *text = value_get_text(map, key);
    double sum = text != NULL ? parse_sum(text, duration_units) : -1;

    return sum >= 0 && sum < 9e18 ? (uint64_t)sum : fallback_ns;
}

uint64_t spec_bytes(const struct value *value)
{
    double sum = -1;

    if (value_is(value, VALUE_INTEGER))
        return value->integer > 0 ? (uint64_t)value->integer : 0;
    if (value_is(value, VALUE_STRING))
        sum = parse_sum(value->string.text, byte_units);
    return sum >= 1 && sum < 9e18 ? (uint64_t)sum : 0;
}

double spec_real(const struct value *value)
{
    if (value_is(value, VALUE_INTEGER))
        return (double)value->integer;
    if (value_is(value, VALUE_REAL))
        return value->real;
    return value_is(value, VALUE_STRING) ? strtod(value->string.text, NULL) : 0;
}

int64_t spec_integer(const struct value *map, const char *key, int64_t fallback)
{
    const struct value *value = value_get(map, key);
    char *end;
    long long number;

    if (value_is(value, VALUE_INTEGER))
        return value->integer;
    if (value_is(value, VALUE_REAL))
        return (int64_t)value->real;
    if (!value_is(value, VALUE_STRING) || value->string.length == 0)
        return fallback;
    number = strtoll(value->string.text, &end, 10);
    return *end == '\0' ? number : fallback;
}

int spec_signal(const char *name)
{
    if (name == NULL || name[0] == '\0')
        return 0;
    if (name[strspn(name, "0123456789")] == '\0') {
        long number = strtol(name, NULL, 10);

        return number > 0 && number < NSIG ? (int)number : 0;
    }
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);

        if (known != NULL && strcasecmp(known, name) == 0)
            return number;
    }
    return 0;
}
