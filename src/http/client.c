/* SPDX-License-Identifier: Apache-2.0 */
#include "http/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/error.h"

static int explain_connect(int r, const char *path, struct error **reterr)
{
    switch (r) {
    case -ENOENT:
        return error_set(reterr, ENOENT, "no daemon runs here: %s is not there", path);
    case -ECONNREFUSED:
        return error_set(reterr, ECONNREFUSED, "no daemon runs here: nobody answers at %s", path);
    case -EACCES:
    case -EPERM:
        return error_set(reterr, EACCES,
                         "you may not use %s; run this as root or as a member of its group", path);
    case -ENAMETOOLONG:
        return error_set(reterr, ENAMETOOLONG,
                         "\"%s\" is no path of a socket: it must have 1 to %zu bytes", path,
                         sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
    default:
        return error_set(reterr, -r, "cannot connect to %s: %s", path, error_text(-r));
    }
}

struct http_content http_content_json(const char *text)
{
    if (text == NULL)
        return (struct http_content){.fd = -1};
    return (struct http_content){
        .type = "application/json", .data = text, .size = strlen(text), .fd = -1};
}

int http_open(const char *socket_path, const char *method, const char *target,
              const struct http_content *content, uint64_t timeout_ms, struct http_exchange **ret,
              struct error **reterr)
{
    const struct http_exchange_request request = {
        .method = method,
        .target = target,
        .content_type = content->type,
        .body = content->data,
        .body_size = content->data != NULL ? content->size : 0,
        .body_fd = content->data == NULL && content->size > 0 ? content->fd : -1,
        .body_fd_size = content->size,
        .upgrade = content->protocol,
        .server = "the daemon",
        .cancel_fd = -1,
        .is_interruptible = true,
    };
    _cleanup_error_ struct error *error = NULL;
    bool is_connected;
    int r = http_exchange_open(socket_path, &request, timeout_ms, ret, &is_connected, &error);

    if (r < 0 && !is_connected && r != -ENOMEM)
        return explain_connect(r, socket_path, reterr);
    if (r < 0 && reterr != NULL)
        *reterr = take_ptr(error);
    return r;
}

void http_response_deinit(struct http_response *response)
{
    free(response->body);
    response->body = NULL;
    response->size = 0;
}

int http_call_within(const char *socket_path, const char *method, const char *target,
                     const char *body, uint64_t timeout_ms, struct http_response *ret_response,
                     struct error **reterr)
{
    const struct http_content content = http_content_json(body);
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    struct http_response response = {0};
    const char *type;
    size_t length;
    int r = http_open(socket_path, method, target, &content, timeout_ms, &exchange, reterr);

    if (r < 0)
        return r;
    r = http_exchange_read_all(exchange, HTTP_RESPONSE_BYTES_MAX, timeout_ms, &response.body,
                               &response.size, reterr);
    if (r < 0)
        return r;
    response.status = http_exchange_status(exchange);
    type = http_exchange_field(exchange, "Content-Type", &length);
    if (length <= HTTP_CONTENT_TYPE_LENGTH)
        memcpy(response.content_type, type, length);
    *ret_response = response;
    return 0;
}

int http_call(const char *socket_path, const char *method, const char *target, const char *body,
              struct http_response *ret_response, struct error **reterr)
{
    return http_call_within(socket_path, method, target, body, HTTP_CALL_TIMEOUT_MS, ret_response,
                            reterr);
}
