/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup by scope: a variable marked _cleanup_X_ gives its resource back wherever the scope ends.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void cleanup_freep(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

static inline void cleanup_closep(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static inline void cleanup_jsonp(json_t **json)
{
    json_decref(*json);
}

#define _cleanup_free_  _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)
#define _cleanup_json_  _cleanup_(cleanup_jsonp)
