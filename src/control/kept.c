/* SPDX-License-Identifier: Apache-2.0 */
#include "control/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "control/project.h"
#include "http/server.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/listing.h"
#include "os/os.h"

#define SUFFIX         ".json"
#define NEXT_SUFFIX    ".json.next"
#define REMOVED_SUFFIX ".json.removed"

/* The caller frees it; NULL where memory is out. */
static char *path_of(const char *folder, const char *name, const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/projects%s%s%s", folder, *name != '\0' ? "/" : "", name, suffix) < 0
               ? NULL
               : path;
}

static int no_memory(struct error **reterr)
{
    return error_set(reterr, ENOMEM, "out of memory");
}

int kept_prepare(const char *folder, struct error **reterr)
{
    _cleanup_free_ char *path = path_of(folder, "", "");
    int r;

    if (path == NULL)
        return no_memory(reterr);
    r = os_own_folder(folder, 0700, reterr);
    return r < 0 ? r : os_own_folder(path, 0700, reterr);
}

int kept_read(const char *folder, const char *name, char **ret_text, size_t *ret_size,
              struct error **reterr)
{
    _cleanup_free_ char *path = path_of(folder, name, SUFFIX);

    return path == NULL ? no_memory(reterr)
                        : os_read_file(path, HTTP_BODY_BYTES_MAX, ret_text, ret_size, reterr);
}

int kept_load(const char *folder,
              void (*found)(void *context, const char *name, const char *text, size_t size),
              void (*failed)(void *context, const char *name, const struct error *error),
              void *context, struct error **reterr)
{
    _cleanup_free_ char *path = path_of(folder, "", "");
    _cleanup_(os_listing_deinit) struct os_listing listing = {0};
    int r;

    if (path == NULL)
        return no_memory(reterr);
    r = os_list_folder(path, (size_t)KEPT_PROJECTS_MAX * 4, &listing, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count; i++) {
        _cleanup_free_ char *text = NULL;
        _cleanup_error_ struct error *error = NULL;
        char *name = listing.names[i];
        size_t size = 0;

        if (!text_ends_with(name, SUFFIX))
            continue; /* what was staged */
        name[strlen(name) - strlen(SUFFIX)] = '\0';
        if (!project_name_is_valid(name))
            continue;
        if (kept_read(folder, name, &text, &size, &error) < 0)
            failed(context, name, error);
        else
            found(context, name, text, size);
    }
    return 0;
}

int kept_stage(const char *folder, const char *name, const char *text, size_t size,
               struct error **reterr)
{
    _cleanup_free_ char *path = path_of(folder, name, NEXT_SUFFIX);

    return path == NULL ? no_memory(reterr)
                        : os_write_file_atomically(path, text, size, 0600, reterr);
}

/* So that a power cut does not bring the earlier one back; where it cannot be done, it may. */
static void sync_folder(const char *folder)
{
    _cleanup_free_ char *path = path_of(folder, "", "");
    _cleanup_os_close_ int fd = path != NULL ? os_open(path, O_RDONLY | O_DIRECTORY, 0) : -1;

    if (fd >= 0)
        (void)os->fsync(fd);
}

int kept_commit(const char *folder, const char *name, struct error **reterr)
{
    _cleanup_free_ char *from = path_of(folder, name, NEXT_SUFFIX);
    _cleanup_free_ char *to = path_of(folder, name, SUFFIX);

    if (from == NULL || to == NULL)
        return no_memory(reterr);
    if (os->rename(from, to) < 0)
        return error_set(reterr, errno, "cannot keep %s: %s", to, error_text(errno));
    sync_folder(folder);
    return 0;
}

void kept_discard(const char *folder, const char *name)
{
    _cleanup_free_ char *path = path_of(folder, name, NEXT_SUFFIX);

    if (path != NULL)
        (void)os->unlink(path);
}

static int rename_kept(const char *folder, const char *name, const char *from_suffix,
                       const char *to_suffix, const char *what, struct error **reterr)
{
    _cleanup_free_ char *from = path_of(folder, name, from_suffix);
    _cleanup_free_ char *to = path_of(folder, name, to_suffix);

    if (from == NULL || to == NULL)
        return no_memory(reterr);
    if (os->rename(from, to) < 0 && errno != ENOENT)
        return error_set(reterr, errno, "cannot %s %s: %s", what, from, error_text(errno));
    sync_folder(folder);
    return 0;
}

int kept_stage_removal(const char *folder, const char *name, struct error **reterr)
{
    return rename_kept(folder, name, SUFFIX, REMOVED_SUFFIX, "remove", reterr);
}

/* What cannot be removed now is not read, and replaced by the next of its name. */
void kept_commit_removal(const char *folder, const char *name)
{
    _cleanup_free_ char *path = path_of(folder, name, REMOVED_SUFFIX);

    if (path != NULL)
        (void)os->unlink(path);
}

int kept_discard_removal(const char *folder, const char *name, struct error **reterr)
{
    return rename_kept(folder, name, REMOVED_SUFFIX, SUFFIX, "put back", reterr);
}
