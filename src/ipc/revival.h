/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How control brings a dead supervisor back. When its channel hangs up without a STOP or ENDING
 * before, control calls revival_begin() with two of the descriptors that came with START_CONTROL,
 * and the dashboard's listening socket where it has one. The new supervisor waits for the lock of
 * the one before, takes over what the edge holds, goes on listening on the API's socket, so that
 * callers only wait, and starts a control of its own.
 *
 * Control goes on serving until the new one says that it has all it needs: only then the revival
 * calls succeeded, and control exits with status 0. One that ends without a word is followed by
 * another after a second. Where a living daemon has taken the place, that is the end as well.
 *
 * Control exits at once where revival_is_expected_of_others().
 */
#pragma once

#include <stdbool.h>

#include "loop/child.h"
#include "loop/loop.h"

/* What the new supervisor finds. */
enum {
    REVIVAL_OPTIONS_FD = 3,
    REVIVAL_API_FD = 4,
    REVIVAL_REPORT_FD = 5,    /* for revival_report() */
    REVIVAL_DASHBOARD_FD = 6, /* where the second argument is REVIVAL_WITH_DASHBOARD */
};

#define REVIVAL_WITH_DASHBOARD "dashboard"

enum revival_word {
    REVIVAL_NOTHING,
    REVIVAL_DONE,
    REVIVAL_PLACE_IS_TAKEN, /* by another supervisor, as it seems */
};

struct revival {
    struct loop *loop;
    struct loop_child child;
    struct loop_source report;
    struct loop_timer again;
    int options_fd; /* the caller's */
    int api_fd;
    int dashboard_fd;
    unsigned int taken_count;
    /* The caller has a successor, and may end. */
    void (*succeeded)(struct revival *revival);
};

/* A service manager starts supervisors; a second one would be in its way. */
bool revival_is_expected_of_others(void);

void revival_init(struct revival *revival, struct loop *loop,
                  void (*succeeded)(struct revival *revival));

/* Stops trying; a supervisor that was started already goes on. */
void revival_deinit(struct revival *revival);

/* The descriptors stay open until it succeeded, or was given up. The last may be -1. */
void revival_begin(struct revival *revival, int options_fd, int api_fd, int dashboard_fd);

/* For the new supervisor: says that word once, and closes the descriptor. */
void revival_report(int *fd, enum revival_word word);
