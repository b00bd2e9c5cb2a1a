/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical projects as they may be shown. */
#pragma once

struct arena;
struct error;

/* The JSON with what is secret in it hidden; memory of the arena. */
int masked_spec(struct arena *arena, const char *text, const char **ret_text,
                struct error **reterr);
