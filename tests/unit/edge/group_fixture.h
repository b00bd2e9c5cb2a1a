/* SPDX-License-Identifier: Apache-2.0 */
/* A group with targets and a small state of its own, for tests of what works on groups. */
#pragma once

#include "edge/group.h"

enum {
    FIXTURE_TARGETS_MAX = 1024,
    FIXTURE_LANES = 4,
};

struct group_fixture {
    struct state state;
    struct group group;
    struct snapshot_group config;
    struct snapshot_target target_configs[FIXTURE_TARGETS_MAX];
    struct target *targets[FIXTURE_TARGETS_MAX];
    struct group_view view;
};

/* Healthy targets of weight 1 at 127.0.0.1. Everything may be changed before it is used. */
struct group_fixture *group_fixture_new(uint32_t target_count, uint32_t algorithm);
void group_fixture_free(struct group_fixture *fixture);

void group_fixture_set_health(struct group_fixture *fixture, uint32_t position, uint32_t health);
uint64_t *group_fixture_active(struct group_fixture *fixture, uint32_t lane, uint32_t position);
