/* SPDX-License-Identifier: Apache-2.0 */
#include "common/env_file.h"

#include <ctype.h>
#include <string.h>

static char *skip_blanks(char *at)
{
    return at + strspn(at, " \t");
}

/* What follows a closing quote: nothing, or a comment. */
static bool is_end(char *at)
{
    char *rest = skip_blanks(at);

    return *rest == '\0' || (*rest == '#' && rest > at);
}

static char unescape(char letter)
{
    switch (letter) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    default:
        return letter;
    }
}

static enum env_line parse_quoted(char *at, char **ret_value, const char **ret_problem)
{
    char quote = *at++;
    char *value = at;
    char *to = at;

    for (; *at != quote; at++) {
        if (*at == '\0') {
            *ret_problem = "the closing quote is missing";
            return ENV_LINE_BAD;
        }
        if (quote == '"' && *at == '\\' && at[1] != '\0') {
            at++;
            *to++ = unescape(*at);
        } else {
            *to++ = *at;
        }
    }
    if (!is_end(at + 1)) {
        *ret_problem = "something follows the closing quote";
        return ENV_LINE_BAD;
    }
    *to = '\0';
    *ret_value = value;
    return ENV_LINE_SET;
}

static void parse_plain(char *at, char **ret_value)
{
    char *end = at;

    while (*end != '\0' && !(*end == '#' && (end == at || end[-1] == ' ' || end[-1] == '\t')))
        end++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    *end = '\0';
    *ret_value = at;
}

enum env_line env_file_parse(char *line, char **ret_name, char **ret_value,
                             const char **ret_problem)
{
    size_t length = strlen(line);
    char *name = NULL;
    char *at = NULL;

    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        line[--length] = '\0';
    name = skip_blanks(line);
    if (*name == '\0' || *name == '#')
        return ENV_LINE_NOTHING;
    if (strncmp(name, "export", 6) == 0 && (name[6] == ' ' || name[6] == '\t'))
        name = skip_blanks(name + 6);

    at = name;
    while (isalnum((unsigned char)*at) || *at == '_')
        at++;
    if (at == name || *at != '=' || isdigit((unsigned char)*name)) {
        *ret_problem = "expected NAME=value";
        return ENV_LINE_BAD;
    }
    *at++ = '\0';
    *ret_name = name;
    at = skip_blanks(at);
    if (*at == '"' || *at == '\'')
        return parse_quoted(at, ret_value, ret_problem);
    parse_plain(at, ret_value);
    return ENV_LINE_SET;
}
