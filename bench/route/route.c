/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long it takes to find the rule of a request, by the number of rules, and to build and open
 * the snapshot. Requests come in random order: over all rules evenly, so that with many rules
 * hardly anything is found in a cache, and skewed, as traffic is. Each request is read and the
 * action of its rule too, as the edge would. Times are of the CPU.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"
#include "route/match.h"
#include "route/snapshot.h"

enum {
    REQUESTS = 1 << 17,
    ROUNDS = 9,
    GROUPS = 100
};

enum shape {
    SHAPE_HOSTS,    /* a host for each rule */
    SHAPE_PATHS,    /* one host, a path for each rule, half of them prefixes */
    SHAPE_MIXED,    /* ten rules a host: paths, prefixes, methods; a tenth of the hosts wildcards */
    SHAPE_WILDCARD, /* a *.suffix for each rule */
    SHAPE_COUNT,
};

static const char *const shape_names[] = {"hosts", "paths", "mixed", "suffixes"};

static uint64_t random_state = 88172645463325252;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct route_texts one_text(struct arena *arena, const char *text)
{
    const char **items = arena_new(arena, const char *);

    *items = text;
    return (struct route_texts){items, 1};
}

static struct route_text text_of(const char *text)
{
    return (struct route_text){text, strlen(text)};
}

/* The rule of that number, and a request for it alone. */
static void make_pair(struct arena *arena, enum shape shape, uint32_t i, struct route_rule *rule,
                      struct route_request *request)
{
    const char *host = "www.example.com";
    const char *path = "/";
    uint32_t site = i / 10;

    request->method = text_of("GET");
    request->query = text_of("page=2&sort=name");
    request->path = text_of("/static/img/logo.png");
    switch (shape) {
    case SHAPE_HOSTS:
        host = arena_printf(arena, "shop-%u.example.com", i);
        rule->when.hosts = one_text(arena, host);
        break;
    case SHAPE_WILDCARD:
        host = arena_printf(arena, "www.shop-%u.example.com", i);
        rule->when.hosts = one_text(arena, arena_printf(arena, "*.shop-%u.example.com", i));
        break;
    case SHAPE_PATHS:
        path = arena_printf(arena, i % 2 == 0 ? "/api/v1/service-%u" : "/api/v1/service-%u/", i);
        rule->when.hosts = one_text(arena, host);
        rule->when.paths = one_text(arena, i % 2 == 0 ? path : arena_printf(arena, "%s*", path));
        if (i % 2 != 0)
            path = arena_printf(arena, "%sitems/4711", path);
        request->path = text_of(path);
        break;
    case SHAPE_MIXED:
    default:
        host = arena_printf(arena, site % 10 == 9 ? "a.shop-%u.example.com" : "shop-%u.example.com",
                            site);
        rule->when.hosts = one_text(
            arena, site % 10 == 9 ? arena_printf(arena, "*.shop-%u.example.com", site) : host);
        path = arena_printf(arena, i % 10 < 4 ? "/page-%u" : "/part-%u/", i % 10);
        rule->when.paths = one_text(arena, i % 10 < 4 ? path : arena_printf(arena, "%s*", path));
        request->path = text_of(i % 10 < 4 ? path : arena_printf(arena, "%sx/y.html", path));
        if (i % 10 == 8) {
            rule->when.methods = one_text(arena, "POST");
            request->method = text_of("POST");
        }
        break;
    }
    request->host = text_of(host);
}

static void make_config(struct arena *arena, enum shape shape, uint32_t count,
                        struct route_config *config, struct route_request *requests)
{
    struct route_listener *listener = arena_new(arena, struct route_listener);
    struct route_group *groups = arena_new_array(arena, struct route_group, GROUPS);
    struct route_rule *rules = arena_new_array(arena, struct route_rule, count);

    for (uint32_t i = 0; i < GROUPS; i++)
        groups[i] = (struct route_group){.id = i + 1, .name = "group"};
    for (uint32_t i = 0; i < count; i++) {
        struct route_forward *forward = arena_new(arena, struct route_forward);

        *forward = (struct route_forward){i % GROUPS, 1};
        make_pair(arena, shape, i, &rules[i], &requests[i]);
        rules[i].name = arena_printf(arena, "rule-%u", i);
        rules[i].action =
            (struct route_action){ROUTE_ACTION_FORWARD, .forwards = forward, .forward_count = 1};
    }
    *listener = (struct route_listener){.id = 1, .rules = rules, .rule_count = count};
    *config = (struct route_config){listener, 1, groups, GROUPS};
}

/* The texts of the requests to make, packed one behind the other as they would come in, so that
 * reading them costs little beside finding their rules. */
struct stream {
    char *bytes;
    const char *methods[2];
};

/* Over all rules alike, or mostly to a few, as traffic goes: by the logarithm of the rank. */
static uint32_t choose(uint32_t count, bool skewed)
{
    uint32_t limit = count;

    if (skewed) {
        uint32_t bits = random_below(1 << 16) * (uint32_t)(32 - __builtin_clz(count)) >> 16;

        limit = UINT32_C(2) << bits;
        limit = limit < count ? limit : count;
    }
    /* Neighbours in rank are not neighbours in memory. */
    return (uint32_t)(random_below(limit) * UINT64_C(2654435761) % count);
}

static struct stream make_stream(struct arena *arena, const struct route_request *kinds,
                                 uint32_t count, bool skewed)
{
    struct stream stream = {.methods = {"GET", "POST"}};
    char *at;

    at = stream.bytes = arena_alloc(arena, (size_t)REQUESTS * 128);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        const struct route_request *kind = &kinds[choose(count, skewed)];

        *at++ = (char)(kind->method.length == 4);
        *at++ = (char)kind->host.length;
        *at++ = (char)kind->path.length;
        memcpy(at, kind->host.data, kind->host.length);
        at += kind->host.length;
        memcpy(at, kind->path.data, kind->path.length);
        at += kind->path.length;
    }
    return stream;
}

static uint64_t match_stream(const struct snapshot *snapshot, const struct stream *stream)
{
    struct route_request request = {.query = text_of("page=2&sort=name")};
    const char *at = stream->bytes;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < REQUESTS; i++) {
        request.method = text_of(stream->methods[(uint8_t)at[0]]);
        request.host = (struct route_text){at + 3, (uint8_t)at[1]};
        request.path = (struct route_text){request.host.data + request.host.length, (uint8_t)at[2]};
        at = request.path.data + request.path.length;
        sum += route_match(snapshot, 0, &request)->action.forwards.first;
    }
    return sum;
}

static int compare_times(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

static double measure_match(const struct snapshot *snapshot, const struct stream *stream,
                            uint64_t *checksum)
{
    uint64_t times[ROUNDS];

    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t start = now_ns();

        *checksum += match_stream(snapshot, stream);
        times[round] = now_ns() - start;
    }
    qsort(times, ROUNDS, sizeof(times[0]), compare_times);
    return (double)times[ROUNDS / 2] / REQUESTS;
}

static void check_all(const struct snapshot *snapshot, const struct route_request *kinds,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (snapshot_rule_position(snapshot, route_match(snapshot, 0, &kinds[i])) != i) {
            (void)fprintf(stderr, "rule %u was not found\n", i);
            exit(EXIT_FAILURE);
        }
}

struct figures {
    double even_ns;
    double skewed_ns;
    double build_ms;
    double open_ms;
    double image_kib;
    double build_kib;
};

static struct figures measure(enum shape shape, uint32_t count, uint64_t *checksum)
{
    struct figures figures;
    struct route_config config;
    struct arena inputs;
    struct arena arena;
    struct route_request *kinds;
    struct snapshot snapshot;
    struct stream stream;
    uint64_t start;
    void *image;
    size_t size;

    arena_init(&inputs, SIZE_MAX);
    arena_init(&arena, SIZE_MAX);
    kinds = arena_new_array(&inputs, struct route_request, count);
    make_config(&inputs, shape, count, &config, kinds);

    start = now_ns();
    if (snapshot_build(&arena, &config, &image, &size, NULL) < 0)
        exit(EXIT_FAILURE);
    figures.build_ms = (double)(now_ns() - start) / 1e6;
    start = now_ns();
    if (snapshot_open(image, size, &snapshot) < 0)
        exit(EXIT_FAILURE);
    figures.open_ms = (double)(now_ns() - start) / 1e6;
    figures.image_kib = (double)size / 1024;
    figures.build_kib = (double)arena.used_bytes / 1024;

    check_all(&snapshot, kinds, count);
    stream = make_stream(&inputs, kinds, count, false);
    figures.even_ns = measure_match(&snapshot, &stream, checksum);
    stream = make_stream(&inputs, kinds, count, true);
    figures.skewed_ns = measure_match(&snapshot, &stream, checksum);
    arena_deinit(&arena);
    arena_deinit(&inputs);
    return figures;
}

int main(void)
{
    static const uint32_t counts[] = {10, 100, 1000, 10000, 100000};
    uint64_t checksum = 0;

    (void)printf("%-9s %7s %17s %17s %9s %8s %10s %10s\n", "", "", "even", "skewed", "build",
                 "open", "image", "arena");
    (void)printf("%-9s %7s %9s %7s %9s %7s %9s %8s %10s %10s\n", "shape", "rules", "match ns",
                 "of ten", "match ns", "of ten", "ms", "ms", "KiB", "KiB");
    for (uint32_t shape = 0; shape < SHAPE_COUNT; shape++) {
        struct figures ten = {0};

        for (uint32_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            struct figures figures = measure(shape, counts[i], &checksum);

            if (i == 0)
                ten = figures;
            (void)printf("%-9s %7" PRIu32 " %9.1f %6.2fx %9.1f %6.2fx %9.3f %8.3f %10.0f %10.0f\n",
                         shape_names[shape], counts[i], figures.even_ns,
                         figures.even_ns / ten.even_ns, figures.skewed_ns,
                         figures.skewed_ns / ten.skewed_ns, figures.build_ms, figures.open_ms,
                         figures.image_kib, figures.build_kib);
        }
    }
    (void)printf("(%" PRIx64 ")\n", checksum);
    return EXIT_SUCCESS;
}
