/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of x-slipway, written from the tables that define it. */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"

void reference_write_markdown(struct arena *arena, struct strbuf *out);

/* The same as the source of a man page. */
void reference_write_scdoc(struct arena *arena, struct strbuf *out);
