/* SPDX-License-Identifier: Apache-2.0 */
/* The service `integer`: GET or POST /value gives {"value": 42}, a random one from MIN to MAX. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/server.h"
#include "draws.h"
#include "rules.h"
#include "value.h"

#define INTEGER_SIZE 24

struct bounds {
    long low;
    long high;
};

static void draw_value(const struct server_request *request, struct server_answer *answer)
{
    const struct bounds *bounds = request->context;
    char text[INTEGER_SIZE];
    int64_t value;

    if (draws_integer(draws_kernel, NULL, bounds->low, bounds->high, &value) < 0) {
        value_answer(request, answer, NULL);
        return;
    }
    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    value_answer(request, answer, text);
}

static const struct server_route routes[] = {
    {"GET", "/value", draw_value},
    {"POST", "/value", draw_value},
    {"GET", "/healthz", value_healthz},
};

int main(void)
{
    struct config *config;
    struct bounds bounds;
    struct server_options options = {
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .context = &bounds,
    };
    bool is_good;

    log_init("integer");
    server_block_signals();
    config = config_load(".env");
    bounds.low = config_number(config, "MIN", 1, -RULES_INTEGER_MAX, RULES_INTEGER_MAX);
    bounds.high = config_number(config, "MAX", 100, -RULES_INTEGER_MAX, RULES_INTEGER_MAX);
    if (bounds.low > bounds.high)
        config_problem(config, "MIN", "%ld is above MAX, which is %ld", bounds.low, bounds.high);
    server_configure(&options, config);
    is_good = config_check(config) && server_run(&options) == 0;
    config_free(config);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
