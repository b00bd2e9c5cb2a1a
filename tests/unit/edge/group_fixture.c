/* SPDX-License-Identifier: Apache-2.0 */
#include "group_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

static void *fixture_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static struct target *fixture_target(struct group_fixture *fixture, uint32_t position)
{
    struct target *target = fixture_memory(1, sizeof(*target) + 32);

    /* As ids are: hashes. */
    target->id = (position + 1) * UINT64_C(0x9e3779b97f4a7c15);
    target->slot = position + 1;
    target->state = &fixture->state.slots[target->slot];
    target->group = &fixture->group;
    target->family = ROUTE_FAMILY_IPV4;
    target->address.ipv4.sin_family = AF_INET;
    target->address.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target->address_size = sizeof(target->address.ipv4);
    (void)snprintf(target->text, 32, "127.0.0.1:%u", 9000 + position);
    atomic_init(&target->state->id, target->id);
    atomic_init(&target->state->health, STATE_HEALTH_HEALTHY);
    atomic_init(&target->state->weight, STATE_WEIGHT_CONFIGURED);
    fixture->target_configs[position] =
        (struct snapshot_target){.id = target->id, .weight = 1, .family = ROUTE_FAMILY_IPV4};
    return target;
}

struct group_fixture *group_fixture_new(uint32_t target_count, uint32_t algorithm)
{
    struct group_fixture *fixture = fixture_memory(1, sizeof(*fixture));
    struct state *state = &fixture->state;
    int fd;

    fd = state_create(FIXTURE_LANES / STATE_BANK_COUNT);
    if (fd < 0 || state_map(fd, true, state) < 0)
        abort();
    (void)os_close(fd);
    fixture->group.id = 1;
    memcpy(fixture->group.name, "web", 4);
    atomic_flag_clear(&fixture->group.lock);
    fixture->config.id = 1;
    fixture->config.algorithm = algorithm;
    for (uint32_t i = 0; i < target_count; i++)
        fixture->targets[i] = fixture_target(fixture, i);
    fixture->view = (struct group_view){
        .group = &fixture->group,
        .config = &fixture->config,
        .target_configs = fixture->target_configs,
        .targets = fixture->targets,
        .count = target_count,
    };
    return fixture;
}

void group_fixture_free(struct group_fixture *fixture)
{
    for (uint32_t i = 0; i < FIXTURE_TARGETS_MAX; i++)
        free(fixture->targets[i]);
    state_unmap(&fixture->state);
    free(fixture);
}

void group_fixture_set_health(struct group_fixture *fixture, uint32_t position, uint32_t health)
{
    atomic_store(&fixture->targets[position]->state->health, health);
    group_changed(&fixture->group);
}

uint64_t *group_fixture_active(struct group_fixture *fixture, uint32_t lane, uint32_t position)
{
    return &state_counters_of(&fixture->state, lane, fixture->targets[position]->slot)->active;
}
