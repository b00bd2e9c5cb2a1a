/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler answered; private to the server's files. */
#pragma once

#include <stddef.h>

#define SERVER_ANSWER_HEADERS_MAX 8

struct server_answer {
    unsigned status; /* 0: not filled yet */
    char *body;      /* malloc'd, or NULL */
    size_t body_length;
    const char *content_type;
    struct {
        const char *name;
        char *value;
    } headers[SERVER_ANSWER_HEADERS_MAX];
    size_t header_count;
};

void server_answer_deinit(struct server_answer *answer);
