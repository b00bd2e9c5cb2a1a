/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base64_priv.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64_encode_for_url(const char *data, size_t size)
{
    char *text = malloc((size + 2) / 3 * 4 + 1);
    char *next = text;

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)(uint8_t)data[i] << 16;

        if (left > 1)
            bits |= (uint32_t)(uint8_t)data[i + 1] << 8;
        if (left > 2)
            bits |= (uint8_t)data[i + 2];
        *next++ = alphabet[bits >> 18];
        *next++ = alphabet[bits >> 12 & 63];
        *next++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *next++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    *next = '\0';
    return text;
}

/* -1 for what is none of the signs. */
static int sign_value(char sign)
{
    const char *found;

    if (sign == '+')
        sign = '-';
    else if (sign == '/')
        sign = '_';
    found = sign != '\0' ? strchr(alphabet, sign) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

static bool is_of_signs(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (sign_value(text[i]) < 0)
            return false;
    }
    return true;
}

char *base64_decode(const char *text)
{
    size_t length = strcspn(text, "=");
    char *data;
    uint32_t bits = 0;
    size_t size = 0;

    if (length % 4 == 1 || text[length + strspn(text + length, "=")] != '\0' ||
        !is_of_signs(text, length))
        return NULL;
    data = malloc(length / 4 * 3 + 4);
    for (size_t i = 0; data != NULL && i < length; i++) {
        int value = sign_value(text[i]);

        bits = bits << 6 | ((uint32_t)value & 63);
        if (i % 4 == 0)
            continue;
        data[size] = (char)(bits >> (6 - 2 * (i % 4)));
        size++;
    }
    if (data != NULL)
        data[size] = '\0';
    if (data != NULL && strlen(data) == size)
        return data;
    free(data);
    return NULL;
}
