/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes allocations and system calls fail on demand, so that a test can fail each of them in turn:
 *
 *     for (size_t n = 1; ; n++) {
 *         size_t before = fault_outstanding();
 *
 *         fault_fail_allocation(n);
 *         r = the_function(...);
 *         fault_reset();
 *         if (!fault_allocation_failed())
 *             break;                           it has fewer than n allocations: all were tried
 *         assert_int_equal(r, -ENOMEM);
 *         assert_int_equal(fault_outstanding(), before);
 *     }
 *
 * Linking this file replaces malloc() and its family in the whole process, the libraries included.
 * It must therefore not be linked into a program with AddressSanitizer or another checker that
 * replaces them too. Counting and failing work across threads, but the plan is set by one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct os_ops;

/* The allocation of that number from now on fails, 1 being the next. Forgets any earlier plan. */
void fault_fail_allocation(size_t number);

/* That one and all after it. */
void fault_fail_allocations_from(size_t number);

/* No allocation fails any more; what was counted stays. */
void fault_reset(void);

/* Since the last plan was set, or the start: whether one failed, and how many were asked for. */
bool fault_allocation_failed(void);
size_t fault_allocations_made(void);

/* Allocations that were not given back yet, of the whole process. Compare two readings. */
size_t fault_outstanding(void);

/* System calls for os_set_ops() that do what the system does, except that the call of that number
 * fails with the errno (0: none fails). A close that fails closes all the same, as in Linux.
 * Clocks, the environment and questions about terminals are neither counted nor failed. */
const struct os_ops *fault_os_ops(size_t number, int code);

/* Since fault_os_ops() was last called. */
bool fault_os_call_failed(void);
size_t fault_os_calls_made(void);
