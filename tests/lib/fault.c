/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#error "this file and AddressSanitizer both replace malloc()"
#endif

/* The C library's own, by the names under which it keeps them for such replacements. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

/* Declared nowhere once the feature macros are strict. */
void *memalign(size_t alignment, size_t size);

static atomic_size_t fault_made;
static atomic_size_t fault_live;
static atomic_size_t fault_first; /* 0: no plan */
static atomic_bool fault_repeated;
static atomic_bool fault_hit;

static void fault_plan(size_t number, bool repeated)
{
    atomic_store(&fault_made, 0);
    atomic_store(&fault_hit, false);
    atomic_store(&fault_repeated, repeated);
    atomic_store(&fault_first, number);
}

void fault_fail_allocation(size_t number)
{
    fault_plan(number, false);
}

void fault_fail_allocations_from(size_t number)
{
    fault_plan(number, true);
}

void fault_reset(void)
{
    atomic_store(&fault_first, 0);
}

bool fault_allocation_failed(void)
{
    return atomic_load(&fault_hit);
}

size_t fault_allocations_made(void)
{
    return atomic_load(&fault_made);
}

size_t fault_outstanding(void)
{
    return atomic_load(&fault_live);
}

/* Counts one allocation; true, with errno set, where it is to fail. */
static bool fault_is_due(void)
{
    size_t number = atomic_fetch_add(&fault_made, 1) + 1;
    size_t first = atomic_load(&fault_first);

    if (first == 0 || number < first || (number > first && !atomic_load(&fault_repeated)))
        return false;
    atomic_store(&fault_hit, true);
    errno = ENOMEM;
    return true;
}

static void *fault_counted(void *pointer)
{
    if (pointer != NULL)
        atomic_fetch_add(&fault_live, 1);
    return pointer;
}

void *malloc(size_t size)
{
    return fault_is_due() ? NULL : fault_counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fault_is_due() ? NULL : fault_counted(__libc_calloc(count, size));
}

void free(void *pointer)
{
    if (pointer == NULL)
        return;
    atomic_fetch_sub(&fault_live, 1);
    __libc_free(pointer);
}

void *realloc(void *old, size_t size)
{
    if (old == NULL)
        return malloc(size);
    if (size == 0) { /* which frees, and so cannot fail */
        free(old);
        return NULL;
    }
    return fault_is_due() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, total);
}

void *memalign(size_t alignment, size_t size)
{
    return fault_is_due() ? NULL : fault_counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret_pointer, size_t alignment, size_t size)
{
    int saved_errno = errno;
    void *pointer;

    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    pointer = memalign(alignment, size);
    errno = saved_errno;
    if (pointer == NULL)
        return ENOMEM;
    *ret_pointer = pointer;
    return 0;
}

/* These would reach the malloc() above by themselves; being here, they do so for certain. */
char *strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = malloc(length + 1);

    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *strdup(const char *text)
{
    return strndup(text, PTRDIFF_MAX);
}
