/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Gives memory that was freed back to the system, which the allocator may otherwise keep for long.
 * It takes a while where there is much: for after large work, not for every call. */
void os_trim_heap(void);

/* For a process of many threads that rest most of the time: they share few heaps, where each would
 * keep one of its own. To be called before there are threads. */
void os_share_heaps(void);
