/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "route/build/build_priv.h"

static enum snapshot_part_kind placeholder(const char *name, size_t length)
{
    static const char *const names[SNAPSHOT_PART_KIND_COUNT] = {
        [SNAPSHOT_PART_PROTOCOL] = "protocol", [SNAPSHOT_PART_HOST] = "host",
        [SNAPSHOT_PART_PORT] = "port",         [SNAPSHOT_PART_PATH] = "path",
        [SNAPSHOT_PART_QUERY] = "query",
    };

    for (uint32_t i = SNAPSHOT_PART_LITERAL + 1; i < SNAPSHOT_PART_KIND_COUNT; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return i;
    return SNAPSHOT_PART_LITERAL;
}

static void add_part(struct build *build, enum snapshot_part_kind kind, const char *literal,
                     size_t length)
{
    struct snapshot_part part = {.kind = kind, .text = build_text(build, literal, length)};
    uint32_t number = build_add(build, SNAPSHOT_PARTS, 1);

    *build_get(build, PARTS, struct snapshot_part, number) = part;
}

int build_template(struct build *build, const char *what, const char *text,
                   struct snapshot_span *ret, struct error **reterr)
{
    uint32_t first = build_count(build, SNAPSHOT_PARTS);

    while (*text != '\0') {
        const char *opening = strstr(text, "#{");
        size_t literal = opening != NULL ? (size_t)(opening - text) : strlen(text);
        enum snapshot_part_kind kind;
        size_t length;

        if (literal > 0)
            add_part(build, SNAPSHOT_PART_LITERAL, text, literal);
        if (opening == NULL)
            break;
        length = strcspn(opening, "}");
        kind =
            opening[length] == '}' ? placeholder(opening + 2, length - 2) : SNAPSHOT_PART_LITERAL;
        if (kind == SNAPSHOT_PART_LITERAL)
            return error_set(reterr, EINVAL, "%s: %.*s stands for nothing", what,
                             (int)(length < 32 ? length + 1 : 32), opening);
        add_part(build, kind, NULL, 0);
        text = opening + length + 1;
    }
    *ret = (struct snapshot_span){first, build_count(build, SNAPSHOT_PARTS) - first};
    return 0;
}
