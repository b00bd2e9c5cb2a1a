/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hashmap.h"
#include "base/strbuf.h"
#include "fault.h"

static int without_faults(void **state)
{
    (void)state;
    fault_reset();
    return 0;
}

/* A compiler may leave out an allocation whose result it can follow. Here it cannot. */
static void *observed(void *pointer)
{
    void *volatile hidden = pointer;

    return hidden;
}

static void every_function_of_the_family_fails_when_told(void **state)
{
    void *volatile kept = malloc(10);
    void *aligned = NULL;

    (void)state;
    fault_fail_allocations_from(1);
    assert_null(observed(malloc(1)));
    assert_int_equal(errno, ENOMEM);
    assert_null(observed(calloc(1, 1)));
    assert_null(observed(realloc(NULL, 1)));
    assert_null(observed(realloc(kept, 10000)));
    assert_null(observed(reallocarray(kept, 100, 100)));
    assert_null(observed(aligned_alloc(64, 64)));
    assert_int_equal(posix_memalign(&aligned, 64, 64), ENOMEM);
    assert_null(observed(strdup("a")));
    assert_null(observed(strndup("a", 1)));
    assert_int_equal(fault_allocations_made(), 9);
    fault_reset();
    assert_true(fault_allocation_failed());
    free(kept);
}

static void only_the_chosen_allocation_fails(void **state)
{
    char *first;
    char *third;

    (void)state;
    fault_fail_allocation(2);
    first = observed(strdup("first"));
    assert_false(fault_allocation_failed());
    assert_null(observed(strdup("second")));
    assert_true(fault_allocation_failed());
    third = observed(strndup("third and more", 5));
    assert_string_equal(first, "first");
    assert_string_equal(third, "third");
    assert_int_equal(fault_allocations_made(), 3);
    free(first);
    free(third);
}

static void allocations_of_libraries_fail_too(void **state)
{
    json_t *object;

    (void)state;
    fault_fail_allocation(1);
    assert_null(json_object());
    assert_true(fault_allocation_failed());
    object = json_object();
    assert_non_null(object);
    json_decref(object);
}

static void what_is_not_given_back_is_counted(void **state)
{
    size_t before = fault_outstanding();
    void *aligned = NULL;
    char *text = observed(strdup("a"));

    (void)state;
    assert_int_equal(posix_memalign(&aligned, 64, 64), 0);
    assert_int_equal((uintptr_t)aligned % 64, 0);
    assert_int_equal(fault_outstanding(), before + 2);
    text = observed(realloc(text, 5000));
    assert_int_equal(fault_outstanding(), before + 2);
    free(text);
    free(aligned);
    free(NULL);
    assert_int_equal(fault_outstanding(), before);
}

/* The C library copes by itself with some failures, such as that of making a text smaller: a failed
 * allocation may end well. */
static void an_error_without_memory_still_says_something_and_leaks_nothing(void **state)
{
    size_t unsaid_count = 0;

    (void)state;
    for (size_t n = 1;; n++) {
        size_t before = fault_outstanding();
        struct error *error = NULL;
        bool unsaid;

        fault_fail_allocation(n);
        assert_int_equal(error_set(&error, EINVAL, "%s", "not a list"), -EINVAL);
        fault_reset();
        assert_non_null(error);
        unsaid = error->code == ENOMEM;
        unsaid_count += unsaid;
        assert_string_equal(error->message, unsaid ? "out of memory" : "not a list");
        assert_true(unsaid || error->code == EINVAL);
        if (unsaid) {
            assert_int_equal(error_prefix(&error, "web.yaml"), -ENOMEM);
            assert_string_equal(error->message, "out of memory");
        }
        assert_null(error_free(error));
        assert_int_equal(fault_outstanding(), before);
        if (!fault_allocation_failed()) {
            assert_false(unsaid);
            break;
        }
    }
    assert_true(unsaid_count >= 2); /* the message, and the error itself */
}

static void an_error_that_cannot_be_prefixed_stays_as_it_was(void **state)
{
    size_t unchanged_count = 0;

    (void)state;
    for (size_t n = 1;; n++) {
        size_t before = fault_outstanding();
        struct error *error = NULL;
        bool unchanged;

        (void)error_set(&error, EINVAL, "not a list");
        fault_fail_allocation(n);
        assert_int_equal(error_prefix(&error, "services.%s", "web"), -EINVAL);
        fault_reset();
        unchanged = strcmp(error->message, "not a list") == 0;
        unchanged_count += unchanged;
        if (!unchanged)
            assert_string_equal(error->message, "services.web: not a list");
        (void)error_free(error);
        assert_int_equal(fault_outstanding(), before);
        if (!fault_allocation_failed()) {
            assert_false(unchanged);
            break;
        }
    }
    assert_true(unchanged_count >= 2); /* the context, and the whole message */
}

/* What the buffer would hold if nothing failed, in the steps in which it comes there. */
static void fill_buffer(struct strbuf *buffer)
{
    strbuf_append_string(buffer, "start");
    strbuf_append_repeat(buffer, '.', 200);
    strbuf_printf(buffer, "%*s", 1000, "middle");
    for (int i = 0; i < 5000; i++)
        strbuf_append_char(buffer, '!');
}

static void a_buffer_without_memory_keeps_what_it_has_and_says_so(void **state)
{
    struct strbuf whole;
    size_t n;

    (void)state;
    strbuf_init(&whole, SIZE_MAX);
    fill_buffer(&whole);
    for (n = 1;; n++) {
        size_t before = fault_outstanding();
        struct strbuf buffer;

        strbuf_init(&buffer, SIZE_MAX);
        fault_fail_allocation(n);
        fill_buffer(&buffer);
        fault_reset();
        assert_int_equal(strbuf_failure(&buffer), fault_allocation_failed() ? -ENOMEM : 0);
        assert_int_equal(strlen(strbuf_text(&buffer)), buffer.length);
        assert_memory_equal(strbuf_text(&buffer), strbuf_text(&whole), buffer.length);
        assert_true((buffer.length == whole.length) == !fault_allocation_failed());
        strbuf_deinit(&buffer);
        assert_int_equal(fault_outstanding(), before);
        if (!fault_allocation_failed())
            break;
    }
    assert_true(n > 4);
    strbuf_deinit(&whole);
}

static void use_arena(struct arena *arena)
{
    struct hashmap map;
    char *grown = arena_alloc(arena, 1);

    hashmap_init(&map, arena);
    for (size_t i = 0; i < 500; i++) {
        const char *key = arena_printf(arena, "key-%zu", i);

        (void)hashmap_put(&map, key, strlen(key), arena_alloc_array(arena, i, 8));
    }
    for (size_t size = 1; size < 1 << 19; size *= 2)
        grown = arena_grow(arena, grown, size, size * 2);
    (void)arena_strdup(arena, "end");
}

/* Uses the arena up to a failure, and returns that or 0. */
static int run_arena(void)
{
    struct arena arena;
    jmp_buf recover;
    int failure;

    arena_init(&arena, 64 << 20);
    arena_set_recovery(&arena, &recover);
    if (setjmp(recover) == 0)
        use_arena(&arena);
    failure = arena_failure(&arena);
    arena_deinit(&arena);
    return failure;
}

static size_t fail_each_allocation_of_the_arena(void)
{
    for (size_t n = 1;; n++) {
        size_t before = fault_outstanding();
        int failure;

        fault_fail_allocation(n);
        failure = run_arena();
        fault_reset();
        assert_int_equal(failure, fault_allocation_failed() ? -ENOMEM : 0);
        assert_int_equal(fault_outstanding(), before);
        if (!fault_allocation_failed())
            return n;
    }
}

static void an_arena_without_memory_jumps_and_gives_everything_back(void **state)
{
    (void)state;
    assert_true(fail_each_allocation_of_the_arena() > 4);
}

static void an_arena_of_mallocs_fails_at_each_of_them(void **state)
{
    (void)state;
    arena_debug_malloc = true;
    assert_true(fail_each_allocation_of_the_arena() > 1000);
    arena_debug_malloc = false;
}

/* Puts until the arena fails. Whatever is in the map then, is whole. */
static size_t fill_map_until_failure(struct hashmap *map)
{
    jmp_buf recover;

    arena_set_recovery(map->arena, &recover);
    if (setjmp(recover) == 0) {
        for (uint32_t i = 0;; i++)
            (void)hashmap_put(map, (const char *)&i, sizeof(i), map);
    }
    return map->count;
}

static void a_map_whose_arena_failed_is_still_whole(void **state)
{
    (void)state;
    for (size_t n = 1; n < 6; n++) {
        struct arena arena;
        struct hashmap map;
        size_t count;

        arena_init(&arena, 64 << 20);
        hashmap_init(&map, &arena);
        fault_fail_allocations_from(n);
        count = fill_map_until_failure(&map);
        fault_reset();
        assert_int_equal(arena_failure(&arena), -ENOMEM);
        for (uint32_t i = 0; i < count; i++)
            assert_ptr_equal(hashmap_get(&map, (const char *)&i, sizeof(i)), &map);
        assert_int_equal(map.count, count);
        arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_function_of_the_family_fails_when_told, without_faults),
        cmocka_unit_test_teardown(only_the_chosen_allocation_fails, without_faults),
        cmocka_unit_test_teardown(allocations_of_libraries_fail_too, without_faults),
        cmocka_unit_test_teardown(what_is_not_given_back_is_counted, without_faults),
        cmocka_unit_test_teardown(an_error_without_memory_still_says_something_and_leaks_nothing,
                                  without_faults),
        cmocka_unit_test_teardown(an_error_that_cannot_be_prefixed_stays_as_it_was, without_faults),
        cmocka_unit_test_teardown(a_buffer_without_memory_keeps_what_it_has_and_says_so,
                                  without_faults),
        cmocka_unit_test_teardown(an_arena_without_memory_jumps_and_gives_everything_back,
                                  without_faults),
        cmocka_unit_test_teardown(an_arena_of_mallocs_fails_at_each_of_them, without_faults),
        cmocka_unit_test_teardown(a_map_whose_arena_failed_is_still_whole, without_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
