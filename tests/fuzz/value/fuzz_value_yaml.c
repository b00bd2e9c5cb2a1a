/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever tree the YAML writer is given, a YAML reader must get the same tree back: same shape,
 * same types, same bytes in every string. The input is a recipe for a tree; libyaml is the reader,
 * and plain scalars are typed here by patterns of their own, not by the code under test.
 */
#include <math.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "model/value.h"
#include "model/value_yaml.h"

#define DEPTH_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From recipe to tree */

struct recipe {
    struct arena *arena;
    const uint8_t *at;
    const uint8_t *end;
};

static uint8_t take_byte(struct recipe *recipe)
{
    return recipe->at < recipe->end ? *recipe->at++ : 0;
}

/* Texts that a reader is most likely to take for something else. */
static const char *const tricky[] = {
    "",
    "null",
    "~",
    "true",
    "No",
    "y",
    "<<",
    "1",
    "0x1f",
    "0777",
    "1_000",
    "22:22",
    "2001-01-01",
    ".inf",
    ".nan",
    "1e3",
    "- a",
    "a: b",
    "a #b",
    "a:",
    "? a",
    ": a",
    "---",
    "...",
    "--- a",
    "|",
    " a",
    "a ",
    "\ta",
    "a\n",
    "\na",
    "a\n\n",
    "\n",
    "\n\n",
    " a\nb",
    "a \nb",
    "a\n b",
    "a\n\tb",
    "a\n#b",
    "'",
    "\"",
    "\\",
    "$",
    "${A}",
    "\xef\xbb\xbf",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\r",
    "a\r\n",
    "[a]",
    "{a: b}",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a",
    "a,b",
    "a]b",
    "=",
    "-",
    "?",
    ":",
    "#",
    "a\n---\nb",
    "\xf0\x9f\x98\x80",
    "a\tb",
    "-1",
    "+.5",
    "0b1",
    "0o7",
    "\ta\nb",
};

/* A valid string without NUL: what the recipe has wrong is left out. */
static size_t take_text(struct recipe *recipe, char text[static 2048])
{
    uint8_t length_byte = take_byte(recipe);
    size_t wanted = length_byte < 0xE0 ? length_byte & 31 : (size_t)(length_byte & 31) * 64;
    size_t length = 0;

    if ((length_byte & 0xC0) == 0x80) {
        const char *chosen = tricky[take_byte(recipe) % (sizeof(tricky) / sizeof(tricky[0]))];

        memcpy(text, chosen, strlen(chosen));
        return strlen(chosen);
    }
    while (wanted > 0 && recipe->at < recipe->end) {
        uint32_t character;
        size_t left = (size_t)(recipe->end - recipe->at);
        size_t size =
            text_utf8_decode((const char *)recipe->at, left < wanted ? left : wanted, &character);

        if (size > 0 && character != 0) {
            memcpy(text + length, recipe->at, size);
            length += size;
        }
        size += size == 0;
        recipe->at += size;
        wanted -= size;
    }
    return length;
}

static struct value *take_value(struct recipe *recipe, int depth)
{
    const struct mark mark = {0};
    uint8_t order = take_byte(recipe);
    int count = order >> 4;
    char text[2048];
    struct value *value;
    int64_t bits = 0;
    double real;

    switch (order & 7) {
    case 0:
        return value_new(recipe->arena, VALUE_NULL, mark);
    case 1:
        return value_new_bool(recipe->arena, count & 1, mark);
    case 2:
    case 3:
        for (int i = 0; i < 8; i++)
            bits = (int64_t)((uint64_t)bits << 8 | take_byte(recipe));
        memcpy(&real, &bits, sizeof(real));
        if ((order & 7) == 2)
            return value_new_integer(recipe->arena, bits >> (count * 4), mark);
        return value_new_real(recipe->arena, real, mark);
    case 4:
        value = value_new(recipe->arena, VALUE_LIST, mark);
        for (int i = 0; i < count && depth < DEPTH_MAX; i++)
            value_list_append(recipe->arena, value, take_value(recipe, depth + 1));
        return value;
    case 5:
        value = value_new(recipe->arena, VALUE_MAP, mark);
        for (int i = 0; i < count && depth < DEPTH_MAX; i++) {
            size_t length = take_text(recipe, text);

            value_map_put(recipe->arena, value, text, length, mark, take_value(recipe, depth + 1));
        }
        return value;
    }
    return value_new_string(recipe->arena, text, take_text(recipe, text), mark);
}

/* From YAML back to the tree */

static void fail(const char *why, const char *yaml)
{
    (void)fprintf(stderr, "%s in:\n%s", why, yaml);
    abort();
}

static bool matches(const char *text)
{
    static const char *const patterns[] = {
        "^(~|null|Null|NULL|)$",
        "^([yY]|yes|Yes|YES|[nN]|no|No|NO|on|On|ON|off|Off|OFF)$",
        "^(true|True|TRUE|false|False|FALSE)$",
        "^([-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)|<<)$",
        "^[-+]?(\\.[0-9]+|[0-9][0-9_]*(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$",
        "^[-+]?0(x[0-9a-fA-F]{1,15}|o[0-7]{1,20}|b[01]{1,62})$",
        "^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?$",
        "^[0-9]{4}-(0?[1-9]|1[0-2])-(0?[1-9]|1[0-9]|2[0-8])$",
        "^[0-9]{4}-[1-9]-[1-9]([Tt][0-9]:[0-9]:[0-9]Z| [0-9]:[0-9]:[0-9](\\.[0-9]+)?)$",
    };
    static regex_t compiled[sizeof(patterns) / sizeof(patterns[0])];
    static bool ready;

    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        if (!ready && regcomp(&compiled[i], patterns[i], REG_EXTENDED | REG_NOSUB) != 0)
            abort();
        if (i == sizeof(patterns) / sizeof(patterns[0]) - 1)
            ready = true;
    }
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        if (regexec(&compiled[i], text, 0, NULL, 0) == 0)
            return true;
    return false;
}

struct check {
    yaml_document_t *document;
    const char *yaml;
    bool escape_dollar;
};

static void check_text(const struct check *check, const yaml_node_t *node, const char *text,
                       size_t length, bool escape_dollar)
{
    const char *read = (const char *)node->data.scalar.value;
    size_t at = 0;

    if (node->type != YAML_SCALAR_NODE)
        fail("a string became something else", check->yaml);
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && matches(read))
        fail("a string reads as another type", check->yaml);
    for (size_t i = 0; i < length; i++) {
        if (read[at] != text[i])
            fail("a string is not the same", check->yaml);
        at++;
        if (escape_dollar && text[i] == '$' && read[at++] != '$')
            fail("a dollar is not doubled", check->yaml);
    }
    if (at != node->data.scalar.length)
        fail("a string is longer than it was", check->yaml);
}

static bool scalar_is_right(const struct value *value, const char *read)
{
    char *end;
    double real;

    switch ((enum value_kind)value->kind) {
    case VALUE_NULL:
        return strcmp(read, "null") == 0;
    case VALUE_BOOL:
        return strcmp(read, value->boolean ? "true" : "false") == 0;
    case VALUE_INTEGER:
        return strtoll(read, &end, 10) == value->integer && *end == '\0';
    case VALUE_REAL:
        if (isnan(value->real))
            return strcmp(read, ".nan") == 0;
        if (isinf(value->real))
            return strcmp(read, value->real < 0 ? "-.inf" : ".inf") == 0;
        real = strtod(read, &end);
        return real == value->real && *end == '\0';
    case VALUE_STRING:
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    return false;
}

static void check_value(const struct check *check, int number, const struct value *value)
{
    yaml_node_t *node = yaml_document_get_node(check->document, number);

    if (value->kind == VALUE_STRING) {
        check_text(check, node, value->string.text, value->string.length, check->escape_dollar);
    } else if (value->kind == VALUE_LIST) {
        if (node->type != YAML_SEQUENCE_NODE ||
            node->data.sequence.items.top - node->data.sequence.items.start != value->list.count)
            fail("a list is not the same", check->yaml);
        for (uint32_t i = 0; i < value->list.count; i++)
            check_value(check, node->data.sequence.items.start[i], value->list.items[i]);
    } else if (value->kind == VALUE_MAP) {
        if (node->type != YAML_MAPPING_NODE ||
            node->data.mapping.pairs.top - node->data.mapping.pairs.start != value->map.count)
            fail("a map is not the same", check->yaml);
        for (uint32_t i = 0; i < value->map.count; i++) {
            const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
            const struct value_entry *entry = &value->map.entries[i];

            check_text(check, yaml_document_get_node(check->document, pair->key), entry->key,
                       entry->key_length, false);
            check_value(check, pair->value, entry->value);
        }
    } else if (node->type != YAML_SCALAR_NODE ||
               node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
               !scalar_is_right(value, (const char *)node->data.scalar.value)) {
        fail("a scalar is not the same", check->yaml);
    }
}

static void check_yaml(const struct value *value, const char *yaml, size_t length,
                       bool escape_dollar)
{
    yaml_document_t document;
    yaml_parser_t parser;
    struct check check = {.document = &document, .yaml = yaml, .escape_dollar = escape_dollar};

    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, length);
    if (!yaml_parser_load(&parser, &document))
        fail(parser.problem, yaml);
    if (yaml_document_get_root_node(&document) == NULL)
        fail("no document", yaml);
    check_value(&check, 1, value);
    yaml_document_delete(&document);

    if (!yaml_parser_load(&parser, &document))
        fail(parser.problem, yaml);
    if (yaml_document_get_root_node(&document) != NULL)
        fail("a second document", yaml);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct recipe recipe = {.arena = &arena, .at = data, .end = data + size};
    struct strbuf out;
    struct yaml_style style = {0};
    struct value *value;

    if (size > 65536)
        return 0;
    arena_init(&arena, (size_t)256 << 20);
    strbuf_init(&out, (size_t)256 << 20);
    style.escape_dollar = take_byte(&recipe) & 1;
    value = take_value(&recipe, 0);

    value_write_yaml(&out, value, &style);
    if (strbuf_failure(&out) != 0)
        fail("not written", "");
    check_yaml(value, strbuf_text(&out), out.length, style.escape_dollar);
    if (!value_equal(value, value_copy(&arena, value)))
        fail("a copy is not equal", strbuf_text(&out));

    strbuf_deinit(&out);
    arena_deinit(&arena);
    return 0;
}
