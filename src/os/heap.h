/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Gives memory that was freed back to the system, which the allocator may otherwise keep for long.
 * It takes a while where there is much: for after large work, not for every call. */
void os_trim_heap(void);
