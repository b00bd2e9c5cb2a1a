/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which targets stand for which instance, as it was published, and what the edge says of them in
 * its shared memory. One that is not published any more is remembered until nothing is in flight to
 * it, so that whoever drains it can see it; also by the next control, by way of a file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "control/keeper_world.h"
#include "control/publication.h"
#include "ipc/state.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/os.h"
#include "route/config.h"

#define FILE_BYTES_MAX ((size_t)16 << 20)
#define TARGETS_MAX    65536

#define LOAD(place) atomic_load_explicit((place), memory_order_relaxed)

void keeper_targets_free(struct keeper_world *world)
{
    for (size_t i = 0; i < world->target_count; i++)
        free(world->targets[i].instance);
    free(world->targets);
    world->targets = NULL;
    world->target_count = 0;
}

static uint64_t active_of(const struct state *state, uint64_t id)
{
    uint32_t slot = state_find(state, id);
    struct state_sum sum;

    if (slot == UINT32_MAX)
        return 0;
    state_sum(state, slot, &sum);
    return sum.counters.active;
}

/* Lets go of what is not published any more and has drained. */
static void forget_drained(struct keeper_world *world)
{
    size_t kept = 0;

    for (size_t i = 0; i < world->target_count; i++) {
        struct keeper_target *target = &world->targets[i];

        if (!target->is_current && active_of(world->around->state, target->id) == 0)
            free(target->instance);
        else
            world->targets[kept++] = *target;
    }
    world->target_count = kept;
}

static int add_target(struct keeper_world *world, uint64_t id, const char *instance,
                      bool is_current)
{
    struct keeper_target *targets =
        realloc(world->targets, (world->target_count + 1) * sizeof(*targets));
    char *copy = strdup(instance);

    if (targets != NULL)
        world->targets = targets;
    if (targets == NULL || copy == NULL) {
        free(copy);
        return -ENOMEM;
    }
    targets[world->target_count++] =
        (struct keeper_target){.id = id, .instance = copy, .is_current = is_current};
    return 0;
}

/* 1 where it was not known before. */
static int take_target(struct keeper_world *world, const struct route_target *target)
{
    int r;

    for (size_t i = 0; i < world->target_count; i++) {
        if (world->targets[i].id == target->id &&
            strcmp(world->targets[i].instance, target->instance) == 0) {
            world->targets[i].is_current = true;
            return 0;
        }
    }
    r = add_target(world, target->id, target->instance, true);
    return r < 0 ? r : 1;
}

/* The file. Whoever comes next finds there what was published last, and what was before that. */

static char *path_of(const struct keeper_world *world, const char *name)
{
    char *path;

    return asprintf(&path, "%s/targets/%s", world->around->folder, name) < 0 ? NULL : path;
}

static int write_file(const struct keeper_world *world, const struct strbuf *text,
                      struct error **reterr)
{
    _cleanup_free_ char *folder = path_of(world, "");
    _cleanup_free_ char *path = path_of(world, world->project);
    int r;

    if (folder == NULL || path == NULL || strbuf_failure(text) < 0)
        return error_set(reterr, ENOMEM, "out of memory");
    folder[strlen(folder) - 1] = '\0'; /* its slash */
    r = os_own_folder(folder, 0700, reterr);
    return r < 0 ? r : os_write_file_atomically(path, text->data, text->length, 0600, reterr);
}

static void save(const struct keeper_world *world)
{
    _cleanup_error_ struct error *error = NULL;
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, FILE_BYTES_MAX);
    for (size_t i = 0; i < world->target_count; i++)
        strbuf_printf(&text, "%016" PRIx64 " %s\n", world->targets[i].id,
                      world->targets[i].instance);
    if (text.length > 0 && write_file(world, &text, &error) < 0)
        log_warning("project \"%s\": what is drained is not known after a restart: %s",
                    world->project, error->message);
}

void keeper_targets_forget(const struct keeper_world *world)
{
    _cleanup_free_ char *path = path_of(world, world->project);

    if (path != NULL)
        (void)os->unlink(path);
}

void keeper_targets_load(struct keeper_world *world)
{
    _cleanup_free_ char *path = path_of(world, world->project);
    _cleanup_free_ char *text = NULL;
    char *rest, *line;

    if (path == NULL || os_read_file(path, FILE_BYTES_MAX, &text, NULL, NULL) < 0)
        return;
    rest = text;
    while ((line = strsep(&rest, "\n")) != NULL && world->target_count < TARGETS_MAX) {
        char *end;
        uint64_t id = strtoull(line, &end, 16);

        if (id != 0 && *end == ' ' && end[1] != '\0')
            (void)add_target(world, id, end + 1, false);
    }
}

int keeper_targets_take(struct keeper_world *world, const struct publication *publication)
{
    const struct route_config *config = &publication->merged.config;
    bool has_new = false;
    int r = 0;

    forget_drained(world);
    for (size_t i = 0; i < world->target_count; i++)
        world->targets[i].is_current = false;
    for (uint32_t i = 0; i < config->group_count && r >= 0; i++) {
        if (strcmp(publication->merged.groups[i].project, world->project) != 0)
            continue;
        for (uint32_t j = 0; j < config->groups[i].target_count && r >= 0; j++) {
            if (config->groups[i].targets[j].instance != NULL)
                r = take_target(world, &config->groups[i].targets[j]);
            has_new = has_new || r > 0;
        }
    }
    if (has_new)
        save(world);
    return r < 0 ? r : 0;
}

/* Reading */

static uint64_t mix(uint64_t digest, uint64_t value)
{
    return (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

uint64_t keeper_targets_digest(const struct keeper_world *world, bool with_activity)
{
    const struct state *state = world->around->state;
    uint64_t now_ns = os_monotonic_time_ns();
    uint64_t digest = 1;

    for (size_t i = 0; i < world->target_count; i++) {
        const struct keeper_target *target = &world->targets[i];
        uint32_t slot = state_find(state, target->id);

        if (slot == UINT32_MAX)
            continue;
        digest = mix(digest, target->id);
        digest = mix(digest, LOAD(&state->slots[slot].health));
        digest = mix(digest, LOAD(&state->slots[slot].admin));
        digest = mix(digest, LOAD(&state->slots[slot].ejected_until_ns) > now_ns);
        if (with_activity && !target->is_current)
            digest = mix(digest, active_of(state, target->id) > 0);
    }
    return digest;
}

struct reading {
    struct world_target *result;
    uint64_t latency[HISTOGRAM_BUCKET_COUNT];
    uint64_t now_ns;
    bool is_recent; /* counts from the mark on, where there is one */
};

static uint64_t errors_of(const struct state_sum *sum)
{
    return sum->counters.target_responses[5] + sum->counters.connection_errors;
}

static void add_counters(struct reading *reading, const struct keeper_target *target,
                         const struct state_sum *sum)
{
    struct world_target *result = reading->result;

    bool is_since = reading->is_recent && target->is_marked;

    result->active += sum->counters.active;
    result->requests +=
        time_subtract(sum->counters.requests, is_since ? target->marked_requests : 0);
    result->errors += time_subtract(errors_of(sum), is_since ? target->marked_errors : 0);
    for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
        uint64_t before = is_since ? target->marked_latency[i] : 0;

        reading->latency[i] += sum->latency[i] > before ? sum->latency[i] - before : 0;
    }
}

static void judge(struct reading *reading, const struct state_slot *slot)
{
    struct world_target *result = reading->result;
    uint32_t health = LOAD(&slot->health);
    bool is_ejected = LOAD(&slot->ejected_until_ns) > reading->now_ns;

    if (health == STATE_HEALTH_UNHEALTHY || is_ejected) {
        result->is_failing = true;
        result->has_passed = false;
        result->reason = state_reason_text(is_ejected ? STATE_REASON_EJECTED : LOAD(&slot->reason));
    } else if (health != STATE_HEALTH_HEALTHY && health != STATE_HEALTH_UNCHECKED) {
        result->has_passed = false;
        if (!result->is_failing)
            result->reason = state_reason_text(LOAD(&slot->reason) != STATE_REASON_NONE
                                                   ? LOAD(&slot->reason)
                                                   : STATE_REASON_INITIAL_CHECK);
    }
}

static void read_target(const struct state *state, const struct keeper_target *target,
                        struct reading *reading)
{
    uint32_t slot = state_find(state, target->id);
    struct state_sum sum;

    if (target->is_current && !reading->result->is_known) {
        reading->result->is_known = true;
        reading->result->has_passed = true;
    }
    if (slot == UINT32_MAX) {
        if (target->is_current) {
            reading->result->has_passed = false;
            reading->result->reason = state_reason_text(STATE_REASON_REGISTERING);
        }
        return;
    }
    state_sum(state, slot, &sum);
    add_counters(reading, target, &sum);
    if (target->is_current)
        judge(reading, &state->slots[slot]);
}

int keeper_targets_sum(struct world *world, const char *project, const char *const *instances,
                       uint32_t count, bool is_recent, struct world_target *ret)
{
    struct keeper_world *keeper = list_entry(world, struct keeper_world, world);
    struct world_target result = {.reason = ""};
    struct reading reading = {
        .result = &result, .now_ns = os_monotonic_time_ns(), .is_recent = is_recent};

    (void)project;
    (void)pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < keeper->target_count && !keeper->has_no_edge; i++)
        for (uint32_t j = 0; j < count; j++)
            if (strcmp(keeper->targets[i].instance, instances[j]) == 0)
                read_target(keeper->around->state, &keeper->targets[i], &reading);
    (void)pthread_mutex_unlock(&keeper->lock);
    result.latency_p50_us = histogram_quantile_us(reading.latency, 0.5);
    result.latency_p95_us = histogram_quantile_us(reading.latency, 0.95);
    result.latency_p99_us = histogram_quantile_us(reading.latency, 0.99);
    *ret = result;
    return 0;
}

int keeper_targets_read(struct world *world, const char *project, const char *instance,
                        struct world_target *ret)
{
    return keeper_targets_sum(world, project, &instance, 1, false, ret);
}

void keeper_targets_mark(struct world *world, const char *project)
{
    struct keeper_world *keeper = list_entry(world, struct keeper_world, world);

    (void)project;
    (void)pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < keeper->target_count; i++) {
        struct keeper_target *target = &keeper->targets[i];
        uint32_t slot = state_find(keeper->around->state, target->id);
        struct state_sum sum = {0};

        if (slot != UINT32_MAX)
            state_sum(keeper->around->state, slot, &sum);
        memcpy(target->marked_latency, sum.latency, sizeof(sum.latency));
        target->marked_requests = sum.counters.requests;
        target->marked_errors = errors_of(&sum);
        target->is_marked = true;
    }
    (void)pthread_mutex_unlock(&keeper->lock);
}
