/* SPDX-License-Identifier: Apache-2.0 */
/* The service's HTTP interface: its routes. */
#pragma once

#include "birthday/date.h"
#include "birthday/users.h"
#include "common/server.h"

struct hello {
    struct users users;
    struct date (*today)(void); /* date_today(), but for tests */
};

/* For server_options: `context` is a struct hello. */
#define HELLO_ROUTE_COUNT 3
extern const struct server_route hello_routes[HELLO_ROUTE_COUNT];
