/* SPDX-License-Identifier: Apache-2.0 */
#include "os/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void os_listing_deinit(struct os_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->names[i]);
    free(listing->names);
    *listing = (struct os_listing){0};
}

static int is_name(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int copy_names(struct dirent **entries, size_t count, struct os_listing *listing)
{
    listing->names = calloc(count + 1, sizeof(*listing->names));
    if (listing->names == NULL)
        return -ENOMEM;
    for (; listing->count < count; listing->count++) {
        listing->names[listing->count] = strdup(entries[listing->count]->d_name);
        if (listing->names[listing->count] == NULL)
            return -ENOMEM;
    }
    return 0;
}

int os_list_folder(const char *path, size_t count_max, struct os_listing *ret_listing,
                   struct error **reterr)
{
    struct os_listing listing = {0};
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_name, compare);
    int r = 0;

    if (count < 0 && errno != ENOENT)
        return error_set(reterr, errno, "cannot read the folder %s: %s", path, error_text(errno));
    if (count < 0)
        count = 0;
    if ((size_t)count > count_max)
        r = error_set(reterr, EFBIG, "there are more than %zu files in %s", count_max, path);
    else if (copy_names(entries, (size_t)count, &listing) < 0)
        r = error_set(reterr, ENOMEM, "out of memory");
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    if (r < 0)
        os_listing_deinit(&listing);
    else
        *ret_listing = listing;
    return r;
}
