/* SPDX-License-Identifier: Apache-2.0 */
/* Generations made of real snapshots: what stays, what moves, and what a change that is not taken
 * leaves behind, which is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "edge/registry.h"
#include "os/memory.h"
#include "os/os.h"

enum {
    ONE = 1,
    OTHER = 2,
    API = 10,
    NEXT = 11
};

static struct loop loop;
static struct state state;
static struct registry registry;
static uint64_t generation_count;

static int setup(void **ignored)
{
    int fd = state_create(1);

    (void)ignored;
    assert_true(fd >= 0);
    assert_int_equal(state_map(fd, true, &state), 0);
    (void)os_close(fd);
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(registry_init(&registry, &loop, &state), 0);
    generation_count = 0;
    return 0;
}

/* What is released is freed on the loop. */
static void settle(void)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
}

static int teardown(void **ignored)
{
    (void)ignored;
    generation_release(registry.current);
    settle();
    for (uint32_t i = 0; i < STATE_SLOT_COUNT; i++) {
        assert_null(registry.targets[i]);
        free(registry.groups[i]);
    }
    registry_deinit(&registry);
    loop_deinit(&loop);
    state_unmap(&state);
    return 0;
}

static struct route_target target_at(uint64_t id, uint16_t port)
{
    return (struct route_target){
        .id = id,
        .text = "127.0.0.1",
        .weight = 1,
        .address = {.family = ROUTE_FAMILY_IPV4, .port = port, .bytes = {127, 0, 0, 1}},
    };
}

/* With the targets in either group; a port of 0: it is not there. */
static struct generation *load(uint16_t one_in_api, uint16_t one_in_next, uint16_t other_in_next)
{
    const struct route_target in_api = target_at(ONE, one_in_api);
    struct route_target in_next[2];
    struct route_group groups[] = {
        {.id = API, .name = "api", .targets = &in_api, .target_count = one_in_api != 0},
        {.id = NEXT, .name = "api@next", .targets = in_next},
    };
    const struct route_config config = {.groups = groups, .group_count = 2};
    struct generation *generation = NULL;
    struct arena arena;
    void *image;
    size_t size;
    int fd;

    if (one_in_next != 0)
        in_next[groups[1].target_count++] = target_at(ONE, one_in_next);
    if (other_in_next != 0)
        in_next[groups[1].target_count++] = target_at(OTHER, other_in_next);
    if (groups[0].target_count == 0)
        groups[0].targets = NULL;
    if (groups[1].target_count == 0)
        groups[1].targets = NULL;
    arena_init(&arena, (size_t)1 << 24);
    assert_int_equal(snapshot_build(&arena, &config, &image, &size, NULL), 0);
    fd = os_memory_file_of("snapshot", image, size);
    arena_deinit(&arena);
    assert_true(fd >= 0);
    assert_int_equal(registry_load(&registry, ++generation_count, fd, -1, &generation, NULL), 0);
    (void)os_close(fd);
    return generation;
}

static void take(struct generation *generation)
{
    registry_set_current(&registry, generation);
    settle();
}

static struct target *target_of(uint64_t id)
{
    uint32_t slot = state_find(&state, id);

    return slot == UINT32_MAX ? NULL : registry.targets[slot];
}

static bool is_retired(uint64_t id)
{
    return atomic_load(&state.slots[state_find(&state, id)].is_retired) != 0;
}

static void a_target_stays_the_same_in_another_group(void **ignored)
{
    struct target *one;

    (void)ignored;
    take(load(0, 80, 81));
    one = target_of(ONE);
    assert_int_equal(one->group->id, NEXT);
    take(load(80, 0, 81));
    assert_ptr_equal(target_of(ONE), one);
    assert_int_equal(one->group->id, API);
    assert_true(atomic_load(&one->generation) == 2);
    assert_ptr_equal(registry.current->groups[0].targets[0], one);
    take(load(0, 80, 0));
    assert_ptr_equal(target_of(ONE), one);
    assert_int_equal(one->group->id, NEXT);
    assert_null(target_of(OTHER));
    assert_true(is_retired(OTHER));
}

static void another_address_is_another_target(void **ignored)
{
    struct target *one;

    (void)ignored;
    take(load(80, 0, 0));
    one = target_of(ONE);
    target_reference(one); /* as a connection has */
    take(load(90, 0, 0));
    assert_ptr_not_equal(target_of(ONE), one);
    assert_true(atomic_load(&one->generation) == 1);
    target_release(one, &loop);
    settle();
    assert_false(is_retired(ONE));
    assert_non_null(target_of(ONE));
}

static void what_is_not_taken_leaves_nothing_behind(void **ignored)
{
    struct generation *refused;
    struct target *one;

    (void)ignored;
    take(load(80, 0, 0));
    one = target_of(ONE);
    refused = load(0, 90, 81);
    assert_ptr_equal(target_of(ONE), one);
    assert_int_equal(one->group->id, API);
    assert_null(target_of(OTHER));
    generation_release(refused);
    settle();
    assert_ptr_equal(target_of(ONE), one);
    assert_false(is_retired(ONE));
    assert_true(is_retired(OTHER));
    assert_true(registry.generation_count == 1);
    /* And the same once more. */
    take(load(0, 90, 81));
    assert_int_equal(target_of(ONE)->group->id, NEXT);
    assert_false(is_retired(OTHER));
}

static void one_that_is_not_taken_does_not_disturb_the_next(void **ignored)
{
    struct generation *refused = load(80, 0, 81);
    struct generation *taken = load(80, 0, 81);

    (void)ignored;
    generation_release(refused);
    take(taken);
    assert_ptr_equal(target_of(ONE), taken->targets[0]);
    assert_false(is_retired(ONE));
    assert_false(is_retired(OTHER));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_target_stays_the_same_in_another_group),
        TEST(another_address_is_another_target),
        TEST(what_is_not_taken_leaves_nothing_behind),
        TEST(one_that_is_not_taken_does_not_disturb_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
