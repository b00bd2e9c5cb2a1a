/* SPDX-License-Identifier: Apache-2.0 */
/* The draws that were made, in SQLite or PostgreSQL; the oldest are dropped. */
#pragma once

#include "common/database.h"
#include "draw.h"

struct history {
    struct database *database;
    long kept; /* how many, at most, about */
};

/* Where, by DATABASE_URL or DATABASE_PATH, and how many, by HISTORY_KEPT. After config_check(),
 * history_open() returns 0, or -errno with the reason logged. */
const char *history_configure(struct history *history, struct config *config);
int history_open(struct history *history, const char *url);
void history_close(struct history *history);

/* Each returns 0, or -errno where the database does not answer; that is logged. */

/* Keeps it, and fills its id and time. */
int history_add(struct history *history, struct draw *draw);

/* The newest ones, freed by draws_deinit(). */
int history_list(struct history *history, long count, struct draws *ret_draws);

/* -ENOENT where there is none, or no more. Freed by draw_deinit(). */
int history_find(struct history *history, const char *id, struct draw *ret_draw);
