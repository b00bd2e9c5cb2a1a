/* SPDX-License-Identifier: Apache-2.0 */
/* What exec and run have in common: -i, -t, -T, -e. */
#pragma once

#include "cli/instances/conversation.h"

struct talk_flags {
    bool is_interactive;  /* -i */
    bool has_terminal;    /* -t */
    bool has_no_terminal; /* -T */
};

/* has_terminal_by_itself: as Compose has it, where both of ours are terminals. False when they do
 * not fit together, which has been said. */
bool talk_options_read(struct session *session, const struct talk_flags *flags,
                       bool has_terminal_by_itself, struct conversation *ret);

struct value *talk_environment(struct session *session, const struct cli_values *words);

/* "terminal", "input", "rows", "columns" */
void talk_set_options(struct session *session, struct value *map,
                      const struct conversation *conversation);
