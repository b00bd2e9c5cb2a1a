/* SPDX-License-Identifier: Apache-2.0 */
/* What combine is sent: {"integer": 42, "number": 5.3e-05}, and its product. */
#pragma once

#include <jansson.h>

#include "rules.h"

#define PAIR_REASON_SIZE 160

/* 0, or the status to answer, with the reason. */
unsigned pair_read(const json_t *body, struct rules_input *ret_pair, char reason[PAIR_REASON_SIZE]);
