/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_files.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "os/os.h"

enum {
    MEMORY_FD_FIRST = 1 << 20, /* far above what the system hands out */
    MEMORY_FD_COUNT = 16
};

static const struct memory_file *memory_files;

static struct memory_descriptor {
    const struct memory_file *file; /* NULL: free */
    size_t offset;
} memory_descriptors[MEMORY_FD_COUNT];

static const struct memory_file *find_file(const char *path)
{
    for (const struct memory_file *file = memory_files; file->path != NULL; file++)
        if (strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

static bool is_folder(const char *path)
{
    size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);

    for (const struct memory_file *file = memory_files; file->path != NULL; file++)
        if (strncmp(file->path, path, length) == 0 && file->path[length] == '/')
            return true;
    return false;
}

/* NULL, with errno set, where it is none of ours. */
static struct memory_descriptor *find_descriptor(int fd)
{
    int number = fd - MEMORY_FD_FIRST;

    if (number >= 0 && number < MEMORY_FD_COUNT && memory_descriptors[number].file != NULL)
        return &memory_descriptors[number];
    errno = EBADF;
    return NULL;
}

static int memory_open(const char *path, int flags, mode_t mode)
{
    (void)flags;
    (void)mode;
    for (int i = 0; i < MEMORY_FD_COUNT; i++) {
        if (memory_descriptors[i].file != NULL)
            continue;
        memory_descriptors[i] = (struct memory_descriptor){.file = find_file(path)};
        errno = is_folder(path) ? EISDIR : ENOENT;
        return memory_descriptors[i].file != NULL ? MEMORY_FD_FIRST + i : -1;
    }
    errno = EMFILE;
    return -1;
}

static int memory_close(int fd)
{
    struct memory_descriptor *descriptor = find_descriptor(fd);

    if (descriptor == NULL)
        return -1;
    descriptor->file = NULL;
    return 0;
}

static ssize_t memory_read(int fd, void *data, size_t size)
{
    struct memory_descriptor *descriptor = find_descriptor(fd);
    size_t left;

    if (descriptor == NULL)
        return -1;
    left = strlen(descriptor->file->text + descriptor->offset);
    if (size > left)
        size = left;
    memcpy(data, descriptor->file->text + descriptor->offset, size);
    descriptor->offset += size;
    return (ssize_t)size;
}

static void fill_stat(const struct memory_file *file, struct stat *status)
{
    *status = (struct stat){.st_mode = file != NULL ? S_IFREG | 0644 : S_IFDIR | 0755};
    if (file != NULL)
        status->st_size = (off_t)strlen(file->text);
}

static int memory_fstat(int fd, struct stat *status)
{
    const struct memory_descriptor *descriptor = find_descriptor(fd);

    if (descriptor == NULL)
        return -1;
    fill_stat(descriptor->file, status);
    return 0;
}

static int memory_stat(const char *path, struct stat *status)
{
    const struct memory_file *file = find_file(path);

    if (file == NULL && !is_folder(path)) {
        errno = ENOENT;
        return -1;
    }
    fill_stat(file, status);
    return 0;
}

const struct os_ops *memory_files_ops(const struct memory_file *files)
{
    static struct os_ops ops;

    ops = os_default_ops;
    ops.open = memory_open;
    ops.close = memory_close;
    ops.read = memory_read;
    ops.fstat = memory_fstat;
    ops.stat = memory_stat;
    ops.lstat = memory_stat;
    memory_files = files;
    memset(memory_descriptors, 0, sizeof(memory_descriptors));
    return &ops;
}

int memory_files_open(void)
{
    int count = 0;

    for (int i = 0; i < MEMORY_FD_COUNT; i++)
        count += memory_descriptors[i].file != NULL;
    return count;
}
