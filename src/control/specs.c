/* SPDX-License-Identifier: Apache-2.0 */
#include "control/specs.h"

#include <stdlib.h>
#include <string.h>

void specs_init(struct specs *specs)
{
    *specs = (struct specs){0};
    (void)pthread_mutex_init(&specs->lock, NULL);
}

void specs_deinit(struct specs *specs)
{
    for (unsigned int i = 0; i < SPECS_MAX; i++)
        free(specs->items[i].text);
    (void)pthread_mutex_destroy(&specs->lock);
}

static int find(const struct specs *specs, const char *hash)
{
    for (int i = 0; i < SPECS_MAX; i++) {
        if (specs->items[i].text != NULL && strcmp(specs->items[i].hash.text, hash) == 0)
            return i;
    }
    return -1;
}

struct content_hash specs_keep(struct specs *specs, char *text)
{
    struct content_hash hash = content_hash_bytes(text, strlen(text));

    (void)pthread_mutex_lock(&specs->lock);
    if (find(specs, hash.text) >= 0) {
        free(text);
    } else {
        free(specs->items[specs->next].text);
        specs->items[specs->next].hash = hash;
        specs->items[specs->next].text = text;
        specs->next = (specs->next + 1) % SPECS_MAX;
    }
    (void)pthread_mutex_unlock(&specs->lock);
    return hash;
}

char *specs_find(struct specs *specs, const char *hash)
{
    char *text = NULL;
    int i;

    (void)pthread_mutex_lock(&specs->lock);
    i = find(specs, hash);
    if (i >= 0)
        text = strdup(specs->items[i].text);
    (void)pthread_mutex_unlock(&specs->lock);
    return text;
}
