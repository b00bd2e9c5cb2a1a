/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/container/hooks.h"

#include <string.h>

#include "base/arena.h"
#include "runtime/docker/container/texts.h"

static const char *escape(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    char *escaped = arena_alloc(arena, length * 2 + 1);
    char *out = escaped;

    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '\n') {
            *out++ = '\\';
            *out++ = *text == '\n' ? 'n' : '\\';
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
    return escaped;
}

static char *unescape(struct arena *arena, const char *text, size_t length)
{
    char *plain = arena_alloc(arena, length + 1);
    char *out = plain;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length)
            *out++ = text[++i] == 'n' ? '\n' : text[i];
        else
            *out++ = text[i];
    }
    *out = '\0';
    return plain;
}

static void add(struct arena *arena, const char **text, char kind, const char *content)
{
    *text = arena_printf(arena, "%s%c%s\n", *text, kind, escape(arena, content));
}

static void write_hook(struct arena *arena, const char **text, char kind, const struct value *hook)
{
    const struct value *command = value_get(hook, "command");
    const struct value *environment = value_get(hook, "environment");
    const struct value *privileged = value_get(hook, "privileged");
    const char *user = value_get_text(hook, "user");
    const char *folder = value_get_text(hook, "working_dir");

    add(arena, text, kind, "");
    for (uint32_t i = 0; i < value_list_count(command); i++) {
        const char *word = value_scalar_text(arena, command->list.items[i]);

        add(arena, text, 'c', word != NULL ? word : "");
    }
    for (uint32_t i = 0; i < value_map_count(environment); i++) {
        const struct value_entry *entry = &environment->map.entries[i];
        const char *content = value_scalar_text(arena, entry->value);

        if (content != NULL)
            add(arena, text, 'e', arena_printf(arena, "%s=%s", entry->key, content));
    }
    if (user != NULL)
        add(arena, text, 'u', user);
    if (folder != NULL)
        add(arena, text, 'w', folder);
    if (value_is(privileged, VALUE_BOOL) && privileged->boolean)
        add(arena, text, 'p', "");
}

const char *hooks_write(struct arena *arena, const struct value *service)
{
    const struct value *after_start = value_get(service, "post_start");
    const struct value *before_stop = value_get(service, "pre_stop");
    const char *text = "";

    for (uint32_t i = 0; i < value_list_count(after_start); i++)
        write_hook(arena, &text, 'S', after_start->list.items[i]);
    for (uint32_t i = 0; i < value_list_count(before_stop); i++)
        write_hook(arena, &text, 'T', before_stop->list.items[i]);
    return text;
}

static void read_line(struct arena *arena, struct hook *hook, char kind, const char *content)
{
    switch (kind) {
    case 'c':
        hook->arguments = texts_with(arena, hook->arguments, content);
        break;
    case 'e':
        hook->environment = texts_with(arena, hook->environment, content);
        break;
    case 'u':
        hook->user = content;
        break;
    case 'w':
        hook->folder = content;
        break;
    case 'p':
        hook->is_privileged = true;
        break;
    default:
        break;
    }
}

static uint32_t count_hooks(const char *text)
{
    uint32_t count = 0;

    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n")) {
        line += *line == '\n';
        count += *line == 'S' || *line == 'T';
        if (*line == '\0')
            break;
    }
    return count;
}

uint32_t hooks_read(struct arena *arena, const char *text, struct hook **ret)
{
    static const char *const none[] = {NULL};
    struct hook *hooks = arena_new_array(arena, struct hook, count_hooks(text) + 1);
    uint32_t count = 0;

    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");

        if (length > 0 && (*line == 'S' || *line == 'T'))
            hooks[count++] = (struct hook){
                .is_after_start = *line == 'S', .arguments = none, .environment = none};
        else if (length > 0 && count > 0)
            read_line(arena, &hooks[count - 1], *line, unescape(arena, line + 1, length - 1));
        line += length + (line[length] == '\n');
    }
    *ret = hooks;
    return count;
}
