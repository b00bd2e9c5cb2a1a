/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/api_priv.h"
#include "os/os.h"

#define UPLOAD_BYTES_MAX (UINT64_C(2) << 30)

static bool is_build(const char *path)
{
    static const char start[] = "/v1/projects/";
    const char *rest;

    if (strncmp(path, start, sizeof(start) - 1) != 0)
        return false;
    rest = strchr(path + sizeof(start) - 1, '/');
    return rest != NULL && strncmp(rest, "/builds/", 8) == 0;
}

/* Where the file system has no files without a name. */
static int open_and_unlink(const char *folder)
{
    char *path;
    int fd;

    if (asprintf(&path, "%s/upload-XXXXXX", folder) < 0)
        return -ENOMEM;
    fd = os->mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    else
        (void)os->unlink(path);
    free(path);
    return fd;
}

int api_open_body(void *context, const struct http_request *request, uint64_t *ret_bytes_max)
{
    const struct control *control = context;
    int fd;

    if (request->method != HTTP1_POST || control->folder == NULL || !is_build(request->path))
        return -ENOSYS;
    *ret_bytes_max = UPLOAD_BYTES_MAX;
    fd = os_open(control->folder, O_TMPFILE | O_RDWR, 0600);
    return fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL ? open_and_unlink(control->folder)
                                                               : fd;
}
