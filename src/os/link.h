/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a symbolic link leads, as it says. The caller frees *ret_target. Returns 0 or -errno. */
int os_read_link(const char *path, char **ret_target);
