/* SPDX-License-Identifier: Apache-2.0 */
#include "os/heap.h"

#include <malloc.h>

void os_trim_heap(void)
{
    (void)malloc_trim(0);
}
