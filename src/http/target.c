/* SPDX-License-Identifier: Apache-2.0 */
#include "http/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Decodes from up to end into to, which has room for as much, and ends it with a NUL. The number of
 * bytes, or -EINVAL. */
static long decode(char *to, const char *from, const char *end, bool plus_is_space)
{
    char *start = to;

    while (from < end) {
        char byte = *from++;

        if (byte == '%') {
            int high = end - from >= 2 ? hex_value(from[0]) : -1;
            int low = end - from >= 2 ? hex_value(from[1]) : -1;

            if (high < 0 || low < 0)
                return -EINVAL;
            byte = (char)(high << 4 | low);
            from += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        if (byte == '\0')
            return -EINVAL;
        *to++ = byte;
    }
    *to = '\0';
    return to - start;
}

void http_segments_deinit(struct http_segments *segments)
{
    free(segments->memory);
    *segments = (struct http_segments){0};
}

int http_segments_parse(const char *path, struct http_segments *ret_segments)
{
    _cleanup_http_segments_ struct http_segments segments = {0};
    char *next;

    if (*path != '/')
        return -EINVAL;
    segments.memory = malloc(strlen(path) + 1);
    if (segments.memory == NULL)
        return -ENOMEM;
    next = segments.memory;

    /* A segment takes no more room than the slash before it and its own text. */
    while (*path == '/' && !(segments.count == 0 && path[1] == '\0')) {
        const char *end = path + 1 + strcspn(path + 1, "/");
        long length = decode(next, path + 1, end, false);

        if (length <= 0 || segments.count == HTTP_SEGMENTS_MAX)
            return -EINVAL;
        segments.items[segments.count++] = next;
        next += length + 1;
        path = end;
    }
    *ret_segments = segments;
    segments.memory = NULL;
    return 0;
}

int http_query_find(const char *query, const char *name, char *value, size_t size)
{
    size_t name_length = strlen(name);

    while (*query != '\0') {
        const char *end = query + strcspn(query, "&");

        if ((size_t)(end - query) >= name_length && memcmp(query, name, name_length) == 0 &&
            (query[name_length] == '=' || query + name_length == end)) {
            const char *start = query + name_length;

            if (start < end)
                start++;
            if ((size_t)(end - start) >= size)
                return -EINVAL;
            return decode(value, start, end, true) < 0 ? -EINVAL : 1;
        }
        query = *end == '&' ? end + 1 : end;
    }
    return 0;
}

void http_encode(struct strbuf *buffer, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');

        if (is_letter || (byte >= '0' && byte <= '9') || strchr("-._~:", byte) != NULL) {
            strbuf_append_char(buffer, *text);
        } else {
            char escaped[3] = {'%', digits[byte >> 4], digits[byte & 15]};

            strbuf_append(buffer, escaped, sizeof(escaped));
        }
    }
}
