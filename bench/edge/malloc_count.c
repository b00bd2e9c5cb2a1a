/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library to be preloaded: counts allocations of each process in a file that the benchmark reads,
 * named by BENCH_MALLOC_FILE, which must be there and of the right size. A process takes a slot of
 * the file when it starts, also after fork; it keeps the mapping, so that a sandbox does not
 * matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOT_COUNT 256

struct slot {
    _Atomic uint64_t process, allocations, frees, bytes;
};

struct counts {
    _Atomic uint64_t slots_used, unused[3];
    struct slot slots[SLOT_COUNT];
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static struct counts *counts;
static struct slot *slot;

static void take_slot(void)
{
    uint64_t index;

    if (counts == NULL)
        return;
    index = atomic_fetch_add(&counts->slots_used, 1);
    slot = index < SLOT_COUNT ? &counts->slots[index] : NULL;
    if (slot != NULL)
        atomic_store(&slot->process, (uint64_t)getpid());
}

static void __attribute__((constructor)) begin(void)
{
    const char *path = getenv("BENCH_MALLOC_FILE");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *mapped;

    if (fd < 0)
        return;
    mapped = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (mapped == MAP_FAILED)
        return;
    counts = mapped;
    take_slot();
    (void)pthread_atfork(NULL, NULL, take_slot);
}

static void count_allocation(size_t size)
{
    struct slot *mine = slot;

    if (mine == NULL)
        return;
    (void)atomic_fetch_add_explicit(&mine->allocations, 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&mine->bytes, size, memory_order_relaxed);
}

void *malloc(size_t size)
{
    count_allocation(size);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    count_allocation(count * size);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    count_allocation(size);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    count_allocation(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count_allocation(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
    void *memory;

    count_allocation(size);
    memory = __libc_memalign(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *ret_memory = memory;
    return 0;
}

void free(void *memory)
{
    if (memory != NULL && slot != NULL)
        (void)atomic_fetch_add_explicit(&slot->frees, 1, memory_order_relaxed);
    __libc_free(memory);
}
