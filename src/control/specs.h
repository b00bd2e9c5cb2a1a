/* SPDX-License-Identifier: Apache-2.0 */
/* Specs that were sent ahead of what they are for (builds), by their hash: the last few. From any
 * thread. */
#pragma once

#include <pthread.h>

#include "base/hash.h"

#define SPECS_MAX 16

struct specs {
    pthread_mutex_t lock;
    struct {
        struct content_hash hash;
        char *text;
    } items[SPECS_MAX];
    unsigned int next;
};

void specs_init(struct specs *specs);
void specs_deinit(struct specs *specs);

/* Takes the text. */
struct content_hash specs_keep(struct specs *specs, char *text);

/* A copy to be freed; NULL where there is none any more. */
char *specs_find(struct specs *specs, const char *hash);
