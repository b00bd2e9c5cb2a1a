/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/conversation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "engine/frames.h"

#define BUFFER_SIZE 16384

struct engine_conversation {
    struct http_exchange *exchange;
    struct frames frames;
    size_t start, used; /* of the buffer: what was not given on yet */
    char buffer[BUFFER_SIZE];
};

/* Exec */

static const struct field exec_fields[] = {
    FIELD(TEXTS, struct engine_exec, arguments, "Cmd"),
    FIELD(TEXTS, struct engine_exec, environment, "Env"),
    FIELD(TEXT, struct engine_exec, user, "User"),
    FIELD(TEXT, struct engine_exec, working_directory, "WorkingDir"),
    FIELD(YES, struct engine_exec, has_terminal, "Tty"),
    FIELD(YES, struct engine_exec, has_input, "AttachStdin"),
    FIELD(YES, struct engine_exec, is_privileged, "Privileged"),
    FIELDS_END,
};

static void build_exec(struct arena *arena, struct value *map, const void *context,
                       const char **ret_unknown)
{
    const struct mark none = {0};

    fields_write(arena, exec_fields, context, ENGINE_VERSION_MAX, map, ret_unknown);
    (void)value_set(arena, map, "AttachStdout", value_new_bool(arena, true, none));
    (void)value_set(arena, map, "AttachStderr", value_new_bool(arena, true, none));
}

static void take_id(struct arena *arena, const json_t *object, void *context)
{
    *(const char **)context = field_text(arena, json_object_get(object, "Id"));
}

int engine_create_exec(const struct engine *engine, struct arena *arena, const char *container,
                       const struct engine_exec *exec, const char **ret_id, struct error **reterr)
{
    _cleanup_call_ struct call call;
    const char *id = "";
    json_t *object = NULL;
    int r;

    call_init(&call, "POST", "/containers/", container, "/exec");
    r = fields_build_body(&call, build_exec, exec, ENGINE_VERSION_MAX, reterr);
    if (r == 0)
        r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_id, &id, reterr);
    if (r == 0 && id[0] == '\0')
        r = error_set(reterr, EPROTO, "the Docker Engine does not say what it made");
    if (r == 0)
        *ret_id = id;
    return r;
}

/* The connection becomes the conversation. Engines say 101; what stands between may make 200 of it,
 * with an answer that goes on until it is closed, which reads the same. */
static int converse(const struct engine *engine, struct call *call, bool has_terminal,
                    struct engine_conversation **ret, struct error **reterr)
{
    struct engine_conversation *conversation;
    struct http_exchange *exchange = NULL;
    int r;

    call->upgrade = "tcp";
    call->timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    r = call_open(engine, call, &exchange, reterr);
    if (r < 0)
        return r;
    conversation = calloc(1, sizeof(*conversation));
    if (conversation == NULL) {
        (void)http_exchange_close(exchange);
        return error_set(reterr, ENOMEM, "out of memory");
    }
    conversation->exchange = exchange;
    frames_init(&conversation->frames, has_terminal);
    *ret = conversation;
    return 0;
}

int engine_start_exec(const struct engine *engine, const char *id, bool has_terminal,
                      struct engine_conversation **ret, struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", "/exec/", id, "/start");
    strbuf_printf(&call.body, "{\"Detach\":false,\"Tty\":%s}", has_terminal ? "true" : "false");
    return converse(engine, &call, has_terminal, ret, reterr);
}

static int resize(const struct engine *engine, const char *prefix, const char *id, uint16_t rows,
                  uint16_t columns, struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", prefix, id, "/resize");
    call_add_number(&call, "h", rows);
    call_add_number(&call, "w", columns);
    return call_do(engine, &call, reterr);
}

int engine_resize_exec(const struct engine *engine, const char *id, uint16_t rows, uint16_t columns,
                       struct error **reterr)
{
    return resize(engine, "/exec/", id, rows, columns, reterr);
}

int engine_resize_container(const struct engine *engine, const char *id, uint16_t rows,
                            uint16_t columns, struct error **reterr)
{
    return resize(engine, "/containers/", id, rows, columns, reterr);
}

int engine_inspect_exec(const struct engine *engine, const char *id, struct engine_exec_state *ret,
                        struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_json_ json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/exec/", id, "/json");
    r = call_json(engine, &call, &object, reterr);
    if (r < 0)
        return r;
    *ret = (struct engine_exec_state){
        .is_running = json_is_true(json_object_get(object, "Running")),
        .exit_code = field_number(json_object_get(object, "ExitCode")),
        .pid = field_number(json_object_get(object, "Pid")),
    };
    return 0;
}

int engine_attach_container(const struct engine *engine, const char *container,
                            const struct engine_attach *attach, struct engine_conversation **ret,
                            struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", "/containers/", container, "/attach");
    call_add(&call, "stream", "1");
    call_add(&call, "stdout", "1");
    call_add(&call, "stderr", "1");
    if (attach->has_input)
        call_add(&call, "stdin", "1");
    if (attach->with_logs)
        call_add(&call, "logs", "1");
    return converse(engine, &call, attach->has_terminal, ret, reterr);
}

/* Conversations */

struct engine_conversation *engine_conversation_close(struct engine_conversation *conversation)
{
    if (conversation != NULL)
        (void)http_exchange_close(conversation->exchange);
    free(conversation);
    return NULL;
}

void engine_conversation_closep(struct engine_conversation **conversation)
{
    *conversation = engine_conversation_close(*conversation);
}

int engine_conversation_fd(const struct engine_conversation *conversation)
{
    return http_exchange_fd(conversation->exchange);
}

/* 0 at the end. */
static long fill(struct engine_conversation *conversation, struct error **reterr)
{
    long length =
        http_exchange_read(conversation->exchange, conversation->buffer, BUFFER_SIZE, 0, reterr);

    conversation->start = 0;
    conversation->used = length > 0 ? (size_t)length : 0;
    if (length == 0 && !frames_may_end(&conversation->frames))
        return error_set(reterr, ECONNRESET, "the output ends in its midst");
    return length;
}

long engine_conversation_read(struct engine_conversation *conversation, void *data, size_t size,
                              bool *ret_is_errors, struct error **reterr)
{
    for (;;) {
        size_t available = conversation->used - conversation->start;
        size_t consumed, length;

        if (available == 0) {
            long r = fill(conversation, reterr);

            if (r <= 0)
                return r;
            continue;
        }
        if (available > size)
            available = size;
        if (frames_next(&conversation->frames, conversation->buffer + conversation->start,
                        available, &consumed, &length) == FRAMES_REFUSED)
            return error_set(reterr, EPROTO, "the output that the Docker Engine sends is broken");
        conversation->start += consumed;
        if (length == 0)
            continue;
        memcpy(data, conversation->buffer + conversation->start - length, length);
        *ret_is_errors = frames_is_errors(&conversation->frames);
        return (long)length;
    }
}

long engine_conversation_write(struct engine_conversation *conversation, const void *data,
                               size_t size, struct error **reterr)
{
    return http_exchange_write(conversation->exchange, data, size, reterr);
}

int engine_conversation_end_input(struct engine_conversation *conversation)
{
    return http_exchange_end_writing(conversation->exchange);
}
