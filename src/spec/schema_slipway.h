/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of x-slipway share. Private to src/spec/schema_slipway*.c. */
#pragma once

#include <stddef.h>

#include "spec/schema_types.h"

#define SECOND_NS                          INT64_C(1000000000)
#define HOUR_NS                            (3600 * SECOND_NS)
#define DAY_NS                             (24 * HOUR_NS)
#define NOTE(name_, type_, documentation_) KEY(name_, type_, 0, H, H, H, NULL, documentation_)
#define NEED(name_, type_, documentation_)                                                         \
    KEY(name_, type_, KEY_REQUIRED, H, H, H, NULL, documentation_)
/* Whose values tell requests apart. */
#define MATCHED(name_, type_, documentation_)                                                      \
    KEY(name_, type_, KEY_MATCHED, H, H, H, NULL, documentation_)
/* What belongs to a capability that is still to come: refused by its name. */
#define LATER(name_, documentation_)                                                               \
    KEY(name_, slipway_later, KEY_NOT_YET, H, H, H, NULL, documentation_)

/* What control writes and no user does. */
#define INTERNAL(name_, type_, documentation_)                                                     \
    KEY(name_, type_, KEY_INTERNAL, H, H, H, NULL, documentation_)

/* A duration from a to b, and what it is when not given. */
#define DURATION(name_, minimum_, maximum_, expected_, default_)                                   \
    static const struct schema name_ = {.accepts = ACCEPT_STRING,                                  \
                                        .scalar = SCALAR_DURATION,                                 \
                                        .bounded = true,                                           \
                                        .minimum = (minimum_),                                     \
                                        .maximum = (maximum_),                                     \
                                        .expected = "a duration from " expected_,                  \
                                        .default_text = (default_)}
#define COUNT(name_, minimum_, maximum_, expected_, default_)                                      \
    static const struct schema name_ = {.accepts = ACCEPT_INTEGER | ACCEPT_STRING,                 \
                                        .scalar = SCALAR_INTEGER,                                  \
                                        .bounded = true,                                           \
                                        .minimum = (minimum_),                                     \
                                        .maximum = (maximum_),                                     \
                                        .expected = (expected_),                                   \
                                        .default_text = (default_)}
#define CHOICE(name_, choices_, default_)                                                          \
    static const struct schema name_ = {                                                           \
        .accepts = ACCEPT_STRING, .choices = (choices_), .default_text = (default_)}

extern const struct schema slipway_later;
extern const struct schema slipway_weight; /* 0 to 999 */
extern const struct schema slipway_networks;
extern const struct schema slipway_limits; /* a list of rates */
extern const struct schema slipway_rules;
extern const struct schema slipway_default_action;
extern const struct schema slipway_listeners;
extern const struct schema slipway_groups;
