/* SPDX-License-Identifier: Apache-2.0 */
/* The web page. All that comes from elsewhere is escaped. */
#pragma once

#include "draw.h"

/* What the page may load and do: its own style sheet, and forms that come back here. */
#define PAGE_POLICY                                                                                \
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "                  \
    "frame-ancestors 'none'"

/* base is what stands in front of every path: "" or "/generator". shown may be NULL: none yet. */
void page_write(FILE *stream, const char *base, const struct draw *shown,
                const struct draws *history);
void page_write_failure(FILE *stream, const char *base, const char *title, const char *reason);

/* style.css */
extern const char page_style[];
extern const char page_style_end[];
