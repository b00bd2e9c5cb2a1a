/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/duration.h"

#include <stdio.h>
#include <string.h>

#include "spec/scalar/complaint.h"
#include "spec/scalar/span.h"

#define DURATION_MAGNITUDE_MAX (UINT64_C(1) << 63) /* of a negative one */

#define MICROSECOND_NS UINT64_C(1000)
#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS      UINT64_C(1000000000)
#define MINUTE_NS      (60 * SECOND_NS)
#define HOUR_NS        (60 * MINUTE_NS)

static const struct {
    const char *name;
    uint64_t nanoseconds;
} duration_units[] = {
    {"s", SECOND_NS},
    {"m", MINUTE_NS},
    {"h", HOUR_NS},
    {"ms", MILLISECOND_NS},
    {"d", 24 * HOUR_NS},
    {"w", 7 * 24 * HOUR_NS},
    {"us", MICROSECOND_NS},
    {"\xc2\xb5s", MICROSECOND_NS}, /* the micro sign */
    {"\xce\xbcs", MICROSECOND_NS}, /* the Greek letter mu */
    {"ns", 1},
};

static const char duration_expected[] =
    "expected numbers with units, such as 1m30s or 1.5h (units: ns, us, ms, s, m, h, d, w)";
static const char duration_too_large[] = "expected at most about 292 years";

static bool duration_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static uint64_t duration_unit(struct span name)
{
    for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
        if (span_is(name, duration_units[i].name))
            return duration_units[i].nanoseconds;
    }
    return 0;
}

static bool duration_whole(struct span *rest, uint64_t *ret_number)
{
    uint64_t number = 0;

    while (rest->length > 0 && duration_is_digit(rest->text[0])) {
        if (number > DURATION_MAGNITUDE_MAX / 10)
            return false;
        number = number * 10 + (uint64_t)(rest->text[0] - '0');
        if (number > DURATION_MAGNITUDE_MAX)
            return false;
        *rest = span_from(*rest, 1);
    }
    *ret_number = number;
    return true;
}

/* The digits behind the point as digits / scale. Those beyond what 63 bits hold have no effect. */
struct duration_fraction {
    uint64_t digits;
    double scale;
};

static struct duration_fraction duration_fraction_read(struct span *rest)
{
    struct duration_fraction fraction = {.scale = 1};
    bool full = false;

    while (rest->length > 0 && duration_is_digit(rest->text[0])) {
        uint64_t digits = fraction.digits * 10 + (uint64_t)(rest->text[0] - '0');

        full = full || fraction.digits > INT64_MAX / 10 || digits > INT64_MAX;
        if (!full) {
            fraction.digits = digits;
            fraction.scale *= 10;
        }
        *rest = span_from(*rest, 1);
    }
    return fraction;
}

static struct span duration_take_unit(struct span *rest)
{
    struct span name = *rest;

    while (rest->length > 0 && rest->text[0] != '.' && !duration_is_digit(rest->text[0]))
        *rest = span_from(*rest, 1);
    name.length -= rest->length;
    return name;
}

/* Adds one number with its unit to *total; returns NULL or what is wrong. */
static const char *duration_component(struct span *rest, uint64_t *total)
{
    struct duration_fraction fraction = {.scale = 1};
    size_t before = rest->length;
    uint64_t number, unit;
    bool has_digits;

    if (!duration_whole(rest, &number))
        return duration_too_large;
    has_digits = rest->length < before;
    if (rest->length > 0 && rest->text[0] == '.') {
        *rest = span_from(*rest, 1);
        before = rest->length;
        fraction = duration_fraction_read(rest);
        has_digits = has_digits || rest->length < before;
    }
    unit = duration_unit(duration_take_unit(rest));
    if (!has_digits || unit == 0)
        return duration_expected;

    if (number > DURATION_MAGNITUDE_MAX / unit)
        return duration_too_large;
    /* In this order, so that decimals of a nanosecond are cut as the reference cuts them. */
    number = number * unit + (uint64_t)((double)fraction.digits * ((double)unit / fraction.scale));
    if (number > DURATION_MAGNITUDE_MAX || *total > DURATION_MAGNITUDE_MAX - number)
        return duration_too_large;
    *total += number;
    return NULL;
}

static const char *duration_read(struct span rest, int64_t *ret_nanoseconds)
{
    bool negative = false;
    uint64_t total = 0;

    if (rest.length > 0 && (rest.text[0] == '-' || rest.text[0] == '+')) {
        negative = rest.text[0] == '-';
        rest = span_from(rest, 1);
    }
    if (rest.length == 0)
        return duration_expected;
    if (span_is(rest, "0"))
        rest.length = 0;
    while (rest.length > 0) {
        const char *wrong = duration_component(&rest, &total);

        if (wrong != NULL)
            return wrong;
    }
    if (!negative && total == DURATION_MAGNITUDE_MAX)
        return duration_too_large;
    *ret_nanoseconds = (int64_t)(negative ? -total : total);
    return NULL;
}

bool duration_parse(struct arena *arena, const char *text, size_t length, int64_t *ret_nanoseconds,
                    const char **ret_message)
{
    const char *wrong = duration_read(span_make(text, length), ret_nanoseconds);

    if (wrong != NULL)
        *ret_message = complaint_new(arena, text, length, "duration", wrong);
    return wrong == NULL;
}

/* Writes number / unit with as many decimals as it has, then the name of the unit. */
static void duration_write(char *out, size_t size, uint64_t number, uint64_t unit, const char *name)
{
    char decimals[11] = "";
    uint64_t whole = number / unit, fraction = number % unit;
    size_t count = 0;

    if (fraction > 0)
        decimals[count++] = '.';
    while (fraction > 0) {
        unit /= 10;
        decimals[count++] = (char)('0' + fraction / unit);
        fraction %= unit;
    }
    (void)snprintf(out, size, "%llu%.*s%s", (unsigned long long)whole, (int)count, decimals, name);
}

struct duration_text duration_print(int64_t nanoseconds)
{
    uint64_t magnitude = nanoseconds < 0 ? -(uint64_t)nanoseconds : (uint64_t)nanoseconds;
    struct duration_text printed;
    char *out = printed.text;
    char *end = printed.text + sizeof(printed.text);

    if (nanoseconds < 0)
        *out++ = '-';
    if (magnitude == 0) {
        memcpy(out, "0s", 3);
    } else if (magnitude < MICROSECOND_NS) {
        duration_write(out, (size_t)(end - out), magnitude, 1, "ns");
    } else if (magnitude < MILLISECOND_NS) {
        duration_write(out, (size_t)(end - out), magnitude, MICROSECOND_NS, "\xc2\xb5s");
    } else if (magnitude < SECOND_NS) {
        duration_write(out, (size_t)(end - out), magnitude, MILLISECOND_NS, "ms");
    } else {
        if (magnitude >= HOUR_NS)
            out += snprintf(out, (size_t)(end - out), "%lluh",
                            (unsigned long long)(magnitude / HOUR_NS));
        if (magnitude >= MINUTE_NS)
            out += snprintf(out, (size_t)(end - out), "%llum",
                            (unsigned long long)(magnitude / MINUTE_NS % 60));
        duration_write(out, (size_t)(end - out), magnitude % MINUTE_NS, SECOND_NS, "s");
    }
    return printed;
}
