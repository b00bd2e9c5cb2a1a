/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is a descriptor: made here, handed to other processes, mapped there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Of that size, zeroed; pages cost nothing until they are written. The name is for /proc. Returns
 * the descriptor or -errno. */
int os_memory_file(const char *name, size_t size);

/* A sealed one with this content, which nobody can change any more. */
int os_memory_file_of(const char *name, const void *data, size_t size);

/* Whether nobody can change or shrink it any more: only then may its content be trusted once it was
 * checked. Writes the size where it is true. */
bool os_memory_file_is_sealed(int fd, size_t *ret_size);

/* Shared; *ret_memory is given back by os_memory_unmap(). Returns 0 or -errno. */
int os_memory_map(int fd, size_t size, bool writable, void **ret_memory);
void os_memory_unmap(void *memory, size_t size);
