/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/sticky.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

/* A token before it is made text: subject (hidden), end, seal. */
enum {
    STICKY_SUBJECT_BYTES = 8,
    STICKY_END_BYTES = 5,
    STICKY_SEAL_BYTES = 8,
    STICKY_BYTES = STICKY_SUBJECT_BYTES + STICKY_END_BYTES + STICKY_SEAL_BYTES,
};

_Static_assert(STICKY_BYTES % 3 == 0 && STICKY_BYTES / 3 * 4 == STICKY_TOKEN_SIZE, "no padding");

#define STICKY_END_MAX ((UINT64_C(1) << 40) - 1)

static uint64_t sticky_rotate(uint64_t value, unsigned int bits)
{
    return value << bits | value >> (64 - bits);
}

static void sticky_sip_rounds(uint64_t v[4], unsigned int rounds)
{
    for (unsigned int i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = sticky_rotate(v[1], 13) ^ v[0];
        v[3] = sticky_rotate(v[3], 16) ^ v[2];
        v[0] = sticky_rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = sticky_rotate(v[1], 17) ^ v[2];
        v[3] = sticky_rotate(v[3], 21) ^ v[0];
        v[2] = sticky_rotate(v[2], 32);
    }
}

uint64_t sticky_siphash(const struct sticky_secret *secret, const uint64_t *words, size_t count)
{
    uint64_t v[4] = {
        secret->words[0] ^ UINT64_C(0x736f6d6570736575),
        secret->words[1] ^ UINT64_C(0x646f72616e646f6d),
        secret->words[0] ^ UINT64_C(0x6c7967656e657261),
        secret->words[1] ^ UINT64_C(0x7465646279746573),
    };

    for (size_t i = 0; i <= count; i++) {
        /* The last word holds the length alone: there are no odd bytes. */
        uint64_t word = i < count ? words[i] : (uint64_t)(count * 8) << 56;

        v[3] ^= word;
        sticky_sip_rounds(v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    sticky_sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t sticky_mask(const struct sticky_secret *secret, uint64_t scope, uint64_t end_s)
{
    const uint64_t words[] = {1, scope, end_s};

    return sticky_siphash(secret, words, 3);
}

static uint64_t sticky_seal(const struct sticky_secret *secret, uint64_t scope, uint64_t subject,
                            uint64_t end_s)
{
    const uint64_t words[] = {2, scope, subject, end_s};

    return sticky_siphash(secret, words, 4);
}

/*
 * Tokens
 */

static const char sticky_digits[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void sticky_put(uint8_t *bytes, uint64_t value, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t sticky_get(const uint8_t *bytes, unsigned int count)
{
    uint64_t value = 0;

    for (unsigned int i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static void sticky_encode(const uint8_t bytes[STICKY_BYTES], char text[STICKY_TOKEN_SIZE])
{
    for (size_t i = 0; i < STICKY_BYTES / 3; i++) {
        uint32_t group = (uint32_t)bytes[3 * i] << 16 | (uint32_t)bytes[3 * i + 1] << 8 |
                         (uint32_t)bytes[3 * i + 2];

        for (unsigned int j = 0; j < 4; j++)
            text[4 * i + j] = sticky_digits[group >> (18 - 6 * j) & 63];
    }
}

static bool sticky_decode(const char *text, uint8_t bytes[STICKY_BYTES])
{
    for (size_t i = 0; i < STICKY_BYTES / 3; i++) {
        uint32_t group = 0;

        for (unsigned int j = 0; j < 4; j++) {
            const char *digit = memchr(sticky_digits, text[4 * i + j], sizeof(sticky_digits));

            if (digit == NULL)
                return false;
            group = group << 6 | (uint32_t)(digit - sticky_digits);
        }
        bytes[3 * i] = (uint8_t)(group >> 16);
        bytes[3 * i + 1] = (uint8_t)(group >> 8);
        bytes[3 * i + 2] = (uint8_t)group;
    }
    return true;
}

/*
 * Requests
 */

static struct cookie_text sticky_own_name(const struct sticky_policy *policy)
{
    if (policy->name_length == 0)
        return (struct cookie_text){STICKY_OWN_NAME, sizeof(STICKY_OWN_NAME) - 1};
    return (struct cookie_text){policy->name, policy->name_length};
}

/* Of the cookie that holds the token; 0 where it is too long. */
static size_t sticky_token_name(const struct sticky_policy *policy, char name[STICKY_NAME_MAX])
{
    struct cookie_text own = sticky_own_name(policy);
    size_t tail = policy->is_of_application ? sizeof(STICKY_COMPANION_TAIL) - 1 : 0;

    if (own.length + tail > STICKY_NAME_MAX)
        return 0;
    memcpy(name, own.data, own.length);
    memcpy(name + own.length, STICKY_COMPANION_TAIL, tail);
    return own.length + tail;
}

void sticky_scan(const struct sticky_policy *policy, const char *cookie_field, size_t size,
                 struct sticky_found *found)
{
    struct cookie_text own = sticky_own_name(policy);
    char name[STICKY_NAME_MAX];
    size_t name_length = sticky_token_name(policy, name);
    struct cookie_text ignored;

    if (name_length == 0)
        return;
    if (!found->has_token)
        found->has_token = cookie_find(cookie_field, size, name, name_length, &found->token);
    if (policy->is_of_application && !found->has_application_cookie)
        found->has_application_cookie =
            cookie_find(cookie_field, size, own.data, own.length, &ignored) && ignored.length > 0;
}

enum sticky_decision sticky_decide(const struct sticky_secret *secret,
                                   const struct sticky_policy *policy,
                                   const struct sticky_found *found, uint64_t now_unix_s,
                                   uint64_t *ret_subject)
{
    uint8_t bytes[STICKY_BYTES];
    uint64_t subject;
    uint64_t end_s;

    if (!found->has_token || found->token.length != STICKY_TOKEN_SIZE ||
        (policy->is_of_application && !found->has_application_cookie) ||
        !sticky_decode(found->token.data, bytes))
        return STICKY_NONE;
    end_s = sticky_get(bytes + STICKY_SUBJECT_BYTES, STICKY_END_BYTES);
    subject = sticky_get(bytes, STICKY_SUBJECT_BYTES) ^ sticky_mask(secret, policy->scope, end_s);
    if (sticky_get(bytes + STICKY_SUBJECT_BYTES + STICKY_END_BYTES, STICKY_SEAL_BYTES) !=
            sticky_seal(secret, policy->scope, subject, end_s) ||
        end_s <= now_unix_s)
        return STICKY_NONE;
    *ret_subject = subject;
    return end_s - now_unix_s >= policy->ttl_s / 2 ? STICKY_FRESH : STICKY_OLD;
}

/*
 * Answers
 */

void sticky_scan_answer(const struct sticky_policy *policy, const char *set_cookie_field,
                        size_t size, enum cookie_change *change)
{
    struct cookie_text own = sticky_own_name(policy);
    enum cookie_change its_change = cookie_change_of(set_cookie_field, size, own.data, own.length);

    if (its_change != COOKIE_OTHER)
        *change = its_change;
}

enum sticky_answer sticky_answer(const struct sticky_policy *policy,
                                 const struct sticky_found *found, enum sticky_decision decision,
                                 bool stayed, enum cookie_change change)
{
    bool is_right = decision == STICKY_FRESH && stayed;

    if (!policy->is_of_application)
        return is_right ? STICKY_ANSWER_NOTHING : STICKY_ANSWER_SET;
    if (change == COOKIE_REMOVED)
        return found->has_token ? STICKY_ANSWER_REMOVE : STICKY_ANSWER_NOTHING;
    if (change == COOKIE_SET || found->has_application_cookie)
        return is_right ? STICKY_ANSWER_NOTHING : STICKY_ANSWER_SET;
    return STICKY_ANSWER_NOTHING;
}

static size_t sticky_print(const struct sticky_policy *policy, const char *token,
                           size_t token_length, uint32_t ttl_s, bool is_https,
                           char value[STICKY_COOKIE_MAX])
{
    char name[STICKY_NAME_MAX];
    size_t name_length = sticky_token_name(policy, name);
    int length;

    if (name_length == 0)
        return 0;
    length = snprintf(value, STICKY_COOKIE_MAX,
                      "%.*s=%.*s; Max-Age=%u; Path=/; HttpOnly; SameSite=Lax%s", (int)name_length,
                      name, (int)token_length, token, ttl_s, is_https ? "; Secure" : "");
    return length > 0 && length < STICKY_COOKIE_MAX ? (size_t)length : 0;
}

size_t sticky_write(const struct sticky_secret *secret, const struct sticky_policy *policy,
                    uint64_t subject, uint64_t now_unix_s, bool is_https,
                    char value[STICKY_COOKIE_MAX])
{
    uint64_t end_s = time_add(now_unix_s, policy->ttl_s);
    uint8_t bytes[STICKY_BYTES];
    char token[STICKY_TOKEN_SIZE];

    if (end_s > STICKY_END_MAX)
        end_s = STICKY_END_MAX;
    sticky_put(bytes, subject ^ sticky_mask(secret, policy->scope, end_s), STICKY_SUBJECT_BYTES);
    sticky_put(bytes + STICKY_SUBJECT_BYTES, end_s, STICKY_END_BYTES);
    sticky_put(bytes + STICKY_SUBJECT_BYTES + STICKY_END_BYTES,
               sticky_seal(secret, policy->scope, subject, end_s), STICKY_SEAL_BYTES);
    sticky_encode(bytes, token);
    return sticky_print(policy, token, sizeof(token), policy->ttl_s, is_https, value);
}

size_t sticky_write_removal(const struct sticky_policy *policy, bool is_https,
                            char value[STICKY_COOKIE_MAX])
{
    return sticky_print(policy, "", 0, 0, is_https, value);
}
