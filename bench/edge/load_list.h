/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of --requests FILE, which take turns: one a line, "METHOD PATH STATUS LENGTH [BODY]",
 * the status and the length of the body being what the answer shall have.
 */
#pragma once

#include <stddef.h>

struct load_request {
    char *bytes; /* as they are sent */
    size_t size;
    char status[4];
    size_t length;
};

/* These die when there is no such file, or none in it. */
void load_list_read(const char *path);
const struct load_request *load_list_next(void);
