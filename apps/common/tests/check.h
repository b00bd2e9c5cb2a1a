/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka, with what it wants to be included before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* The log goes to stderr instead of between cmocka's own lines. */
static inline void check_move_log(void)
{
    FILE *results = fdopen(dup(STDOUT_FILENO), "w");

    if (results != NULL && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        stdout = results;
}
