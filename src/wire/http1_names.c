/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/http1_priv.h"

#define FIELD_NAME_SIZE_MAX 24

struct name {
    char text[FIELD_NAME_SIZE_MAX + 7];
    uint8_t length;
};

static const struct name field_names[HTTP1_FIELD_ID_COUNT] = {
#define X(id, text, ...) [HTTP1_FIELD_##id] = {text, sizeof(text) - 1},
    HTTP1_FIELDS(X)
#undef X
};

#define HOP_HOP             1
#define HOP_PASS            0
#define HOP_FORWARDED       0
#define FORWARDED_HOP       0
#define FORWARDED_PASS      0
#define FORWARDED_FORWARDED 1
#define KEPT_KEPT           1
#define KEPT_FREE           0

#define OTHER_FORWARDED_BIT HTTP1_ID_BIT(HTTP1_FIELD_X_FORWARDED_OTHER)

const uint64_t http1_hop_ids = 0
#define X(id, text, way, ...) | ((uint64_t)HOP_##way << HTTP1_FIELD_##id)
    HTTP1_FIELDS(X)
#undef X
    ;

const uint64_t http1_forwarded_ids = OTHER_FORWARDED_BIT
#define X(id, text, way, ...) | ((uint64_t)FORWARDED_##way << HTTP1_FIELD_##id)
    HTTP1_FIELDS(X)
#undef X
    ;

const uint64_t http1_kept_ids = OTHER_FORWARDED_BIT
#define X(id, text, way, kept, ...) | ((uint64_t)KEPT_##kept << HTTP1_FIELD_##id)
    HTTP1_FIELDS(X)
#undef X
    ;

/* Bytes that differ in the case bit alone are equal where they are letters. */
static bool letters_differ_in_case_only(uint64_t a, uint64_t b)
{
    for (unsigned i = 0; i < 64; i += 8) {
        uint8_t x = (uint8_t)(a >> i), y = (uint8_t)(b >> i);

        if (x != y && (uint8_t)((x | 0x20) - 'a') > 'z' - 'a')
            return false;
    }
    return true;
}

static inline bool words_are_equal(const char *a, const char *b, size_t size)
{
    uint64_t x = 0, y = 0;

    memcpy(&x, a, size);
    memcpy(&y, b, size);
    if (x == y)
        return true;
    if (((x ^ y) & ~UINT64_C(0x2020202020202020)) != 0)
        return false;
    return letters_differ_in_case_only(x, y);
}

bool http1_text_equal(const char *a, const char *b, size_t length)
{
    size_t at = 0;

    for (; length - at >= 8; at += 8) {
        if (!words_are_equal(a + at, b + at, 8))
            return false;
    }
    return words_are_equal(a + at, b + at, length - at);
}

static inline uint64_t load_lower(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return word | UINT64_C(0x2020202020202020);
}

static inline uint32_t load_lower_4(const char *text)
{
    uint32_t word;

    memcpy(&word, text, sizeof(word));
    return word | 0x20202020;
}

/* The text is a token of the name's length, at least 2. Setting the case bit makes no token
 * character another's equal but '^' and '~' and the like, which no known name has. Words overlap
 * where the length lies in between. */
static inline bool name_equals(const char *text, size_t length, const char *name)
{
    if (length < 4)
        return (text[0] | 0x20) == name[0] && (text[1] | 0x20) == name[1] &&
               (text[length - 1] | 0x20) == name[length - 1];
    if (length < 8)
        return load_lower_4(text) == load_lower_4(name) &&
               load_lower_4(text + length - 4) == load_lower_4(name + length - 4);
    if (load_lower(text) != load_lower(name) ||
        load_lower(text + length - 8) != load_lower(name + length - 8))
        return false;
    return length <= 16 || load_lower(text + 8) == load_lower(name + 8);
}

_Static_assert(FIELD_NAME_SIZE_MAX <= 24, "name_equals() compares three words");

#define FIELD_HASH(length, first, last_but_one)                                                    \
    (((length) + 27u * (first) + 39u * (last_but_one)) & 127u)

/* No two names share a number: that would be the same case label twice. */
static inline uint8_t field_candidate(unsigned hash)
{
    switch (hash) {
#define X(id, text, way, kept, first, last_but_one)                                                \
    case FIELD_HASH(sizeof(text) - 1, first, last_but_one):                                        \
        return HTTP1_FIELD_##id;
        HTTP1_FIELDS(X)
#undef X
    default:
        return HTTP1_FIELD_OTHER;
    }
}

enum http1_field_id http1_field_find(const char *name, size_t length)
{
    unsigned hash;
    uint8_t id;

    if (length < 2)
        return HTTP1_FIELD_OTHER;
    hash =
        FIELD_HASH((unsigned)length, (uint8_t)(name[0] | 0x20), (uint8_t)(name[length - 2] | 0x20));
    id = field_candidate(hash);
    if (field_names[id].length == length && name_equals(name, length, field_names[id].text))
        return id;
    if (length > 12 && name[1] == '-' && (name[0] | 0x20) == 'x' &&
        http1_text_equal(name, "x-forwarded-", 12))
        return HTTP1_FIELD_X_FORWARDED_OTHER;
    return HTTP1_FIELD_OTHER;
}

const char *http1_field_name(enum http1_field_id id)
{
    return id < HTTP1_FIELD_ID_COUNT ? field_names[id].text : "";
}

const struct http1_field *http1_head_find(const struct http1_head *head, enum http1_field_id id)
{
    if ((head->present & HTTP1_ID_BIT(id)) == 0)
        return NULL;
    for (size_t i = 0; i < head->field_count; i++) {
        if (head->fields[i].id == id)
            return &head->fields[i];
    }
    return NULL;
}

bool http1_field_is_passed(const struct http1_field *field)
{
    return field->flags == 0 && (http1_hop_ids & HTTP1_ID_BIT(field->id)) == 0;
}

bool http1_field_is_forwarded(const struct http1_field *field)
{
    return (http1_forwarded_ids & HTTP1_ID_BIT(field->id)) != 0;
}

static const struct {
    char name[8];
    bool is_safe, is_idempotent;
} methods[HTTP1_METHOD_COUNT] = {
#define X(name, is_safe, is_idempotent) {#name, is_safe, is_idempotent},
    {"", false, false}, HTTP1_METHODS(X)
#undef X
};

enum http1_method http1_method_find(const char *name, size_t length)
{
    char padded[8] = "";

    if (length >= sizeof(padded))
        return HTTP1_METHOD_OTHER;
    for (size_t i = 0; i < length; i++)
        padded[i] = name[i];
    for (unsigned i = HTTP1_METHOD_OTHER + 1; i < HTTP1_METHOD_COUNT; i++) {
        if (memcmp(methods[i].name, padded, sizeof(padded)) == 0)
            return (enum http1_method)i;
    }
    return HTTP1_METHOD_OTHER;
}

const char *http1_method_name(enum http1_method method)
{
    return method < HTTP1_METHOD_COUNT ? methods[method].name : "";
}

bool http1_method_is_safe(enum http1_method method)
{
    return method < HTTP1_METHOD_COUNT && methods[method].is_safe;
}

bool http1_method_is_idempotent(enum http1_method method)
{
    return method < HTTP1_METHOD_COUNT && methods[method].is_idempotent;
}

const char *http1_status_reason(unsigned status)
{
    switch (status) {
#define STATUS(code, reason)                                                                       \
    case code:                                                                                     \
        return reason;
#include "wire/http1_status.def"
#undef STATUS
    default:
        return "";
    }
}
