/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "ipc/state.h"
#include "os/memory.h"
#include "os/os.h"

static int file;
static struct state state;

static int start(void **unused)
{
    (void)unused;
    file = state_create(2);
    assert_true(file >= 0);
    return state_map(file, true, &state);
}

static int stop(void **unused)
{
    (void)unused;
    state_unmap(&state);
    os_closep(&file);
    return 0;
}

static void a_new_file_is_empty_and_costs_little(void **unused)
{
    struct stat status;

    (void)unused;
    assert_int_equal(state.header->lane_count, 4);
    assert_int_equal(state.header->threads_max, 2);
    assert_int_equal(state_find(&state, 1), UINT32_MAX);
    assert_int_equal(fstat(file, &status), 0);
    assert_true(status.st_blocks * 512 < 64 << 10);
}

static void an_id_keeps_its_slot(void **unused)
{
    uint32_t first = state_take(&state, 77, STATE_KIND_TARGET);
    uint32_t second = state_take(&state, 78, STATE_KIND_GROUP);

    (void)unused;
    assert_int_not_equal(first, second);
    assert_int_equal(state_take(&state, 77, STATE_KIND_TARGET), first);
    assert_int_equal(state_find(&state, 77), first);
    assert_int_equal(state_find(&state, 78), second);
    assert_int_equal(state.slots[first].kind, STATE_KIND_TARGET);
    assert_true(state.slots[first].weight == STATE_WEIGHT_CONFIGURED);
    assert_int_equal(state_take(&state, 0, STATE_KIND_TARGET), UINT32_MAX);
}

static void another_mapping_sees_the_same(void **unused)
{
    struct state other;
    uint32_t slot = state_take(&state, 5, STATE_KIND_GROUP);

    (void)unused;
    assert_int_equal(state_map(file, false, &other), 0);
    state_clear_bank(&state, 1, 4711);
    state_counters_of(&state, state_lane_of(&state, 1, 1), slot)->requests = 3;
    assert_int_equal(state_find(&other, 5), slot);
    assert_int_equal(state_counters_of(&other, 3, slot)->requests, 3);
    assert_int_equal(other.lanes[3].pid, 4711);
    state_unmap(&other);
}

static void lanes_are_added_up(void **unused)
{
    struct state_sum sum;
    uint32_t slot = state_take(&state, 5, STATE_KIND_GROUP);

    (void)unused;
    state_clear_bank(&state, 0, 1);
    state_clear_bank(&state, 1, 2);
    for (uint32_t lane = 0; lane < 4; lane++) {
        struct state_counters *counters = state_counters_of(&state, lane, slot);

        counters->requests = 1u << lane;
        counters->idle_connections = 1;
        counters->latency[9] = UINT32_MAX;
    }
    state_sum(&state, slot, &sum);
    assert_int_equal(sum.counters.requests, 15);
    assert_int_equal(sum.counters.idle_connections, 4);
    assert_true(sum.latency[9] == 4 * (uint64_t)UINT32_MAX);
    assert_int_equal(sum.latency[8], 0);
}

static void a_new_user_of_a_bank_clears_the_gauges_only(void **unused)
{
    struct state_sum sum;
    uint32_t slot = state_take(&state, 5, STATE_KIND_GROUP);

    (void)unused;
    state_clear_bank(&state, 0, 1);
    state_counters_of(&state, 0, slot)->requests = 10;
    state_counters_of(&state, 0, slot)->active = 2;
    state_counters_of(&state, 1, slot)->open_connections = 2;
    state_clear_bank(&state, 0, 2);
    state_sum(&state, slot, &sum);
    assert_int_equal(sum.counters.requests, 10);
    assert_int_equal(sum.counters.active, 0);
    assert_int_equal(sum.counters.open_connections, 0);
}

static void a_retired_slot_that_comes_back_has_its_counters(void **unused)
{
    uint32_t slot = state_take(&state, 5, STATE_KIND_GROUP);

    (void)unused;
    state_counters_of(&state, 0, slot)->requests = 10;
    state_retire(&state, slot, 1);
    assert_int_equal(state.slots[slot].is_retired, 1);
    assert_int_equal(state_take(&state, 5, STATE_KIND_GROUP), slot);
    assert_int_equal(state.slots[slot].is_retired, 0);
    assert_int_equal(state_counters_of(&state, 0, slot)->requests, 10);
}

static void fill(void)
{
    for (uint64_t id = 1; id <= STATE_SLOT_COUNT; id++)
        assert_int_not_equal(state_take(&state, id, STATE_KIND_TARGET), UINT32_MAX);
}

static void a_full_table_refuses_and_still_finds(void **unused)
{
    (void)unused;
    fill();
    assert_int_equal(state_take(&state, STATE_SLOT_COUNT + 1, STATE_KIND_TARGET), UINT32_MAX);
    assert_int_equal(state_find(&state, STATE_SLOT_COUNT + 1), UINT32_MAX);
    for (uint64_t id = 1; id <= STATE_SLOT_COUNT; id += 997)
        assert_int_equal(state.slots[state_find(&state, id)].id, id);
}

static int tomorrow(clockid_t clock, struct timespec *time)
{
    int r = clock_gettime(clock, time);

    time->tv_sec += 24 * 60 * 60;
    return r;
}

static void one_retired_long_ago_passes_to_another(void **unused)
{
    struct os_ops ops = os_default_ops;
    uint64_t newcomer = STATE_SLOT_COUNT + 1;
    uint32_t slot;
    uint32_t fresh;

    (void)unused;
    fill();
    state_clear_bank(&state, 0, 1);
    slot = state_find(&state, 500);
    fresh = state_find(&state, 501);
    state_counters_of(&state, 0, slot)->requests = 10;
    state_counters_of(&state, 0, slot)->active = 1;
    state_retire(&state, slot, os_monotonic_time_ns());
    ops.clock_gettime = tomorrow;
    (void)os_set_ops(&ops);
    state_retire(&state, fresh, os_monotonic_time_ns());
    assert_int_equal(state_take(&state, newcomer, STATE_KIND_GROUP), UINT32_MAX); /* in use */
    state_counters_of(&state, 0, slot)->active = 0;
    assert_int_equal(state_take(&state, newcomer, STATE_KIND_GROUP), slot);
    (void)os_set_ops(NULL);
    assert_int_equal(state_counters_of(&state, 0, slot)->requests, 0);
    assert_int_equal(state.slots[slot].kind, STATE_KIND_GROUP);
    assert_int_equal(state_find(&state, 500), UINT32_MAX);
    for (uint64_t id = 501; id <= STATE_SLOT_COUNT; id += 997)
        assert_int_equal(state.slots[state_find(&state, id)].id, id);
}

static void what_is_no_state_is_refused(void **unused)
{
    struct state other;
    char zeroes[4096] = {0};
    int fd;

    (void)unused;
    fd = os_memory_file("test", 4096);
    assert_int_equal(state_map(fd, false, &other), -EBADMSG); /* not sealed */
    (void)close(fd);
    fd = os_memory_file_of("test", zeroes, sizeof(zeroes));
    assert_int_equal(state_map(fd, false, &other), -EBADMSG);
    (void)close(fd);
    fd = os_memory_file_of("test", zeroes, 3);
    assert_int_equal(state_map(fd, false, &other), -EBADMSG);
    (void)close(fd);
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(state_map(fd, false, &other), -EBADMSG);
    (void)close(fd);
}

static void a_header_that_lies_is_refused(void **unused)
{
    struct state_header before = *state.header;
    struct state other;

    (void)unused;
    state.header->layout_version++;
    assert_int_equal(state_map(file, false, &other), -EBADMSG);
    *state.header = before;
    state.header->threads_max = UINT32_MAX / 2 + 2;
    assert_int_equal(state_map(file, false, &other), -EBADMSG);
    *state.header = before;
    state.header->lane_count = 5;
    assert_int_equal(state_map(file, false, &other), -EBADMSG);
    *state.header = before;
    state.header->total_size--;
    assert_int_equal(state_map(file, false, &other), -EBADMSG);
    *state.header = before;
    state.header->slot_count *= 2;
    assert_int_equal(state_map(file, false, &other), -EBADMSG);
    *state.header = before;
    assert_int_equal(state_map(file, false, &other), 0);
    state_unmap(&other);
}

static void nobody_can_take_it_from_under_a_reader(void **unused)
{
    (void)unused;
    assert_int_equal(ftruncate(file, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(state_create(0), -EINVAL);
    assert_int_equal(state_create(STATE_THREADS_MAX + 1), -EINVAL);
}

static void a_reason_has_a_text(void **unused)
{
    (void)unused;
    assert_string_equal(state_reason_text(STATE_REASON_TIMEOUT), "Health check timed out");
    assert_string_equal(state_reason_text(STATE_REASON_COUNT), "");
    assert_string_equal(state_reason_text(UINT32_MAX), "");
}

#define state_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        state_test(a_new_file_is_empty_and_costs_little),
        state_test(an_id_keeps_its_slot),
        state_test(another_mapping_sees_the_same),
        state_test(lanes_are_added_up),
        state_test(a_new_user_of_a_bank_clears_the_gauges_only),
        state_test(a_retired_slot_that_comes_back_has_its_counters),
        state_test(a_full_table_refuses_and_still_finds),
        state_test(one_retired_long_ago_passes_to_another),
        state_test(what_is_no_state_is_refused),
        state_test(a_header_that_lies_is_refused),
        state_test(nobody_can_take_it_from_under_a_reader),
        cmocka_unit_test(a_reason_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
