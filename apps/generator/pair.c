/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static unsigned refuse(char reason[PAIR_REASON_SIZE], unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static unsigned refuse(char reason[PAIR_REASON_SIZE], unsigned status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, PAIR_REASON_SIZE, format, arguments);
    va_end(arguments);
    return status;
}

unsigned pair_read(const json_t *body, struct rules_input *ret_pair, char reason[PAIR_REASON_SIZE])
{
    const json_t *integer = json_object_get(body, "integer");
    const json_t *number = json_object_get(body, "number");
    struct rules_input pair;

    if (integer == NULL || number == NULL)
        return refuse(reason, 400, "\"%s\" is missing: expected {\"integer\": 42, \"number\": 0.5}",
                      integer == NULL ? "integer" : "number");
    if (json_object_size(body) > 2)
        return refuse(reason, 400, "there is more than \"integer\" and \"number\"");
    if (!json_is_integer(integer))
        return refuse(reason, 400, "\"integer\" has to be a whole number such as 42");
    if (!json_is_number(number))
        return refuse(reason, 400, "\"number\" has to be a number such as 0.5");
    pair.integer = json_integer_value(integer);
    if (pair.integer > RULES_INTEGER_MAX || pair.integer < -RULES_INTEGER_MAX)
        return refuse(reason, 400, "\"integer\" is not within 2^53 of 0");
    pair.number = json_number_value(number);
    pair.product = (double)pair.integer * pair.number;
    if (!isfinite(pair.product))
        return refuse(reason, 422, "the product is too large to be written as a number");
    *ret_pair = pair;
    return 0;
}
