/* SPDX-License-Identifier: Apache-2.0 */
#include "route/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

enum {
    PARTS_MAX = 5,
    DIGEST_LENGTH = 32,
    IDENTITY_GROUP_MAX = 1024
};

/* The first 64 bits of the hash of the parts' hashes, so that no two lists of parts run together.
 */
static uint64_t identify(const char *const *parts, size_t count)
{
    char digests[PARTS_MAX * DIGEST_LENGTH];
    struct content_hash hash;
    uint64_t id = 0;

    for (size_t i = 0; i < count; i++) {
        hash = content_hash_bytes(parts[i], strlen(parts[i]));
        memcpy(digests + i * DIGEST_LENGTH, hash.text, DIGEST_LENGTH);
    }
    hash = content_hash_bytes(digests, count * DIGEST_LENGTH);
    for (size_t i = 0; i < sizeof(id) * 2; i++) {
        char digit = hash.text[i];

        id = id << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return id != 0 ? id : 1;
}

#define IDENTIFY(...)                                                                              \
    identify((const char *const[]){__VA_ARGS__},                                                   \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

uint64_t identity_of_listener(const char *address)
{
    return IDENTIFY("listener", address);
}

uint64_t identity_of_group(const char *project, const char *group)
{
    return IDENTIFY("group", project, group);
}

uint64_t identity_of_target(const char *project, const char *group, const char *address)
{
    return IDENTIFY("target", project, group, address);
}

bool identity_is_standby(const char *group)
{
    size_t length = strlen(group), tail = strlen(IDENTITY_STANDBY);

    return length > tail && strcmp(group + length - tail, IDENTITY_STANDBY) == 0;
}

uint64_t identity_of_instance(const char *project, const char *group, const char *instance,
                              const char *place)
{
    size_t length = strlen(group);
    char name[IDENTITY_GROUP_MAX];

    if (length < sizeof(name) && identity_is_standby(group)) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)(length - strlen(IDENTITY_STANDBY)), group);
        group = name;
    }
    return IDENTIFY("instance", project, group, instance, place);
}

uint64_t identity_of_limit(const char *listener, const char *project, const char *rule,
                           uint32_t position)
{
    char number[16];

    (void)snprintf(number, sizeof(number), "%u", position);
    return IDENTIFY("limit", listener, project, rule, number);
}

uint64_t identity_of_log(const char *path)
{
    return IDENTIFY("log", path);
}
