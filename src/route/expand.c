/* SPDX-License-Identifier: Apache-2.0 */
#include "route/expand.h"

#include <errno.h>
#include <string.h>

/* Appending past the end only counts, so that the end asks once. */
struct output {
    char *buffer;
    size_t size;
    size_t length;
};

static void append(struct output *output, const char *data, size_t length)
{
    if (output->length <= output->size && length > 0 && length <= output->size - output->length)
        memcpy(output->buffer + output->length, data, length);
    output->length += length;
}

/* Without the slash in front; without all of them where one more would stand behind the first byte,
 * as what begins with two names another host. */
static struct route_text path_behind(const struct output *output, struct route_text path)
{
    do {
        if (path.length == 0 || path.data[0] != '/')
            break;
        path = (struct route_text){path.data + 1, path.length - 1};
    } while (output->length == 1);
    return path;
}

static struct route_text value_of(uint32_t kind, const struct expand_values *values,
                                  const struct output *output)
{
    switch (kind) {
    case SNAPSHOT_PART_PROTOCOL:
        return values->protocol;
    case SNAPSHOT_PART_HOST:
        return values->host;
    case SNAPSHOT_PART_PORT:
        return values->port;
    case SNAPSHOT_PART_QUERY:
        return values->query;
    case SNAPSHOT_PART_PATH:
    default:
        return path_behind(output, values->path);
    }
}

static void append_parts(struct output *output, const struct snapshot *snapshot,
                         struct snapshot_span span, const struct expand_values *values)
{
    const struct snapshot_part *parts = snapshot->parts + span.first;

    for (uint32_t i = 0; i < span.count; i++) {
        bool lone_query = i + 2 == span.count && parts[i + 1].kind == SNAPSHOT_PART_QUERY &&
                          values->query.length == 0;

        if (parts[i].kind == SNAPSHOT_PART_LITERAL) {
            const char *literal = snapshot_text(snapshot, parts[i].text);
            size_t length = parts[i].text.length;

            append(output, literal,
                   length - (lone_query && length > 0 && literal[length - 1] == '?'));
        } else {
            struct route_text value = value_of(parts[i].kind, values, output);

            append(output, value.data, value.length);
        }
    }
}

static int finish(const struct output *output, int done, size_t *ret_length)
{
    if (output->length > output->size)
        return -ENOBUFS;
    *ret_length = output->length;
    return done;
}

int expand_location(const struct snapshot *snapshot, const struct snapshot_action *action,
                    const struct expand_values *values, char *buffer, size_t size,
                    size_t *ret_length)
{
    struct output output = {.buffer = buffer, .size = size};

    append_parts(&output, snapshot, action->location, values);
    return finish(&output, 0, ret_length);
}

/* Two slashes where the replacement meets the rest become one. */
static int replace_prefix(struct output *output, const struct snapshot *snapshot,
                          const struct snapshot_rewrite *rewrite, struct route_text path,
                          size_t *ret_length)
{
    const char *replacement = snapshot_text(snapshot, rewrite->replacement);
    size_t length = rewrite->replacement.length;

    if (path.length < rewrite->prefix.length || path.length == 0 ||
        memcmp(path.data, snapshot_text(snapshot, rewrite->prefix), rewrite->prefix.length) != 0)
        return 0;
    path.data += rewrite->prefix.length;
    path.length -= rewrite->prefix.length;
    if (path.length > 0 && path.data[0] == '/' && length > 0 && replacement[length - 1] == '/')
        length--;
    append(output, replacement, length);
    append(output, path.data, path.length);
    return finish(output, 1, ret_length);
}

int expand_path(const struct snapshot *snapshot, const struct snapshot_rewrite *rewrite,
                const struct expand_values *values, char *buffer, size_t size, size_t *ret_length)
{
    struct output output = {.buffer = buffer, .size = size};

    switch (rewrite->kind) {
    case ROUTE_REWRITE_PREFIX:
        return replace_prefix(&output, snapshot, rewrite, values->path, ret_length);
    case ROUTE_REWRITE_TEMPLATE:
        append_parts(&output, snapshot, rewrite->parts, values);
        return finish(&output, 1, ret_length);
    case ROUTE_REWRITE_NONE:
    default:
        return 0;
    }
}
