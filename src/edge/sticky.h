/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who came to a target by a cookie goes there again. The cookie's value is a token that names the
 * target and the time at which it ends, hidden and sealed with a secret: 28 characters of
 * base64url. The seal is SipHash-2-4 over the scope (the group's id), the target's id and the time,
 * so that clients can neither choose a target nor read one, and a token of one group means nothing
 * to another. The same goes for rules that share requests among groups: there the scope is the
 * rule's and the subject a group's id.
 *
 * The secret is given at the start, the same to all threads. A new edge with another secret deals
 * its clients out anew; nothing else happens.
 *
 * Two kinds of cookies. Our own: set with the first answer, and again when half of its time is
 * over. Or that of the application: where a target's answer sets it, a companion NAME-SLIPWAY is
 * set beside it with our token, and removed with it; a token counts only in a request that has the
 * application's cookie too. Where the named target gets no requests any more, a new one is chosen
 * and named by a new cookie.
 *
 * In a request: sticky_scan() over each Cookie field, then sticky_decide(). In an answer of the
 * target: for the application's cookie, sticky_scan_answer() over each Set-Cookie field; then
 * sticky_write() or sticky_write_removal() for the value of a Set-Cookie field to be added, or
 * nothing; sticky_answer() says which. Nothing here allocates or keeps state: use it from any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/cookie.h"

#define STICKY_TOKEN_SIZE     28
#define STICKY_OWN_NAME       "SLIPWAY"
#define STICKY_COMPANION_TAIL "-SLIPWAY"
#define STICKY_NAME_MAX       256 /* of a cookie; a longer one is never sticky */
#define STICKY_COOKIE_MAX     (STICKY_NAME_MAX + 160)

struct sticky_secret {
    uint64_t words[2];
};

/* Of a group, or of a rule with several. The name is the configured one, and stays the caller's;
 * empty: STICKY_OWN_NAME. */
struct sticky_policy {
    const char *name;
    size_t name_length;
    uint32_t ttl_s;
    bool is_of_application;
    uint64_t scope;
};

/* What one request says. Zero it first. */
struct sticky_found {
    struct cookie_text token; /* in the field that was scanned */
    bool has_token;
    bool has_application_cookie;
};

void sticky_scan(const struct sticky_policy *policy, const char *cookie_field, size_t size,
                 struct sticky_found *found);

enum sticky_decision {
    STICKY_NONE,  /* nobody is named; choose, and set a cookie */
    STICKY_FRESH, /* this one is, and the cookie is good for long */
    STICKY_OLD,   /* this one is; the cookie is to be renewed */
};

/* Writes the subject unless the answer is STICKY_NONE. */
enum sticky_decision sticky_decide(const struct sticky_secret *secret,
                                   const struct sticky_policy *policy,
                                   const struct sticky_found *found, uint64_t now_unix_s,
                                   uint64_t *ret_subject);

/* What the target's answer does to the application's cookie; the last field that says anything
 * counts. *change begins as COOKIE_OTHER. */
void sticky_scan_answer(const struct sticky_policy *policy, const char *set_cookie_field,
                        size_t size, enum cookie_change *change);

enum sticky_answer {
    STICKY_ANSWER_NOTHING,
    STICKY_ANSWER_SET,
    STICKY_ANSWER_REMOVE,
};

/* What to do with an answer of the subject's. stayed: the request went to the one that its cookie
 * named. change: COOKIE_OTHER for our own cookie. */
enum sticky_answer sticky_answer(const struct sticky_policy *policy,
                                 const struct sticky_found *found, enum sticky_decision decision,
                                 bool stayed, enum cookie_change change);

/* The value of a Set-Cookie field, without NUL; 0 where it does not fit or the name is too long. */
size_t sticky_write(const struct sticky_secret *secret, const struct sticky_policy *policy,
                    uint64_t subject, uint64_t now_unix_s, bool is_https,
                    char value[STICKY_COOKIE_MAX]);
size_t sticky_write_removal(const struct sticky_policy *policy, bool is_https,
                            char value[STICKY_COOKIE_MAX]);

/* SipHash-2-4, for others that hold such a secret. */
uint64_t sticky_siphash(const struct sticky_secret *secret, const uint64_t *words, size_t count);
