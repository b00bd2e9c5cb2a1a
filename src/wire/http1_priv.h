/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the head's parser: http1_parse.c finds lines and fields, http1_head.c knows
 * what they mean. */
#pragma once

#include "wire/http1.h"

enum http1_state {
    /* In the order in which they follow each other: */
    HTTP1_STATE_METHOD,
    HTTP1_STATE_TARGET,
    HTTP1_STATE_VERSION,
    HTTP1_STATE_STATUS,
    HTTP1_STATE_REASON,
    HTTP1_STATE_LINE,
    HTTP1_STATE_NAME,
    HTTP1_STATE_VALUE,
    HTTP1_STATE_DONE,
    HTTP1_STATE_REFUSED,
};

#define HTTP1_ID_BIT(id) (UINT64_C(1) << (id))

/* Bits of ids; see HTTP1_FIELDS. */
extern const uint64_t http1_hop_ids, http1_forwarded_ids, http1_kept_ids;

static inline enum http1_result http1_refuse(struct http1_parser *parser, unsigned status,
                                             const char *refusal)
{
    parser->state = HTTP1_STATE_REFUSED;
    parser->refusal_status = (uint16_t)(parser->is_response ? 502 : status);
    parser->refusal = refusal;
    return HTTP1_REFUSED;
}

/* These refuse on their own and then give false. */

/* Method, target and version are known: sorts out the target. */
bool http1_take_target(struct http1_parser *parser, const char *data);

/* One of the fields that need more than to be noted; not yet in head.present. */
bool http1_take_field(struct http1_parser *parser, const char *data,
                      const struct http1_field *field);

/* The head is whole: decides what it means for the body and the connection. */
bool http1_conclude(struct http1_parser *parser, const char *data);

/* Fields for http1_take_field(), the first of HTTP1_FIELDS. */
#define HTTP1_IS_TAKEN(id) ((unsigned)(id)-HTTP1_FIELD_HOST <= HTTP1_FIELD_TE - HTTP1_FIELD_HOST)

_Static_assert(HTTP1_FIELD_HOST == 1 && HTTP1_FIELD_TE == 7, "and no others");

/* http1_connection.c: the lists of Connection, Upgrade, TE and Transfer-Encoding. */
bool http1_take_connection(struct http1_parser *parser, const char *data, struct http1_span value);
bool http1_take_upgrade(struct http1_parser *parser, const char *data, struct http1_span value);
void http1_take_te(struct http1_parser *parser, const char *data, struct http1_span value);

/* Whether a list of codings has one other than chunked, as opposed to being malformed. */
bool http1_codings_are_foreign(const char *data, struct http1_span value);

/* Marks the fields that Connection names. */
void http1_mark_named_fields(struct http1_parser *parser, const char *data);
