/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal taken over for a full screen, and given back as it was however the program ends: at
 * its end, by a signal that ends it, by a crash. One at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

enum screen_event {
    SCREEN_TIME_IS_OVER,
    SCREEN_REDRAW, /* of another size, or back from the background */
    SCREEN_QUIT,   /* a key or a signal says so */
};

/* in may be no terminal: then there are no keys. Returns 0 or -errno. */
int screen_open(int in, int out);
void screen_close(void);

void screen_size(size_t *ret_columns, size_t *ret_rows);

/* Draws over what is there. */
void screen_draw(const struct strbuf *text);

enum screen_event screen_wait(uint64_t until_ns);
