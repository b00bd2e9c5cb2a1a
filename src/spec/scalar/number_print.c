/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "spec/scalar/number.h"

/* The double nearest to the fewest digits that read back as the single number. They are so few that
 * they are its fewest digits too. */
static double number_widen_single(float single)
{
    char text[FLT_DECIMAL_DIG + 16];

    if (!isfinite(single))
        return (double)single;
    for (int digits = 1; digits < FLT_DECIMAL_DIG; digits++) {
        (void)snprintf(text, sizeof(text), "%.*e", digits - 1, (double)single);
        if (strtof(text, NULL) == single)
            return strtod(text, NULL);
    }
    (void)snprintf(text, sizeof(text), "%.*e", FLT_DECIMAL_DIG - 1, (double)single);
    return strtod(text, NULL);
}

struct real_text number_print_single(float single, enum real_notation notation)
{
    return real_text(number_widen_single(single), notation);
}
