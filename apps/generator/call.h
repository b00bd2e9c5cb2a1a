/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to other services, several at the same time, with a limit of time and of size. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define CALL_ANSWER_MAX (64 * 1024)

struct call {
    const char *service; /* its name, for reasons */
    const char *url;
    const char *body; /* JSON to POST, or NULL for a GET */

    /* What came of it. */
    bool is_answered;
    long status;
    char *answer; /* ends in NUL; NULL while empty */
    size_t answer_size;
    char problem[256]; /* why it is not answered */
};

/* Carries out all of them, at the same time. Each of them ends within the timeout. */
void call_all(struct call *const *calls, size_t count, long timeout_ms);

/* Ready for another try. */
void call_reset(struct call *call);

/* The answer of 200 as a JSON object, or NULL. */
json_t *call_object(const struct call *call);
