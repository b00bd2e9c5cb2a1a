/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/diagnostics.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/value_json.h"

/* Beyond this many of a severity, further ones are counted only: a file of a million mistakes has
 * one cause. */
enum {
    KEPT_MAX = 200,
    LINE_SHOWN_MAX = 160,
    PLACE_DEPTH_MAX = 128
};

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena, struct sources *sources)
{
    *diagnostics = (struct diagnostics){.arena = arena, .sources = sources};
}

const char *place_text(struct arena *arena, const struct place *place)
{
    const struct place *way[PLACE_DEPTH_MAX];
    size_t depth = 0;
    char *text = arena_strdup(arena, "");

    for (; place != NULL && depth < PLACE_DEPTH_MAX; place = place->parent)
        way[depth++] = place;
    while (depth-- > 0) {
        const struct place *step = way[depth];

        if (step->key == NULL)
            text = arena_printf(arena, "%s[%u]", text, step->index);
        else
            text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? "." : "", step->key);
    }
    return text;
}

bool diagnostics_wants(const struct diagnostics *diagnostics, enum severity severity)
{
    return diagnostics->kept[severity] < KEPT_MAX;
}

static struct diagnostic *new_diagnostic(struct diagnostics *diagnostics, enum severity severity)
{
    if (diagnostics->muted)
        return NULL;
    if (severity == SEVERITY_ERROR)
        diagnostics->errors++;
    else
        diagnostics->warnings++;
    if (!diagnostics_wants(diagnostics, severity))
        return NULL;
    diagnostics->kept[severity]++;
    if (diagnostics->count == diagnostics->capacity) {
        uint32_t capacity = diagnostics->capacity == 0 ? 8 : diagnostics->capacity * 2;

        diagnostics->items = arena_grow(diagnostics->arena, diagnostics->items,
                                        diagnostics->capacity * sizeof(struct diagnostic),
                                        capacity * sizeof(struct diagnostic));
        diagnostics->capacity = capacity;
    }
    diagnostics->items[diagnostics->count] = (struct diagnostic){.severity = severity, .path = ""};
    return &diagnostics->items[diagnostics->count++];
}

/* What is extended or included by several is found wrong once for each; it is said once. */
static bool was_said(const struct diagnostics *diagnostics, struct mark mark, const char *message)
{
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];

        if (item->source_named && item->mark.source == mark.source &&
            item->mark.line == mark.line && item->mark.column == mark.column &&
            strcmp(item->message, message) == 0)
            return true;
    }
    return false;
}

__attribute__((format(printf, 7, 0))) static void add_at(struct diagnostics *diagnostics,
                                                         enum severity severity, struct mark mark,
                                                         uint32_t length, const struct place *place,
                                                         const char *hint, const char *format,
                                                         va_list arguments)
{
    const char *message;
    struct diagnostic *added;

    if (diagnostics->muted || !diagnostics_wants(diagnostics, severity)) {
        (void)new_diagnostic(diagnostics, severity);
        return;
    }
    message = arena_vprintf(diagnostics->arena, format, arguments);
    if (was_said(diagnostics, mark, message))
        return;
    added = new_diagnostic(diagnostics, severity);
    if (added == NULL)
        return;
    added->mark = mark;
    added->source_named = true;
    added->length = length;
    added->hint = hint;
    added->path = place_text(diagnostics->arena, place);
    added->message = message;
}

void diagnostics_error(struct diagnostics *diagnostics, struct mark mark, uint32_t length,
                       const struct place *place, const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_at(diagnostics, SEVERITY_ERROR, mark, length, place, hint, format, arguments);
    va_end(arguments);
}

void diagnostics_warning(struct diagnostics *diagnostics, struct mark mark, uint32_t length,
                         const struct place *place, const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_at(diagnostics, SEVERITY_WARNING, mark, length, place, hint, format, arguments);
    va_end(arguments);
}

void diagnostics_error_outside(struct diagnostics *diagnostics, const char *hint,
                               const char *format, ...)
{
    struct diagnostic *added = new_diagnostic(diagnostics, SEVERITY_ERROR);
    va_list arguments;

    if (added == NULL)
        return;
    added->hint = hint;
    va_start(arguments, format);
    added->message = arena_vprintf(diagnostics->arena, format, arguments);
    va_end(arguments);
}

static const char *shown_name(const struct diagnostics *diagnostics, const struct diagnostic *item,
                              const struct diagnostics_style *style)
{
    const char *name = sources_name(diagnostics->sources, item->mark.source);
    size_t prefix = style->strip_prefix != NULL ? strlen(style->strip_prefix) : 0;

    if (prefix > 0 && strncmp(name, style->strip_prefix, prefix) == 0 && name[prefix] == '/')
        return name + prefix + 1;
    return name;
}

/* The bytes of the line up to a column, which counts characters. */
static size_t column_offset(const char *line, size_t length, uint32_t column)
{
    size_t at = 0;

    while (column > 1 && at < length) {
        at++;
        while (at < length && ((unsigned char)line[at] & 0xc0) == 0x80)
            at++;
        column--;
    }
    return at;
}

static void text_escape_string(struct strbuf *out, const char *text)
{
    text_escape(out, text, strlen(text));
}

/* How many columns the text takes once it is escaped. */
static size_t columns_of(const char *text, size_t length)
{
    char escaped[TEXT_ESCAPED_MAX];
    size_t columns = 0;
    size_t at = 0;

    while (at < length) {
        size_t escaped_length;
        size_t taken = text_escape_next(text + at, length - at, escaped, &escaped_length);

        /* A character printed as it is takes one column, however many bytes it has. */
        columns += escaped_length == taken ? 1 : escaped_length;
        at += taken;
    }
    return columns;
}

/* As much of the text as fits into limit bytes without cutting a character. */
static size_t whole_characters(const char *text, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit > 0 && ((unsigned char)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

/* "   7 |     imagee: nginx" and, below it, the caret. Long lines are shown around the caret. */
static void print_line(struct diagnostics *diagnostics, struct strbuf *out,
                       const struct diagnostic *item, const struct diagnostics_style *style)
{
    size_t length;
    const char *line = sources_line(diagnostics->sources, item->mark, &length);
    size_t offset;
    size_t from = 0;
    size_t shown;
    size_t marked;

    if (line == NULL)
        return;
    offset = column_offset(line, length, item->mark.column);
    if (offset > LINE_SHOWN_MAX / 2) {
        from = offset - LINE_SHOWN_MAX / 2;
        while (from < offset && ((unsigned char)line[from] & 0xc0) == 0x80)
            from++;
    }
    shown = whole_characters(line + from, length - from, LINE_SHOWN_MAX);
    marked =
        columns_of(line + offset, length - offset < item->length ? length - offset : item->length);
    strbuf_printf(out, "%5u | ", item->mark.line);
    text_escape(out, line + from, shown);
    strbuf_append_string(out, "\n      | ");
    strbuf_append_repeat(out, ' ', columns_of(line + from, offset - from));
    if (style->colour)
        strbuf_append_string(out, "\033[1;32m");
    strbuf_append_char(out, '^');
    if (marked > 1)
        strbuf_append_repeat(out, '~',
                             marked - 1 < LINE_SHOWN_MAX / 2 ? marked - 1 : LINE_SHOWN_MAX / 2);
    if (style->colour)
        strbuf_append_string(out, "\033[0m");
    strbuf_append_char(out, '\n');
}

static void print_item(struct diagnostics *diagnostics, struct strbuf *out,
                       const struct diagnostic *item, const struct diagnostics_style *style)
{
    bool error = item->severity == SEVERITY_ERROR;
    const char *bold = style->colour ? "\033[1m" : "";
    const char *plain = style->colour ? "\033[0m" : "";

    if (item->source_named) {
        strbuf_append_string(out, bold);
        text_escape_string(out, shown_name(diagnostics, item, style));
        if (item->mark.line > 0)
            strbuf_printf(out, ":%u:%u", item->mark.line, item->mark.column);
        strbuf_printf(out, ":%s ", plain);
    }
    if (style->colour)
        strbuf_append_string(out, error ? "\033[1;31m" : "\033[1;33m");
    strbuf_printf(out, "%s:%s ", error ? "error" : "warning", plain);
    if (*item->path != '\0') {
        text_escape_string(out, item->path);
        strbuf_append_string(out, ": ");
    }
    text_escape_string(out, item->message);
    strbuf_append_char(out, '\n');
    if (item->source_named)
        print_line(diagnostics, out, item, style);
    if (item->hint != NULL) {
        strbuf_append_string(out, "      = help: ");
        text_escape_string(out, item->hint);
        strbuf_append_char(out, '\n');
    }
}

/* What has no place first, then in the order of the files and their lines. */
static int compare_items(const void *a, const void *b)
{
    const struct diagnostic *left = a;
    const struct diagnostic *right = b;

    if (left->source_named != right->source_named)
        return left->source_named ? 1 : -1;
    if (left->mark.source != right->mark.source)
        return left->mark.source < right->mark.source ? -1 : 1;
    if (left->mark.line != right->mark.line)
        return left->mark.line < right->mark.line ? -1 : 1;
    if (left->mark.column != right->mark.column)
        return left->mark.column < right->mark.column ? -1 : 1;
    return strcmp(left->message, right->message);
}

static void sort_items(struct diagnostics *diagnostics)
{
    if (diagnostics->count > 1)
        qsort(diagnostics->items, diagnostics->count, sizeof(struct diagnostic), compare_items);
}

void diagnostics_print(struct diagnostics *diagnostics, struct strbuf *out,
                       const struct diagnostics_style *style)
{
    uint32_t hidden = diagnostics->errors + diagnostics->warnings - diagnostics->count;

    sort_items(diagnostics);
    for (uint32_t i = 0; i < diagnostics->count; i++)
        print_item(diagnostics, out, &diagnostics->items[i], style);
    if (hidden > 0)
        strbuf_printf(out, "and %u more, not shown\n", hidden);
}

static struct value *item_value(struct diagnostics *diagnostics, const struct diagnostic *item)
{
    struct arena *arena = diagnostics->arena;
    struct mark none = {0};
    struct value *map = value_new(arena, VALUE_MAP, none);
    size_t length;
    const char *line;

    if (item->source_named) {
        const char *name = sources_name(diagnostics->sources, item->mark.source);

        value_set(arena, map, "file", value_new_string(arena, name, strlen(name), none));
    }
    if (item->source_named && item->mark.line > 0) {
        value_set(arena, map, "line", value_new_integer(arena, item->mark.line, none));
        value_set(arena, map, "column", value_new_integer(arena, item->mark.column, none));
    }
    if (*item->path != '\0')
        value_set(arena, map, "path",
                  value_new_string(arena, item->path, strlen(item->path), none));
    value_set(arena, map, "message",
              value_new_string(arena, item->message, strlen(item->message), none));
    if (item->hint != NULL)
        value_set(arena, map, "hint",
                  value_new_string(arena, item->hint, strlen(item->hint), none));
    line = item->source_named ? sources_line(diagnostics->sources, item->mark, &length) : NULL;
    if (line != NULL && memchr(line, '\0', length) == NULL)
        value_set(arena, map, "source", value_new_string(arena, line, length, none));
    return map;
}

void diagnostics_print_json(struct diagnostics *diagnostics, struct strbuf *out)
{
    struct arena *arena = diagnostics->arena;
    struct mark none = {0};
    struct value *top = value_new(arena, VALUE_MAP, none);
    struct value *errors = value_new(arena, VALUE_LIST, none);
    struct value *warnings = value_new(arena, VALUE_LIST, none);
    struct json_style style = {0};

    sort_items(diagnostics);
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];

        value_list_append(arena, item->severity == SEVERITY_ERROR ? errors : warnings,
                          item_value(diagnostics, item));
    }
    value_set(arena, top, "errors", errors);
    value_set(arena, top, "warnings", warnings);
    value_set(arena, top, "error_count", value_new_integer(arena, diagnostics->errors, none));
    value_set(arena, top, "warning_count", value_new_integer(arena, diagnostics->warnings, none));
    value_write_json(out, top, &style);
    strbuf_append_char(out, '\n');
}
