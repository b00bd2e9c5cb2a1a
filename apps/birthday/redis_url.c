/* SPDX-License-Identifier: Apache-2.0 */
#include "birthday/redis_url.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/server_path.h"

#define SCHEME        "redis://"
#define PORT_DEFAULT  6379
#define DATABASES_MAX 65535

/* A part that may be percent-encoded, as passwords with special characters have to be. */
static bool take_text(const char *from, size_t length, char *to, size_t size)
{
    return length < size && server_path_decode(from, length, to);
}

static bool take_number(const char *text, size_t length, int max, int *ret)
{
    int number = 0;

    if (length == 0 || length > 5)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    if (number > max)
        return false;
    *ret = number;
    return true;
}

static bool take_account(const char *text, size_t length, struct redis_url *url)
{
    const char *colon = memchr(text, ':', length);

    /* "redis://secret@host" is read as a user by some and as a password by others. */
    return colon != NULL && take_text(text, (size_t)(colon - text), url->user, sizeof(url->user)) &&
           take_text(colon + 1, length - (size_t)(colon - text) - 1, url->password,
                     sizeof(url->password)) &&
           url->password[0] != '\0';
}

static bool take_address(const char *text, size_t length, struct redis_url *url)
{
    const char *end = text + length;
    const char *host_end = memchr(text, ':', length);

    if (*text == '[') { /* an IPv6 address */
        host_end = memchr(text, ']', length);
        if (host_end == NULL ||
            !take_text(text + 1, (size_t)(host_end - text) - 1, url->host, sizeof(url->host)))
            return false;
        host_end++;
    } else {
        if (host_end == NULL)
            host_end = end;
        if (!take_text(text, (size_t)(host_end - text), url->host, sizeof(url->host)))
            return false;
    }
    if (url->host[0] == '\0')
        return false;
    if (host_end == end)
        return true;
    return *host_end == ':' &&
           take_number(host_end + 1, (size_t)(end - host_end) - 1, 65535, &url->port) &&
           url->port > 0;
}

bool redis_url_parse(const char *text, struct redis_url *ret)
{
    struct redis_url url = {.port = PORT_DEFAULT};
    const char *at = NULL;
    const char *slash = NULL;
    size_t length = 0;

    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
        return false;
    text += strlen(SCHEME);
    length = strcspn(text, "/");
    slash = text + length;
    at = memrchr(text, '@', length);
    if (at != NULL) {
        if (!take_account(text, (size_t)(at - text), &url))
            return false;
        length -= (size_t)(at - text) + 1;
        text = at + 1;
    }
    if (length == 0 || !take_address(text, length, &url))
        return false;
    if (slash[0] == '/' && slash[1] != '\0' &&
        !take_number(slash + 1, strlen(slash + 1), DATABASES_MAX, &url.database))
        return false;
    *ret = url;
    return true;
}
