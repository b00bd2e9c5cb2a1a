/* SPDX-License-Identifier: Apache-2.0 */
/* redis://[[user]:password@]host[:port][/database] taken apart. */
#pragma once

#include <stdbool.h>

struct redis_url {
    char user[128];     /* "": none */
    char password[256]; /* "": none */
    char host[256];
    int port;     /* 6379 by default */
    int database; /* 0 by default */
};

bool redis_url_parse(const char *text, struct redis_url *ret);
