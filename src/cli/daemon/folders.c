/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/folders.h"

#include <errno.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "os/os.h"

#define SOCKET_NAME "control.sock"

/* The variable's value, or NULL where it is not set or empty. */
static const char *variable(char *const *environment, const char *name)
{
    const char *value = cli_environment(environment, name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static const char *absolute(struct arena *arena, const char *current_directory, const char *path)
{
    return path[0] == '/' ? path : arena_printf(arena, "%s/%s", current_directory, path);
}

/* Anybody can make a folder in /tmp and answer there in the daemon's place. */
static int check_owner(const char *path, uid_t user, struct error **reterr)
{
    struct stat status;

    if (os->lstat(path, &status) < 0)
        return 0; /* not there yet: the daemon makes it */
    if (!S_ISDIR(status.st_mode) || status.st_uid != user || (status.st_mode & 022) != 0)
        return error_set(reterr, EACCES,
                         "%s is not a folder that is yours alone; set XDG_RUNTIME_DIR or "
                         "SLIPWAY_RUNTIME_DIR",
                         path);
    return 0;
}

static int find_runtime_dir(struct arena *arena, char *const *environment,
                            const char *current_directory, uid_t user, const char **ret,
                            struct error **reterr)
{
    const char *given = variable(environment, "SLIPWAY_RUNTIME_DIR");
    const char *base = variable(environment, "XDG_RUNTIME_DIR");

    if (given != NULL)
        *ret = absolute(arena, current_directory, given);
    else if (user == 0)
        *ret = "/run/slipway";
    else if (base != NULL)
        *ret = absolute(arena, current_directory, arena_printf(arena, "%s/slipway", base));
    else {
        *ret = arena_printf(arena, "/tmp/slipway-%u", (unsigned int)user);
        return check_owner(*ret, user, reterr);
    }
    return 0;
}

static int find_state_dir(struct arena *arena, char *const *environment,
                          const char *current_directory, uid_t user, const char **ret,
                          struct error **reterr)
{
    const char *given = variable(environment, "SLIPWAY_STATE_DIR");
    const char *base = variable(environment, "XDG_STATE_HOME");
    const char *home = variable(environment, "HOME");

    if (given != NULL)
        *ret = absolute(arena, current_directory, given);
    else if (user == 0)
        *ret = "/var/lib/slipway";
    else if (base != NULL)
        *ret = absolute(arena, current_directory, arena_printf(arena, "%s/slipway", base));
    else if (home != NULL)
        *ret = absolute(arena, current_directory,
                        arena_printf(arena, "%s/.local/state/slipway", home));
    else
        return error_set(reterr, ENOENT,
                         "no place for the daemon's memory: set HOME or SLIPWAY_STATE_DIR");
    return 0;
}

int folders_find(struct arena *arena, char *const *environment, const char *current_directory,
                 uid_t user, struct folders *ret, struct error **reterr)
{
    struct folders folders = {0};
    int r =
        find_runtime_dir(arena, environment, current_directory, user, &folders.runtime_dir, reterr);

    if (r == 0)
        r = find_state_dir(arena, environment, current_directory, user, &folders.state_dir, reterr);
    if (r < 0)
        return r;
    folders.socket_path = arena_printf(arena, "%s/" SOCKET_NAME, folders.runtime_dir);
    *ret = folders;
    return 0;
}
