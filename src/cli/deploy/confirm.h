/* SPDX-License-Identifier: Apache-2.0 */
/* Asking before what cannot be taken back. */
#pragma once

#include <stdbool.h>

#include "cli/daemon/session.h"

/* Says what will happen and has the word typed at a terminal; where there is none, the answer must
 * be given before, by --yes. False is no, which has been said. */
bool confirm(struct session *session, bool is_given, const char *word, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
