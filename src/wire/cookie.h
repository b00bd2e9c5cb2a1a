/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cookies in header fields (RFC 6265), as far as a proxy looks at them: one of a name is found, the
 * rest is not judged. Texts are spans of the caller's; nothing is copied.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cookie_text {
    const char *data;
    size_t length;
};

/* Whether a text may be the name of a cookie: a token of HTTP, not empty. */
bool cookie_name_is_valid(const char *name, size_t length);

/* The value of the first cookie of that name in a Cookie field, without quotes around it. Names are
 * compared with regard to case. False where there is none. */
bool cookie_find(const char *field, size_t size, const char *name, size_t name_length,
                 struct cookie_text *ret_value);

enum cookie_change {
    COOKIE_OTHER, /* the field is about another name, or malformed */
    COOKIE_SET,
    COOKIE_REMOVED, /* set to nothing, or with a lifetime that is over */
};

/* What a Set-Cookie field does to a cookie. One that expires before 2001 is removed: so deletion is
 * written where Max-Age is not used. */
enum cookie_change cookie_change_of(const char *field, size_t size, const char *name,
                                    size_t name_length);
