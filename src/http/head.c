/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What handlers see of a request's head, and say for the head of its answer. The head is copied as
 * it came, for as long as the request is there; its fields are where the parser found them.
 */
#include <stdlib.h>
#include <string.h>

#include "http/server_priv.h"

static bool is_called(const char *data, const struct http1_field *field, const char *name,
                      size_t length)
{
    return field->name.length == length &&
           http1_text_equal(data + field->name.offset, name, length);
}

bool http_connection_keep_head(struct http_connection *connection)
{
    const struct http1_head *head = &connection->parser.head;
    char *copy = malloc((size_t)head->length + 1);

    if (copy == NULL)
        return false;
    memcpy(copy, connection->input, head->length);
    copy[head->length] = '\0';
    /* Behind a value there is at least the end of its line. */
    for (unsigned int i = 0; i < head->field_count; i++)
        copy[head->fields[i].value.offset + head->fields[i].value.length] = '\0';
    if (head->host.length > 0) /* the path of an absolute target stands elsewhere too */
        copy[head->host.offset + head->host.length] = '\0';
    connection->head = copy;
    return true;
}

/* Where two say different things, one of them is believed by somebody else. */
const char *http_connection_doubled_field(const struct http_connection *connection)
{
    static const struct {
        const char *name, *message;
    } single[] = {
        {"authorization", "Authorization is given twice"},
        {"origin", "Origin is given twice"},
        {"sec-fetch-site", "Sec-Fetch-Site is given twice"},
    };
    const struct http1_head *head = &connection->parser.head;

    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        unsigned int count = 0;

        for (unsigned int j = 0; j < head->field_count; j++)
            count += is_called(connection->input, &head->fields[j], single[i].name,
                               strlen(single[i].name));
        if (count > 1)
            return single[i].message;
    }
    return NULL;
}

const char *http_request_field(const struct http_request *request, const char *name)
{
    const struct http_connection *connection = http_connection_of((struct http_request *)request);
    const struct http1_head *head = &connection->parser.head;
    size_t length = strlen(name);

    for (unsigned int i = 0; connection->head != NULL && i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (is_called(connection->head, field, name, length))
            return connection->head + field->value.offset;
    }
    return NULL;
}

/* The authority of an absolute target counts, as the one that the client asks for. */
const char *http_request_host(const struct http_request *request)
{
    const struct http_connection *connection = http_connection_of((struct http_request *)request);
    const struct http1_head *head = &connection->parser.head;

    if (connection->head == NULL || head->host.length == 0)
        return "";
    return connection->head + head->host.offset;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

void http_add_field(struct http_request *request, const char *name, const char *value)
{
    struct http_connection *connection = http_connection_of(request);
    size_t size = strlen(name) + strlen(value) + 4;

    if (!is_printable(name) || !is_printable(value) ||
        size > HTTP_FIELDS_BYTES_MAX - connection->fields.length)
        return;
    if (strcmp(name, "Cache-Control") == 0)
        connection->has_cache_control = true;
    strbuf_printf(&connection->fields, "%s: %s\r\n", name, value);
}

void http_request_abort(struct http_request *request)
{
    struct http_connection *connection = http_connection_of(request);

    if (connection->is_over)
        return;
    http_connection_abandon(connection);
    loop_source_again(&connection->stream.source); /* closed is called in a turn of its own */
}
