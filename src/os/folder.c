/* SPDX-License-Identifier: Apache-2.0 */
#include "os/folder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "os/os.h"

/* What is above: anything that can be passed through. */
static int folder_make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        int r;

        *slash = '\0';
        r = mkdir(path, 0755) < 0 ? -errno : 0;
        *slash = '/';
        /* One on a file system that cannot be written to may say so before that it is there. */
        if (r < 0 && r != -EEXIST && r != -EROFS && r != -EACCES && r != -EPERM)
            return r;
    }
    return 0;
}

static int folder_make(const char *path, mode_t mode)
{
    char *copy = strdup(path);
    int r;

    if (copy == NULL)
        return -ENOMEM;
    r = folder_make_parents(copy);
    free(copy);
    if (r == 0 && mkdir(path, mode) < 0 && errno != EEXIST)
        r = -errno;
    return r;
}

int os_own_folder(const char *path, mode_t mode, struct error **reterr)
{
    struct stat status = {0};
    int r = folder_make(path, mode);

    if (r == 0 && os->lstat(path, &status) < 0)
        r = -errno;
    if (r < 0)
        return error_set(reterr, -r, "%s: cannot make the folder: %s", path, error_text(-r));
    if (!S_ISDIR(status.st_mode))
        return error_set(reterr, ENOTDIR, "%s: is not a folder", path);
    if (status.st_uid != geteuid())
        return error_set(reterr, EPERM, "%s: the folder belongs to another user", path);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(reterr, EPERM, "%s: others may write to the folder", path);
    return 0;
}

int os_change_mode(const char *path, mode_t mode)
{
    return chmod(path, mode) < 0 ? -errno : 0;
}
