/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/edge_document.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "deploy/edge_document_priv.h"
#include "model/value_json.h"

#define SIZE_MAX_JSON ((size_t)64 << 20)

struct value *edge_text(struct edge_writer *writer, const char *text)
{
    return value_new_string(writer->arena, text, strlen(text), (struct mark){0});
}

struct keeping {
    struct arena *arena;
    const char *text;
    size_t length;
    char *copy;
};

static void copy_text(void *context)
{
    struct keeping *keeping = context;

    keeping->copy = arena_strndup(keeping->arena, keeping->text, keeping->length);
}

/* The text belongs to no arena, so a jump has to end here. */
static int keep(struct arena *arena, const char *text, size_t length, const char **ret)
{
    struct keeping keeping = {.arena = arena, .text = text, .length = length};
    int r = arena_protect(arena, copy_text, &keeping);

    if (r == 0)
        *ret = keeping.copy;
    return r;
}

static int write_json(struct arena *arena, const struct value *root, const char **ret_json,
                      struct error **reterr)
{
    /* Who reads it takes "$$" for "$", as in every project. */
    static const struct json_style style = {.compact = true, .escape_dollar = true};
    struct strbuf text;
    char *copy = NULL;
    int r;

    strbuf_init(&text, SIZE_MAX_JSON);
    value_write_json(&text, root, &style);
    r = strbuf_failure(&text);
    /* The arena may jump, so the buffer must not be held when it is asked. */
    if (r == 0)
        copy = text.data;
    else
        strbuf_deinit(&text);
    if (r < 0)
        return error_set(reterr, -r, "the edge's part of the project cannot be written: %s",
                         error_text(-r));
    r = keep(arena, copy, text.length, ret_json);
    free(copy);
    return r < 0 ? error_set(reterr, -r, "out of memory") : 0;
}

int edge_document_make(struct arena *arena, const struct edge_document_input *input,
                       const char **ret_json, struct error **reterr)
{
    struct edge_writer writer = {
        .arena = arena,
        .input = input,
        .listeners = value_new(arena, VALUE_MAP, (struct mark){0}),
        .groups = value_new(arena, VALUE_MAP, (struct mark){0}),
    };
    struct value *root = value_new(arena, VALUE_MAP, (struct mark){0});
    struct value *extension = value_new(arena, VALUE_MAP, (struct mark){0});
    const struct value *metrics =
        input->base != NULL ? value_get(value_get(input->base->root, "x-slipway"), "metrics")
                            : NULL;

    edge_write_groups(&writer);
    edge_write_listeners(&writer);
    (void)value_set(arena, extension, "listeners", writer.listeners);
    (void)value_set(arena, extension, "target_groups", writer.groups);
    if (metrics != NULL)
        (void)value_set(arena, extension, "metrics", value_copy(arena, metrics));
    (void)value_set(arena, root, "x-slipway", extension);
    return write_json(arena, root, ret_json, reterr);
}
