/* SPDX-License-Identifier: Apache-2.0 */
/* Fields whose values are lists about this connection. Empty elements are passed over, as RFC
 * 9110 has it; everything else that is no proper element is refused or not recognized. */
#include <string.h>

#include "wire/http1_priv.h"
#include "wire/scan.h"

/* The next element of a list, without white space around it; false at the end. */
static bool list_next(const char *data, size_t *at, size_t end, struct http1_span *ret_element)
{
    size_t start, stop;

    while (*at < end && (data[*at] == ',' || scan_is(data[*at], SCAN_IS_WHITESPACE)))
        (*at)++;
    if (*at == end)
        return false;
    start = *at;
    while (*at < end && data[*at] != ',')
        (*at)++;
    stop = *at;
    while (stop > start && scan_is(data[stop - 1], SCAN_IS_WHITESPACE))
        stop--;
    *ret_element = (struct http1_span){(uint16_t)start, (uint16_t)(stop - start)};
    return true;
}

static bool element_is(const char *data, struct http1_span element, const char *text)
{
    return element.length == strlen(text) &&
           http1_text_equal(data + element.offset, text, element.length);
}

static size_t token_length(const char *data, struct http1_span element)
{
    size_t start = element.offset;

    return scan_while(data, start, start + element.length, SCAN_IS_TOKEN) - start;
}

static void note_connection_name(struct http1_parser *parser, const char *data,
                                 struct http1_span name)
{
    uint64_t settled = http1_hop_ids | http1_kept_ids;

    if (element_is(data, name, "close"))
        parser->saw_close = true;
    else if (element_is(data, name, "keep-alive"))
        parser->saw_keep_alive = true;
    else if (element_is(data, name, "upgrade"))
        parser->saw_upgrade = true;
    else if ((settled & HTTP1_ID_BIT(http1_field_find(data + name.offset, name.length))) == 0)
        parser->saw_other_names = true;
}

bool http1_take_connection(struct http1_parser *parser, const char *data, struct http1_span value)
{
    size_t at = value.offset, end = at + value.length;
    struct http1_span name;

    while (list_next(data, &at, end, &name)) {
        if (token_length(data, name) != name.length) {
            (void)http1_refuse(parser, 400, "Connection is no list of tokens");
            return false;
        }
        if (parser->connection_name_count == HTTP1_CONNECTION_NAMES_MAX) {
            (void)http1_refuse(parser, 400, "Connection names too much");
            return false;
        }
        parser->connection_name_count++;
        note_connection_name(parser, data, name);
    }
    return true;
}

static void mark_fields_of_name(struct http1_head *head, const char *data, struct http1_span name)
{
    for (size_t i = 0; i < head->field_count; i++) {
        struct http1_field *field = &head->fields[i];

        if (field->name.length == name.length && (http1_kept_ids & HTTP1_ID_BIT(field->id)) == 0 &&
            http1_text_equal(data + field->name.offset, data + name.offset, name.length))
            field->flags |= HTTP1_FIELD_IS_NAMED;
    }
}

/* At most HTTP1_CONNECTION_NAMES_MAX times HTTP1_FIELD_COUNT_MAX comparisons. */
void http1_mark_named_fields(struct http1_parser *parser, const char *data)
{
    struct http1_head *head = &parser->head;

    for (size_t i = 0; i < head->field_count; i++) {
        struct http1_span value = head->fields[i].value, name;
        size_t at = value.offset, end = at + value.length;

        if (head->fields[i].id != HTTP1_FIELD_CONNECTION)
            continue;
        while (list_next(data, &at, end, &name))
            mark_fields_of_name(head, data, name);
    }
}

/* protocol-name ["/" protocol-version] */
static bool protocol_is_valid(const char *data, struct http1_span protocol)
{
    size_t name = token_length(data, protocol);
    struct http1_span version = {(uint16_t)(protocol.offset + name + 1),
                                 (uint16_t)(protocol.length - name - 1)};

    if (name == protocol.length)
        return true;
    return name > 0 && data[protocol.offset + name] == '/' && version.length > 0 &&
           token_length(data, version) == version.length;
}

bool http1_take_upgrade(struct http1_parser *parser, const char *data, struct http1_span value)
{
    size_t at = value.offset, end = at + value.length, count = 0;
    struct http1_span protocol;

    if ((parser->head.present & HTTP1_ID_BIT(HTTP1_FIELD_UPGRADE)) != 0) {
        (void)http1_refuse(parser, 400, "more than one Upgrade");
        return false;
    }
    for (; list_next(data, &at, end, &protocol); count++) {
        if (!protocol_is_valid(data, protocol)) {
            (void)http1_refuse(parser, 400, "Upgrade is no list of protocols");
            return false;
        }
        parser->saw_h2c = parser->saw_h2c || element_is(data, protocol, "h2c");
        parser->head.upgrade_websocket = count == 0 && element_is(data, protocol, "websocket");
    }
    if (count == 0) {
        (void)http1_refuse(parser, 400, "Upgrade is empty");
        return false;
    }
    return true;
}

void http1_take_te(struct http1_parser *parser, const char *data, struct http1_span value)
{
    size_t at = value.offset, end = at + value.length;
    struct http1_span coding;

    while (list_next(data, &at, end, &coding)) {
        if (element_is(data, coding, "trailers"))
            parser->head.te_trailers = true;
    }
}

bool http1_codings_are_foreign(const char *data, struct http1_span value)
{
    size_t at = value.offset, end = at + value.length;
    struct http1_span coding;

    while (list_next(data, &at, end, &coding)) {
        struct http1_span name = {coding.offset, (uint16_t)token_length(data, coding)};
        char next = name.length < coding.length ? data[name.offset + name.length] : ';';

        if (name.length > 0 && (next == ';' || scan_is(next, SCAN_IS_WHITESPACE)) &&
            !element_is(data, name, "chunked"))
            return true;
    }
    return false;
}
