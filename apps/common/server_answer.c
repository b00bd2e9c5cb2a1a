/* SPDX-License-Identifier: Apache-2.0 */
#include "common/server_answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "common/server.h"

#define JSON_TYPE "application/json"

void server_answer_deinit(struct server_answer *answer)
{
    free(answer->body);
    for (size_t i = 0; i < answer->header_count; i++)
        free(answer->headers[i].value);
    memset(answer, 0, sizeof(*answer));
}

/* Takes the body over. The later answer counts: a handler may still find that something failed. */
static void fill(struct server_answer *answer, unsigned status, const char *content_type,
                 char *body, size_t length)
{
    free(answer->body);
    answer->status = status;
    answer->content_type = content_type;
    answer->body = body;
    answer->body_length = length;
}

static void fill_failure(struct server_answer *answer)
{
    static const char text[] = "{\"error\": \"something went wrong in the service\"}\n";
    char *body = strdup(text);

    fill(answer, 500, JSON_TYPE, body, body != NULL ? sizeof(text) - 1 : 0);
}

void server_answer_json(struct server_answer *answer, unsigned status, json_t *body)
{
    _cleanup_json_ json_t *owned = body;
    _cleanup_free_ char *text = owned != NULL ? json_dumps(owned, 0) : NULL;
    char *line = NULL;
    int length = text != NULL ? asprintf(&line, "%s\n", text) : -1;

    /* The newline is for people who use curl. */
    if (length < 0)
        fill_failure(answer);
    else
        fill(answer, status, JSON_TYPE, line, (size_t)length);
}

void server_answer_error(struct server_answer *answer, unsigned status, const char *format, ...)
{
    _cleanup_free_ char *reason = NULL;
    va_list arguments;
    int r = 0;

    va_start(arguments, format);
    r = vasprintf(&reason, format, arguments);
    va_end(arguments);
    server_answer_json(answer, status, r < 0 ? NULL : json_pack("{s:s}", "error", reason));
}

void server_answer_empty(struct server_answer *answer, unsigned status)
{
    fill(answer, status, NULL, NULL, 0);
}

void server_answer_bytes(struct server_answer *answer, unsigned status, const char *content_type,
                         const void *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);

    if (copy == NULL) {
        fill_failure(answer);
        return;
    }
    memcpy(copy, bytes, length);
    fill(answer, status, content_type, copy, length);
}

void server_answer_header(struct server_answer *answer, const char *name, const char *value)
{
    char *copy = answer->header_count < SERVER_ANSWER_HEADERS_MAX ? strdup(value) : NULL;

    if (copy == NULL)
        return;
    answer->headers[answer->header_count].name = name;
    answer->headers[answer->header_count].value = copy;
    answer->header_count++;
}

static bool is_accepted_type(const char *type)
{
    static const char *const accepted[] = {JSON_TYPE, "application/x-www-form-urlencoded"};

    if (type == NULL)
        return true;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        size_t length = strlen(accepted[i]);

        if (strncasecmp(type, accepted[i], length) == 0 && strchr(" ;", type[length]) != NULL)
            return true;
    }
    return false;
}

json_t *server_read_object(const struct server_request *request, struct server_answer *answer)
{
    json_error_t error;
    json_t *object = NULL;

    if (!is_accepted_type(request->content_type)) {
        server_answer_error(answer, 415, "send the body as application/json");
        return NULL;
    }
    object = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL && request->body_length == 0) {
        server_answer_error(answer, 400, "the body is empty; send a JSON object");
    } else if (object == NULL && json_error_code(&error) == json_error_duplicate_key) {
        server_answer_error(answer, 400, "the body has a key twice");
    } else if (object == NULL) {
        /* Not error.text: it quotes the body, which need not be UTF-8. */
        server_answer_error(answer, 400, "the body is not valid JSON: see line %d, column %d",
                            error.line, error.column);
    } else if (!json_is_object(object)) {
        json_decref(object);
        object = NULL;
        server_answer_error(answer, 400, "the body is JSON, but not an object");
    }
    return object;
}
