/* SPDX-License-Identifier: Apache-2.0 */
/* The shim's program, an ELF file, as the build put it into this one. */
#pragma once

#include <stddef.h>

extern const char shim_image[];
extern const char shim_image_end[];

static inline size_t shim_image_size(void)
{
    return (size_t)(shim_image_end - shim_image);
}
