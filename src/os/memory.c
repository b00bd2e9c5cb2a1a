/* SPDX-License-Identifier: Apache-2.0 */
#include "os/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "os/file.h"
#include "os/os.h"

#define MEMORY_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int os_memory_file(const char *name, size_t size)
{
    _cleanup_os_close_ int fd = os->memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -errno;
    if (os->ftruncate(fd, (off_t)size) < 0)
        return -errno;
    return take_fd(&fd);
}

int os_memory_file_of(const char *name, const void *data, size_t size)
{
    _cleanup_os_close_ int fd = os->memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int r;

    if (fd < 0)
        return -errno;
    r = os_write_all(fd, data, size);
    if (r < 0)
        return r;
    if (os->add_seals(fd, MEMORY_SEALS) < 0)
        return -errno;
    return take_fd(&fd);
}

bool os_memory_file_is_sealed(int fd, size_t *ret_size)
{
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || (seals & MEMORY_SEALS) != MEMORY_SEALS || os->fstat(fd, &status) < 0)
        return false;
    *ret_size = (size_t)status.st_size;
    return true;
}

int os_memory_map(int fd, size_t size, bool writable, void **ret_memory)
{
    void *memory =
        os->mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED)
        return -errno;
    *ret_memory = memory;
    return 0;
}

void os_memory_unmap(void *memory, size_t size)
{
    if (memory != NULL)
        (void)os->munmap(memory, size);
}
