/* SPDX-License-Identifier: Apache-2.0 */
/* Finding groups by what users call them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/merge.h"

/* Whether the text, "NAME" or "PROJECT/NAME", means the group at this position. */
bool group_is_called(const struct merged *merged, uint32_t position, const char *text);

/* How many the text means; the position of the first. */
uint32_t group_find(const struct merged *merged, const char *text, uint32_t *ret_position);
