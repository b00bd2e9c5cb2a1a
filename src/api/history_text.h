/* SPDX-License-Identifier: Apache-2.0 */
/* The series of a history as JSON; they are many, and their numbers more. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "watch/history.h"

/* Which of them, and from which step to which. NULL: whatever it is. */
struct history_selection {
    uint64_t first, end;
    const char *project, *service;
    unsigned int kinds; /* 1 << enum history_kind */
};

#define HISTORY_KINDS_ALL 0xfu

/* Kinds by name, with commas between them. 0 where one is unknown, or there is none. */
unsigned int history_read_kinds(const char *text);

/* A list. */
void history_write(struct strbuf *out, const struct history *history,
                   const struct history_selection *selection);
