/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing string with a limit. Failure is sticky: after the first failed append the buffer stays
 * as it is, and strbuf_failure() tells at the end, so that a writer checks once.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
    char *data; /* ends in NUL; NULL while empty */
    size_t length;
    size_t capacity;
    size_t limit;
    int failure;
};

void strbuf_init(struct strbuf *buffer, size_t limit);
void strbuf_deinit(struct strbuf *buffer);
/* Empty again; memory and limit are kept, a failure is forgotten. */
void strbuf_reset(struct strbuf *buffer);

void strbuf_append(struct strbuf *buffer, const char *data, size_t length);
void strbuf_append_string(struct strbuf *buffer, const char *text);
void strbuf_append_char(struct strbuf *buffer, char character);
void strbuf_append_repeat(struct strbuf *buffer, char character, size_t count);
void strbuf_printf(struct strbuf *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* 0, -ENOMEM, or -E2BIG when the limit was reached. */
int strbuf_failure(const struct strbuf *buffer);

/* The text so far; "" while empty. Valid until the next append. */
const char *strbuf_text(const struct strbuf *buffer);

static inline void strbuf_deinitp(struct strbuf *buffer)
{
    strbuf_deinit(buffer);
}

#define _cleanup_strbuf_ __attribute__((cleanup(strbuf_deinitp)))
