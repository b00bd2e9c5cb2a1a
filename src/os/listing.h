/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a folder. */
#pragma once

#include <stddef.h>

struct error;

struct os_listing {
    char **names; /* in the order of their bytes; without "." and ".." */
    size_t count;
};

/* -EFBIG where there are more than that many; a folder that is not there is an empty one. */
int os_list_folder(const char *path, size_t count_max, struct os_listing *ret_listing,
                   struct error **reterr);
void os_listing_deinit(struct os_listing *listing);
