/* SPDX-License-Identifier: Apache-2.0 */
/* The standard streams of a process that goes on without its terminal. */
#pragma once

/* Standard input becomes empty; output and errors are added to the end of the file, which is made
 * where it is not there, for its owner only. Returns 0 or -errno. */
int os_redirect_standard_streams(const char *log_path);
