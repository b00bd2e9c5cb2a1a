/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/text.h"

static bool is_traffic(enum history_kind kind)
{
    return kind == HISTORY_LISTENER || kind == HISTORY_GROUP;
}

static size_t sample_size(enum history_kind kind)
{
    return is_traffic(kind) ? sizeof(struct history_traffic) : sizeof(struct history_usage);
}

static size_t bytes_of(const struct history_series *series)
{
    return sizeof(*series) + ring_bytes(series->ring.size);
}

static struct history_series *series_free(struct history_series *series)
{
    if (series == NULL)
        return NULL;
    ring_deinit(&series->ring);
    free(series->id);
    free(series->name);
    free(series->project);
    free(series->service);
    free(series);
    return NULL;
}

void history_deinit(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        (void)series_free(history->series[i]);
    free(history->series);
    history->series = NULL;
    history->count = 0;
    history->bytes = 0;
}

static uint64_t hash_text(const char *text)
{
    return text != NULL ? hash_bytes(text, strlen(text) + 1) : 0;
}

static uint64_t hash_of(const struct history_name *name)
{
    const uint64_t parts[] = {(uint64_t)name->kind, hash_text(name->project), hash_text(name->id)};

    return hash_bytes(parts, sizeof(parts));
}

static int set_text(char **place, const char *text)
{
    char *copy;

    if (text_equal(*place, text))
        return 0;
    copy = text != NULL ? strdup(text) : NULL;
    if (text != NULL && copy == NULL)
        return -ENOMEM;
    free(*place);
    *place = copy;
    return 0;
}

static struct history_series *series_new(const struct history_name *name, uint64_t hash)
{
    struct history_series *series = calloc(1, sizeof(*series));

    if (series == NULL)
        return NULL;
    series->kind = name->kind;
    series->hash = hash;
    if (set_text(&series->id, name->id) < 0 || set_text(&series->name, name->name) < 0 ||
        set_text(&series->project, name->project) < 0 ||
        set_text(&series->service, name->service) < 0 ||
        ring_init(&series->ring, sample_size(name->kind)) < 0)
        return series_free(series);
    return series;
}

static void remove_at(struct history *history, size_t position)
{
    history->bytes -= bytes_of(history->series[position]);
    (void)series_free(history->series[position]);
    history->series[position] = history->series[--history->count];
}

/* Room for so many bytes, from what has no sample of this step or the few before it. */
static bool make_room(struct history *history, size_t bytes, uint64_t step)
{
    size_t max = history->bytes_max != 0 ? history->bytes_max : HISTORY_BYTES_MAX;

    while (history->bytes + bytes > max) {
        size_t oldest = history->count;

        for (size_t i = 0; i < history->count; i++) {
            uint64_t end = history->series[i]->ring.end;

            if (end + HISTORY_FILL_STEPS_MAX < step &&
                (oldest == history->count || end < history->series[oldest]->ring.end))
                oldest = i;
        }
        if (oldest == history->count)
            return false;
        remove_at(history, oldest);
    }
    return true;
}

static struct history_series *add(struct history *history, const struct history_name *name,
                                  uint64_t hash, uint64_t step)
{
    size_t bytes = sizeof(struct history_series) + ring_bytes(sample_size(name->kind));
    struct history_series **list;
    struct history_series *series;

    if (!make_room(history, bytes, step))
        return NULL;
    list = realloc(history->series, (history->count + 1) * sizeof(struct history_series *));
    if (list == NULL)
        return NULL;
    history->series = list;
    series = series_new(name, hash);
    if (series == NULL)
        return NULL;
    list[history->count++] = series;
    history->bytes += bytes;
    return series;
}

struct history_series *history_find(struct history *history, const struct history_name *name,
                                    uint64_t step)
{
    uint64_t hash = hash_of(name);

    for (size_t i = 0; i < history->count; i++) {
        struct history_series *series = history->series[i];

        if (series->hash != hash || series->kind != name->kind ||
            !text_equal(series->id, name->id) || !text_equal(series->project, name->project))
            continue;
        (void)set_text(&series->name, name->name); /* else it keeps the one it had */
        (void)set_text(&series->service, name->service);
        return series;
    }
    return add(history, name, hash, step);
}

void history_put_traffic(struct history_series *series, uint64_t step,
                         const struct history_traffic *sample)
{
    struct history_traffic *place = ring_put(&series->ring, step);

    if (place != NULL)
        *place = *sample;
}

void history_put_usage(struct history_series *series, uint64_t step,
                       const struct history_usage *sample)
{
    uint64_t from = series->ring.end;

    if (from == 0 || from > step || step - from > HISTORY_FILL_STEPS_MAX)
        from = step;
    for (; from <= step; from++) {
        struct history_usage *place = ring_put(&series->ring, from);

        if (place != NULL)
            *place = *sample;
    }
}

void history_trim(struct history *history, uint64_t step)
{
    for (size_t i = history->count; i > 0; i--)
        if (history->series[i - 1]->ring.end + RING_LENGTH < step)
            remove_at(history, i - 1);
}

int history_copy(const struct history *history, struct history *ret)
{
    struct history copy = {.bytes_max = history->bytes_max};

    copy.series = calloc(history->count + 1, sizeof(struct history_series *));
    if (copy.series == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < history->count; i++) {
        const struct history_series *from = history->series[i];
        const struct history_name name = {from->kind, from->id, from->name, from->project,
                                          from->service};
        struct history_series *to = series_new(&name, from->hash);

        if (to == NULL) {
            history_deinit(&copy);
            return -ENOMEM;
        }
        to->ring.end = from->ring.end;
        memcpy(to->ring.known, from->ring.known, sizeof(to->ring.known));
        memcpy(to->ring.samples, from->ring.samples, RING_LENGTH * from->ring.size);
        copy.series[copy.count++] = to;
        copy.bytes += bytes_of(to);
    }
    *ret = copy;
    return 0;
}
