/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

#define VALUE_SIZE 64

void value_answer(const struct server_request *request, struct server_answer *answer,
                  const char *text)
{
    char body[VALUE_SIZE];

    if (request->body_length > 0) {
        _cleanup_json_ json_t *object = server_read_object(request, answer);

        if (object == NULL)
            return;
        if (json_object_size(object) > 0) {
            server_answer_error(answer, 400, "nothing can be said about the value: send no body");
            return;
        }
    }
    if (text == NULL) {
        server_answer_error(answer, 503, "the system has no randomness to give");
        return;
    }
    (void)snprintf(body, sizeof(body), "{\"value\": %s}\n", text);
    server_answer_bytes(answer, 200, "application/json", body, strlen(body));
}

void value_healthz(const struct server_request *request, struct server_answer *answer)
{
    (void)request;
    server_answer_json(answer, 200, json_pack("{s:s}", "status", "ok"));
}
