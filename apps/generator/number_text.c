/* SPDX-License-Identifier: Apache-2.0 */
#include "number_text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 17 significant digits tell any two doubles apart. */
#define DIGITS_MAX 17

/* Between these powers of ten, digits alone are easier to read than an exponent. */
#define PLAIN_EXPONENT_MIN (-4)
#define PLAIN_EXPONENT_MAX 15

void number_text(double number, char text[NUMBER_TEXT_SIZE])
{
    int digits = 1;
    long exponent;
    int decimals;

    assert(isfinite(number));
    if (number == 0)
        number = 0; /* not -0.0, which would only puzzle */
    for (; digits <= DIGITS_MAX; digits++) {
        (void)snprintf(text, NUMBER_TEXT_SIZE, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    exponent = strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent < PLAIN_EXPONENT_MIN || exponent > PLAIN_EXPONENT_MAX)
        return;
    decimals = digits - 1 - (int)exponent;
    (void)snprintf(text, NUMBER_TEXT_SIZE, "%.*f", decimals < 1 ? 1 : decimals, number);
}
