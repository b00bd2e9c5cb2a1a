/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, as registries' credentials travel in. Private to this folder. */
#pragma once

#include <stddef.h>

/* With '-' and '_', and with padding. The caller frees it; NULL when memory is out. */
char *base64_encode_for_url(const char *data, size_t size);

/* Either alphabet, with padding or without; NULL for what is no base64, holds a NUL, or when memory
 * is out. */
char *base64_decode(const char *text);
