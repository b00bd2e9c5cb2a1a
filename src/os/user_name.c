/* SPDX-License-Identifier: Apache-2.0 */
#include "os/user_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "os/file.h"

#define PASSWD_BYTES_MAX ((size_t)4 << 20)

/* anna:x:1000:... */
static bool is_line_of(const char *line, uid_t uid, size_t *ret_length)
{
    const char *end = strchrnul(line, ':');
    const char *number = *end == ':' ? strchr(end + 1, ':') : NULL;
    char *rest;
    unsigned long value;

    if (number == NULL || end == line || number[1] < '0' || number[1] > '9')
        return false;
    value = strtoul(number + 1, &rest, 10);
    *ret_length = (size_t)(end - line);
    return *rest == ':' && value == uid;
}

void os_user_name(uid_t uid, char *name, size_t size)
{
    _cleanup_free_ char *text = NULL;
    char *rest = NULL;
    size_t length;

    (void)snprintf(name, size, "user %u", (unsigned int)uid);
    if (os_read_file("/etc/passwd", PASSWD_BYTES_MAX, &text, NULL, NULL) < 0)
        return;
    for (const char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (is_line_of(line, uid, &length) && length < size) {
            (void)snprintf(name, size, "%.*s", (int)length, line);
            return;
        }
    }
}
