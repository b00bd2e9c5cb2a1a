/* SPDX-License-Identifier: Apache-2.0 */
#include "os/heap.h"

#include <malloc.h>

void os_trim_heap(void)
{
    (void)malloc_trim(0);
}

void os_share_heaps(void)
{
    (void)mallopt(M_ARENA_MAX, 2); /* NOLINT(concurrency-mt-unsafe): before there are threads */
}
