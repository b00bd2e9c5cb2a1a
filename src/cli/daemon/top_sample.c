/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/top_sample.h"

#include <string.h>

#include "base/hashmap.h"
#include "base/text.h"
#include "base/time.h"

enum {
    TEXT_SHOWN_MAX = 256, /* bytes; no name is longer that anybody reads */
    COUNTERS_OF_STATUS = 6
};

/* Reading */

static const char *read_text(struct arena *arena, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    char escaped[TEXT_SHOWN_MAX + TEXT_ESCAPED_MAX];
    size_t size = text != NULL ? strlen(text) : 0, used = 0, piece;

    for (size_t i = 0; i < size && used < TEXT_SHOWN_MAX; used += piece)
        i += text_escape_next(text + i, size - i, escaped + used, &piece);
    return arena_strndup(arena, escaped, used);
}

static uint64_t to_number(const json_t *number)
{
    double real = json_number_value(number);

    if (json_is_integer(number))
        return json_integer_value(number) > 0 ? (uint64_t)json_integer_value(number) : 0;
    return real > 0 && real < 1e18 ? (uint64_t)real : 0;
}

static uint64_t read_number(const json_t *object, const char *key)
{
    return to_number(json_object_get(object, key));
}

/* [[BUCKET, COUNT], ...], those that are not empty. */
static void read_latency(const json_t *list, uint64_t counts[HISTOGRAM_BUCKET_COUNT])
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        uint64_t bucket = to_number(json_array_get(pair, 0));

        if (json_is_array(pair) && bucket < HISTOGRAM_BUCKET_COUNT)
            counts[bucket] += to_number(json_array_get(pair, 1));
    }
}

/* Of a target, what itself did wrong; of others, what clients got to see of it. */
static uint64_t read_failures(const json_t *counters, enum sample_kind kind)
{
    const json_t *responses =
        json_object_get(counters, kind == SAMPLE_TARGET ? "target_responses" : "responses");
    uint64_t wrong = to_number(json_array_get(responses, COUNTERS_OF_STATUS - 1));

    return wrong + (kind == SAMPLE_TARGET ? read_number(counters, "connection_errors")
                                          : to_number(json_array_get(responses, 0)));
}

static void read_counters(const json_t *counters, struct sample_item *item)
{
    item->requests = read_number(counters, "requests");
    item->failures = read_failures(counters, item->kind);
    item->connections = read_number(counters, "connections");
    item->rejected = read_number(counters, "rejected");
    item->received_bytes = read_number(counters, "received_bytes");
    item->sent_bytes = read_number(counters, "sent_bytes");
    item->active = read_number(counters, "active");
    item->open_connections = read_number(counters, "open_connections");
    read_latency(json_object_get(counters, "latency"), item->latency);
}

static void read_items(struct arena *arena, const json_t *list, enum sample_kind kind,
                       struct sample *sample)
{
    const char *const names[] = {"address", "name", "address"};

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        struct sample_item *item = &sample->items[sample->count++];

        item->kind = kind;
        item->id = read_text(arena, object, "id");
        item->project = read_text(arena, object, "project");
        item->group = kind == SAMPLE_TARGET ? read_text(arena, object, "group") : "";
        item->name = read_text(arena, object, names[kind]);
        read_counters(object, item);
    }
}

void sample_read(struct arena *arena, const json_t *document, struct sample *ret)
{
    const json_t *listeners = json_object_get(document, "listeners");
    const json_t *groups = json_object_get(document, "groups");
    const json_t *targets = json_object_get(document, "targets");
    struct sample sample = {.time_ns = read_number(document, "time_ns")};
    size_t count = json_array_size(listeners) + json_array_size(groups) + json_array_size(targets);

    sample.items = arena_new_array(arena, struct sample_item, count);
    read_items(arena, listeners, SAMPLE_LISTENER, &sample);
    read_items(arena, groups, SAMPLE_GROUP, &sample);
    read_items(arena, targets, SAMPLE_TARGET, &sample);
    *ret = sample;
}

/* Comparing */

static double rate(uint64_t before, uint64_t after, double seconds)
{
    return (double)(after >= before ? after - before : after) / seconds;
}

static void compare_latency(const struct sample_item *before, const struct sample_item *after,
                            struct sample_rates *ret)
{
    uint64_t counts[HISTOGRAM_BUCKET_COUNT];

    for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
        counts[i] = after->latency[i] >= before->latency[i] ? after->latency[i] - before->latency[i]
                                                            : after->latency[i];
    ret->p50_us = histogram_quantile_us(counts, 0.5);
    ret->p90_us = histogram_quantile_us(counts, 0.9);
    ret->p99_us = histogram_quantile_us(counts, 0.99);
}

static void compare_item(const struct sample_item *before, const struct sample_item *after,
                         double seconds, struct sample_rates *ret)
{
    *ret = (struct sample_rates){
        .item = after,
        .requests = rate(before->requests, after->requests, seconds),
        .failures = rate(before->failures, after->failures, seconds),
        .connections = rate(before->connections, after->connections, seconds),
        .rejected = rate(before->rejected, after->rejected, seconds),
        .received_bytes = rate(before->received_bytes, after->received_bytes, seconds),
        .sent_bytes = rate(before->sent_bytes, after->sent_bytes, seconds),
    };
    compare_latency(before, after, ret);
}

struct sample_rates *sample_compare(struct arena *arena, const struct sample *before,
                                    const struct sample *after)
{
    static const struct sample_item nothing = {0};
    struct sample_rates *rates = arena_new_array(arena, struct sample_rates, after->count);
    uint64_t elapsed_ns = time_subtract(after->time_ns, before->time_ns);
    double seconds = elapsed_ns > 0 ? (double)elapsed_ns / (double)TIME_SECOND : 1;
    struct hashmap known;

    hashmap_init(&known, arena);
    for (size_t i = 0; i < before->count; i++)
        (void)hashmap_put(&known, before->items[i].id, strlen(before->items[i].id),
                          &before->items[i]);
    for (size_t i = 0; i < after->count; i++) {
        const struct sample_item *item = &after->items[i];
        const struct sample_item *earlier = hashmap_get(&known, item->id, strlen(item->id));

        compare_item(earlier != NULL && earlier->kind == item->kind ? earlier : &nothing, item,
                     seconds, &rates[i]);
    }
    return rates;
}
