/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/line.h"

#include <string.h>

void line_add_bytes(struct line *line, const char *data, size_t size)
{
    size_t room = line->size - 1 - line->length;

    if (size > room)
        size = room;
    memcpy(line->data + line->length, data, size);
    line->length += size;
    line->data[line->length] = '\0';
}

void line_add(struct line *line, const char *text)
{
    line_add_bytes(line, text, strlen(text));
}

void line_add_number(struct line *line, int64_t number)
{
    char digits[20];
    size_t count = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        digits[sizeof(digits) - ++count] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        line_add(line, "-");
    line_add_bytes(line, digits + sizeof(digits) - count, count);
}

bool line_parse_number(const char *text, uint64_t maximum, uint64_t *ret)
{
    uint64_t number = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (*text < '0' || *text > '9' || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (number > maximum)
        return false;
    *ret = number;
    return true;
}

const char *line_error_text(int code)
{
    const char *text = strerrordesc_np(code);

    return text != NULL ? text : "unknown error";
}
