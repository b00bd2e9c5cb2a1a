/* SPDX-License-Identifier: Apache-2.0 */
#include "os/tree.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/listing.h"
#include "os/os.h"

#define DEPTH_MAX 1024

int os_make_folder(const char *path, mode_t mode)
{
    return mkdir(path, mode) < 0 ? -errno : 0;
}

int os_make_folders(const char *path, mode_t mode)
{
    char *copy = strdup(path);
    int r;

    if (copy == NULL)
        return -ENOMEM;
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(copy, 0755); /* what cannot be made shows in the last one */
        *slash = '/';
    }
    free(copy);
    r = os_make_folder(path, mode);
    return r == -EEXIST ? 0 : r;
}

int os_remove_folder(const char *path)
{
    return rmdir(path) < 0 ? -errno : 0;
}

static int remove_below(const char *path, int depth);

static int remove_one(const char *path, int depth)
{
    struct stat status;
    int r = 0;

    if (os->lstat(path, &status) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISDIR(status.st_mode))
        return os->unlink(path) < 0 && errno != ENOENT ? -errno : 0;
    r = remove_below(path, depth);
    if (r == 0)
        r = os_remove_folder(path);
    return r == -ENOENT ? 0 : r;
}

static int remove_below(const char *path, int depth)
{
    struct os_listing listing;
    int r;

    if (depth > DEPTH_MAX)
        return -ELOOP;
    r = os_list_folder(path, SIZE_MAX, &listing, NULL);
    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count && r == 0; i++) {
        _cleanup_free_ char *below = NULL;

        if (asprintf(&below, "%s/%s", path, listing.names[i]) < 0) {
            below = NULL;
            r = -ENOMEM;
        } else {
            r = remove_one(below, depth + 1);
        }
    }
    os_listing_deinit(&listing);
    return r;
}

int os_remove_tree(const char *path)
{
    return remove_one(path, 0);
}

int os_make_link(const char *target, const char *path)
{
    return symlink(target, path) < 0 ? -errno : 0;
}

int os_change_owner(const char *path, uid_t uid, gid_t gid)
{
    return lchown(path, uid, gid) < 0 ? -errno : 0;
}
