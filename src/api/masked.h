/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical projects as they may be shown. */
#pragma once

#include "control/access.h"

struct arena;
struct error;

/* The JSON with what is secret in it hidden, and for a viewer what rules match, too; memory of the
 * arena. */
int masked_spec(struct arena *arena, enum access_role role, const char *text, const char **ret_text,
                struct error **reterr);
