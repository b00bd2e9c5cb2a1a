/* SPDX-License-Identifier: Apache-2.0 */
#include "model/value_yaml.h"

#include <inttypes.h>

#include "model/real.h"
#include "model/yaml_scalar.h"

#define INDENT 2

/* Longer keys get the form with a question mark; readers give up on long keys without one. */
#define SIMPLE_KEY_LENGTH_MAX 128

struct writer {
    struct strbuf *out;
    struct yaml_style style;
};

static bool is_block(const struct value *value)
{
    return (value_is(value, VALUE_LIST) && value->list.count > 0) ||
           (value_is(value, VALUE_MAP) && value->map.count > 0);
}

/* A scalar or an empty list or map. indent is that of the list or map it belongs to. */
static void write_leaf(const struct writer *writer, const struct value *value, size_t indent)
{
    struct real_text real;

    switch (value == NULL ? VALUE_NULL : (enum value_kind)value->kind) {
    case VALUE_NULL:
        strbuf_append(writer->out, "null", 4);
        break;
    case VALUE_BOOL:
        strbuf_append_string(writer->out, value->boolean ? "true" : "false");
        break;
    case VALUE_INTEGER:
        strbuf_printf(writer->out, "%" PRId64, value->integer);
        break;
    case VALUE_REAL:
        real = real_text(value->real, REAL_YAML);
        strbuf_append(writer->out, real.data, real.length);
        break;
    case VALUE_STRING:
        yaml_scalar_write(writer->out, value->string.text, value->string.length,
                          &(struct yaml_scalar_place){
                              .escape_dollar = writer->style.escape_dollar,
                              .block_indent = indent + INDENT,
                          });
        break;
    case VALUE_LIST:
        strbuf_append(writer->out, "[]", 2);
        break;
    case VALUE_MAP:
        strbuf_append(writer->out, "{}", 2);
        break;
    }
    strbuf_append(writer->out, "\n", 1);
}

static void write_block(const struct writer *writer, const struct value *value, size_t indent,
                        bool inside_line);

/* What follows "- " or another mark of that width: a block begins on the same line. */
static void write_after_mark(const struct writer *writer, const struct value *value, size_t indent)
{
    if (is_block(value))
        write_block(writer, value, indent + INDENT, true);
    else
        write_leaf(writer, value, indent);
}

static void write_entry(const struct writer *writer, const struct value_entry *entry, size_t indent)
{
    const struct yaml_scalar_place key_place = {.single_line = true};

    if (entry->key_length > SIMPLE_KEY_LENGTH_MAX) {
        strbuf_append(writer->out, "? ", 2);
        yaml_scalar_write(writer->out, entry->key, entry->key_length, &key_place);
        strbuf_append(writer->out, "\n", 1);
        strbuf_append_repeat(writer->out, ' ', indent);
        strbuf_append(writer->out, ": ", 2);
        write_after_mark(writer, entry->value, indent);
        return;
    }
    yaml_scalar_write(writer->out, entry->key, entry->key_length, &key_place);
    if (is_block(entry->value)) {
        strbuf_append(writer->out, ":\n", 2);
        write_block(writer, entry->value, indent + INDENT, false);
    } else {
        strbuf_append(writer->out, ": ", 2);
        write_leaf(writer, entry->value, indent);
    }
}

/* A list or map that is not empty. inside_line: the first line is already indented. */
static void write_block(const struct writer *writer, const struct value *value, size_t indent,
                        bool inside_line)
{
    bool is_map = value->kind == VALUE_MAP;
    uint32_t count = is_map ? value->map.count : value->list.count;

    for (uint32_t i = 0; i < count && strbuf_failure(writer->out) == 0; i++) {
        if (i > 0 || !inside_line)
            strbuf_append_repeat(writer->out, ' ', indent);
        if (is_map) {
            write_entry(writer, &value->map.entries[i], indent);
        } else {
            strbuf_append(writer->out, "- ", 2);
            write_after_mark(writer, value->list.items[i], indent);
        }
    }
}

void value_write_yaml(struct strbuf *out, const struct value *value, const struct yaml_style *style)
{
    struct writer writer = {.out = out};

    if (style != NULL)
        writer.style = *style;
    if (is_block(value))
        write_block(&writer, value, 0, false);
    else
        write_leaf(&writer, value, 0);
}
