/* SPDX-License-Identifier: Apache-2.0 */
/* Figures as "slipway top" shows them: tables for people, an object a line for programs. */
#pragma once

#include "base/strbuf.h"
#include "cli/daemon/top_sample.h"
#include "cli/terminal.h"

/* Listeners, then each group with its targets below it. Not more lines than rows: what does not fit
 * is counted in the last one. */
void top_view_write(struct arena *arena, struct strbuf *out, const struct terminal *terminal,
                    const struct sample_rates *rates, size_t count, size_t rows);

/* One line. Rates are of a second, latencies in microseconds. */
void top_view_write_json(struct arena *arena, struct strbuf *out, const struct sample_rates *rates,
                         size_t count, uint64_t interval_ns);

/* "0.5", "12.3", "1234"; "850us", "12.3ms", "1.25s", "-" for 0; "512", "1.5k", "20M". Arena
 * memory. */
const char *top_view_rate(struct arena *arena, double rate);
const char *top_view_latency(struct arena *arena, uint64_t latency_us);
const char *top_view_bytes(struct arena *arena, double bytes);
