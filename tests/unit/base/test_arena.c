/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/arena.h"

#define LIMIT ((size_t)64 << 20)

static int with_arena(void **state)
{
    static struct arena arena;

    arena_init(&arena, LIMIT);
    *state = &arena;
    return 0;
}

static int with_arena_of_mallocs(void **state)
{
    arena_debug_malloc = true;
    return with_arena(state);
}

static int without_arena(void **state)
{
    arena_deinit(*state);
    arena_debug_malloc = false;
    return 0;
}

static void assert_zero(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(data[i], 0);
}

/* What use asks for is refused with the code, under the given limit. */
static void assert_refused(size_t limit, int code, void (*use)(struct arena *arena))
{
    struct arena arena;
    jmp_buf recover;

    arena_init(&arena, limit);
    assert_int_equal(arena_failure(&arena), 0);
    if (setjmp(recover) == 0) {
        arena_set_recovery(&arena, &recover);
        use(&arena);
        fail_msg("the allocation was not refused");
    }
    assert_int_equal(arena_failure(&arena), code);
    arena_deinit(&arena);
}

static void allocations_are_zeroed_and_aligned_for_any_type(void **state)
{
    static const size_t sizes[] = {0, 1, 3, 17, 4000, 40000, 300000, 5000000};

    for (size_t round = 0; round < 5; round++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            char *data = arena_alloc(*state, sizes[i]);

            assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
            assert_zero(data, sizes[i]);
            memset(data, 'x', sizes[i]);
            (void)arena_strdup(*state, "x"); /* leaves the free part unaligned */
        }
    }
}

static void allocations_do_not_overlap(void **state)
{
    enum {
        COUNT = 3000
    };
    static unsigned char *data[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        data[i] = arena_alloc(*state, i % 977);
        memset(data[i], (int)(i % 251), i % 977);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < i % 977; j++)
            assert_int_equal(data[i][j], i % 251);
    }
}

static void empty_allocations_have_addresses_of_their_own(void **state)
{
    assert_ptr_not_equal(arena_alloc(*state, 0), arena_alloc(*state, 0));
}

static void a_large_allocation_leaves_the_rest_of_the_block_in_use(void **state)
{
    char *before = NULL;
    char *after;

    for (int i = 0; i < 3; i++)
        before = arena_alloc(*state, 16000);
    (void)arena_alloc(*state, 10 << 20);
    (void)arena_alloc(*state, 40000);
    after = arena_alloc(*state, 16);
    assert_ptr_equal(after, before + 16000);
}

static void the_last_allocation_grows_in_place(void **state)
{
    char *data = arena_alloc(*state, 10);
    char *grown;

    memset(data, 'a', 10);
    grown = arena_grow(*state, data, 10, 1000);
    assert_ptr_equal(grown, data);
    assert_memory_equal(grown, "aaaaaaaaaa", 10);
    assert_zero(grown + 10, 990);
    memset(grown, 'b', 1000);
    assert_zero(arena_alloc(*state, 100), 100);
}

static void an_earlier_allocation_grows_by_a_copy(void **state)
{
    char *data = arena_alloc(*state, 10);
    char *next = arena_alloc(*state, 10);
    char *grown;

    memset(data, 'a', 10);
    memset(next, 'n', 10);
    grown = arena_grow(*state, data, 10, 1000);
    assert_ptr_not_equal(grown, data);
    assert_memory_equal(grown, "aaaaaaaaaa", 10);
    assert_zero(grown + 10, 990);
    assert_memory_equal(next, "nnnnnnnnnn", 10);
}

static void growing_past_the_block_or_from_a_block_of_its_own_copies(void **state)
{
    static const size_t sizes[] = {1000, 70000, 200000, 3000000};
    char *data = arena_alloc(*state, 1);
    size_t size = 1;

    data[0] = 'a';
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        data = arena_grow(*state, data, size, sizes[i]);
        assert_int_equal(data[size - 1], 'a');
        assert_zero(data + size, sizes[i] - size);
        size = sizes[i];
        memset(data, 'a', size);
    }
}

static void growing_nothing_allocates_and_growing_to_less_keeps(void **state)
{
    char *data = arena_grow(*state, NULL, 0, 10);

    assert_zero(data, 10);
    assert_ptr_equal(arena_grow(*state, data, 10, 5), data);
}

static void copies_of_text_end_in_nul(void **state)
{
    const char source[4] = {'a', '\0', 'b', 'c'};
    const char *copy = arena_strndup(*state, source, sizeof(source));

    assert_memory_equal(copy, "a\0bc", 5);
    assert_string_equal(arena_strdup(*state, "text"), "text");
    assert_string_equal(arena_strdup(*state, ""), "");
    assert_string_equal(arena_strndup(*state, NULL, 0), "");
}

static void formatted_text_of_any_length_is_whole(void **state)
{
    const char *text;

    assert_string_equal(arena_printf(*state, "%s-%d", "a", 7), "a-7");
    text = arena_printf(*state, "%*s", 500000, "end");
    assert_int_equal(strlen(text), 500000);
    assert_string_equal(text + 499997, "end");
}

static void use_two_quarters(struct arena *arena)
{
    (void)arena_alloc(arena, LIMIT / 4);
    (void)arena_alloc(arena, LIMIT / 4);
}

static void use_small_pieces(struct arena *arena)
{
    for (int i = 0; i < 1000; i++)
        (void)arena_alloc(arena, 10);
}

static void use_empty_pieces(struct arena *arena)
{
    for (int i = 0; i < 1001; i++)
        (void)arena_alloc(arena, 0);
}

static void use_growth(struct arena *arena)
{
    (void)arena_grow(arena, arena_alloc(arena, 600), 600, 1200);
}

static void use_size_overflow(struct arena *arena)
{
    (void)arena_alloc(arena, SIZE_MAX);
}

static void use_array_overflow(struct arena *arena)
{
    (void)arena_alloc_array(arena, SIZE_MAX / 2, 3);
}

static void use_text_overflow(struct arena *arena)
{
    (void)arena_strndup(arena, "", SIZE_MAX);
}

static void what_exceeds_the_limit_jumps_to_the_recovery_point(void **state)
{
    (void)state;
    assert_refused(LIMIT / 2 - 1, -E2BIG, use_two_quarters);
    assert_refused(1000, -E2BIG, use_small_pieces);
    assert_refused(1000, -E2BIG, use_empty_pieces);
    assert_refused(1000, -E2BIG, use_growth);
    assert_refused(0, -E2BIG, use_empty_pieces);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    assert_refused(LIMIT, -E2BIG, use_size_overflow);
    assert_refused(LIMIT, -E2BIG, use_array_overflow);
    assert_refused(SIZE_MAX, -E2BIG, use_size_overflow);
    assert_refused(SIZE_MAX, -E2BIG, use_array_overflow);
    assert_refused(SIZE_MAX, -E2BIG, use_text_overflow);
}

static void exactly_the_limit_is_allowed(void **state)
{
    (void)state;
    for (int debug = 0; debug < 2; debug++) {
        struct arena arena;

        arena_debug_malloc = debug;
        arena_init(&arena, 1024); /* without a recovery point: a refusal would abort */
        for (int i = 0; i < 64; i++)
            (void)arena_alloc(&arena, 16);
        arena_deinit(&arena);
    }
    arena_debug_malloc = false;
}

static void can_be_freed_twice_and_before_use(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, LIMIT);
    arena_deinit(&arena);
    arena_deinit(&arena);
}

#define BOTH_MODES(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, with_arena, without_arena),                              \
    {                                                                                              \
#test "_with_a_malloc_each", test, with_arena_of_mallocs, without_arena, NULL              \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_MODES(allocations_are_zeroed_and_aligned_for_any_type),
        BOTH_MODES(allocations_do_not_overlap),
        BOTH_MODES(empty_allocations_have_addresses_of_their_own),
        cmocka_unit_test_setup_teardown(a_large_allocation_leaves_the_rest_of_the_block_in_use,
                                        with_arena, without_arena),
        cmocka_unit_test_setup_teardown(the_last_allocation_grows_in_place, with_arena,
                                        without_arena),
        BOTH_MODES(an_earlier_allocation_grows_by_a_copy),
        BOTH_MODES(growing_past_the_block_or_from_a_block_of_its_own_copies),
        BOTH_MODES(growing_nothing_allocates_and_growing_to_less_keeps),
        BOTH_MODES(copies_of_text_end_in_nul),
        BOTH_MODES(formatted_text_of_any_length_is_whole),
        cmocka_unit_test(what_exceeds_the_limit_jumps_to_the_recovery_point),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(exactly_the_limit_is_allowed),
        cmocka_unit_test(can_be_freed_twice_and_before_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
