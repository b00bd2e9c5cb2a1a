/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that gain context on the way up. An error is made where the cause is known and prefixed by
 * callers that know more ("web.yaml: services: ..."). Functions write *reterr only on failure;
 * reterr may be NULL. The caller that gets an error owns it and frees it with error_free().
 */
#pragma once

#include "base/cleanup.h"

struct error {
    int code; /* an errno value, positive */
    char *message;
};

/* Makes an error and returns -code, so that "return error_set(reterr, EINVAL, ...)" reads well.
 * When memory is out, *reterr becomes a shared constant that says so. */
int error_set(struct error **reterr, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the message and returns -code of the error. */
int error_prefix(struct error **reterr, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What errno says, for messages; never NULL. */
const char *error_text(int code);

struct error *error_free(struct error *error);

static inline void error_freep(struct error **error)
{
    *error = error_free(*error);
}

#define _cleanup_error_ _cleanup_(error_freep)
