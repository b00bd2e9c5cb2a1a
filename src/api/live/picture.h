/* SPDX-License-Identifier: Apache-2.0 */
/* The edge as a picture: listeners with their rules in words, groups, and targets. */
#pragma once

#include "control/control.h"

struct arena;
struct names;
struct strbuf;
struct value;

/* "host shop.example; path /v1 or /v2; from 10.0.0.0/8"; "" for what matches all. Values of headers
 * and of the query may be keys to what the rule leads to: without shows_values they are masked. */
void picture_conditions(struct strbuf *text, const struct route_conditions *when,
                        bool shows_values);

/* "301 to https://#{host}/", "503 closed for today", "404". */
void picture_action(struct strbuf *text, const struct route_action *action,
                    enum route_protocol protocol);

/* As GET /v1/targets has it, with the instance and the service where they are known. */
struct value *picture_target(struct arena *arena, const struct control *control,
                             const struct names *names, uint32_t group, uint32_t number,
                             uint64_t now_ns);

/* {"generation", "listeners", "groups", "targets"}; all memory of the arena, but for the words,
 * which are put together in a buffer of the caller's: the arena may jump. */
struct value *picture_edge(struct arena *arena, const struct control *control,
                           const struct names *names, uint64_t now_ns, bool shows_values,
                           struct strbuf *text);
