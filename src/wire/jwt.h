/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed texts in the form of a JSON Web Token (RFC 7519, JWS compact, HS256), in one strict mode:
 * the header is {"alg":"HS256","typ":"JWT"}, byte for byte, and what has another is refused before
 * anything is computed. base64url is without padding, and each text has one form only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JWT_SIZE_MAX         4096 /* of a token, without a NUL */
#define JWT_KEY_SIZE         32
#define JWT_SIGNATURE_SIZE   32
#define JWT_PAYLOAD_SIZE_MAX 3000 /* such that the token has room */

/* The token, with a NUL: how long it is, or -E2BIG for a payload that is too large, -EIO where
 * there is no HMAC. */
int jwt_seal(const void *payload, size_t size, const void *key, char ret_token[JWT_SIZE_MAX + 1]);

/* The payload's bytes: how many, or -EINVAL for what is none of ours, -EBADMSG for another
 * signature, -EIO. What is written to ret_payload counts only then. */
int jwt_open(const char *token, size_t length, const void *key,
             unsigned char ret_payload[JWT_PAYLOAD_SIZE_MAX]);

/* Of a header and payload as they stand in a token, without the dot behind them; any key. */
int jwt_sign(const void *key, size_t key_size, const void *data, size_t size,
             unsigned char ret_signature[JWT_SIGNATURE_SIZE]);

/* How many bytes the text stands for, or -EINVAL where it is no canonical base64url or has more
 * than capacity. */
int jwt_decode(const char *text, size_t length, unsigned char *data, size_t capacity);
