/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/jwt.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* {"alg":"HS256","typ":"JWT"} */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define HEADER_LENGTH    (sizeof(header) - 1)
#define SIGNATURE_LENGTH 43 /* of 32 bytes */

_Static_assert(HEADER_LENGTH + (JWT_PAYLOAD_SIZE_MAX * 4 + 2) / 3 + 1 + SIGNATURE_LENGTH <=
                   JWT_SIZE_MAX,
               "the largest payload fits");

static size_t encode(const unsigned char *data, size_t size, char *text)
{
    uint32_t bits = 0;
    unsigned int count = 0;
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | data[i];
        for (count += 8; count >= 6; count -= 6)
            text[length++] = alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        text[length++] = alphabet[bits << (6 - count) & 63];
    return length;
}

static int digit_of(char character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    return character == '-' ? 62 : character == '_' ? 63 : -1;
}

int jwt_decode(const char *text, size_t length, unsigned char *data, size_t capacity)
{
    uint32_t bits = 0;
    unsigned int count = 0;
    size_t size = 0;

    if (length % 4 == 1 || length / 4 * 3 + (length % 4 * 3) / 4 > capacity)
        return -EINVAL;
    for (size_t i = 0; i < length; i++) {
        int digit = digit_of(text[i]);

        if (digit < 0)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            data[size++] = (unsigned char)(bits >> count);
        }
    }
    /* Bits that stand for nothing: another text would mean the same bytes. */
    return (bits & ((1U << count) - 1)) == 0 ? (int)size : -EINVAL;
}

int jwt_sign(const void *key, size_t key_size, const void *data, size_t size,
             unsigned char ret_signature[JWT_SIGNATURE_SIZE])
{
    unsigned int length = 0;

    return HMAC(EVP_sha256(), key, (int)key_size, data, size, ret_signature, &length) != NULL &&
                   length == JWT_SIGNATURE_SIZE
               ? 0
               : -EIO;
}

int jwt_seal(const void *payload, size_t size, const void *key, char ret_token[JWT_SIZE_MAX + 1])
{
    unsigned char signature[JWT_SIGNATURE_SIZE];
    size_t length = HEADER_LENGTH;
    int r;

    if (size > JWT_PAYLOAD_SIZE_MAX)
        return -E2BIG;
    memcpy(ret_token, header, HEADER_LENGTH);
    length += encode(payload, size, ret_token + length);
    r = jwt_sign(key, JWT_KEY_SIZE, ret_token, length, signature);
    if (r < 0)
        return r;
    ret_token[length++] = '.';
    length += encode(signature, sizeof(signature), ret_token + length);
    ret_token[length] = '\0';
    return (int)length;
}

int jwt_open(const char *token, size_t length, const void *key,
             unsigned char ret_payload[JWT_PAYLOAD_SIZE_MAX])
{
    unsigned char expected[JWT_SIGNATURE_SIZE], signature[JWT_SIGNATURE_SIZE];
    size_t signed_length;
    int r;

    if (length > JWT_SIZE_MAX || length < HEADER_LENGTH + 1 + SIGNATURE_LENGTH ||
        memcmp(token, header, HEADER_LENGTH) != 0)
        return -EINVAL;
    signed_length = length - SIGNATURE_LENGTH - 1;
    if (token[signed_length] != '.' ||
        jwt_decode(token + signed_length + 1, SIGNATURE_LENGTH, signature, sizeof(signature)) !=
            JWT_SIGNATURE_SIZE)
        return -EINVAL;
    r = jwt_sign(key, JWT_KEY_SIZE, token, signed_length, expected);
    if (r < 0)
        return r;
    if (CRYPTO_memcmp(expected, signature, sizeof(signature)) != 0)
        return -EBADMSG;
    return jwt_decode(token + HEADER_LENGTH, signed_length - HEADER_LENGTH, ret_payload,
                      JWT_PAYLOAD_SIZE_MAX);
}
