/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Reported where there is no memory left to say anything more exact. Never freed, never changed. */
static char out_of_memory_message[] = "out of memory";
static struct error out_of_memory = {.code = ENOMEM, .message = out_of_memory_message};

static struct error *error_new(int code, char *message)
{
    struct error *error = malloc(sizeof(*error));

    if (error != NULL)
        *error = (struct error){.code = code, .message = message};
    return error;
}

int error_set(struct error **reterr, int code, const char *format, ...)
{
    char *message = NULL;
    struct error *error;
    va_list arguments;
    int length;

    if (reterr == NULL)
        return -code;

    va_start(arguments, format);
    length = vasprintf(&message, format, arguments);
    va_end(arguments);
    if (length < 0) {
        *reterr = &out_of_memory;
        return -code;
    }

    error = error_new(code, message);
    if (error == NULL) {
        free(message);
        error = &out_of_memory;
    }
    *reterr = error;
    return -code;
}

int error_prefix(struct error **reterr, const char *format, ...)
{
    _cleanup_free_ char *context = NULL;
    char *message = NULL;
    struct error *error;
    va_list arguments;
    int length;

    if (reterr == NULL || *reterr == NULL)
        return -EINVAL; /* there is nothing to prefix: the cause was not asked for */

    error = *reterr;
    if (error == &out_of_memory)
        return -error->code;

    va_start(arguments, format);
    length = vasprintf(&context, format, arguments);
    va_end(arguments);
    if (length < 0) {
        context = NULL; /* its value is undefined after a failure */
        return -error->code;
    }

    /* Without memory the error stays as it was: a cause without its context beats no cause. */
    if (asprintf(&message, "%s: %s", context, error->message) >= 0) {
        free(error->message);
        error->message = message;
    }
    return -error->code;
}

const char *error_text(int code)
{
    const char *text = strerrordesc_np(code < 0 ? -code : code);

    return text != NULL ? text : "unknown error";
}

struct error *error_free(struct error *error)
{
    if (error != NULL && error != &out_of_memory) {
        free(error->message);
        free(error);
    }
    return NULL;
}
