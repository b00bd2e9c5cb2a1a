/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup by scope: a variable marked _cleanup_X_ gives its resource back wherever the scope ends.
 * take_ptr() and take_fd() hand the resource on and disarm the cleanup.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

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

#define _cleanup_free_  _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)

static inline void *take_ptr_voidp(void *pointer_to_pointer)
{
    void *taken = *(void **)pointer_to_pointer;

    *(void **)pointer_to_pointer = NULL;
    return taken;
}

/* The type of the variable is kept: take_ptr(x) has the type of x. */
#define take_ptr(variable) ((__typeof__(variable))take_ptr_voidp(&(variable)))

static inline int take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}
