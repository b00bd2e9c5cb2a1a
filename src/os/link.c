/* SPDX-License-Identifier: Apache-2.0 */
#include "os/link.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int os_read_link(const char *path, char **ret_target)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof(target) - 1);

    if (length < 0)
        return -errno;
    target[length] = '\0';
    *ret_target = strdup(target);
    return *ret_target == NULL ? -ENOMEM : 0;
}
