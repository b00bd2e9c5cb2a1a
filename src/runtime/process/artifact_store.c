/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The artifacts that are kept: STATE/artifacts/HASH/content/NAME is the file or folder, and
 * STATE/artifacts/HASH/users/ has an empty file for each revision that needs it. One that no
 * revision needs and nobody runs goes with the next prune.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/os.h"
#include "os/tree.h"
#include "runtime/process/process_priv.h"

#define FILES_MAX    ((size_t)100000)
#define DEPTH_MAX    64
#define COPY_BYTES   ((size_t)128 << 10)
#define PRUNE_AGE_NS (60 * UINT64_C(1000000000))

static int copy_bytes(int from, int to)
{
    _cleanup_free_ char *data = malloc(COPY_BYTES);

    if (data == NULL)
        return -ENOMEM;
    while (true) {
        ssize_t length = os_read(from, data, COPY_BYTES);
        int r;

        if (length <= 0)
            return (int)length;
        r = os_write_all(to, data, (size_t)length);
        if (r < 0)
            return r;
    }
}

static int copy_file(const char *from, const char *to, mode_t mode)
{
    _cleanup_os_close_ int source = os_open(from, O_RDONLY, 0);
    _cleanup_os_close_ int target =
        source < 0 ? -1 : os_open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    int r;

    if (source < 0 || target < 0)
        return source < 0 ? source : target;
    r = copy_bytes(source, target);
    if (r == 0 && os->fchmod(target, (mode & 0111) != 0 ? 0555 : 0444) < 0)
        r = -errno;
    if (r == 0 && os->fsync(target) < 0)
        r = -errno;
    return r;
}

static int copy_tree(const char *from, const char *to, int depth);

static int copy_folder(const char *from, const char *to, int depth)
{
    struct os_listing listing;
    int r = os_make_folder(to, 0755);

    if (r < 0 || depth > DEPTH_MAX)
        return r < 0 ? r : -ELOOP;
    r = os_list_folder(from, FILES_MAX, &listing, NULL);
    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count && r == 0; i++) {
        _cleanup_free_ char *below_from = NULL;
        _cleanup_free_ char *below_to = NULL;

        if (asprintf(&below_from, "%s/%s", from, listing.names[i]) < 0)
            below_from = NULL;
        if (asprintf(&below_to, "%s/%s", to, listing.names[i]) < 0)
            below_to = NULL;
        r = below_from == NULL || below_to == NULL ? -ENOMEM
                                                   : copy_tree(below_from, below_to, depth + 1);
    }
    os_listing_deinit(&listing);
    return r;
}

static int copy_tree(const char *from, const char *to, int depth)
{
    char target[PATH_MAX];
    struct stat status;
    ssize_t length;

    if ((depth == 0 ? os->stat(from, &status) : os->lstat(from, &status)) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return copy_folder(from, to, depth);
    if (S_ISREG(status.st_mode))
        return copy_file(from, to, status.st_mode);
    if (!S_ISLNK(status.st_mode))
        return 0;
    length = readlink(from, target, sizeof(target) - 1);
    if (length < 0)
        return -errno;
    target[length] = '\0';
    return os_make_link(target, to);
}

static int make_copy(const struct artifact *artifact, const char *folder)
{
    _cleanup_free_ char *content = NULL;
    _cleanup_free_ char *target = NULL;
    _cleanup_free_ char *users = NULL;
    int r;

    if (asprintf(&content, "%s/content", folder) < 0)
        content = NULL;
    if (asprintf(&target, "%s/content/%s", folder, artifact_name_of(artifact->source)) < 0)
        target = NULL;
    if (asprintf(&users, "%s/users", folder) < 0)
        users = NULL;
    if (content == NULL || target == NULL || users == NULL)
        return -ENOMEM;
    r = os_make_folder(folder, 0755);
    if (r == 0)
        r = os_make_folder(content, 0755);
    if (r == 0)
        r = os_make_folder(users, 0755);
    return r == 0 ? copy_tree(artifact->source, target, 0) : r;
}

int artifact_keep(struct process_runtime *runtime, struct artifact *artifact, struct error **reterr)
{
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *temporary = NULL;
    struct stat status;
    uint64_t number = 0;
    int r;

    (void)os_random(&number, sizeof(number));
    if (asprintf(&folder, "%s/artifacts/%s", runtime->folder, artifact->content) < 0)
        folder = NULL;
    if (asprintf(&temporary, "%s/artifacts/.new-%016" PRIx64, runtime->folder, number) < 0)
        temporary = NULL;
    if (folder == NULL || temporary == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    if (artifact->is_in_place || os->stat(folder, &status) == 0)
        return 0;
    r = make_copy(artifact, temporary);
    if (r == 0 && os->rename(temporary, folder) < 0)
        r = errno == EEXIST || errno == ENOTEMPTY ? 1 : -errno;
    if (r != 0)
        (void)os_remove_tree(temporary);
    if (r < 0)
        return error_set(reterr, -r, "cannot keep %s in %s: %s", artifact->source, folder,
                         error_text(-r));
    return 0;
}

static bool is_content(const char *text)
{
    return strlen(text) == 32 && text[strspn(text, "0123456789abcdef")] == '\0';
}

char *artifact_kept(const struct process_runtime *runtime, const char *content)
{
    _cleanup_free_ char *folder = NULL;
    struct os_listing listing;
    char *path = NULL;

    if (!is_content(content) ||
        asprintf(&folder, "%s/artifacts/%s/content", runtime->folder, content) < 0) {
        folder = NULL;
        return NULL;
    }
    if (os_list_folder(folder, 16, &listing, NULL) < 0)
        return NULL;
    if (listing.count == 1 && asprintf(&path, "%s/%s", folder, listing.names[0]) < 0)
        path = NULL;
    os_listing_deinit(&listing);
    return path;
}

/* Who needs it */

int artifact_retain(struct runtime *base, const char *project, uint32_t revision,
                    const char *service, const char *content, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_free_ char *path = NULL;
    _cleanup_os_close_ int fd = -1;

    if (!is_content(content) || !process_is_name(project) || !process_is_name(service))
        return error_set(reterr, EINVAL, "there is no artifact \"%.80s\"", content);
    if (asprintf(&path, "%s/artifacts/%s/users/%s@%" PRIu32 "@%s", runtime->folder, content,
                 project, revision, service) < 0) {
        path = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    fd = os_open(path, O_WRONLY | O_CREAT, 0600);
    if (fd == -ENOENT)
        return 0; /* the machine's own */
    return fd < 0 ? error_set(reterr, -fd, "cannot write %s: %s", path, error_text(-fd)) : 0;
}

static int list_artifacts(struct process_runtime *runtime, struct os_listing *ret,
                          struct error **reterr)
{
    _cleanup_free_ char *folder = NULL;

    if (asprintf(&folder, "%s/artifacts", runtime->folder) < 0) {
        folder = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    return os_list_folder(folder, FILES_MAX, ret, reterr);
}

static void release_one(struct process_runtime *runtime, const char *content, const char *prefix)
{
    _cleanup_free_ char *folder = NULL;
    struct os_listing users;

    if (asprintf(&folder, "%s/artifacts/%s/users", runtime->folder, content) < 0) {
        folder = NULL;
        return;
    }
    if (os_list_folder(folder, FILES_MAX, &users, NULL) < 0)
        return;
    for (size_t i = 0; i < users.count; i++) {
        _cleanup_free_ char *path = NULL;

        if (!text_starts_with(users.names[i], prefix))
            continue;
        if (asprintf(&path, "%s/%s", folder, users.names[i]) < 0)
            path = NULL;
        if (path != NULL)
            (void)os->unlink(path);
    }
    os_listing_deinit(&users);
}

int artifact_release(struct runtime *base, const char *project, uint32_t revision,
                     struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_free_ char *prefix = NULL;
    struct os_listing listing = {0};
    int r;

    if (asprintf(&prefix, "%s@%" PRIu32 "@", project, revision) < 0) {
        prefix = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    r = list_artifacts(runtime, &listing, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count; i++)
        release_one(runtime, listing.names[i], prefix);
    os_listing_deinit(&listing);
    return 0;
}

static bool is_run_by(const char *project_folder, const char *id, const char *content)
{
    _cleanup_records_ struct records records = {0};
    _cleanup_free_ char *path = NULL;

    if (asprintf(&path, "%s/%s/orders", project_folder, id) < 0) {
        path = NULL;
        return true;
    }
    return records_read(path, PROCESS_FILE_MAX, &records, NULL) == 0 &&
           text_equal(records_get(&records, "x-content"), content);
}

static bool is_run(const struct process_runtime *runtime, const char *content)
{
    _cleanup_free_ char *folder = NULL;
    struct os_listing projects;
    bool found = false;

    if (asprintf(&folder, "%s/instances", runtime->folder) < 0) {
        folder = NULL;
        return true;
    }
    if (os_list_folder(folder, PROCESS_INSTANCES_MAX, &projects, NULL) < 0)
        return true;
    for (size_t i = 0; i < projects.count && !found; i++) {
        _cleanup_free_ char *project = process_project_folder(runtime, projects.names[i]);
        struct os_listing ids = {0};

        found = project == NULL || os_list_folder(project, PROCESS_INSTANCES_MAX, &ids, NULL) < 0;
        for (size_t k = 0; k < ids.count && !found; k++)
            found = is_run_by(project, ids.names[k], content);
        os_listing_deinit(&ids);
    }
    os_listing_deinit(&projects);
    return found;
}

static uint64_t tree_bytes(const char *path, int depth)
{
    struct os_listing listing;
    struct stat status;
    uint64_t total = 0;

    if (depth > DEPTH_MAX || os->lstat(path, &status) < 0)
        return 0;
    if (!S_ISDIR(status.st_mode))
        return (uint64_t)status.st_size;
    if (os_list_folder(path, FILES_MAX, &listing, NULL) < 0)
        return 0;
    for (size_t i = 0; i < listing.count; i++) {
        _cleanup_free_ char *below = NULL;

        if (asprintf(&below, "%s/%s", path, listing.names[i]) < 0)
            below = NULL;
        if (below != NULL)
            total += tree_bytes(below, depth + 1);
    }
    os_listing_deinit(&listing);
    return total;
}

/* One that was just made may have a revision that is about to retain it. */
static bool is_unneeded(struct process_runtime *runtime, const char *path, const char *content)
{
    _cleanup_free_ char *users = NULL;
    struct os_listing listing = {0};
    struct stat status;
    bool has_users;

    if (os->lstat(path, &status) < 0 ||
        (uint64_t)status.st_mtim.tv_sec * 1000000000 + PRUNE_AGE_NS > os_real_time_ns())
        return false;
    if (!is_content(content))
        return text_starts_with(content, ".new-");
    if (asprintf(&users, "%s/users", path) < 0) {
        users = NULL;
        return false;
    }
    has_users = os_list_folder(users, FILES_MAX, &listing, NULL) < 0 || listing.count > 0;
    os_listing_deinit(&listing);
    return !has_users && !is_run(runtime, content);
}

int artifact_prune(struct process_runtime *runtime, struct runtime_flow *flow, uint64_t *ret_bytes,
                   struct error **reterr)
{
    struct os_listing listing = {0};
    int r = list_artifacts(runtime, &listing, reterr);

    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count; i++) {
        _cleanup_free_ char *path = NULL;
        uint64_t bytes;

        if (asprintf(&path, "%s/artifacts/%s", runtime->folder, listing.names[i]) < 0) {
            path = NULL;
            continue;
        }
        if (!is_unneeded(runtime, path, listing.names[i]))
            continue;
        bytes = tree_bytes(path, 0);
        if (os_remove_tree(path) < 0)
            continue;
        *ret_bytes += bytes;
        if (flow != NULL && flow->progress != NULL)
            flow->progress(flow, path, bytes, bytes);
    }
    os_listing_deinit(&listing);
    return 0;
}
