/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways, by the first byte. Even: the rest is a recipe for a config and requests; every request
 * must find the rule that the config says, and then some bytes of the image are changed. Odd: the
 * rest is an image. A changed or given image gets a header and a hash that fit, so that what lies
 * behind them is tried too; where it opens, all that a reader may read is read.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/route/random_route.h"
#include "base/arena.h"
#include "route/build/build_priv.h"
#include "route/expand.h"
#include "route/match.h"
#include "route/snapshot.h"

enum {
    REQUESTS = 8,
    CHANGES = 6,
    ROUNDS = 4,
    RULES_MAX = 12,
    ARENA_BYTES = 64 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Reading all there is */

static uint32_t sum; /* so that no read is left out */

static void read_text(const struct snapshot *snapshot, struct snapshot_text text)
{
    const char *data = snapshot_text(snapshot, text);

    sum += (uint32_t)strlen(data);
    for (uint32_t i = 0; i < text.length; i += text.length / 16 + 1)
        sum += (uint8_t)data[i];
}

static void read_groups(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->group_count; i++) {
        const struct snapshot_group *group = &snapshot->groups[i];

        read_text(snapshot, group->name);
        read_text(snapshot, group->hash_name);
        read_text(snapshot, group->sticky_name);
        read_text(snapshot, group->health.path);
        for (uint32_t j = 0; j < group->health.statuses.count; j++)
            sum += snapshot->statuses[group->health.statuses.first + j].last;
        for (uint32_t j = 0; j < group->targets.count; j++) {
            read_text(snapshot, snapshot->targets[group->targets.first + j].text);
            read_text(snapshot, snapshot->targets[group->targets.first + j].path);
        }
    }
}

static void read_limits(const struct snapshot *snapshot, struct snapshot_span span)
{
    for (uint32_t i = 0; i < span.count; i++)
        read_text(snapshot, snapshot->rate_limits[span.first + i].name);
}

static void read_action(const struct snapshot *snapshot, const struct snapshot_rule *rule,
                        const struct route_request *request)
{
    struct expand_values values = {.protocol = {"http", 4},
                                   .host = request->host,
                                   .port = {"80", 2},
                                   .path = request->path,
                                   .query = request->query};
    char buffer[64];
    size_t length;

    read_text(snapshot, rule->name);
    read_text(snapshot, rule->sticky_name);
    read_limits(snapshot, rule->rate_limits);
    read_text(snapshot, rule->action.content_type);
    read_text(snapshot, rule->action.body);
    for (uint32_t i = 0; i < rule->action.forwards.count; i++)
        sum += (uint32_t)snapshot->groups[snapshot->forwards[rule->action.forwards.first + i].group]
                   .id;
    for (uint32_t i = 0; i < rule->request_headers.count; i++)
        read_text(snapshot, snapshot->header_operations[rule->request_headers.first + i].name);
    for (uint32_t i = 0; i < rule->response_headers.count; i++)
        read_text(snapshot, snapshot->header_operations[rule->response_headers.first + i].value);
    if (expand_location(snapshot, &rule->action, &values, buffer, sizeof(buffer), &length) == 0)
        sum += length > 0 ? (uint8_t)buffer[length - 1] : 0;
    if (expand_path(snapshot, &rule->rewrite, &values, buffer, sizeof(buffer), &length) > 0)
        sum += length > 0 ? (uint8_t)buffer[length - 1] : 0;
}

static void read_listener(const struct snapshot *snapshot, uint32_t number,
                          const struct route_request *request)
{
    const struct snapshot_listener *listener = &snapshot->listeners[number];
    const struct snapshot_rule *rules = &snapshot->rules[listener->rules.first];
    const struct snapshot_rule *found = route_match(snapshot, number, request);
    const struct snapshot_rule *linear = route_match_linear(snapshot, number, request);

    require(found >= rules && found < rules + listener->rules.count);
    require(linear >= rules && linear < rules + listener->rules.count);
    read_text(snapshot, listener->name);
    read_text(snapshot, listener->address);
    read_text(snapshot, listener->access_log.path);
    require(listener->access_log.number < snapshot->listener_count);
    read_limits(snapshot, listener->rate_limits);
    sum += route_networks_have(snapshot, &listener->trusted, &request->peer);
    for (uint32_t i = 0; i < listener->certificates.count; i++) {
        read_text(snapshot, snapshot->certificates[listener->certificates.first + i].certificate);
        read_text(snapshot, snapshot->certificates[listener->certificates.first + i].key);
    }
    read_action(snapshot, found, request);
    read_action(snapshot, linear, request);
    for (uint32_t i = 0; i < listener->rules.count && i < RULES_MAX; i++)
        read_action(snapshot, &rules[i], request);
}

/* The image stands in a block of just its size. */
static void try_image(const char *image, size_t size, struct random_source *source)
{
    char *copy = malloc(size > 0 ? size : 1);
    struct snapshot snapshot;
    struct arena arena;

    if (copy == NULL)
        return;
    memcpy(copy, image, size);
    arena_init(&arena, ARENA_BYTES);
    if (snapshot_open(copy, size, &snapshot) == 0) {
        read_groups(&snapshot);
        for (uint32_t i = 0; i < REQUESTS; i++) {
            const struct random_request *made = random_request(source, &arena);

            for (uint32_t j = 0; j < snapshot.listener_count && j < 8; j++)
                read_listener(&snapshot, j, &made->request);
        }
    }
    arena_deinit(&arena);
    free(copy);
}

static void mend(char *image, size_t size)
{
    struct snapshot_header header;

    if (size < sizeof(header))
        return;
    memcpy(&header, image, sizeof(header));
    memcpy(header.magic, SNAPSHOT_MAGIC, sizeof(header.magic));
    header.layout_version = SNAPSHOT_LAYOUT_VERSION;
    header.header_size = sizeof(header);
    header.total_size = size;
    memcpy(image, &header, sizeof(header));
    build_seal(image, size);
}

static void try_given(const uint8_t *data, size_t size)
{
    struct random_source source = {.state = 1};
    char *image = malloc(size > 0 ? size : 1);

    if (image == NULL)
        return;
    memcpy(image, data, size);
    try_image(image, size, &source);
    mend(image, size);
    try_image(image, size, &source);
    free(image);
}

/* Recipes */

static void compare(const struct snapshot *snapshot, const struct route_config *config,
                    struct random_source *source, struct arena *arena)
{
    for (uint32_t i = 0; i < REQUESTS; i++) {
        const struct random_request *made = random_request(source, arena);
        uint32_t number = random_below(source, config->listener_count);
        uint32_t expected = reference_match(&config->listeners[number], &made->request);
        const struct snapshot_rule *found = route_match(snapshot, number, &made->request);

        require(snapshot_rule_position(snapshot, found) == expected);
        require(route_match_linear(snapshot, number, &made->request) == found);
    }
}

/* Mostly numbers of four bytes are changed, and mostly by little, as that opens most often. */
static void change(char *image, size_t size, struct random_source *source)
{
    size_t number = (size_t)random_below(source, 256) << 8 | random_below(source, 256);
    uint32_t value;

    number = (number * sizeof(value)) % (size - sizeof(value));
    memcpy(&value, image + number, sizeof(value));
    switch (random_below(source, 4)) {
    case 0:
        value++;
        break;
    case 1:
        value--;
        break;
    case 2:
        value = random_below(source, 256) << 24 | random_below(source, 256);
        break;
    default:
        value ^= 1U << random_below(source, 32);
        break;
    }
    memcpy(image + number, &value, sizeof(value));
}

static void try_recipe(const uint8_t *data, size_t size)
{
    struct random_source source = {data, size, 1};
    const struct route_config *config;
    struct snapshot snapshot;
    struct arena arena;
    size_t image_size;
    void *image;
    char *changed;

    arena_init(&arena, ARENA_BYTES);
    config = random_config(&source, &arena, RULES_MAX);
    require(snapshot_build(&arena, config, &image, &image_size, NULL) == 0);
    require(snapshot_open(image, image_size, &snapshot) == 0);
    compare(&snapshot, config, &source, &arena);

    changed = arena_alloc(&arena, image_size);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t changes = random_below(&source, CHANGES) + 1;

        memcpy(changed, image, image_size);
        for (uint32_t i = 0; i < changes; i++)
            change(changed, image_size, &source);
        mend(changed, image_size);
        try_image(changed, image_size, &source);
    }
    arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        try_recipe(data + 1, size - 1);
    else
        try_given(data + 1, size - 1);
    return 0;
}
