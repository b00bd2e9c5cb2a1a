/* SPDX-License-Identifier: Apache-2.0 */
/* A program that reads something and answers something. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Finds the program by $PATH, gives it the input, and takes what it writes, at most limit bytes,
 * with a NUL behind them; what it says as errors is dropped. The caller frees *ret_output. Returns
 * its exit status, or -errno: -ENOENT where there is no such program, -EFBIG where it writes more,
 * -ETIMEDOUT, -ECANCELED when cancel_fd (-1: none) is readable. It is killed then. */
int os_run_filter(const char *program, char *const *arguments, const void *input, size_t input_size,
                  size_t limit, uint64_t timeout_ms, int cancel_fd, char **ret_output);
