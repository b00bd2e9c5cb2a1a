/* SPDX-License-Identifier: Apache-2.0 */
/* An archive of files in memory. */
#include <errno.h>
#include <string.h>

#include "archive/archive.h"
#include "archive/files_priv.h"
#include "archive/tar_priv.h"
#include "base/error.h"
#include "base/strbuf.h"

#define PATH_SIZE_MAX 4096

static bool is_inside(const char *path)
{
    if (path[0] == '\0' || path[0] == '/' || strlen(path) >= PATH_SIZE_MAX)
        return false;
    for (;;) {
        size_t length = strcspn(path, "/");

        if (length == 0 || (length == 1 && path[0] == '.') ||
            (length == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        if (path[length] == '\0')
            return true;
        path += length + 1;
    }
}

int files_check(const struct archive_file *file, struct error **reterr)
{
    return is_inside(file->path)
               ? 0
               : error_set(reterr, EINVAL, "\"%.200s\" is no path in an archive", file->path);
}

void files_write(const struct archive_file *file, struct strbuf *out)
{
    tar_write_head(out, &(struct tar_entry){
                            .path = file->path,
                            .type = TAR_FILE,
                            .mode = file->mode != 0 ? file->mode : 0644,
                            .uid = file->uid,
                            .gid = file->gid,
                            .size = file->size,
                            .modified_unix_s = file->modified_unix_s,
                        });
    strbuf_append(out, file->data != NULL ? file->data : "", file->size);
    tar_write_padding(out, file->size);
}

/* Folders are not sent: what unpacks an archive makes those that are missing, and one that is there
 * keeps its mode. */
int archive_write_files(const struct archive_file *files, size_t count, struct strbuf *out,
                        struct error **reterr)
{
    for (size_t i = 0; i < count; i++) {
        int r = files_check(&files[i], reterr);

        if (r < 0)
            return r;
        files_write(&files[i], out);
    }
    tar_write_end(out);
    if (strbuf_failure(out) < 0)
        return error_set(reterr, -strbuf_failure(out), "%s", error_text(-strbuf_failure(out)));
    return 0;
}
