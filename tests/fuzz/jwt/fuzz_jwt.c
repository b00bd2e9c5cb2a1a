/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens hostile tokens, with a key of its own. Beyond not crashing: whatever opens is what sealing
 * its payload gives, byte for byte, so that a token has one form only; the input as a payload is
 * sealed and opened; and the token of it with one character changed does not open.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/jwt.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const unsigned char key[JWT_KEY_SIZE] = "0123456789abcdef0123456789abcde";

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* In a block of just the size, so that the sanitizer sees a read past the end. */
static int open_copy(const void *token, size_t size, unsigned char *payload)
{
    char *copy = malloc(size > 0 ? size : 1);
    int r;

    require(copy != NULL);
    if (size > 0)
        memcpy(copy, token, size);
    r = jwt_open(copy, size, key, payload);
    free(copy);
    return r;
}

static void check_opened(const unsigned char *data, size_t size)
{
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];
    char token[JWT_SIZE_MAX + 1];
    int length = open_copy(data, size, payload);

    if (length < 0)
        return;
    require(jwt_seal(payload, (size_t)length, key, token) == (int)size);
    require(memcmp(token, data, size) == 0);
}

static void check_sealed(const unsigned char *data, size_t size)
{
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX];
    char token[JWT_SIZE_MAX + 1];
    int length = jwt_seal(data, size, key, token);
    size_t place;

    if (length < 0) {
        require(size > JWT_PAYLOAD_SIZE_MAX);
        return;
    }
    require(open_copy(token, (size_t)length, payload) == (int)size);
    require(size == 0 || memcmp(payload, data, size) == 0);
    place = size > 0 ? (data[0] * 257U + size) % (size_t)length : 0;
    token[place] = token[place] == 'A' ? 'B' : 'A';
    require(open_copy(token, (size_t)length, payload) < 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char bytes[64];

    (void)jwt_decode((const char *)data, size, bytes, sizeof(bytes));
    check_opened(data, size);
    check_sealed(data, size);
    return 0;
}
