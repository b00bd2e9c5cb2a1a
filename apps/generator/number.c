/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service `number`: GET or POST /value gives {"value": 0.7}, a random one from MIN to MAX,
 * rounded to DIGITS significant digits. TINY_PERCENT in a hundred are tiny: {"value": 5.3e-05}.
 */
#include <math.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/server.h"
#include "draws.h"
#include "number_text.h"
#include "value.h"

static void draw_value(const struct server_request *request, struct server_answer *answer)
{
    const struct draws_range *range = request->context;
    char text[NUMBER_TEXT_SIZE];
    double value;

    if (draws_number(draws_kernel, NULL, range, &value) < 0) {
        value_answer(request, answer, NULL);
        return;
    }
    number_text(value, text);
    value_answer(request, answer, text);
}

static const struct server_route routes[] = {
    {"GET", "/value", draw_value},
    {"POST", "/value", draw_value},
    {"GET", "/healthz", value_healthz},
};

static double read_number(struct config *config, const char *name, const char *fallback)
{
    const char *text = config_text(config, name, fallback);
    char *end;
    double number = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(number)) {
        config_problem(config, name, "\"%s\" is not a number such as 0.5 or 1e-3", text);
        return strtod(fallback, NULL);
    }
    return number;
}

static void read_range(struct config *config, struct draws_range *ret_range)
{
    ret_range->low = read_number(config, "MIN", "0");
    ret_range->high = read_number(config, "MAX", "1");
    ret_range->digits = (int)config_number(config, "DIGITS", 4, 1, 17);
    ret_range->tiny_percent = (int)config_number(config, "TINY_PERCENT", 25, 0, 100);
    if (ret_range->low >= ret_range->high)
        config_problem(config, "MIN", "%g is not below MAX, which is %g", ret_range->low,
                       ret_range->high);
    else if (ret_range->tiny_percent > 0 &&
             (ret_range->low > DRAWS_TINY_LOW || ret_range->high < DRAWS_TINY_HIGH))
        config_problem(config, "TINY_PERCENT",
                       "tiny values are from %g to %g, which MIN and MAX do not allow; expected 0",
                       DRAWS_TINY_LOW, DRAWS_TINY_HIGH);
}

int main(void)
{
    struct config *config;
    struct draws_range range;
    struct server_options options = {
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .context = &range,
    };
    bool is_good;

    log_init("number");
    server_block_signals();
    config = config_load(".env");
    read_range(config, &range);
    server_configure(&options, config);
    is_good = config_check(config) && server_run(&options) == 0;
    config_free(config);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
