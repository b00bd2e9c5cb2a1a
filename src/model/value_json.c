/* SPDX-License-Identifier: Apache-2.0 */
#include "model/value_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "model/real.h"

/* What a byte of a string asks for. Everything else is copied as it is. */
enum byte_class {
    BYTE_COPIED,
    BYTE_ESCAPED,
    BYTE_DOLLAR,
    BYTE_HIGH, /* part of a longer character */
};

static const uint8_t byte_classes[256] = {
    [0x00 ... 0x1F] = BYTE_ESCAPED, ['"'] = BYTE_ESCAPED,
    ['\\'] = BYTE_ESCAPED,          ['$'] = BYTE_DOLLAR,
    [0x7F ... 0xFF] = BYTE_HIGH,
};

struct writer {
    struct strbuf *out;
    struct json_style style;
};

static void write_escape(struct strbuf *out, char byte)
{
    static const char letters[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    static const char hex[] = "0123456789abcdef";
    unsigned char code = (unsigned char)byte;
    char escape[] = {'\\', 'u', '0', '0', hex[code >> 4], hex[code & 15]};

    if (letters[code] == 0) {
        strbuf_append(out, escape, sizeof(escape));
        return;
    }
    escape[1] = letters[code];
    strbuf_append(out, escape, 2);
}

/* Characters that a reader of YAML takes for line breaks or refuses: JSON is read as YAML too. */
static bool is_unsafe(uint32_t character)
{
    return (character >= 0x7f && character <= 0x9f) || character == 0x2028 || character == 0x2029 ||
           character == 0xfeff || character == 0xfffe || character == 0xffff;
}

/* What stands in place of the character at text[0], perhaps in buffer; NULL where it stays. */
static const char *replacement(bool escape_dollar, const char *text, size_t length,
                               size_t *ret_size, char buffer[7])
{
    uint32_t character = 0;

    if (byte_classes[(unsigned char)text[0]] == BYTE_DOLLAR) {
        *ret_size = 1;
        return escape_dollar ? "$$" : NULL;
    }
    *ret_size = text_utf8_decode(text, length, &character);
    if (*ret_size == 0) {
        *ret_size = 1;
        return "\\ufffd";
    }
    if (!is_unsafe(character))
        return NULL;
    (void)snprintf(buffer, 7, "\\u%04x", (unsigned int)character);
    return buffer;
}

static void write_string(const struct writer *writer, const char *text, size_t length,
                         bool escape_dollar)
{
    size_t start = 0; /* of what is not written yet */
    size_t i = 0;

    strbuf_append(writer->out, "\"", 1);
    while (i < length) {
        uint8_t class = byte_classes[(unsigned char)text[i]];
        const char *instead = NULL;
        char buffer[7];
        size_t size = 1;

        if (class == BYTE_COPIED) {
            i++;
            continue;
        }
        if (class != BYTE_ESCAPED) {
            instead = replacement(escape_dollar, text + i, length - i, &size, buffer);
            if (instead == NULL) {
                i += size;
                continue;
            }
        }
        strbuf_append(writer->out, text + start, i - start);
        if (instead != NULL)
            strbuf_append_string(writer->out, instead);
        else
            write_escape(writer->out, text[i]);
        i += size;
        start = i;
    }
    strbuf_append(writer->out, text + start, length - start);
    strbuf_append(writer->out, "\"", 1);
}

static void write_line_break(const struct writer *writer, size_t depth)
{
    if (writer->style.compact)
        return;
    strbuf_append(writer->out, "\n", 1);
    strbuf_append_repeat(writer->out, ' ', depth * 2);
}

static void write_value(const struct writer *writer, const struct value *value, size_t depth);

static void write_list(const struct writer *writer, const struct value *list, size_t depth)
{
    if (list->list.count == 0) {
        strbuf_append(writer->out, "[]", 2);
        return;
    }
    for (uint32_t i = 0; i < list->list.count && strbuf_failure(writer->out) == 0; i++) {
        strbuf_append(writer->out, i == 0 ? "[" : ",", 1);
        write_line_break(writer, depth + 1);
        write_value(writer, list->list.items[i], depth + 1);
    }
    write_line_break(writer, depth);
    strbuf_append(writer->out, "]", 1);
}

static void write_map(const struct writer *writer, const struct value *map, size_t depth)
{
    if (map->map.count == 0) {
        strbuf_append(writer->out, "{}", 2);
        return;
    }
    for (uint32_t i = 0; i < map->map.count && strbuf_failure(writer->out) == 0; i++) {
        const struct value_entry *entry = &map->map.entries[i];

        strbuf_append(writer->out, i == 0 ? "{" : ",", 1);
        write_line_break(writer, depth + 1);
        write_string(writer, entry->key, entry->key_length, false);
        strbuf_append(writer->out, ": ", writer->style.compact ? 1 : 2);
        write_value(writer, entry->value, depth + 1);
    }
    write_line_break(writer, depth);
    strbuf_append(writer->out, "}", 1);
}

static void write_value(const struct writer *writer, const struct value *value, size_t depth)
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
        real = real_text(value->real, REAL_JSON);
        strbuf_append(writer->out, real.data, real.length);
        break;
    case VALUE_STRING:
        write_string(writer, value->string.text, value->string.length, writer->style.escape_dollar);
        break;
    case VALUE_LIST:
        write_list(writer, value, depth);
        break;
    case VALUE_MAP:
        write_map(writer, value, depth);
        break;
    }
}

void value_write_json(struct strbuf *out, const struct value *value, const struct json_style *style)
{
    struct writer writer = {.out = out};

    if (style != NULL)
        writer.style = *style;
    write_value(&writer, value, 0);
}

struct content_hash value_content_hash(struct arena *arena, const struct value *value)
{
    struct json_style compact = {.compact = true};
    struct content_hash hash;
    struct strbuf text;
    int r;

    strbuf_init(&text, SIZE_MAX);
    value_write_json(&text, value, &compact);
    hash = content_hash_bytes(strbuf_text(&text), text.length);
    r = strbuf_failure(&text);
    strbuf_deinit(&text);
    if (r < 0)
        arena_fail(arena, r);
    return hash;
}
