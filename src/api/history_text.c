/* SPDX-License-Identifier: Apache-2.0 */
#include "api/history_text.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NUMBER_SIZE 32
#define DIGITS      1000 /* three of them are shown */
#define NUMBER_MAX  1e18

static const char *const kind_names[] = {
    [HISTORY_LISTENER] = "listener",
    [HISTORY_GROUP] = "group",
    [HISTORY_SERVICE] = "service",
    [HISTORY_INSTANCE] = "instance",
};

static unsigned int kind_of(const char *name, size_t length)
{
    for (unsigned int i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++)
        if (strlen(kind_names[i]) == length && memcmp(kind_names[i], name, length) == 0)
            return 1U << i;
    return 0;
}

unsigned int history_read_kinds(const char *text)
{
    unsigned int kinds = 0;

    for (;;) {
        size_t length = strcspn(text, ",");
        unsigned int kind = kind_of(text, length);

        if (kind == 0)
            return 0;
        kinds |= kind;
        text += length;
        if (*text == '\0')
            return kinds;
        text++;
    }
}

/* Numbers */

static size_t write_digits(char *out, uint64_t number)
{
    char digits[NUMBER_SIZE];
    size_t count = 0, length = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        out[length++] = digits[--count];
    return length;
}

/* That many parts of one, which is of 10 or 100. */
static size_t write_parts(char *out, uint64_t parts, unsigned int one)
{
    size_t length = write_digits(out, parts / one);
    uint64_t rest = parts % one;

    if (rest == 0)
        return length;
    out[length++] = '.';
    for (; rest > 0; rest = rest % one) {
        one /= 10;
        out[length++] = (char)('0' + rest / one);
    }
    return length;
}

/* With three digits that count, two behind the point at most. printf() would take longer for all of
 * an hour than everything else together. */
static size_t write_number(char *out, double number)
{
    uint64_t whole, unit = 1;

    if (!(number > 0))
        return write_digits(out, 0);
    if (number < 9.995)
        return write_parts(out, (uint64_t)(number * 100 + 0.5), 100);
    if (number < 99.95)
        return write_parts(out, (uint64_t)(number * 10 + 0.5), 10);
    whole = (uint64_t)((number < NUMBER_MAX ? number : NUMBER_MAX) + 0.5);
    while (whole / unit >= DIGITS)
        unit *= 10;
    return write_digits(out, (whole + unit / 2) / unit * unit);
}

/* What one sample says, by the place among the arrays. */

static double traffic_part(const void *sample, unsigned int part)
{
    const struct history_traffic *traffic = sample;

    switch (part) {
    case 0:
        return (double)traffic->requests;
    case 1:
        return (double)traffic->errors;
    case 2:
        return traffic->p50_us;
    case 3:
        return traffic->p95_us;
    default:
        return traffic->p99_us;
    }
}

static double usage_part(const void *sample, unsigned int part)
{
    const struct history_usage *usage = sample;

    return part == 0 ? (double)usage->cpu_percent : (double)usage->memory_kib * 1024;
}

static void write_array(struct strbuf *out, const struct history_series *series,
                        const struct history_selection *selection, const char *key,
                        unsigned int part, double (*part_of)(const void *sample, unsigned int part))
{
    char text[NUMBER_SIZE] = ",";

    strbuf_printf(out, ",\"%s\":[", key);
    for (uint64_t step = selection->first; step < selection->end; step++) {
        const void *sample = ring_get(&series->ring, step);
        size_t before = step > selection->first ? 0 : 1; /* without the comma */

        if (sample == NULL)
            strbuf_append(out, &",null"[before], 5 - before);
        else
            strbuf_append(out, text + before,
                          1 + write_number(text + 1, part_of(sample, part)) - before);
    }
    strbuf_append_char(out, ']');
}

/* Series */

static void write_text(struct strbuf *out, const char *key, const char *text)
{
    json_t *value = text != NULL ? json_string(text) : json_null();
    char *encoded = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    strbuf_printf(out, ",\"%s\":%s", key, encoded != NULL ? encoded : "null");
    free(encoded);
    json_decref(value);
}

static void write_series(struct strbuf *out, const struct history_series *series,
                         const struct history_selection *selection)
{
    static const char *const traffic[] = {"requests", "errors", "p50_us", "p95_us", "p99_us"};
    static const char *const usage[] = {"cpu_percent", "memory_bytes"};
    bool is_traffic = series->kind == HISTORY_LISTENER || series->kind == HISTORY_GROUP;

    strbuf_printf(out, "{\"kind\":\"%s\"", kind_names[series->kind]);
    write_text(out, "id", series->id);
    write_text(out, "name", series->name);
    write_text(out, "project", series->project);
    if (series->service != NULL)
        write_text(out, "service", series->service);
    for (unsigned int i = 0; is_traffic && i < 5; i++)
        write_array(out, series, selection, traffic[i], i, traffic_part);
    for (unsigned int i = 0; !is_traffic && i < 2; i++)
        write_array(out, series, selection, usage[i], i, usage_part);
    strbuf_append_char(out, '}');
}

static bool is_selected(const struct history_series *series,
                        const struct history_selection *selection)
{
    return series->ring.end > selection->first && (selection->kinds & (1U << series->kind)) != 0 &&
           (selection->project == NULL || text_equal(series->project, selection->project)) &&
           (selection->service == NULL || text_equal(series->service, selection->service));
}

void history_write(struct strbuf *out, const struct history *history,
                   const struct history_selection *selection)
{
    bool is_first = true;

    strbuf_append_char(out, '[');
    for (size_t i = 0; i < history->count; i++) {
        if (!is_selected(history->series[i], selection))
            continue;
        if (!is_first)
            strbuf_append_char(out, ',');
        is_first = false;
        write_series(out, history->series[i], selection);
    }
    strbuf_append_char(out, ']');
}
