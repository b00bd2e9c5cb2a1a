/* SPDX-License-Identifier: Apache-2.0 */
#include "model/yaml_scalar.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#include "model/yaml_plain.h"

/* Bytes that a look at the text must stop at; all others are ordinary in every style. */
enum byte_class {
    BYTE_ORDINARY,
    BYTE_SPACE,
    BYTE_NEWLINE,
    BYTE_TAB,
    BYTE_CONTROL,
    BYTE_COLON,
    BYTE_HASH,
    BYTE_DOLLAR,
    BYTE_HIGH, /* part of a longer character */
};

static const uint8_t byte_classes[256] = {
    [0x00 ... 0x08] = BYTE_CONTROL,
    ['\t'] = BYTE_TAB,
    ['\n'] = BYTE_NEWLINE,
    [0x0B ... 0x1F] = BYTE_CONTROL,
    [' '] = BYTE_SPACE,
    [0x7F] = BYTE_CONTROL,
    [':'] = BYTE_COLON,
    ['#'] = BYTE_HASH,
    ['$'] = BYTE_DOLLAR,
    [0x80 ... 0xFF] = BYTE_HIGH,
};

/* What one look over the text has found. */
struct traits {
    bool newlines;
    bool tabs;
    bool special;     /* a character that only an escape can stand for */
    bool indicators;  /* would mean something else than itself in a plain scalar */
    bool space_break; /* a line that ends in a space */
    bool dollars;
};

enum style {
    STYLE_PLAIN,
    STYLE_SINGLE_QUOTED,
    STYLE_DOUBLE_QUOTED,
    STYLE_LITERAL,
};

/* Controls, the line breaks that only Unicode has, and the marks of byte order. */
static bool is_special(uint32_t character)
{
    return character < 0xA0 || character == 0x2028 || character == 0x2029 || character == 0xFEFF ||
           character == 0xFFFE || character == 0xFFFF;
}

static bool is_blank_or_end(const char *text, size_t length, size_t position)
{
    return position >= length || text[position] == ' ' || text[position] == '\t';
}

static bool begins_with_indicator(const char *text, size_t length)
{
    switch (text[0]) {
    case '#':
    case ',':
    case '[':
    case ']':
    case '{':
    case '}':
    case '&':
    case '*':
    case '!':
    case '|':
    case '>':
    case '\'':
    case '"':
    case '%':
    case '@':
    case '`':
        return true;
    case '?':
    case ':':
        return is_blank_or_end(text, length, 1);
    case '-':
    case '.':
        /* "---" and "..." end a document. */
        return (text[0] == '-' && is_blank_or_end(text, length, 1)) ||
               (length >= 3 && text[1] == text[0] && text[2] == text[0]);
    }
    return false;
}

static struct traits look_at(const char *text, size_t length)
{
    struct traits traits = {.indicators = length > 0 && begins_with_indicator(text, length)};
    uint32_t character;
    size_t size;

    for (size_t i = 0; i < length; i++) {
        switch ((enum byte_class)byte_classes[(unsigned char)text[i]]) {
        case BYTE_ORDINARY:
            break;
        case BYTE_SPACE:
            traits.space_break |= i + 1 < length && text[i + 1] == '\n';
            break;
        case BYTE_NEWLINE:
            traits.newlines = true;
            break;
        case BYTE_TAB:
            traits.tabs = true;
            break;
        case BYTE_CONTROL:
            traits.special = true;
            break;
        case BYTE_COLON:
            traits.indicators |= is_blank_or_end(text, length, i + 1);
            break;
        case BYTE_HASH:
            traits.indicators |= i > 0 && text[i - 1] == ' ';
            break;
        case BYTE_DOLLAR:
            traits.dollars = true;
            break;
        case BYTE_HIGH:
            size = text_utf8_decode(text + i, length - i, &character);
            traits.special |= size == 0 || is_special(character);
            i += size > 0 ? size - 1 : 0;
            break;
        }
    }
    return traits;
}

static enum style choose_style(const struct traits *traits, const char *text, size_t length,
                               bool single_line)
{
    bool space_outside = length > 0 && (text[0] == ' ' || text[length - 1] == ' ');

    if (traits->newlines) {
        /* Readers would lose spaces at the end, and take a tab at the start for indentation. */
        bool block = !single_line && !traits->special && !traits->space_break && text[0] != '\t' &&
                     text[length - 1] != ' ';

        return block ? STYLE_LITERAL : STYLE_DOUBLE_QUOTED;
    }
    if (traits->special || traits->tabs || !yaml_plain_is_string(text, length))
        return STYLE_DOUBLE_QUOTED;
    return traits->indicators || space_outside ? STYLE_SINGLE_QUOTED : STYLE_PLAIN;
}

/* Copies text, writing each byte equal to doubled twice; '\0' doubles none. */
static void write_doubling(struct strbuf *out, const char *text, size_t length, char doubled)
{
    const char *end = text + length;
    const char *found;

    while (doubled != '\0' && (found = memchr(text, doubled, (size_t)(end - text))) != NULL) {
        strbuf_append(out, text, (size_t)(found + 1 - text));
        strbuf_append(out, found, 1);
        text = found + 1;
    }
    strbuf_append(out, text, (size_t)(end - text));
}

static void write_single_quoted(struct strbuf *out, const char *text, size_t length, char doubled)
{
    const char *end = text + length;
    const char *quote;

    strbuf_append(out, "'", 1);
    while ((quote = memchr(text, '\'', (size_t)(end - text))) != NULL) {
        write_doubling(out, text, (size_t)(quote - text), doubled);
        strbuf_append(out, "''", 2);
        text = quote + 1;
    }
    write_doubling(out, text, (size_t)(end - text), doubled);
    strbuf_append(out, "'", 1);
}

static void write_escape(struct strbuf *out, uint32_t character)
{
    static const char letters[128] = {
        [0x00] = '0', ['\a'] = 'a', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\v'] = 'v',
        ['\f'] = 'f', ['\r'] = 'r', [0x1B] = 'e', ['"'] = '"',  ['\\'] = '\\',
    };
    char escape[] = {'\\', 0, 0};

    if (character < 128)
        escape[1] = letters[character];
    else if (character == 0x85)
        escape[1] = 'N';
    else if (character == 0x2028)
        escape[1] = 'L';
    else if (character == 0x2029)
        escape[1] = 'P';
    if (escape[1] != 0)
        strbuf_append(out, escape, 2);
    else
        strbuf_printf(out, character <= 0xFF ? "\\x%02X" : "\\u%04X", (unsigned int)character);
}

/* Whether the character at text[0] needs an escape. An invalid byte counts as the character that
 * stands for such. */
static bool needs_escape(const char *text, size_t length, uint32_t *ret_character, size_t *ret_size)
{
    *ret_character = (unsigned char)text[0];
    *ret_size = 1;
    switch ((enum byte_class)byte_classes[(unsigned char)text[0]]) {
    case BYTE_NEWLINE:
    case BYTE_TAB:
    case BYTE_CONTROL:
        return true;
    case BYTE_HIGH:
        *ret_size = text_utf8_decode(text, length, ret_character);
        if (*ret_size > 0)
            return is_special(*ret_character);
        *ret_character = 0xFFFD;
        *ret_size = 1;
        return true;
    case BYTE_ORDINARY:
        return text[0] == '"' || text[0] == '\\';
    case BYTE_SPACE:
    case BYTE_COLON:
    case BYTE_HASH:
    case BYTE_DOLLAR:
        break;
    }
    return false;
}

static void write_double_quoted(struct strbuf *out, const char *text, size_t length, char doubled)
{
    size_t start = 0; /* of what is not written yet */
    size_t size;

    strbuf_append(out, "\"", 1);
    for (size_t i = 0; i < length; i += size) {
        uint32_t character;

        if (!needs_escape(text + i, length - i, &character, &size))
            continue;
        write_doubling(out, text + start, i - start, doubled);
        write_escape(out, character);
        start = i + size;
    }
    write_doubling(out, text + start, length - start, doubled);
    strbuf_append(out, "\"", 1);
}

/* The header says what the lines cannot: the indentation where the first line begins with a space
 * or is empty, and what becomes of the newlines at the end. */
static void write_literal(struct strbuf *out, const char *text, size_t length, char doubled,
                          size_t indent)
{
    const char *end = text + length;
    const char *newline;

    strbuf_append(out, "|", 1);
    if (text[0] == ' ' || text[0] == '\n')
        strbuf_append(out, "2", 1);
    if (end[-1] != '\n') {
        strbuf_append(out, "-", 1);
    } else {
        if (length == 1 || end[-2] == '\n')
            strbuf_append(out, "+", 1);
        end--; /* the caller ends the last line */
    }
    do {
        newline = memchr(text, '\n', (size_t)(end - text));
        if (newline == NULL)
            newline = end;
        strbuf_append(out, "\n", 1);
        if (newline > text) {
            strbuf_append_repeat(out, ' ', indent);
            write_doubling(out, text, (size_t)(newline - text), doubled);
        }
        text = newline + 1;
    } while (newline < end);
}

void yaml_scalar_write(struct strbuf *out, const char *text, size_t length,
                       const struct yaml_scalar_place *place)
{
    struct traits traits = look_at(text, length);
    char doubled = place->escape_dollar && traits.dollars ? '$' : '\0';

    switch (choose_style(&traits, text, length, place->single_line)) {
    case STYLE_PLAIN:
        write_doubling(out, text, length, doubled);
        break;
    case STYLE_SINGLE_QUOTED:
        write_single_quoted(out, text, length, doubled);
        break;
    case STYLE_DOUBLE_QUOTED:
        write_double_quoted(out, text, length, doubled);
        break;
    case STYLE_LITERAL:
        write_literal(out, text, length, doubled, place->block_indent);
        break;
    }
}
