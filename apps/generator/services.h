/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the three other services, by HTTP. Both values are fetched at the same time, each tried once
 * more where it failed; then combine is asked, once. Nothing here waits for longer than three times
 * the timeout.
 */
#pragma once

#include "common/config.h"
#include "draw.h"

#define SERVICES_REASON_SIZE 256

struct services {
    const char *integer_url; /* belong to the config */
    const char *number_url;
    const char *combine_url;
    long timeout_ms;
};

/* INTEGER_URL, NUMBER_URL and COMBINE_URL, such as http://integer:8000, or INTEGER_HOST and
 * INTEGER_PORT and so on; and TIMEOUT_MS. The first call, before there are threads. */
void services_configure(struct services *services, struct config *config);

/* Fills the values and the result, which the caller frees by draw_deinit(). 0, or the status to
 * answer: 503 where a service does not answer, 502 where its answer makes no sense. */
unsigned services_draw(const struct services *services, struct draw *ret_draw,
                       char reason[SERVICES_REASON_SIZE]);
