/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of our own. */
#pragma once

#include <sys/types.h>

struct error;

/* Makes the folder where it is not there, and those above it (0755). Fails where it is no folder,
 * is not ours, or can be written to by others: what lies in it would not be ours either. */
int os_own_folder(const char *path, mode_t mode, struct error **reterr);

/* Whatever the umask. Returns 0 or -errno. */
int os_change_mode(const char *path, mode_t mode);
