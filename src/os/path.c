/* SPDX-License-Identifier: Apache-2.0 */
#include "os/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "os/os.h"

#define PATH_CAPACITY_MIN 256
#define PATH_CAPACITY_MAX ((size_t)1 << 20)

bool path_is_absolute(const char *path)
{
    return path[0] == '/';
}

/* Takes the last name off the cleaned path of the given length, unless that is a ".." which has to
 * stay. root is the length that must remain: 1 for the slash of an absolute path. False where
 * nothing was taken. */
static bool path_take_last_name(const char *clean, size_t root, size_t *length)
{
    size_t start = *length;

    while (start > root && clean[start - 1] != '/')
        start--;
    if (start == *length || (*length - start == 2 && memcmp(clean + start, "..", 2) == 0))
        return false;
    *length = start > root ? start - 1 : root;
    return true;
}

const char *path_clean(struct arena *arena, const char *path)
{
    /* Never longer than the path was, except that "" becomes ".". */
    char *clean = arena_alloc(arena, strlen(path) + 2);
    size_t root = path_is_absolute(path) ? 1 : 0;
    size_t length = root;

    if (root > 0)
        clean[0] = '/';
    while (*path != '\0') {
        size_t name_length = strcspn(path, "/");
        bool is_parent = name_length == 2 && memcmp(path, "..", 2) == 0;

        if (name_length == 0 || (name_length == 1 && path[0] == '.')) {
            /* says nothing */
        } else if (is_parent && (path_take_last_name(clean, root, &length) || root > 0)) {
            /* gone one up, or at the root, which is its own parent */
        } else {
            if (length > root)
                clean[length++] = '/';
            memcpy(clean + length, path, name_length);
            length += name_length;
        }
        path += name_length;
        path += *path == '/';
    }
    if (length == 0)
        clean[length++] = '.';
    clean[length] = '\0';
    return clean;
}

const char *path_join(struct arena *arena, const char *folder, const char *name)
{
    if (folder[0] == '\0') {
        /* An empty folder must not turn the name into an absolute path, nor the other way round. */
        return path_clean(arena, name + strspn(name, "/"));
    }
    return path_clean(arena, arena_printf(arena, "%s/%s", folder, name));
}

const char *path_absolute(struct arena *arena, const char *base, const char *path)
{
    return path_is_absolute(path) ? path_clean(arena, path) : path_join(arena, base, path);
}

const char *path_dirname(struct arena *arena, const char *path)
{
    const char *clean = path_clean(arena, path);
    const char *slash = strrchr(clean, '/');

    if (slash == NULL)
        return ".";
    return arena_strndup(arena, clean, slash == clean ? 1 : (size_t)(slash - clean));
}

const char *path_basename(struct arena *arena, const char *path)
{
    const char *clean = path_clean(arena, path);
    const char *slash = strrchr(clean, '/');

    return slash == NULL || slash[1] == '\0' ? clean : slash + 1;
}

static bool path_is_here(const char *path)
{
    struct stat named;
    struct stat here;

    return os->stat(path, &named) == 0 && os->stat(".", &here) == 0 &&
           named.st_dev == here.st_dev && named.st_ino == here.st_ino;
}

static int path_ask_system(char **ret_path)
{
    for (size_t capacity = PATH_CAPACITY_MIN; capacity <= PATH_CAPACITY_MAX; capacity *= 2) {
        _cleanup_free_ char *path = malloc(capacity);

        if (path == NULL)
            return -ENOMEM;
        if (os->getcwd(path, capacity) != NULL) {
            *ret_path = take_ptr(path);
            return 0;
        }
        if (errno != ERANGE)
            return -errno;
    }
    return -ENAMETOOLONG;
}

int os_current_directory(char **ret_path, struct error **reterr)
{
    const char *named = os_environment("PWD");
    int r;

    if (named != NULL && path_is_absolute(named) && path_is_here(named)) {
        char *copy = strdup(named);

        if (copy == NULL)
            return error_set(reterr, ENOMEM, "cannot find the current directory: %s",
                             error_text(ENOMEM));
        *ret_path = copy;
        return 0;
    }

    r = path_ask_system(ret_path);
    if (r < 0)
        return error_set(reterr, -r, "cannot find the current directory: %s%s", error_text(-r),
                         r == -ENOENT ? "; it was removed: change to another one" : "");
    return 0;
}

int os_home_directory(char **ret_path, struct error **reterr)
{
    const char *home = os_environment("HOME");
    char *copy;

    if (home == NULL || home[0] == '\0')
        return error_set(reterr, ENOENT, "the home directory is unknown; set HOME to its path");
    copy = strdup(home);
    if (copy == NULL)
        return error_set(reterr, ENOMEM, "cannot find the home directory: %s", error_text(ENOMEM));
    *ret_path = copy;
    return 0;
}
