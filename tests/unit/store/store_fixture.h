/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

struct fixture {
    char folder[64];
    struct store *store;
    struct arena arena;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_open_again(struct fixture *fixture);
struct store *fixture_open_other(struct fixture *fixture);

/* In the file itself, past the store. */
void fixture_exec(struct fixture *fixture, const char *sql);

#define fixture_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
