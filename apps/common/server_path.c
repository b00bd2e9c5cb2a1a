/* SPDX-License-Identifier: Apache-2.0 */
#include "common/server_path.h"

#include <stdint.h>
#include <string.h>

#include <unistr.h>

#include "common/server.h"

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool server_path_decode(const char *from, size_t length, char *to)
{
    char *start = to;

    for (size_t i = 0; i < length; i++) {
        int high = 0;
        int low = 0;

        if (from[i] != '%') {
            *to++ = from[i];
            continue;
        }
        if (i + 2 >= length)
            return false;
        high = hex_digit(from[i + 1]);
        low = hex_digit(from[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return false;
        *to++ = (char)(high * 16 + low);
        i += 2;
    }
    *to = '\0';
    return u8_check((const uint8_t *)start, (size_t)(to - start)) == NULL;
}

enum server_match server_path_match(const char *pattern, const char *path, char *buffer,
                                    const char **ret_parameters)
{
    enum server_match match = SERVER_MATCH_YES;
    size_t count = 0;

    while (*pattern == '/' && *path == '/') {
        size_t pattern_length = strcspn(++pattern, "/");
        size_t path_length = strcspn(++path, "/");
        bool is_decoded = server_path_decode(path, path_length, buffer);

        if (*pattern == '{' && count < SERVER_PARAMETERS_MAX) {
            if (path_length == 0)
                return SERVER_MATCH_NO;
            if (!is_decoded)
                match = SERVER_MATCH_BAD;
            ret_parameters[count++] = buffer;
        } else if (!is_decoded || strlen(buffer) != pattern_length ||
                   memcmp(buffer, pattern, pattern_length) != 0) {
            return SERVER_MATCH_NO;
        }
        /* Decoding never makes it longer, and the slash in front left room for the NUL. */
        buffer += path_length + 1;
        pattern += pattern_length;
        path += path_length;
    }
    return *pattern == '\0' && *path == '\0' ? match : SERVER_MATCH_NO;
}
