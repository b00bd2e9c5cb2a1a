/* SPDX-License-Identifier: Apache-2.0 */
/* "api=3", on the command line. */
#pragma once

#include "cli/daemon/session.h"

/* The words from that one on, as a map; NULL where there are none. False for what is wrong, which
 * has been said. */
bool scale_read(struct session *session, const struct cli_values *words, size_t first,
                struct value **ret_map);
