/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "engine/credentials.h"
#include "engine/reference_priv.h"

static int refuse(const char *text, struct error **reterr)
{
    return error_set(reterr, EINVAL, "\"%.200s\" is no reference of an image: NAME[:TAG][@DIGEST]",
                     text);
}

/* Letters, digits and a few signs; what the parts may be in detail is for the engine. */
static bool is_plain(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "0123456789._-/:@[]+")] == '\0';
}

/* A colon behind the last slash begins a tag; before it, a port. With a digest the tag counts for
 * nothing. */
int reference_split(const char *text, struct reference *ret, struct error **reterr)
{
    const char *digest = strchr(text, '@');
    const char *slash = strrchr(text, '/');
    const char *colon = strchr(slash != NULL ? slash : text, ':');
    const char *tag = "latest";
    size_t length = strlen(text);

    if (length > ENGINE_NAME_SIZE_MAX || !is_plain(text))
        return refuse(text, reterr);
    if (digest != NULL) {
        length = (size_t)(digest - text);
        tag = digest + 1;
    }
    if (colon != NULL && colon < text + length) {
        length = (size_t)(colon - text);
        if (digest == NULL)
            tag = colon + 1;
    }
    if (length == 0 || tag[0] == '\0')
        return refuse(text, reterr);
    memcpy(ret->repository, text, length);
    ret->repository[length] = '\0';
    memcpy(ret->tag, tag, strlen(tag) + 1);
    return 0;
}

/* What stands before the first slash is a registry if it looks like a host. */
int engine_registry_of(const char *reference, char *registry, size_t size, struct error **reterr)
{
    struct reference parts;
    const char *host = "docker.io";
    size_t length;
    int r = reference_split(reference, &parts, reterr);

    if (r < 0)
        return r;
    length = strcspn(parts.repository, "/");
    if (parts.repository[length] == '/') {
        parts.repository[length] = '\0';
        if (strpbrk(parts.repository, ".:") != NULL || strcmp(parts.repository, "localhost") == 0)
            host = parts.repository;
    }
    if (strcmp(host, "index.docker.io") == 0)
        host = "docker.io";
    length = strlen(host);
    if (length >= size)
        return refuse(reference, reterr);
    memcpy(registry, host, length + 1);
    return 0;
}
