/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads hostile Cookie and Set-Cookie fields: the input is a name, a NUL and a field. Beyond not
 * crashing: a value lies in the field and holds no semicolon; a cookie put in front is found with
 * the value it was given, and one behind where no other has its name; and a Set-Cookie field
 * changes only a cookie that it begins with.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/cookie.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* In a block of just the size, so that the sanitizer sees a read past the end. */
static char *copy_of(const char *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    require(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void check_finding(const char *name, size_t name_length, const char *field, size_t size)
{
    static const char mine[] = "=my-value; ";
    struct cookie_text value;
    size_t length = 0;
    bool is_there = cookie_find(field, size, name, name_length, &value);
    char *longer;

    if (is_there) {
        require(value.data >= field && value.data + value.length <= field + size);
        require(memchr(value.data, ';', value.length) == NULL);
    }
    if (!cookie_name_is_valid(name, name_length))
        return;
    longer = malloc(2 * name_length + 2 * sizeof(mine) + size);
    require(longer != NULL);
    memcpy(longer, name, name_length);
    memcpy(longer + name_length, mine, sizeof(mine) - 1);
    length = name_length + sizeof(mine) - 1;
    memcpy(longer + length, field, size);
    require(cookie_find(longer, length + size, name, name_length, &value));
    require(value.length == 8 && memcmp(value.data, "my-value", 8) == 0);

    length = size;
    memcpy(longer, field, size);
    longer[length++] = ';';
    memcpy(longer + length, name, name_length);
    memcpy(longer + length + name_length, mine, sizeof(mine) - 1);
    length += name_length + sizeof(mine) - 1;
    require(cookie_find(longer, length, name, name_length, &value));
    require(is_there || (value.length == 8 && memcmp(value.data, "my-value", 8) == 0));
    free(longer);
}

static void check_change(const char *name, size_t name_length, const char *field, size_t size)
{
    enum cookie_change change = cookie_change_of(field, size, name, name_length);
    struct cookie_text value;

    require(change == COOKIE_OTHER || change == COOKIE_SET || change == COOKIE_REMOVED);
    /* What is set or removed is a cookie of that name in front. */
    if (change != COOKIE_OTHER)
        require(cookie_find(field, size, name, name_length, &value));
    if (change == COOKIE_SET)
        require(value.length > 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned char *end = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t name_length = end != NULL ? (size_t)(end - data) : size;
    size_t field_size = end != NULL ? size - name_length - 1 : 0;
    char *name = copy_of((const char *)data, name_length);
    char *field = copy_of((const char *)data + size - field_size, field_size);

    check_finding(name, name_length, field, field_size);
    check_change(name, name_length, field, field_size);
    free(name);
    free(field);
    return 0;
}
