/* SPDX-License-Identifier: Apache-2.0 */
/* A project in a few words, what runs of it, and the plan between them as lines of text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/plan.h"

int plan_start(void **state);
int plan_stop(void **state);

/* What is wanted: a canonical project as JSON with ' for ". Contents are "c1" for all services, but
 * for those that the text gives as "x-content". */
const struct desired *plan_desire(uint32_t revision, const char *text);

/* One that runs, in this role, made for that desired state; NULL: another tool made it. */
struct observed_instance *plan_run(const struct desired *desired, const char *service,
                                   uint32_t number, enum rotation_role role);

/* What else the next plan is made with; base is the earlier's revision at first. */
extern struct plan_input plan_input;
extern struct rotation plan_rotation;

/* The steps, a wave in a line: "start a-1, start a-2; await a; switch". */
const char *plan_of(const struct desired *desired, const struct desired *earlier);

#define assert_plan(desired, earlier, expected)                                                    \
    assert_string_equal(plan_of(desired, earlier), expected)
