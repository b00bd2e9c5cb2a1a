/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/dotenv_reader.h"

#include <string.h>

#include "spec/env/character.h"

bool dotenv_reader_init(struct dotenv_reader *reader, struct arena *arena, const char *text,
                        size_t size, const struct template_lookup *lookup, struct environment *out,
                        dotenv_problem_function problem, void *context)
{
    if (size == 0)
        text = "";
    *reader = (struct dotenv_reader){
        .arena = arena,
        .next = text,
        .end = text + size,
        .counted = text,
        .line_start = text,
        .line = 1,
        .lookup = lookup,
        .out = out,
        .problem = problem,
        .context = context,
    };
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0)) {
        dotenv_reader_problem(reader, text, "the file is UTF-16; expected UTF-8");
        return false;
    }
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        reader->next += 3;
    return true;
}

const char *dotenv_reader_line_end(const struct dotenv_reader *reader, const char *from)
{
    const char *line_break =
        from < reader->end ? memchr(from, '\n', (size_t)(reader->end - from)) : NULL;

    return line_break != NULL ? line_break : reader->end;
}

void dotenv_reader_pass(struct dotenv_reader *reader, const char *position)
{
    while (reader->counted < position) {
        const char *line_break =
            memchr(reader->counted, '\n', (size_t)(position - reader->counted));

        if (line_break == NULL) {
            reader->counted = position;
            break;
        }
        reader->line++;
        reader->line_start = line_break + 1;
        reader->counted = line_break + 1;
    }
}

void dotenv_reader_problem(struct dotenv_reader *reader, const char *position, const char *message)
{
    struct dotenv_problem problem = {.message = message};

    dotenv_reader_pass(reader, position);
    problem.line = reader->line;
    problem.column = (uint32_t)(position - reader->line_start) + 1;
    reader->problems++;
    if (reader->problems > DOTENV_PROBLEMS_MAX) {
        problem.message = "too many problems; the rest of the file was not read";
        reader->end = position;
        reader->next = position;
    }
    if (reader->problem != NULL)
        reader->problem(reader->context, &problem);
}

bool dotenv_reader_check(struct dotenv_reader *reader, const char *text, size_t length)
{
    size_t offset = character_find_invalid(text, length);

    if (offset == length)
        return true;
    if (text[offset] == '\0')
        dotenv_reader_problem(reader, text + offset, "a NUL byte; expected text");
    else
        dotenv_reader_problem(reader, text + offset,
                              arena_printf(reader->arena,
                                           "byte 0x%02X is not UTF-8 here; expected UTF-8 text",
                                           (unsigned int)(unsigned char)text[offset]));
    return false;
}

void dotenv_reader_inherit(struct dotenv_reader *reader, const char *name, size_t length)
{
    size_t value_length = 0;
    const char *value;

    if (reader->lookup == NULL || length == 0)
        return;
    value = reader->lookup->get(reader->lookup->context, name, length, &value_length);
    if (value != NULL)
        environment_put(reader->out, name, length, value, value_length);
}
