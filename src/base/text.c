/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

#include "base/strbuf.h"

bool text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t suffix_length = strlen(suffix);

    return length >= suffix_length &&
           memcmp(text + length - suffix_length, suffix, suffix_length) == 0;
}

static size_t text_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Only the cells at most limit away from the diagonal can matter. A row holds just those: cell k of
 * row i is column i + k - limit, so that going down-right keeps k, going down takes k + 1 of the
 * row above, and going right takes k - 1. Numbers stop at limit + 1, which means "too far". */
#define TEXT_BAND_MAX (2 * TEXT_EDIT_LIMIT_MAX + 1)

struct text_edit {
    const char *a;
    const char *b;
    size_t b_length;
    size_t limit;
};

static size_t text_edit_cell(const struct text_edit *edit, size_t i, size_t k,
                             const size_t *two_above, const size_t *above, const size_t *row)
{
    size_t band = 2 * edit->limit + 1;
    size_t too_far = edit->limit + 1;
    size_t cost = too_far;
    size_t j;

    if (i + k < edit->limit || i + k - edit->limit > edit->b_length)
        return too_far;
    j = i + k - edit->limit;
    if (i == 0 || j == 0)
        return i + j;

    cost = text_min(cost, above[k] + (edit->a[i - 1] != edit->b[j - 1]));
    if (k + 1 < band)
        cost = text_min(cost, above[k + 1] + 1);
    if (k > 0)
        cost = text_min(cost, row[k - 1] + 1);
    if (i > 1 && j > 1 && edit->a[i - 1] == edit->b[j - 2] && edit->a[i - 2] == edit->b[j - 1])
        cost = text_min(cost, two_above[k] + 1);
    return cost;
}

size_t text_edit_distance(const char *a, const char *b, size_t limit)
{
    struct text_edit edit = {a, b, 0, text_min(limit, TEXT_EDIT_LIMIT_MAX)};
    size_t rows[3][TEXT_BAND_MAX] = {{0}};
    size_t a_length = strlen(a);

    edit.b_length = strlen(b);
    limit = edit.limit;
    if (a_length > edit.b_length + limit || edit.b_length > a_length + limit)
        return limit + 1;

    for (size_t i = 0; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        size_t least = limit + 1;

        for (size_t k = 0; k < 2 * limit + 1; k++) {
            row[k] = text_edit_cell(&edit, i, k, rows[(i + 1) % 3], rows[(i + 2) % 3], row);
            least = text_min(least, row[k]);
        }
        if (least > limit)
            return limit + 1;
    }
    return text_min(rows[a_length % 3][edit.b_length + limit - a_length], limit + 1);
}

size_t text_utf8_decode(const char *data, size_t size, uint32_t *ret_character)
{
    static const uint32_t least_of_length[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)data;
    uint32_t character;
    size_t length;

    if (size == 0)
        return 0;
    if (bytes[0] < 0x80) {
        *ret_character = bytes[0];
        return 1;
    }
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;

    length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (length > size)
        return 0;
    character = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (bytes[i] & 0x3fu);
    }
    if (character < least_of_length[length] || character > 0x10ffff ||
        (character >= 0xd800 && character <= 0xdfff))
        return 0;
    *ret_character = character;
    return length;
}

bool text_is_utf8_valid(const char *data, size_t size, size_t *ret_bad_offset)
{
    size_t offset = 0;

    while (offset < size) {
        uint32_t character;
        uint64_t eight;
        size_t length;

        if (size - offset >= sizeof(eight)) {
            memcpy(&eight, data + offset, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                offset += sizeof(eight);
                continue;
            }
        }
        length = text_utf8_decode(data + offset, size - offset, &character);
        if (length == 0) {
            if (ret_bad_offset != NULL)
                *ret_bad_offset = offset;
            return false;
        }
        offset += length;
    }
    return true;
}

static bool text_is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

/* Beyond ASCII: the second set of control characters, the separators of lines and paragraphs, and
 * the marks that reorder text, by which a message could be made to read as something else. */
static bool text_is_deceptive(uint32_t character)
{
    return (character >= 0x80 && character <= 0x9f) || character == 0x61c || character == 0x200e ||
           character == 0x200f || (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

static size_t text_write_hex(char escaped[TEXT_ESCAPED_MAX], char kind, size_t digit_count,
                             uint32_t number)
{
    escaped[0] = '\\';
    escaped[1] = kind;
    for (size_t i = 0; i < digit_count; i++)
        escaped[2 + i] = "0123456789abcdef"[number >> (4 * (digit_count - 1 - i)) & 0xf];
    return 2 + digit_count;
}

size_t text_escape_next(const char *data, size_t size, char escaped[TEXT_ESCAPED_MAX],
                        size_t *ret_length)
{
    static const char short_names[] = {['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r'};
    uint32_t character = 0;
    size_t consumed = text_utf8_decode(data, size, &character);

    if (consumed == 0) {
        *ret_length = text_write_hex(escaped, 'x', 2, (unsigned char)data[0]);
        return 1;
    }
    if (character < sizeof(short_names) && short_names[character] != '\0') {
        escaped[0] = '\\';
        escaped[1] = short_names[character];
        *ret_length = 2;
    } else if (consumed == 1 && !text_is_plain((unsigned char)character)) {
        *ret_length = text_write_hex(escaped, 'x', 2, character);
    } else if (text_is_deceptive(character)) {
        *ret_length = text_write_hex(escaped, 'u', 4, character);
    } else {
        memcpy(escaped, data, consumed);
        *ret_length = consumed;
    }
    return consumed;
}

void text_escape(struct strbuf *buffer, const char *data, size_t size)
{
    size_t offset = 0;

    while (offset < size) {
        char escaped[TEXT_ESCAPED_MAX];
        size_t start = offset;
        size_t length;

        while (offset < size && text_is_plain((unsigned char)data[offset]))
            offset++;
        strbuf_append(buffer, data + start, offset - start);
        if (offset == size)
            return;
        offset += text_escape_next(data + offset, size - offset, escaped, &length);
        strbuf_append(buffer, escaped, length);
    }
}
