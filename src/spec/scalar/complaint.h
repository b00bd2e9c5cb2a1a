/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one form in which the parsers of this folder refuse a text:
 *
 *     "80:abc" is no port: expected [HOST_IP:][PUBLISHED[-END]:]TARGET[-END][/PROTOCOL]
 *
 * The text is shown so that it stays on one line: cut when long, control characters escaped.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"

/* what completes "is no ..."; reason comes behind the colon. */
const char *complaint_new(struct arena *arena, const char *text, size_t length, const char *what,
                          const char *reason) __attribute__((returns_nonnull));
