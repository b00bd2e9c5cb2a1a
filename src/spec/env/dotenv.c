/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/dotenv.h"

#include <string.h>

#include "spec/env/character.h"
#include "spec/env/dotenv_reader.h"

struct key {
    const char *text;
    size_t length;
    bool inherited; /* no value follows */
};

static size_t decode(const struct dotenv_reader *reader, const char *position,
                     uint32_t *ret_code_point)
{
    return character_decode(position, (size_t)(reader->end - position), ret_code_point);
}

static const char *skip_blanks(const struct dotenv_reader *reader, const char *next)
{
    uint32_t code_point;
    size_t size;

    while ((size = decode(reader, next, &code_point)) > 0 && character_is_blank(code_point))
        next += size;
    return next;
}

/* Goes to the next statement, past white space, line breaks and comments. */
static bool find_statement(struct dotenv_reader *reader)
{
    for (;;) {
        uint32_t code_point;
        size_t size = decode(reader, reader->next, &code_point);

        if (reader->next == reader->end)
            return false;
        if (*reader->next == '#')
            reader->next = dotenv_reader_line_end(reader, reader->next);
        else if (size > 0 && character_is_space(code_point))
            reader->next += size;
        else
            return true;
    }
}

/* The word may end its line, which then declares nothing. */
static bool starts_with_export(const struct dotenv_reader *reader)
{
    static const char word[] = "export";
    size_t length = sizeof(word) - 1;

    return (size_t)(reader->end - reader->next) > length &&
           memcmp(reader->next, word, length) == 0 &&
           memchr(" \t\n\f\r", reader->next[length], 5) != NULL;
}

static bool is_key_character(uint32_t code_point)
{
    switch (code_point) {
    case '_':
    case '.':
    case '-':
    case '[':
    case ']':
        return true;
    default:
        return character_is_letter_or_number(code_point);
    }
}

static bool bad_key(struct dotenv_reader *reader, const char *position, const char *message)
{
    reader->next = dotenv_reader_line_end(reader, position);
    dotenv_reader_problem(reader, position, message);
    return false;
}

static bool bad_key_character(struct dotenv_reader *reader, const char *position)
{
    uint32_t code_point;

    if (decode(reader, position, &code_point) == 0 || code_point == 0) {
        reader->next = dotenv_reader_line_end(reader, position);
        dotenv_reader_check(reader, position, (size_t)(reader->next - position));
        return false;
    }
    return bad_key(reader, position,
                   arena_printf(reader->arena,
                                "unexpected character %s in variable name; expected letters, "
                                "digits and _ . - [ ] up to a \"=\"",
                                character_describe(reader->arena, position,
                                                   (size_t)(reader->end - position))));
}

/* Reads up to and with the sign that ends a name. The end of the file ends it like a line. */
static bool read_key(struct dotenv_reader *reader, struct key *key)
{
    const char *position = reader->next;
    const char *blank = NULL; /* the first within the key, once something follows it */
    const char *key_end = position;
    uint32_t code_point = '\n';

    key->text = position;
    for (;;) {
        size_t size = decode(reader, position, &code_point);

        if (position == reader->end || *position == '=' || *position == ':' || *position == '\n')
            break;
        if (size > 0 && character_is_blank(code_point)) {
            position += size;
            continue;
        }
        if (size == 0 || !is_key_character(code_point))
            return bad_key_character(reader, position);
        if (blank == NULL && position > key_end)
            blank = key_end;
        position += size;
        key_end = position;
    }
    if (blank != NULL)
        return bad_key(reader, blank, "key cannot contain a space; expected \"=\" after the name");
    key->length = (size_t)(key_end - key->text);
    key->inherited = position == reader->end || *position == '\n';
    reader->next = position < reader->end ? position + 1 : position;
    return true;
}

static const char *lookup_variable(void *context, const char *name, size_t length,
                                   size_t *ret_length)
{
    const struct dotenv_reader *reader = context;
    const struct template_lookup *lookup = reader->lookup;
    const char *value =
        lookup != NULL ? lookup->get(lookup->context, name, length, ret_length) : NULL;

    return value != NULL ? value : environment_get(reader->out, name, length, ret_length);
}

static void report_unset(void *context, const char *name, size_t length)
{
    const struct template_lookup *lookup = ((const struct dotenv_reader *)context)->lookup;

    if (lookup != NULL && lookup->unset != NULL)
        lookup->unset(lookup->context, name, length);
}

static bool substitute(struct dotenv_reader *reader, const char *text, size_t length,
                       struct template_result *result)
{
    struct template_lookup lookup = {
        .get = lookup_variable,
        .context = reader,
        .unset = report_unset,
        .growth_max = reader->lookup != NULL ? reader->lookup->growth_max : 0,
    };

    return template_substitute(reader->arena, text, length, &lookup, result);
}

static void put(struct dotenv_reader *reader, const struct key *key, const char *value,
                size_t length)
{
    environment_put(reader->out, key->text, key->length, value, length);
}

/* To the end of the line, or to a # after a space. */
static void read_unquoted(struct dotenv_reader *reader, const struct key *key)
{
    const char *value = reader->next;
    const char *line_end = dotenv_reader_line_end(reader, value);
    size_t length = (size_t)(line_end - value);
    const char *comment = length > 0 ? memmem(value, length, " #", 2) : NULL;
    struct template_result result;

    reader->next = line_end;
    if (comment != NULL)
        length = (size_t)(comment - value);
    length = character_trim_end(value, length);
    if (!dotenv_reader_check(reader, value, length))
        return;
    if (substitute(reader, value, length, &result))
        put(reader, key, result.text, result.length);
    else
        dotenv_reader_problem(reader, value + result.offset, result.message);
}

/* What a part of a quoted value means, and where the next part starts. */
struct part {
    const char *next;
    char text[5];
    size_t length;
};

/* The reference takes \0 and three octal digits up to 0377 as the code point of that number, and
 * drops the 0 of all others. */
static void read_octal(const char *digits, const char *end, struct part *part)
{
    unsigned int number = 0;
    size_t count = 0;
    bool octal = true;

    while (count < 3 && digits + count < end && digits[count] >= '0' && digits[count] <= '9') {
        octal = octal && digits[count] <= '7';
        number = number * 8 + (unsigned int)(digits[count] - '0');
        count++;
    }
    part->next = digits + count;
    if (count < 3 || !octal || number > 0xFF) {
        part->text[0] = '\\';
        memcpy(part->text + 1, digits, count);
        part->length = 1 + count;
    } else if (number < 0x80) {
        part->text[0] = (char)number;
        part->length = 1;
    } else {
        part->text[0] = (char)(0xC0 | number >> 6);
        part->text[1] = (char)(0x80 | (number & 0x3F));
        part->length = 2;
    }
}

/* The escape at the backslash; end is the closing quote. Dollars are kept from template.h by
 * doubling them. */
static void read_escape(const char *backslash, const char *end, char quote, struct part *part)
{
    static const char letters[] = "abfnrtv\\";
    static const char meanings[] = "\a\b\f\n\r\t\v\\";
    char character = backslash[1];
    const char *letter = character != '\0' ? strchr(letters, character) : NULL;

    part->next = backslash + 2;
    part->length = 1;
    if (character == quote) {
        part->text[0] = quote;
    } else if (quote == '"' && letter != NULL) {
        part->text[0] = meanings[letter - letters];
    } else if (quote == '"' && character == '0') {
        read_octal(backslash + 2, end, part);
    } else {
        part->text[0] = quote == '"' && character == '$' ? '$' : '\\';
        part->text[1] = character;
        part->length = 2;
    }
}

/* The quote that closes the one before from, or NULL. */
static const char *find_closing_quote(const struct dotenv_reader *reader, const char *from,
                                      char quote)
{
    bool escaped = false;

    for (const char *next = from; next < reader->end; next++) {
        if (escaped)
            escaped = false;
        else if (*next == '\\')
            escaped = true;
        else if (*next == quote)
            return next;
    }
    return NULL;
}

/* Escapes to what they mean, which is never longer. */
static bool unescape(struct dotenv_reader *reader, const char *from, const char *end, char quote,
                     struct template_result *result)
{
    char *text;
    size_t length = 0;

    result->text = from;
    result->length = (size_t)(end - from);
    if (from == end || memchr(from, '\\', result->length) == NULL)
        return true;
    text = arena_alloc(reader->arena, result->length + 1);
    while (from < end) {
        struct part part;

        if (*from != '\\') {
            text[length++] = *from++;
            continue;
        }
        read_escape(from, end, quote, &part);
        if (part.length == 1 && part.text[0] == '\0') {
            dotenv_reader_problem(reader, from, "an escape for NUL, which no variable can hold");
            return false;
        }
        memcpy(text + length, part.text, part.length);
        length += part.length;
        from = part.next;
    }
    result->text = text;
    result->length = length;
    return true;
}

/* Where in the file the character at an offset of the unescaped value was written. */
static const char *find_source(const char *from, const char *end, char quote, size_t offset)
{
    while (from < end) {
        struct part part = {.next = from + 1, .length = 1};

        if (*from == '\\')
            read_escape(from, end, quote, &part);
        if (offset < part.length)
            break;
        offset -= part.length;
        from = part.next;
    }
    return from;
}

static void read_quoted(struct dotenv_reader *reader, const struct key *key)
{
    const char *open = reader->next;
    const char *value = open + 1;
    char quote = *open;
    const char *close = find_closing_quote(reader, value, quote);
    struct template_result unescaped;
    struct template_result result;

    if (close == NULL) {
        reader->next = dotenv_reader_line_end(reader, open);
        dotenv_reader_problem(reader, open,
                              quote == '"' ? "unterminated quoted value; expected a closing '\"'"
                                           : "unterminated quoted value; expected a closing \"'\"");
        return;
    }
    reader->next = close + 1;
    if (!dotenv_reader_check(reader, value, (size_t)(close - value)) ||
        !unescape(reader, value, close, quote, &unescaped))
        return;
    if (quote == '\'')
        put(reader, key, unescaped.text, unescaped.length);
    else if (substitute(reader, unescaped.text, unescaped.length, &result))
        put(reader, key, result.text, result.length);
    else
        dotenv_reader_problem(reader, find_source(value, close, quote, result.offset),
                              result.message);
}

static void read_statement(struct dotenv_reader *reader)
{
    struct key key;

    dotenv_reader_pass(reader, reader->next);
    if (starts_with_export(reader))
        reader->next = skip_blanks(reader, reader->next + strlen("export"));
    if (!read_key(reader, &key))
        return;
    if (key.inherited) {
        dotenv_reader_inherit(reader, key.text, key.length);
        return;
    }
    reader->next = skip_blanks(reader, reader->next);
    if (reader->next < reader->end && (*reader->next == '"' || *reader->next == '\''))
        read_quoted(reader, &key);
    else
        read_unquoted(reader, &key);
}

bool dotenv_parse(struct arena *arena, const char *text, size_t size,
                  const struct template_lookup *lookup, struct environment *out,
                  dotenv_problem_function problem, void *context)
{
    struct dotenv_reader reader;

    if (!dotenv_reader_init(&reader, arena, text, size, lookup, out, problem, context))
        return false;
    while (find_statement(&reader))
        read_statement(&reader);
    return reader.problems == 0;
}
