/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "http/target.h"
#include "model/value_json.h"

#define TARGET_LIMIT      ((size_t)1 << 20)
#define BODY_LIMIT        ((size_t)16 << 20)
#define MESSAGE_LIMIT     8192
#define SCRATCH_LIMIT     ((size_t)64 << 20)
#define CONNECT_TRIES_MAX 2

/* Slashes stay, as references have them, but no name leads elsewhere. */
static int append_name(struct strbuf *target, const char *name)
{
    size_t length;

    if (strlen(name) > ENGINE_NAME_SIZE_MAX)
        return -ENAMETOOLONG;
    for (;; name += length + 1) {
        char part[ENGINE_NAME_SIZE_MAX + 1];

        length = strcspn(name, "/");
        if (length == 0 || (length == 1 && name[0] == '.') ||
            (length == 2 && name[0] == '.' && name[1] == '.'))
            return -EINVAL;
        memcpy(part, name, length);
        part[length] = '\0';
        http_encode(target, part);
        if (name[length] == '\0')
            return 0;
        strbuf_append_char(target, '/');
    }
}

void call_init(struct call *call, const char *method, const char *prefix, const char *name,
               const char *suffix)
{
    *call = (struct call){.method = method, .data_fd = -1, .timeout_ms = ENGINE_TIMEOUT_MS};
    strbuf_init(&call->target, TARGET_LIMIT);
    strbuf_init(&call->body, BODY_LIMIT);
    strbuf_append_string(&call->target, prefix);
    if (name != NULL && append_name(&call->target, name) < 0)
        call->target.failure = -EINVAL; /* told by call_open() */
    strbuf_append_string(&call->target, suffix);
}

void call_deinit(struct call *call)
{
    strbuf_deinit(&call->target);
    strbuf_deinit(&call->body);
}

void call_add(struct call *call, const char *name, const char *value)
{
    if (value == NULL)
        return;
    strbuf_append_char(&call->target, call->has_query ? '&' : '?');
    strbuf_append_string(&call->target, name);
    strbuf_append_char(&call->target, '=');
    http_encode(&call->target, value);
    call->has_query = true;
}

void call_add_number(struct call *call, const char *name, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIi64, value);
    call_add(call, name, text);
}

/* JSON of a few texts, made by jansson: keys in their order, as with everything. */
static void add_json(struct call *call, const char *name, json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    if (text == NULL)
        call->target.failure = -ENOMEM;
    else
        call_add(call, name, text);
    free(text);
    json_decref(json);
}

/* The list under the name, which is made where there is none; NULL when memory is out. */
static json_t *list_under(json_t *map, const char *name)
{
    json_t *list = json_object_get(map, name);

    if (list != NULL)
        return list;
    list = json_array();
    return json_object_set_new(map, name, list) == 0 ? list : NULL;
}

void call_add_filters(struct call *call, struct engine_pairs filters)
{
    json_t *map;

    if (filters.count == 0)
        return;
    map = json_object();
    for (uint32_t i = 0; i < filters.count; i++) {
        json_t *list = list_under(map, filters.items[i].name);

        if (json_array_append_new(list, json_string(filters.items[i].value)) < 0)
            call->target.failure = -EINVAL;
    }
    add_json(call, "filters", map);
}

void call_add_texts(struct call *call, const char *name, const char *const *texts)
{
    json_t *list;

    if (texts == NULL || texts[0] == NULL)
        return;
    list = json_array();
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (json_array_append_new(list, json_string(texts[i])) < 0)
            call->target.failure = -EINVAL;
    }
    add_json(call, name, list);
}

void call_add_pairs(struct call *call, const char *name, struct engine_pairs pairs)
{
    json_t *map;

    if (pairs.count == 0)
        return;
    map = json_object();
    for (uint32_t i = 0; i < pairs.count; i++) {
        const char *value = pairs.items[i].value;

        if (json_object_set_new(map, pairs.items[i].name,
                                value != NULL ? json_string(value) : json_null()) < 0)
            call->target.failure = -EINVAL;
    }
    add_json(call, name, map);
}

int call_parse(const char *text, size_t size, json_t **ret, struct error **reterr)
{
    json_error_t error;
    json_t *object = json_loadb(text, size, JSON_DECODE_ANY, &error);

    if (object == NULL)
        return error_set(reterr, EPROTO, "the answer of the Docker Engine is no JSON: %s",
                         error.text);
    *ret = object;
    return 0;
}

/* Why there is no connection, for people. */
int call_explain_connect(const struct engine *engine, int r, struct error **reterr)
{
    const char *path = engine_place_path(engine->place);

    engine_forget_version(engine);
    if (r == -ECANCELED || r == -ETIMEDOUT || r == -ENOMEM)
        return r;
    if (reterr != NULL)
        *reterr = error_free(*reterr);
    switch (r) {
    case -ENOENT:
    case -ECONNREFUSED:
        return error_set(reterr, ECONNREFUSED,
                         "no Docker Engine answers at %s: start it, or start slipway's daemon with "
                         "DOCKER_HOST set to another",
                         path);
    case -EACCES:
    case -EPERM:
        return error_set(reterr, EACCES,
                         "you may not use the Docker Engine at %s: run this as root or as a member "
                         "of the socket's group",
                         path);
    default:
        return error_set(reterr, -r, "cannot connect to the Docker Engine at %s: %s", path,
                         error_text(-r));
    }
}

/* The message in {"message": ...}, without control characters at its end. */
static int explain_status(struct http_exchange *exchange, struct error **reterr)
{
    unsigned int status = http_exchange_status(exchange);
    _cleanup_free_ char *text = NULL;
    _cleanup_json_ json_t *object = NULL;
    const char *message = NULL;
    size_t size = 0, length;

    if (http_exchange_read_all(exchange, (size_t)1 << 20, ENGINE_TIMEOUT_MS, &text, &size, NULL) ==
            0 &&
        call_parse(text, size, &object, NULL) == 0)
        message = json_string_value(json_object_get(object, "message"));
    if (message == NULL)
        return error_set(reterr, -call_code_of(status, ""),
                         "the Docker Engine answered with status %u", status);
    for (length = strlen(message); length > 0 && (unsigned char)message[length - 1] <= ' ';)
        length--;
    if (length > MESSAGE_LIMIT)
        length = MESSAGE_LIMIT;
    return error_set(reterr, -call_code_of(status, message), "%.*s", (int)length, message);
}

static bool is_version_trouble(const struct error *error)
{
    return error != NULL && strstr(error->message, "client version ") != NULL &&
           strstr(error->message, "API version") != NULL;
}

static int send(const struct engine *engine, const struct call *call, const char *target,
                struct http_exchange **ret, struct error **reterr)
{
    struct http_exchange_request request = {
        .method = call->method,
        .target = target,
        .fields = call->fields,
        .content_type = call->content_type,
        .body = call->data != NULL      ? call->data
                : call->body.length > 0 ? call->body.data
                                        : NULL,
        .body_size = call->data != NULL ? call->data_size : call->body.length,
        .body_fd = call->data_fd,
        .upgrade = call->upgrade,
        .server = "the Docker Engine",
        .cancel_fd = engine->cancel_fd,
    };
    bool is_connected;
    int r = http_exchange_open(engine_place_path(engine->place), &request, call->timeout_ms, ret,
                               &is_connected, reterr);

    return r < 0 && !is_connected ? call_explain_connect(engine, r, reterr) : r;
}

/* An engine that was replaced by another version says so: then it is asked anew, once. */
int call_open(const struct engine *engine, struct call *call, struct http_exchange **ret,
              struct error **reterr)
{
    int r = strbuf_failure(&call->target);

    if (engine->timeout_ms != 0 && engine->timeout_ms < call->timeout_ms)
        call->timeout_ms = engine->timeout_ms;
    if (r == 0)
        r = strbuf_failure(&call->body);
    if (r < 0)
        return error_set(reterr, -r, "%s",
                         r == -EINVAL ? "this is no name of the Docker Engine's" : error_text(-r));
    for (int tries = 1;; tries++) {
        _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
        _cleanup_error_ struct error *error = NULL;
        _cleanup_strbuf_ struct strbuf target;

        strbuf_init(&target, TARGET_LIMIT + 16);
        r = engine_negotiate(engine, reterr);
        if (r < 0)
            return r;
        strbuf_printf(&target, "/v1.%u%s", engine_version(engine), strbuf_text(&call->target));
        if (strbuf_failure(&target) < 0)
            return error_set(reterr, ENOMEM, "out of memory");
        r = send(engine, call, strbuf_text(&target), &exchange, &error);
        if (r == 0 &&
            (http_exchange_status(exchange) < 300 || http_exchange_status(exchange) == 304)) {
            *ret = take_ptr(exchange);
            return 0;
        }
        if (r == 0)
            r = explain_status(exchange, &error);
        if (r == -EINVAL && is_version_trouble(error) && tries < CONNECT_TRIES_MAX &&
            call->data_fd < 0) {
            engine_forget_version(engine);
            continue;
        }
        if (reterr != NULL)
            *reterr = take_ptr(error);
        return r;
    }
}

int call_do(const struct engine *engine, struct call *call, struct error **reterr)
{
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    _cleanup_free_ char *text = NULL;
    int r = call_open(engine, call, &exchange, reterr);

    if (r < 0)
        return r;
    return http_exchange_read_all(exchange, ENGINE_ANSWER_MAX, call->timeout_ms, &text, NULL,
                                  reterr);
}

int call_json(const struct engine *engine, struct call *call, json_t **ret, struct error **reterr)
{
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    int r = call_open(engine, call, &exchange, reterr);

    if (r == 0)
        r = http_exchange_read_all(exchange, ENGINE_ANSWER_MAX, call->timeout_ms, &text, &size,
                                   reterr);
    return r < 0 ? r : call_parse(text, size, ret, reterr);
}

struct taking {
    struct arena *arena;
    const json_t *object;
    call_taker *take;
    void *context;
};

static void take_below(void *context)
{
    const struct taking *taking = context;

    taking->take(taking->arena, taking->object, taking->context);
}

int call_take(struct arena *arena, json_t *object, call_taker *take, void *context,
              struct error **reterr)
{
    struct taking taking = {arena, object, take, context};
    int r = arena_protect(arena, take_below, &taking);

    json_decref(object);
    if (r < 0)
        return error_set(reterr, -r, "%s",
                         r == -E2BIG ? "the answer of the Docker Engine is too large"
                                     : error_text(-r));
    return 0;
}

/* What the texts of the engine mean where its status does not say. The first that fits counts. */
int call_code_of(unsigned int status, const char *message)
{
    static const struct {
        const char *text;
        int code;
    } table[] = {
        {"is already in use by container", -EEXIST},
        {"already exists", -EEXIST},
        {"has active endpoints", -EBUSY},
        {"port is already allocated", -EADDRINUSE},
        {"address already in use", -EADDRINUSE},
        {"Pool overlaps", -EADDRINUSE},
        {"no space left on device", -ENOSPC},
        {"disk quota exceeded", -ENOSPC},
        {"no matching manifest", -ENOEXEC},
        {"does not match the specified platform", -ENOEXEC},
        {"exec format error", -ENOEXEC},
        {"manifest unknown", -ENOENT},
        {"name unknown", -ENOENT},
        {"repository name not known", -ENOENT},
        {"access denied", -EACCES},
        {"unauthorized", -EACCES},
        {"no basic auth credentials", -EACCES},
        {"authentication required", -EACCES},
        {"denied: ", -EACCES},
    };

    for (size_t i = 0; status != 404 && i < sizeof(table) / sizeof(table[0]); i++) {
        if (strstr(message, table[i].text) != NULL)
            return table[i].code;
    }
    switch (status) {
    case 400:
        return -EINVAL;
    case 401:
    case 403:
        return -EACCES;
    case 404:
        return -ENOENT;
    case 409:
        return -EBUSY;
    case 501:
        return -EOPNOTSUPP;
    default:
        return -EIO;
    }
}
