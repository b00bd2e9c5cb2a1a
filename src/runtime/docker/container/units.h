/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalars of the canonical form, as numbers: it was checked when the file was read, and is checked
 * again here, as it came by way of a store. Functions return false where it is something else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"

/* An integer, a whole real, or text of digits with a sign: sizes too are text of bytes. */
bool unit_integer(const struct value *value, int64_t *ret);

/* "1m30s", "1.5s", "250ms". */
bool unit_duration_ns(const struct value *value, int64_t *ret);

/* Of CPUs: 0.5 is 500,000,000. */
bool unit_nano(const struct value *value, int64_t *ret);

bool unit_boolean(const struct value *value, bool *ret);
