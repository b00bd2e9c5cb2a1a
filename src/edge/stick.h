/* SPDX-License-Identifier: Apache-2.0 */
/* What a request itself says about where it goes: cookies of stickiness, and the key of a hash. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/sticky.h"
#include "wire/http1_write.h"

struct balance;
struct exchange;
struct target;

/* What a request says in one place where requests may stick. */
struct stick_choice {
    struct sticky_found found;
    enum sticky_decision decision;
    bool stayed; /* it went where its cookie says */
};

/* Which of a rule's several groups. */
uint32_t stick_choose_forward(struct exchange *exchange);

/* The target that a cookie asks for, where it may have the request; otherwise NULL. */
struct target *stick_find_target(struct exchange *exchange, const struct balance *balance);

/* False where the request has no key. */
bool stick_hash_key(const struct exchange *exchange, uint64_t *ret_hash);

/* The cookies that the response is to have. */
void stick_write_cookies(struct exchange *exchange, struct http1_writer *writer);
