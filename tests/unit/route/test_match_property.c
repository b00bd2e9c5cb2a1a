/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index finds the rule that a scan of all rules finds, and both the one that the config says,
 * for random configs and requests. The seed is printed; ROUTE_SEED repeats a run, and ROUTE_PAIRS
 * makes it longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "random_route.h"
#include "route/snapshot.h"

enum {
    PAIRS = 250000,
    REQUESTS_PER_CONFIG = 50,
    ARENA_BYTES = 64 << 20
};

struct tally {
    uint64_t pairs;
    uint64_t matched; /* by a rule that is not the default */
};

static void compare_one(const struct snapshot *snapshot, const struct route_config *config,
                        struct random_source *source, struct arena *arena, struct tally *tally)
{
    const struct random_request *made = random_request(source, arena);
    uint32_t listener = random_below(source, config->listener_count);
    uint32_t expected = reference_match(&config->listeners[listener], &made->request);
    const struct snapshot_rule *linear = route_match_linear(snapshot, listener, &made->request);
    const struct snapshot_rule *found = route_match(snapshot, listener, &made->request);

    if (snapshot_rule_position(snapshot, linear) != expected ||
        snapshot_rule_position(snapshot, found) != expected)
        fail_msg("%s%s?%s at listener %u: rule %u, but scanned %u and found %u",
                 made->request.host.data, made->request.path.data, made->request.query.data,
                 listener, expected, snapshot_rule_position(snapshot, linear),
                 snapshot_rule_position(snapshot, found));
    tally->pairs++;
    tally->matched += expected < config->listeners[listener].rule_count;
}

static void compare_some(struct random_source *source, struct tally *tally)
{
    /* Mostly few rules, so that late ones get their turn. */
    uint32_t rules_max = random_below(source, 10) == 0 ? 100 : 8;
    const struct route_config *config;
    struct snapshot snapshot;
    struct arena arena;
    void *image;
    size_t size;

    arena_init(&arena, ARENA_BYTES);
    config = random_config(source, &arena, rules_max);
    assert_int_equal(snapshot_build(&arena, config, &image, &size, NULL), 0);
    assert_int_equal(snapshot_open(image, size, &snapshot), 0);
    for (uint32_t i = 0; i < REQUESTS_PER_CONFIG; i++)
        compare_one(&snapshot, config, source, &arena, tally);
    arena_deinit(&arena);
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static void finds_what_a_scan_of_all_rules_finds(void **state)
{
    uint64_t seed = number_from("ROUTE_SEED", (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15));
    uint64_t pairs = number_from("ROUTE_PAIRS", PAIRS);
    struct random_source source = {.state = seed | 1};
    struct tally tally = {0};

    (void)state;
    print_message("# ROUTE_SEED=%" PRIu64 "\n", seed);
    while (tally.pairs < pairs)
        compare_some(&source, &tally);
    print_message("# %" PRIu64 " pairs, of which %" PRIu64 " met a rule\n", tally.pairs,
                  tally.matched);
    /* Otherwise the test would show little. */
    assert_in_range(tally.matched * 100 / tally.pairs, 20, 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_scan_of_all_rules_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
