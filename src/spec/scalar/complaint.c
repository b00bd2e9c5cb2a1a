/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/complaint.h"

#include <stdbool.h>
#include <stdint.h>

#define COMPLAINT_SHOWN_BYTES_MAX 80

static size_t complaint_shown_length(const char *text, size_t length)
{
    size_t shown = length;

    if (length <= COMPLAINT_SHOWN_BYTES_MAX)
        return length;
    /* Not in the middle of a UTF-8 sequence, which has at most three bytes behind its first. */
    for (shown = COMPLAINT_SHOWN_BYTES_MAX; shown > COMPLAINT_SHOWN_BYTES_MAX - 3; shown--) {
        if (((unsigned char)text[shown] & 0xc0) != 0x80)
            break;
    }
    return shown;
}

static char *complaint_escape(char *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";

    if (byte == '"' || byte == '\\') {
        *out++ = '\\';
        *out++ = (char)byte;
    } else if (byte < 0x20 || byte == 0x7f) {
        *out++ = '\\';
        *out++ = 'x';
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    } else {
        *out++ = (char)byte;
    }
    return out;
}

const char *complaint_new(struct arena *arena, const char *text, size_t length, const char *what,
                          const char *reason)
{
    char shown[COMPLAINT_SHOWN_BYTES_MAX * 4 + 1];
    size_t shown_length = complaint_shown_length(text, length);
    char *out = shown;

    for (size_t i = 0; i < shown_length; i++)
        out = complaint_escape(out, (unsigned char)text[i]);
    *out = '\0';
    return arena_printf(arena, "\"%s%s\" is no %s: %s", shown, shown_length < length ? "..." : "",
                        what, reason);
}
