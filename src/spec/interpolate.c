/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/interpolate.h"

#include <string.h>

#include "base/text.h"
#include "spec/env/template.h"
#include "spec/shape.h"

static const char *get_variable(void *context, const char *name, size_t length, size_t *ret_length)
{
    const struct interpolate *interpolate = context;

    return environment_get(interpolate->environment, name, length, ret_length);
}

static void warn_unset(void *context, const char *name, size_t length)
{
    struct interpolate *interpolate = context;

    if (hashmap_has(interpolate->unset, name, length))
        return;
    hashmap_put(interpolate->unset, name, length, NULL);
    diagnostics_warning(
        interpolate->diagnostics, interpolate->value->mark, shape_span(interpolate->value),
        interpolate->place,
        arena_printf(interpolate->arena, "set it, or write ${%.*s:-} to say so", (int)length, name),
        "the variable \"%.*s\" is not set; nothing is put in its place", (int)length, name);
}

/* Where in the file the offset into a scalar is; exact for scalars of one line without escapes. */
static struct mark mark_inside(const struct value *value, size_t offset)
{
    struct mark mark = value->mark;

    if (value->block || memchr(value->string.text, '\n', value->string.length) != NULL)
        return mark;
    for (size_t i = 0; i < offset && i < value->string.length; i++)
        if (((unsigned char)value->string.text[i] & 0xc0) != 0x80)
            mark.column++;
    if (value->quoted)
        mark.column++;
    return mark;
}

static void substitute(struct interpolate *interpolate, struct value *value,
                       const struct place *place)
{
    struct template_lookup lookup = {
        .get = get_variable,
        .unset = warn_unset,
        .context = interpolate,
    };
    struct template_result result;

    interpolate->value = value;
    interpolate->place = place;
    if (!template_substitute(interpolate->arena, value->string.text, value->string.length, &lookup,
                             &result)) {
        diagnostics_error(interpolate->diagnostics, mark_inside(value, result.offset), 1, place,
                          result.failure == TEMPLATE_INVALID
                              ? "a variable is ${NAME} or $NAME; write $$ for a $ itself"
                              : NULL,
                          "%s", result.message);
        return;
    }
    if (!text_is_utf8_valid(result.text, result.length, NULL)) {
        diagnostics_error(interpolate->diagnostics, value->mark, shape_span(value), place, NULL,
                          "a variable that is put in here does not hold UTF-8 text");
        return;
    }
    value->string.text = result.text;
    value->string.length = result.length;
    value->filled = true;
}

void interpolate_tree(struct interpolate *interpolate, struct value *value,
                      const struct place *place)
{
    switch ((enum value_kind)value->kind) {
    case VALUE_STRING:
        if (memchr(value->string.text, '$', value->string.length) != NULL)
            substitute(interpolate, value, place);
        break;
    case VALUE_LIST:
        for (uint32_t i = 0; i < value->list.count; i++)
            interpolate_tree(interpolate, value->list.items[i],
                             &(struct place){.parent = place, .index = i});
        break;
    case VALUE_MAP:
        for (uint32_t i = 0; i < value->map.count; i++)
            interpolate_tree(interpolate, value->map.entries[i].value,
                             &(struct place){.parent = place, .key = value->map.entries[i].key});
        break;
    default:
        break;
    }
}
