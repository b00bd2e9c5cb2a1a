/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/instances/logs_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The bytes of "ESC [ ... m" at the start of the text; 0 where there is none. */
static size_t style_length(const char *text)
{
    size_t length;

    if (text[0] != '\033' || text[1] != '[')
        return 0;
    length = 2 + strspn(text + 2, "0123456789;");
    return text[length] == 'm' ? length + 1 : 0;
}

/* Programs may colour what they log; a terminal gets that too, and nothing else that steers it. */
static void append_for_terminal(struct strbuf *out, const char *text)
{
    bool is_styled = false;

    while (*text != '\0') {
        size_t plain = strcspn(text, "\033\t");
        size_t style = style_length(text + plain);

        text_escape(out, text, plain);
        text += plain;
        if (*text == '\t' || style > 0)
            strbuf_append(out, text, style > 0 ? style : 1);
        else if (*text != '\0')
            text_escape(out, text, 1);
        is_styled = is_styled || style > 0;
        text += style > 0 ? style : *text != '\0';
    }
    if (is_styled)
        strbuf_append_string(out, "\033[0m");
}

static void write_json(struct strbuf *out, bool has_type, const char *name, const json_t *object)
{
    json_t *named = json_pack("{s:s}", "instance", name);
    char *text;

    (void)json_object_update(named, (json_t *)(uintptr_t)object);
    if (has_type)
        (void)json_object_set_new(named, "type", json_string("log"));
    text = json_dumps(named, JSON_COMPACT);
    strbuf_append_string(out, text != NULL ? text : "{}");
    free(text);
    json_decref(named);
}

void logs_line_write(struct strbuf *out, const struct logs_style *style, const char *name,
                     const json_t *object)
{
    const char *text = json_string_value(json_object_get(object, "text"));
    const char *time = json_string_value(json_object_get(object, "time"));

    if (style->is_json) {
        write_json(out, style->has_type, name, object);
        return;
    }
    if (style->has_times && time != NULL) {
        text_escape(out, time, strlen(time));
        strbuf_append_char(out, ' ');
    }
    if (text != NULL && style->is_terminal)
        append_for_terminal(out, text);
    else if (text != NULL)
        strbuf_append_string(out, text);
}
