/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/container/aliases.h"

#include <string.h>

#include "base/arena.h"
#include "runtime/docker/container/texts.h"

const char *aliases_add(struct arena *arena, const char *text, const char *network,
                        const char *const *aliases)
{
    const char *separator = "=";

    text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? ";" : "", network);
    for (uint32_t i = 0; aliases != NULL && aliases[i] != NULL; i++) {
        if (strpbrk(aliases[i], "=,;") != NULL)
            continue;
        text = arena_printf(arena, "%s%s%s", text, separator, aliases[i]);
        separator = ",";
    }
    return text;
}

static const char *const *split(struct arena *arena, const char *text, size_t length)
{
    const char *end = text + length;
    const char *const *aliases = texts_with(arena, NULL, NULL);

    while (text < end) {
        size_t size = strcspn(text, ",;");

        if (size > 0)
            aliases = texts_with(arena, aliases, arena_strndup(arena, text, size));
        text += size + 1;
    }
    return aliases;
}

uint32_t aliases_read(struct arena *arena, const char *text, struct alias_set **ret)
{
    uint32_t capacity = 1;
    uint32_t count = 0;
    struct alias_set *sets;

    for (const char *at = strchr(text, ';'); at != NULL; at = strchr(at + 1, ';'))
        capacity++;
    sets = arena_new_array(arena, struct alias_set, capacity);
    while (*text != '\0') {
        size_t length = strcspn(text, ";");
        size_t name = strcspn(text, "=;");

        if (name > 0 && name < length)
            sets[count++] = (struct alias_set){arena_strndup(arena, text, name),
                                               split(arena, text + name + 1, length - name - 1)};
        text += length + (text[length] == ';');
    }
    *ret = sets;
    return count;
}
