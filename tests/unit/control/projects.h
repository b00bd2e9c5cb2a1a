/* SPDX-License-Identifier: Apache-2.0 */
/* Projects from JSON written with single quotes, for tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "control/project.h"

/* The text with each ' as a "; valid until the next but seven calls. */
static inline char *json(const char *text)
{
    static char texts[8][65536];
    static unsigned int next;
    char *copy = texts[next++ % 8];

    assert_true(strlen(text) < sizeof(texts[0]));
    memcpy(copy, text, strlen(text) + 1);
    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

static inline struct project *project_of(const char *name, const char *text)
{
    struct project *project = NULL;
    struct error *error = NULL;
    char *copy = json(text);

    if (project_new(name, copy, strlen(copy), &project, &error) < 0)
        fail_msg("%s: %s", name, error->message);
    return project;
}
