/* SPDX-License-Identifier: Apache-2.0 */
/* What an image is called, in its parts. Private to this folder. */
#pragma once

#include "engine/engine.h"

struct reference {
    char repository[ENGINE_NAME_SIZE_MAX + 1]; /* "localhost:5000/shop/web" */
    char tag[ENGINE_NAME_SIZE_MAX + 1];        /* "latest" where there is none; or "sha256:..." */
};

/* -EINVAL for what cannot be one. */
int reference_split(const char *text, struct reference *ret, struct error **reterr);
