/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that services have in common: those of `integer` and `number`, and of their health. */
#pragma once

#include "common/server.h"

/* The answer to GET or POST /value: a number as text, or NULL where the kernel gave no randomness.
 * A body may be empty or {}; anything in it is refused. */
void value_answer(const struct server_request *request, struct server_answer *answer,
                  const char *text);

/* The answer to GET /healthz, of all four: it runs. */
void value_healthz(const struct server_request *request, struct server_answer *answer);
