/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reals as text: the fewest digits that read back as the same number. Where the exponent form
 * begins, and what stands for numbers that are none, differs between the notations; plain and YAML
 * print as Go's %v does (1e+06, 0.0001, 1e-05), JSON as its encoding/json does.
 * Nothing here depends on the locale.
 */
#pragma once

#include <stddef.h>

enum real_notation {
    REAL_PLAIN, /* 1.5, 1e+06, NaN, +Inf, -Inf */
    REAL_YAML,  /* 1.5, 1e+06, .nan, .inf, -.inf */
    REAL_JSON,  /* 1.5, 1000000, 1e+21, 1e-7, null for what JSON cannot say */
};

struct real_text {
    size_t length;
    char data[40]; /* ends in NUL */
};

struct real_text real_text(double real, enum real_notation notation);
