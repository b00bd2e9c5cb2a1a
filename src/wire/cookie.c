/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/cookie.h"

#include <string.h>
#include <strings.h>

static bool cookie_is_token_character(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') ||
           (character != '\0' && strchr("!#$%&'*+-.^_`|~", character) != NULL);
}

bool cookie_name_is_valid(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!cookie_is_token_character(name[i]))
            return false;
    }
    return length > 0;
}

static struct cookie_text cookie_trim(const char *data, size_t length)
{
    while (length > 0 && (data[0] == ' ' || data[0] == '\t')) {
        data++;
        length--;
    }
    while (length > 0 && (data[length - 1] == ' ' || data[length - 1] == '\t'))
        length--;
    return (struct cookie_text){data, length};
}

/* Takes what stands before the next semicolon. Quotes do not protect one: no cookie may hold it. */
static struct cookie_text cookie_next_part(struct cookie_text *rest)
{
    const char *end = rest->length > 0 ? memchr(rest->data, ';', rest->length) : NULL;
    size_t length = end != NULL ? (size_t)(end - rest->data) : rest->length;
    struct cookie_text part = cookie_trim(rest->data, length);

    if (end != NULL)
        length++;
    rest->data += length;
    rest->length -= length;
    return part;
}

/* Splits at the first '='; without one, all of it is the name. */
static void cookie_split(struct cookie_text part, struct cookie_text *ret_name,
                         struct cookie_text *ret_value)
{
    const char *equals = part.length > 0 ? memchr(part.data, '=', part.length) : NULL;
    size_t length = equals != NULL ? (size_t)(equals - part.data) : part.length;
    size_t behind = equals != NULL ? length + 1 : length;

    *ret_name = cookie_trim(part.data, length);
    *ret_value = cookie_trim(part.data + behind, part.length - behind);
    if (ret_value->length >= 2 && ret_value->data[0] == '"' &&
        ret_value->data[ret_value->length - 1] == '"') {
        ret_value->data++;
        ret_value->length -= 2;
    }
}

static bool cookie_is_named(struct cookie_text text, const char *name, size_t length)
{
    return text.length == length && memcmp(text.data, name, length) == 0;
}

bool cookie_find(const char *field, size_t size, const char *name, size_t name_length,
                 struct cookie_text *ret_value)
{
    struct cookie_text rest = {field, size};

    while (rest.length > 0) {
        struct cookie_text part = cookie_next_part(&rest);
        struct cookie_text its_name;
        struct cookie_text value;

        if (part.length == 0 || memchr(part.data, '=', part.length) == NULL)
            continue;
        cookie_split(part, &its_name, &value);
        if (cookie_is_named(its_name, name, name_length)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool cookie_is_attribute(struct cookie_text name, const char *wanted)
{
    return name.length == strlen(wanted) && strncasecmp(name.data, wanted, name.length) == 0;
}

static bool cookie_max_age_is_over(struct cookie_text value)
{
    if (value.length == 0)
        return false;
    if (value.data[0] == '-')
        return true;
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] != '0')
            return false;
    }
    return true;
}

/* By the first number of four digits, which is the year in every form of a date. */
static bool cookie_expired_long_ago(struct cookie_text value)
{
    size_t digits = 0;
    unsigned int number = 0;

    for (size_t i = 0; i <= value.length; i++) {
        char character = '\0';

        if (i < value.length)
            character = value.data[i];
        if (character >= '0' && character <= '9' && digits < 5) {
            number = number * 10 + (unsigned int)(character - '0');
            digits++;
            continue;
        }
        if (digits == 4)
            return number < 2001;
        digits = 0;
        number = 0;
    }
    return false;
}

enum cookie_change cookie_change_of(const char *field, size_t size, const char *name,
                                    size_t name_length)
{
    struct cookie_text rest = {field, size};
    struct cookie_text part = cookie_next_part(&rest);
    struct cookie_text its_name;
    struct cookie_text value;
    bool has_max_age = false;
    bool max_age_is_over = false;
    bool is_expired = false;

    if (part.length == 0 || memchr(part.data, '=', part.length) == NULL)
        return COOKIE_OTHER;
    cookie_split(part, &its_name, &value);
    if (!cookie_is_named(its_name, name, name_length))
        return COOKIE_OTHER;
    if (value.length == 0)
        return COOKIE_REMOVED;
    while (rest.length > 0) {
        cookie_split(cookie_next_part(&rest), &its_name, &value);
        if (cookie_is_attribute(its_name, "max-age")) {
            has_max_age = true;
            max_age_is_over = cookie_max_age_is_over(value);
        } else if (cookie_is_attribute(its_name, "expires")) {
            is_expired = cookie_expired_long_ago(value);
        }
    }
    /* Max-Age has precedence where both are there. */
    return (has_max_age ? max_age_is_over : is_expired) ? COOKIE_REMOVED : COOKIE_SET;
}
