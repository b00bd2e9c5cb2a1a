/* SPDX-License-Identifier: Apache-2.0 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/text.h"
#include "os/os.h"

#define FILE_CAPACITY_MIN 4096

static int file_error(struct error **reterr, int code, const char *verb, const char *path)
{
    static const struct {
        int code;
        const char *advice;
    } table[] = {
        {ENOENT, "; check the path"},
        {ENOTDIR, "; a part of the path is not a directory"},
        {EACCES, "; check the permissions of the file and its directories"},
        {EPERM, "; check the permissions of the file and its directories"},
        {ELOOP, "; check the symbolic links in the path"},
        {ENOSPC, "; make room on the disk"},
        {EDQUOT, "; make room or raise the quota"},
        {EROFS, "; choose a place that can be written to"},
        {EMFILE, "; raise the limit of open files (ulimit -n)"},
    };
    const char *advice = "";

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].code == code)
            advice = table[i].advice;
    }
    return error_set(reterr, code, "cannot %s %s: %s%s", verb, path, error_text(code), advice);
}

static int file_error_too_big(struct error **reterr, const char *path, size_t limit_bytes)
{
    size_t mib = (size_t)1 << 20;

    if (limit_bytes >= mib && limit_bytes % mib == 0)
        return error_set(reterr, EFBIG, "%s is too big: the limit is %zu MiB", path,
                         limit_bytes / mib);
    return error_set(reterr, EFBIG, "%s is too big: the limit is %zu bytes", path, limit_bytes);
}

/* The contents so far, with room for more. The capacity counts the NUL. */
struct file_buffer {
    char *data;
    size_t length;
    size_t capacity;
    size_t capacity_max;
};

static int file_buffer_grow(struct file_buffer *buffer)
{
    size_t capacity =
        buffer->capacity > buffer->capacity_max / 2 ? buffer->capacity_max : buffer->capacity * 2;
    char *data = realloc(buffer->data, capacity);

    if (data == NULL)
        return -ENOMEM;
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

/* Reads up to the end, or up to the capacity's maximum, which is one byte more than allowed. */
static int file_buffer_fill(struct file_buffer *buffer, int fd)
{
    for (;;) {
        ssize_t length;
        int r = 0;

        if (buffer->length + 1 >= buffer->capacity) {
            if (buffer->capacity == buffer->capacity_max)
                return 0;
            r = file_buffer_grow(buffer);
            if (r < 0)
                return r;
        }
        length = os_read(fd, buffer->data + buffer->length, buffer->capacity - buffer->length - 1);
        if (length == 0)
            return 0;
        if (length == -EAGAIN)
            r = os_wait_for_fd(fd, POLLIN);
        else if (length < 0)
            r = (int)length;
        else
            buffer->length += (size_t)length;
        if (r < 0)
            return r;
    }
}

static int file_read(int fd, const char *name, size_t expected_bytes, size_t limit_bytes,
                     char **ret_data, size_t *ret_size, struct error **reterr)
{
    _cleanup_free_ char *data = NULL;
    struct file_buffer buffer = {0};
    int r;

    /* One byte more than the limit tells a file that just fits from one that does not; another
     * byte is for the NUL, and one more than expected sees the end without growing. */
    if (limit_bytes > PTRDIFF_MAX - 2)
        limit_bytes = PTRDIFF_MAX - 2;
    buffer.capacity_max = limit_bytes + 2;
    buffer.capacity = expected_bytes < FILE_CAPACITY_MIN ? FILE_CAPACITY_MIN : expected_bytes + 2;
    if (buffer.capacity > buffer.capacity_max)
        buffer.capacity = buffer.capacity_max;

    buffer.data = malloc(buffer.capacity);
    if (buffer.data == NULL)
        return file_error(reterr, ENOMEM, "read", name);
    r = file_buffer_fill(&buffer, fd);
    data = buffer.data;
    if (r < 0)
        return file_error(reterr, -r, "read", name);
    if (buffer.length > limit_bytes)
        return file_error_too_big(reterr, name, limit_bytes);

    data[buffer.length] = '\0';
    if (ret_size != NULL)
        *ret_size = buffer.length;
    *ret_data = take_ptr(data);
    return 0;
}

/* Names of descriptors that we were given: whoever names one knows what stands behind it. */
static bool file_is_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const char *number = path + strlen(folders[i]);

        if (text_starts_with(path, folders[i]))
            return *number != '\0' && number[strspn(number, "0123456789")] == '\0';
    }
    return text_equal(path, "/dev/stdin");
}

static const char *file_kind(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a named pipe";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

static int file_check_kind(const char *path, const struct stat *stat, struct error **reterr)
{
    if (S_ISREG(stat->st_mode))
        return 0;
    if (S_ISDIR(stat->st_mode))
        return error_set(reterr, EISDIR, "%s is a directory; name a file", path);
    if (S_ISCHR(stat->st_mode) && stat->st_rdev == makedev(1, 3))
        return 0; /* /dev/null, the usual way to name an empty file */
    if (file_is_descriptor(path))
        return 0;
    return error_set(reterr, EINVAL, "%s is %s, not a regular file; name a regular file", path,
                     file_kind(stat->st_mode));
}

int os_read_file(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_size,
                 struct error **reterr)
{
    _cleanup_os_close_ int fd = -1;
    size_t expected_bytes = 0;
    struct stat stat;
    int r;

    /* Without O_NONBLOCK, opening a pipe would wait for its writer. */
    fd = os_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd == -ENXIO && os->stat(path, &stat) == 0 && S_ISSOCK(stat.st_mode))
        return error_set(reterr, EINVAL, "%s is a socket, not a regular file; name a regular file",
                         path);
    if (fd < 0)
        return file_error(reterr, -fd, "open", path);
    if (os->fstat(fd, &stat) < 0)
        return file_error(reterr, errno, "read", path);
    r = file_check_kind(path, &stat, reterr);
    if (r < 0)
        return r;

    if (S_ISREG(stat.st_mode)) {
        if ((uintmax_t)stat.st_size > limit_bytes)
            return file_error_too_big(reterr, path, limit_bytes);
        expected_bytes = (size_t)stat.st_size;
    }
    return file_read(fd, path, expected_bytes, limit_bytes, ret_data, ret_size, reterr);
}

int os_read_fd(int fd, const char *name, size_t limit_bytes, char **ret_data, size_t *ret_size,
               struct error **reterr)
{
    return file_read(fd, name, 0, limit_bytes, ret_data, ret_size, reterr);
}

int os_write_all(int fd, const void *data, size_t size)
{
    const char *next = data;

    while (size > 0) {
        ssize_t length = os_write(fd, next, size);

        if (length == -EAGAIN) {
            int r = os_wait_for_fd(fd, POLLOUT);

            if (r < 0)
                return r;
            continue;
        }
        if (length <= 0)
            return length < 0 ? (int)length : -EIO;
        next += length;
        size -= (size_t)length;
    }
    return 0;
}

/* The folder of the path with its last slash; "" for the current one. */
static int file_folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (int)(slash - path) + 1 : 0;
}

/* A file and its name, of which either may be missing; both go when the scope ends. */
struct file_temporary {
    char *path;
    int fd;
    bool exists;
};

static void file_temporary_deinitp(struct file_temporary *temporary)
{
    if (temporary->fd >= 0)
        (void)os_close(temporary->fd);
    if (temporary->exists)
        (void)os->unlink(temporary->path);
    free(temporary->path);
}

static int file_temporary_create(struct file_temporary *temporary, const char *path)
{
    if (asprintf(&temporary->path, "%.*s.slipway-XXXXXX", file_folder_length(path), path) < 0) {
        temporary->path = NULL;
        return -ENOMEM;
    }
    temporary->fd = os->mkostemp(temporary->path, O_CLOEXEC);
    if (temporary->fd < 0)
        return -errno;
    temporary->exists = true;
    return 0;
}

static int file_temporary_write(struct file_temporary *temporary, const void *data, size_t size,
                                mode_t mode)
{
    int r = os_write_all(temporary->fd, data, size);

    if (r < 0)
        return r;
    if (os->fchmod(temporary->fd, mode) < 0 || os->fsync(temporary->fd) < 0)
        return -errno;
    return os_close(take_fd(&temporary->fd)); /* where network file systems report their errors */
}

/* Until its folder is on disk too, a power cut may bring the old file back. */
static int file_sync_folder(const char *path)
{
    _cleanup_free_ char *folder = NULL;
    _cleanup_os_close_ int fd = -1;

    if (asprintf(&folder, "%.*s.", file_folder_length(path), path) < 0) {
        folder = NULL;
        return -ENOMEM;
    }
    fd = os_open(folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd == -EACCES)
        return 0; /* we may write to it but not read it: there is no other way */
    if (fd < 0)
        return fd;
    if (os->fsync(fd) < 0 && errno != EINVAL) /* which means that it needs none */
        return -errno;
    return 0;
}

int os_write_file_atomically(const char *path, const void *data, size_t size, mode_t mode,
                             struct error **reterr)
{
    _cleanup_(file_temporary_deinitp) struct file_temporary temporary = {.fd = -1};
    int r;

    r = file_temporary_create(&temporary, path);
    if (r >= 0)
        r = file_temporary_write(&temporary, data, size, mode);
    if (r >= 0 && os->rename(temporary.path, path) < 0)
        r = -errno;
    if (r >= 0) {
        temporary.exists = false;
        r = file_sync_folder(path);
    }
    return r < 0 ? file_error(reterr, -r, "write", path) : 0;
}

static int file_write_through(const char *path, const void *data, size_t size,
                              struct error **reterr)
{
    _cleanup_os_close_ int fd = os_open(path, O_WRONLY | O_NOCTTY, 0);
    int r = fd < 0 ? fd : os_write_all(fd, data, size);

    return r < 0 ? file_error(reterr, -r, "write", path) : 0;
}

int os_write_file(const char *path, const void *data, size_t size, mode_t new_mode,
                  struct error **reterr)
{
    _cleanup_free_ char *target = NULL;
    struct stat stat;

    if (os->stat(path, &stat) < 0)
        return errno == ENOENT ? os_write_file_atomically(path, data, size, new_mode, reterr)
                               : file_error(reterr, errno, "write", path);
    if (!S_ISREG(stat.st_mode))
        return file_write_through(path, data, size, reterr);
    target = realpath(path, NULL);
    if (target == NULL)
        return file_error(reterr, errno, "write", path);
    return os_write_file_atomically(target, data, size, stat.st_mode & 07777, reterr);
}
