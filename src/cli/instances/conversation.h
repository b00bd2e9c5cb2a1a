/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking with a program in an instance: its input and output are ours, over one connection of
 * frames (docs/api.md). With a terminal, ours is taken over for the time and given back however
 * this ends; ctrl-p ctrl-q leaves the program to itself.
 */
#pragma once

#include <stdbool.h>

#include "cli/daemon/session.h"

struct conversation {
    bool has_terminal; /* the program has one, and so have we */
    bool has_input;
    const char *kill_path; /* where signals for the program go; NULL: they are for us */
};

enum conversation_status {
    CONVERSATION_REFUSED = 125,   /* Slipway itself failed */
    CONVERSATION_NOT_RUN = 126,   /* the program could not be run */
    CONVERSATION_NOT_FOUND = 127, /* there is none of that name */
};

/* Posts the body and talks until the program ends. Sets the session's status to the program's, or
 * to one of these after saying why. */
void conversation_run(struct session *session, const struct conversation *conversation,
                      const char *path, const char *body);

/* The size of our terminal, for the first frame. */
void conversation_size(const struct session *session, unsigned int *ret_rows,
                       unsigned int *ret_columns);
