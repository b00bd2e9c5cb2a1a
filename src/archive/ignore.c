/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/ignore.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define PATTERNS_MAX     10000
#define PATTERN_SIZE_MAX 4096

/* Matching */

/* One character of a path; a byte where it is not UTF-8. */
static size_t take(const char *text, uint32_t *ret_character)
{
    size_t length = text_utf8_decode(text, strnlen(text, 4), ret_character);

    if (length > 0)
        return length;
    *ret_character = (unsigned char)*text;
    return 1;
}

/* A character of a class or by itself, perhaps behind a backslash; 0 where there is none. */
static size_t take_escaped(const char *pattern, uint32_t *ret_character)
{
    size_t skipped = *pattern == '\\' ? 1 : 0;

    if (pattern[skipped] == '\0')
        return 0;
    return skipped + take(pattern + skipped, ret_character);
}

/* The length of a class from its '[' to its ']'; 0 where it is none. */
static size_t class_match(const char *pattern, uint32_t character, bool *ret_matches)
{
    bool is_negated = pattern[1] == '^';
    size_t at = is_negated ? 2 : 1;
    bool is_in = false;

    for (bool is_first = true; pattern[at] != ']' || is_first; is_first = false) {
        uint32_t low, high;
        size_t length = take_escaped(pattern + at, &low);

        if (length == 0 || (is_first && pattern[at] == ']'))
            return 0;
        at += length;
        high = low;
        if (pattern[at] == '-') {
            length = pattern[at + 1] != ']' ? take_escaped(pattern + at + 1, &high) : 0;
            if (length == 0)
                return 0;
            at += 1 + length;
        }
        is_in = is_in || (character >= low && character <= high);
    }
    *ret_matches = is_in != is_negated && character != '/';
    return at + 1;
}

/* Whether the next of the pattern, no star, stands for the next of the path. */
static bool match_one(const char *pattern, const char *path, size_t *ret_pattern, size_t *ret_path)
{
    uint32_t character, wanted;
    bool matches = false;

    *ret_path = take(path, &character);
    if (*pattern == '?') {
        *ret_pattern = 1;
        return character != '/';
    }
    if (*pattern == '[') {
        *ret_pattern = class_match(pattern, character, &matches);
        return matches;
    }
    *ret_pattern = take_escaped(pattern, &wanted);
    return *ret_pattern > 0 && character == wanted;
}

/* Where a mismatch goes back to: one star takes one character more, two a folder more. What an
 * earlier star of the same kind took need not change, as a later one can take anything that it can.
 */
struct retreat {
    const char *star_pattern, *star_path;
    const char *deep_pattern, *deep_path;
};

static bool go_back(struct retreat *retreat, const char **pattern, const char **path)
{
    if (retreat->star_pattern != NULL && *retreat->star_path != '\0' &&
        *retreat->star_path != '/') {
        retreat->star_path++;
        *pattern = retreat->star_pattern;
        *path = retreat->star_path;
        return true;
    }
    if (retreat->deep_pattern == NULL)
        return false;
    retreat->deep_path = strchr(retreat->deep_path, '/');
    if (retreat->deep_path == NULL)
        return false;
    retreat->deep_path++;
    retreat->star_pattern = NULL;
    *pattern = retreat->deep_pattern;
    *path = retreat->deep_path;
    return true;
}

static bool matches_whole(const char *pattern, const char *path)
{
    struct retreat retreat = {0};

    while (*pattern != '\0' || *path != '\0') {
        size_t pattern_length, path_length;

        if (pattern[0] == '*' && pattern[1] == '*') {
            pattern += pattern[2] == '/' ? 3 : 2;
            if (*pattern == '\0')
                return true;
            retreat = (struct retreat){.deep_pattern = pattern, .deep_path = path};
        } else if (*pattern == '*') {
            retreat.star_pattern = ++pattern;
            retreat.star_path = path;
        } else if (*pattern != '\0' && *path != '\0' &&
                   match_one(pattern, path, &pattern_length, &path_length)) {
            pattern += pattern_length;
            path += path_length;
        } else if (!go_back(&retreat, &pattern, &path)) {
            return false;
        }
    }
    return true;
}

/* "**x" without any other wildcard is what ends in x, in the midst of a name, too. */
static bool matches(const char *pattern, const char *path)
{
    if (text_starts_with(pattern, "**") && pattern[2] != '/' &&
        strpbrk(pattern + 2, "*?[\\") == NULL)
        return text_ends_with(path, pattern + 2);
    return matches_whole(pattern, path);
}

/* The path, or a folder that it is in. */
static bool matches_path_or_parent(const char *pattern, const char *path)
{
    char parent[PATTERN_SIZE_MAX];
    size_t length = strlen(path);

    if (matches(pattern, path))
        return true;
    if (length >= sizeof(parent))
        return false;
    memcpy(parent, path, length + 1);
    for (char *slash = strchr(parent, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        bool is_match;

        *slash = '\0';
        is_match = matches(pattern, parent);
        *slash = '/';
        if (is_match)
            return true;
    }
    return false;
}

bool ignore_has(const struct ignore *ignore, const char *path)
{
    for (size_t i = ignore->count; i > 0; i--) {
        const struct ignore_pattern *pattern = &ignore->patterns[i - 1];

        if (matches_path_or_parent(pattern->text, path))
            return !pattern->is_exception;
    }
    return false;
}

/* Whether the pattern's folders, as far as both go, match those of the path. */
static bool may_lead_below(const char *pattern, const char *folder)
{
    char part[PATTERN_SIZE_MAX], name[PATTERN_SIZE_MAX];

    for (;;) {
        size_t part_length = strcspn(pattern, "/");
        size_t name_length = strcspn(folder, "/");

        if (part_length >= sizeof(part) || name_length >= sizeof(name))
            return true;
        memcpy(part, pattern, part_length);
        part[part_length] = '\0';
        memcpy(name, folder, name_length);
        name[name_length] = '\0';
        if (strstr(part, "**") != NULL || strpbrk(part, "[\\") != NULL)
            return true; /* a class or an escape may hold a slash */
        if (!matches_whole(part, name))
            return false;
        if (pattern[part_length] == '\0' || folder[name_length] == '\0')
            return true;
        pattern += part_length + 1;
        folder += name_length + 1;
    }
}

bool ignore_may_have_exceptions_below(const struct ignore *ignore, const char *folder)
{
    for (size_t i = 0; ignore->has_exceptions && i < ignore->count; i++) {
        if (ignore->patterns[i].is_exception && may_lead_below(ignore->patterns[i].text, folder))
            return true;
    }
    return false;
}

/* Parsing */

static bool is_space(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space((*text)[0])) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1]))
        (*length)--;
}

/* Drops the last name, with the slash in front of it. */
static size_t up(const char *text, size_t length)
{
    while (length > 0 && text[length - 1] != '/')
        length--;
    return length > 0 ? length - 1 : 0;
}

/* In place: the shortest path that says the same, without a slash in front. One that leads out
 * matches nothing and stays. */
static void clean(char *text)
{
    const char *from = text;
    size_t used = 0, fixed = 0; /* fixed: of leading ".." */

    while (*from != '\0') {
        size_t length = strcspn(from, "/");
        bool is_up = length == 2 && from[0] == '.' && from[1] == '.';

        if (is_up && used > fixed) {
            used = up(text, used);
        } else if (length > 0 && !(length == 1 && from[0] == '.')) {
            if (used > 0)
                text[used++] = '/';
            memmove(text + used, from, length);
            used += length;
            if (is_up)
                fixed = used;
        }
        from += length + (from[length] == '/' ? 1 : 0);
    }
    text[used] = '\0';
}

/* Brackets that close, and nothing behind the last backslash missing. */
static bool is_well_formed(const char *pattern)
{
    while (*pattern != '\0') {
        uint32_t character;
        bool unused;
        size_t length =
            *pattern == '[' ? class_match(pattern, 0, &unused) : take_escaped(pattern, &character);

        if (length == 0)
            return false;
        pattern += length;
    }
    return true;
}

static int add(struct ignore *ignore, const char *text, size_t length, bool is_exception,
               size_t line, const char *name, struct error **reterr)
{
    char *copy;

    if (ignore->count == PATTERNS_MAX || length >= PATTERN_SIZE_MAX)
        return error_set(reterr, E2BIG, "%s:%zu: too much: %d patterns of %d bytes are the limit",
                         name, line, PATTERNS_MAX, PATTERN_SIZE_MAX - 1);
    copy = strndup(text, length);
    if (copy == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    ignore->patterns[ignore->count++] = (struct ignore_pattern){copy, is_exception};
    clean(copy);
    ignore->has_exceptions = ignore->has_exceptions || is_exception;
    if (!is_well_formed(copy))
        return error_set(reterr, EINVAL,
                         "%s:%zu: \"%.200s\" is no pattern: a bracket is not closed, "
                         "or a backslash stands at its end",
                         name, line, copy);
    return 0;
}

static int parse_line(struct ignore *ignore, const char *text, size_t length, size_t line,
                      const char *name, struct error **reterr)
{
    bool is_exception = false;

    if (length > 0 && text[0] == '#')
        return 0;
    trim(&text, &length);
    if (length > 0 && text[0] == '!') {
        is_exception = true;
        text++;
        length--;
        trim(&text, &length);
        if (length == 0)
            return error_set(reterr, EINVAL, "%s:%zu: a pattern is missing behind the \"!\"", name,
                             line);
    }
    if (length == 0)
        return 0;
    if (memchr(text, '\0', length) != NULL)
        return error_set(reterr, EINVAL, "%s:%zu: a pattern holds a NUL", name, line);
    return add(ignore, text, length, is_exception, line, name, reterr);
}

static int parse_lines(struct ignore *ignore, const char *text, const char *end, const char *name,
                       struct error **reterr)
{
    int r = 0;

    for (size_t line = 1; text < end && r == 0; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop != NULL ? stop : end) - text);

        r = parse_line(ignore, text, length, line, name, reterr);
        text += length + (stop != NULL ? 1 : 0);
    }
    return r;
}

int ignore_parse(const char *text, size_t size, const char *name, struct ignore *ret,
                 struct error **reterr)
{
    const char *end = text + size;
    struct ignore ignore = {0};
    size_t capacity = 1;
    int r;

    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    for (const char *at = text; at < end && capacity < PATTERNS_MAX; at++)
        capacity += *at == '\n';
    ignore.patterns = calloc(capacity, sizeof(*ignore.patterns));
    if (ignore.patterns == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = parse_lines(&ignore, text, end, name, reterr);
    if (r < 0)
        ignore_deinit(&ignore);
    else
        *ret = ignore;
    return r;
}

void ignore_deinit(struct ignore *ignore)
{
    for (size_t i = 0; i < ignore->count; i++)
        free(ignore->patterns[i].text);
    free(ignore->patterns);
    *ignore = (struct ignore){0};
}
