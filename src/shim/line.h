/* SPDX-License-Identifier: Apache-2.0 */
/* Text put together in memory of the caller's, without the C library's streams, which would cost
 * more memory than all the rest. What does not fit is cut; there is always a NUL at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
    char *data;
    size_t size; /* of the memory; at least 1 */
    size_t length;
};

static inline struct line line_in(char *data, size_t size)
{
    data[0] = '\0';
    return (struct line){.data = data, .size = size};
}

void line_add(struct line *line, const char *text);
void line_add_bytes(struct line *line, const char *data, size_t size);
void line_add_number(struct line *line, int64_t number);

/* A decimal number of at most that much; false where it is none. */
bool line_parse_number(const char *text, uint64_t maximum, uint64_t *ret);

/* Never NULL, and needs no locale. */
const char *line_error_text(int code);
