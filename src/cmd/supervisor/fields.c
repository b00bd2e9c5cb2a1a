/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/supervisor/fields.h"

#include <string.h>

size_t fields_split(char *text, char separator, const char **fields, size_t count)
{
    size_t found = 0;

    while (found < count) {
        char *end = found + 1 < count ? strchr(text, separator) : NULL;

        fields[found++] = text;
        if (end == NULL)
            break;
        *end = '\0';
        text = end + 1;
    }
    for (size_t i = found; i < count; i++)
        fields[i] = "";
    return found;
}

bool fields_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(unsigned char)*text - '0';

        if (digit > 9 || digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

int field_fd(const char *text)
{
    uint64_t number;

    return fields_number(text, INT32_MAX, &number) ? (int)number : -1;
}
