/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "spec/env/character.h"
#include "spec/env/dotenv.h"
#include "spec/env/dotenv_reader.h"

static const char *skip_spaces(const char *next, const char *end)
{
    uint32_t code_point;
    size_t size;

    while ((size = character_decode(next, (size_t)(end - next), &code_point)) > 0 &&
           character_is_space(code_point))
        next += size;
    return next;
}

static const char *find_blank(const char *text, const char *end)
{
    while (text < end && *text != ' ' && *text != '\t')
        text++;
    return text;
}

static void read_line(struct dotenv_reader *reader, const char *line, const char *line_end)
{
    const char *name;
    const char *name_end;
    const char *blank;

    if (line_end > line && line_end[-1] == '\r')
        line_end--;
    if (!dotenv_reader_check(reader, line, (size_t)(line_end - line)))
        return;
    name = skip_spaces(line, line_end);
    if (name == line_end || *name == '#')
        return;
    name_end = memchr(name, '=', (size_t)(line_end - name));
    if (name_end == NULL)
        name_end = line_end;
    if (name_end == name) {
        dotenv_reader_problem(reader, name, "no variable name; expected one before the \"=\"");
        return;
    }
    blank = find_blank(name, name_end);
    if (blank < name_end) {
        dotenv_reader_problem(reader, blank,
                              "key cannot contain a space; expected \"=\" or the end of the line");
        return;
    }
    if (name_end == line_end)
        dotenv_reader_inherit(reader, name, (size_t)(name_end - name));
    else
        environment_put(reader->out, name, (size_t)(name_end - name), name_end + 1,
                        (size_t)(line_end - name_end - 1));
}

bool dotenv_parse_raw(struct arena *arena, const char *text, size_t size,
                      const struct template_lookup *lookup, struct environment *out,
                      dotenv_problem_function problem, void *context)
{
    struct dotenv_reader reader;

    if (!dotenv_reader_init(&reader, arena, text, size, lookup, out, problem, context))
        return false;
    while (reader.next < reader.end) {
        const char *line = reader.next;
        const char *line_end = dotenv_reader_line_end(&reader, line);

        reader.next = line_end < reader.end ? line_end + 1 : line_end;
        dotenv_reader_pass(&reader, line);
        read_line(&reader, line, line_end);
    }
    return reader.problems == 0;
}
