/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   header | slots | lanes | counters of lane 0 | of lane 1 | ...
 *
 * each part from a page of its own, in a file that nobody can shrink or grow. Slots are a hash
 * table with linear probing in which a slot is never emptied: a retired one may pass to another id,
 * in its place, so whoever looks for a third finds it as before.
 *
 * A page costs memory once it was touched, also by reading. So counters of lanes that nobody has
 * used are left alone.
 */
#include "ipc/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/time.h"
#include "os/descriptor.h"
#include "os/memory.h"
#include "os/os.h"

#define STATE_PAGE_SIZE 4096

/* As long a retired slot keeps its counters, in case its id comes back. */
#define STATE_RETIRED_KEPT_NS TIME_HOUR

#define STATE_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

#define state_load(place)         atomic_load_explicit((place), memory_order_relaxed)
#define state_store(place, value) atomic_store_explicit((place), (value), memory_order_relaxed)

const char *state_reason_text(unsigned int reason)
{
    static const char *const texts[STATE_REASON_COUNT] = {
#define X(name, text) [STATE_REASON_##name] = (text),
        STATE_REASONS(X)
#undef X
    };

    return reason < STATE_REASON_COUNT ? texts[reason] : "";
}

static size_t state_round_up(size_t size)
{
    return (size + STATE_PAGE_SIZE - 1) / STATE_PAGE_SIZE * STATE_PAGE_SIZE;
}

/* Where each part begins, and where the last ends. */
struct state_layout {
    size_t slots;
    size_t lanes;
    size_t counters;
    size_t end;
};

static struct state_layout state_layout_for(size_t lane_count)
{
    struct state_layout layout = {.slots = state_round_up(sizeof(struct state_header))};

    layout.lanes = layout.slots + state_round_up(STATE_SLOT_COUNT * sizeof(struct state_slot));
    layout.counters = layout.lanes + state_round_up(lane_count * sizeof(struct state_lane));
    layout.end = layout.counters +
                 state_round_up(lane_count * STATE_SLOT_COUNT * sizeof(struct state_counters));
    return layout;
}

static void state_point(struct state *state, void *memory, size_t lane_count)
{
    struct state_layout layout = state_layout_for(lane_count);

    *state = (struct state){
        .header = memory,
        .slots = (void *)((char *)memory + layout.slots),
        .lanes = (void *)((char *)memory + layout.lanes),
        .counters = (void *)((char *)memory + layout.counters),
        .size = layout.end,
    };
}

int state_create(uint32_t threads)
{
    uint32_t lane_count = STATE_BANK_COUNT * threads;
    struct state_header header = {
        .magic = STATE_MAGIC,
        .layout_version = STATE_LAYOUT_VERSION,
        .lane_count = lane_count,
        .threads_max = threads,
        .slot_count = STATE_SLOT_COUNT,
        .total_size = state_layout_for(lane_count).end,
        .created_unix_ns = os_real_time_ns(),
    };
    _cleanup_os_close_ int fd = -1;
    void *memory;
    int r;

    if (threads == 0 || threads > STATE_THREADS_MAX)
        return -EINVAL;
    r = os_random(header.secret, sizeof(header.secret));
    if (r < 0)
        return r;
    fd = os_memory_file("slipway-state", header.total_size);
    if (fd < 0)
        return fd;
    if (os->add_seals(fd, STATE_SEALS) < 0)
        return -errno;
    r = os_memory_map(fd, sizeof(header), true, &memory);
    if (r < 0)
        return r;
    memcpy(memory, &header, sizeof(header));
    os_memory_unmap(memory, sizeof(header));
    return take_fd(&fd);
}

static bool state_is_valid(const struct state_header *header, size_t file_size)
{
    return memcmp(header->magic, STATE_MAGIC, sizeof(header->magic)) == 0 &&
           header->layout_version == STATE_LAYOUT_VERSION && header->threads_max > 0 &&
           header->threads_max <= STATE_THREADS_MAX &&
           header->lane_count == STATE_BANK_COUNT * header->threads_max &&
           header->slot_count == STATE_SLOT_COUNT && header->total_size == file_size &&
           header->total_size == state_layout_for(header->lane_count).end;
}

int state_map(int fd, bool writable, struct state *ret_state)
{
    struct state_header header;
    struct stat status;
    void *memory;
    int r;

    if ((os_seals(fd) & STATE_SEALS) != STATE_SEALS || os->fstat(fd, &status) < 0 ||
        (size_t)status.st_size < sizeof(header))
        return -EBADMSG;
    r = os_memory_map(fd, sizeof(header), false, &memory);
    if (r < 0)
        return r;
    header = *(const struct state_header *)memory;
    os_memory_unmap(memory, sizeof(header));
    if (!state_is_valid(&header, (size_t)status.st_size))
        return -EBADMSG;
    r = os_memory_map(fd, (size_t)status.st_size, writable, &memory);
    if (r < 0)
        return r;
    /* By the header that was checked: the one in the file may change. */
    state_point(ret_state, memory, header.lane_count);
    ret_state->threads_max = header.threads_max;
    return 0;
}

void state_unmap(struct state *state)
{
    os_memory_unmap(state->header, state->size);
    *state = (struct state){0};
}

/* Ids are hashes, but need not be good ones. */
static uint32_t state_first(uint64_t id)
{
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % STATE_SLOT_COUNT;
}

static bool state_has_gauges(const struct state *state, uint32_t slot)
{
    struct state_sum sum;

    state_sum(state, slot, &sum);
    return (sum.counters.open_connections | sum.counters.active | sum.counters.pending |
            sum.counters.idle_connections) != 0;
}

static bool state_is_reusable(const struct state *state, uint32_t slot, uint64_t now_ns)
{
    return state_load(&state->slots[slot].is_retired) != 0 &&
           time_subtract(now_ns, state_load(&state->slots[slot].retired_at_ns)) >=
               STATE_RETIRED_KEPT_NS &&
           !state_has_gauges(state, slot);
}

/* Of the id; else, with a negative result in *ret_free, the first that may be taken for it. */
static uint32_t state_probe(const struct state *state, uint64_t id, bool for_taking,
                            uint32_t *ret_free)
{
    uint64_t now_ns = for_taking ? os_monotonic_time_ns() : 0;
    uint32_t slot = state_first(id);
    uint32_t free_slot = UINT32_MAX;

    for (uint32_t n = 0; n < STATE_SLOT_COUNT; n++, slot = (slot + 1) % STATE_SLOT_COUNT) {
        uint64_t found = state_load(&state->slots[slot].id);

        if (found == id)
            return slot;
        if (free_slot == UINT32_MAX && for_taking &&
            (found == 0 || state_is_reusable(state, slot, now_ns)))
            free_slot = slot;
        if (found == 0)
            break;
    }
    if (for_taking)
        *ret_free = free_slot;
    return UINT32_MAX;
}

static void state_reset(struct state *state, uint32_t slot, enum state_kind kind, bool is_reused)
{
    struct state_slot *s = &state->slots[slot];

    for (uint32_t lane = 0; is_reused && lane < STATE_BANK_COUNT * state->threads_max; lane++) {
        if (state_load(&state->lanes[lane].pid) != 0)
            memset(state_counters_of(state, lane, slot), 0, sizeof(struct state_counters));
    }
    state_store(&s->health, STATE_HEALTH_INITIAL);
    state_store(&s->reason, STATE_REASON_NONE);
    state_store(&s->admin, STATE_ADMIN_ENABLED);
    state_store(&s->weight, STATE_WEIGHT_CONFIGURED);
    state_store(&s->passes, 0);
    state_store(&s->failures, 0);
    state_store(&s->last_status, 0);
    state_store(&s->ejection_count, 0);
    state_store(&s->consecutive_failures, 0);
    state_store(&s->changed_unix_ns, 0);
    state_store(&s->slow_start_from_ns, 0);
    state_store(&s->ejected_until_ns, 0);
    state_store(&s->last_check_ns, 0);
    state_store(&s->draining_since_ns, 0);
    state_store(&s->retired_at_ns, 0);
    state_store(&s->is_retired, 0);
    state_store(&s->kind, kind);
}

uint32_t state_take(struct state *state, uint64_t id, enum state_kind kind)
{
    if (id == 0)
        return UINT32_MAX;
    for (;;) {
        uint32_t free_slot = UINT32_MAX;
        uint32_t slot = state_probe(state, id, true, &free_slot);
        uint64_t expected;

        if (slot != UINT32_MAX) {
            /* The kind is 0 where another has taken it a moment ago and still fills it in. */
            if (state_load(&state->slots[slot].is_retired) != 0)
                state_store(&state->slots[slot].is_retired, 0);
            return slot;
        }
        if (free_slot == UINT32_MAX)
            return UINT32_MAX;
        expected = state_load(&state->slots[free_slot].id);
        if (expected == id ||
            !atomic_compare_exchange_strong(&state->slots[free_slot].id, &expected, id))
            continue; /* another was faster: what it took may be the same id */
        state_reset(state, free_slot, kind, expected != 0);
        return free_slot;
    }
}

uint32_t state_find(const struct state *state, uint64_t id)
{
    return id == 0 ? UINT32_MAX : state_probe(state, id, false, NULL);
}

void state_retire(struct state *state, uint32_t slot, uint64_t now_ns)
{
    state_store(&state->slots[slot].retired_at_ns, now_ns);
    state_store(&state->slots[slot].is_retired, 1);
}

static void state_clear_lane(struct state *state, uint32_t lane)
{
    for (uint32_t slot = 0; slot < STATE_SLOT_COUNT; slot++) {
        struct state_counters *counters = state_counters_of(state, lane, slot);

        if (state_load(&state->slots[slot].id) == 0)
            continue;
        counters->open_connections = 0;
        counters->active = 0;
        counters->pending = 0;
        counters->idle_connections = 0;
    }
}

void state_clear_bank(struct state *state, uint32_t bank, uint64_t pid)
{
    for (uint32_t thread = 0; thread < state->threads_max; thread++) {
        uint32_t lane = state_lane_of(state, bank, thread);

        if (state_load(&state->lanes[lane].pid) != 0)
            state_clear_lane(state, lane);
        state_store(&state->lanes[lane].turn_ns, 0);
        state_store(&state->lanes[lane].pid, pid);
    }
}

#define state_read(place) __atomic_load_n((place), __ATOMIC_RELAXED)

static void state_add(struct state_sum *sum, const struct state_counters *counters)
{
    /* All that comes before the histogram is plain numbers of one size. */
    enum {
        COUNT = offsetof(struct state_counters, latency) / sizeof(uint64_t)
    };
    const uint64_t *from = (const uint64_t *)(const void *)counters;
    uint64_t *to = (uint64_t *)(void *)&sum->counters;

    for (size_t i = 0; i < COUNT; i++)
        to[i] += state_read(&from[i]);
    for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
        sum->latency[i] += state_read(&counters->latency[i]);
}

void state_sum(const struct state *state, uint32_t slot, struct state_sum *ret_sum)
{
    *ret_sum = (struct state_sum){0};
    for (uint32_t lane = 0; lane < STATE_BANK_COUNT * state->threads_max; lane++) {
        if (state_load(&state->lanes[lane].pid) != 0)
            state_add(ret_sum, state_counters_of(state, lane, slot));
    }
}
