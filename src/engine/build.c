/* SPDX-License-Identifier: Apache-2.0 */
/* Building images by the classic builder, and loading them from tar files. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "engine/image.h"

#define FIELD_LIMIT   196608
#define IMAGE_ID_SIZE 128

struct output {
    engine_sink *sink;
    void *context;
    char id[IMAGE_ID_SIZE]; /* of what was built */
};

static int say(const struct output *output, const char *text)
{
    return output->sink == NULL || text == NULL || text[0] == '\0'
               ? 0
               : output->sink(output->context, text, strlen(text));
}

/* Base images that are pulled tell how far they are many times; only their words are passed on. */
static int take_status(const struct output *output, const json_t *object)
{
    const char *status = json_string_value(json_object_get(object, "status"));
    const char *id = json_string_value(json_object_get(object, "id"));
    char line[256];

    if (status == NULL || json_object_size(json_object_get(object, "progressDetail")) > 0)
        return 0;
    (void)snprintf(line, sizeof(line), "%.100s%s%.120s\n", id != NULL ? id : "",
                   id != NULL ? ": " : "", status);
    return say(output, line);
}

static int take_line(struct output *output, const json_t *object, struct error **reterr)
{
    const char *id = json_string_value(field_find(object, "aux.ID"));
    int r = lines_failure(object, reterr);

    if (r < 0)
        return r;
    if (id != NULL && strlen(id) < IMAGE_ID_SIZE)
        memcpy(output->id, id, strlen(id) + 1);
    r = say(output, json_string_value(json_object_get(object, "stream")));
    return r != 0 ? r : take_status(output, object);
}

static int follow(struct output *output, struct http_exchange *exchange, struct error **reterr)
{
    _cleanup_lines_ struct lines lines;
    int r;

    lines_init(&lines, exchange);
    for (;;) {
        _cleanup_json_ json_t *object = NULL;

        r = lines_next(&lines, &object, reterr);
        if (r <= 0)
            return r;
        r = take_line(output, object, reterr);
        if (r != 0)
            return r;
    }
}

/* [{"Name": "nofile", "Soft": 1024, "Hard": 1024}] */
static void add_limits(struct call *call, const struct engine_build *build)
{
    json_t *list = json_array();
    char *text;

    for (uint32_t i = 0; i < build->limit_count; i++) {
        const struct engine_limit *limit = &build->limits[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "Name", limit->name, "Soft",
                                                    (json_int_t)limit->soft, "Hard",
                                                    (json_int_t)limit->hard));
    }
    text = build->limit_count > 0 ? json_dumps(list, JSON_COMPACT) : NULL;
    call_add(call, "ulimits", text);
    free(text);
    json_decref(list);
}

static void add_options(struct call *call, const struct engine_build *build)
{
    call_add(call, "version", "1");
    call_add(call, "rm", "1");
    call_add(call, "forcerm", "1");
    call_add(call, "dockerfile", build->dockerfile);
    for (size_t i = 0; build->names != NULL && build->names[i] != NULL; i++)
        call_add(call, "t", build->names[i]);
    call_add_pairs(call, "buildargs", build->arguments);
    call_add_pairs(call, "labels", build->labels);
    call_add(call, "target", build->target);
    call_add_texts(call, "cachefrom", build->cache_from);
    call_add(call, "networkmode", build->network);
    call_add(call, "platform", build->platform);
    for (size_t i = 0; build->extra_hosts != NULL && build->extra_hosts[i] != NULL; i++)
        call_add(call, "extrahosts", build->extra_hosts[i]);
    if (build->shared_memory_bytes > 0)
        call_add_number(call, "shmsize", build->shared_memory_bytes);
    add_limits(call, build);
    if (build->pulls)
        call_add(call, "pull", "1");
    if (build->has_no_cache)
        call_add(call, "nocache", "1");
}

static void take_id(struct arena *arena, const json_t *object, void *context)
{
    (void)object;
    *(const char **)context = arena_strdup(arena, *(const char **)context);
}

int engine_build_image(const struct engine *engine, struct arena *arena,
                       const struct engine_build *build, const char **ret_id, struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_strbuf_ struct strbuf field;
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    struct output output = {.sink = build->output, .context = build->context};
    const char *id = output.id;
    int r;

    strbuf_init(&field, FIELD_LIMIT);
    call_init(&call, "POST", "/build", NULL, "");
    add_options(&call, build);
    if (build->all_credentials != NULL)
        strbuf_printf(&field, "X-Registry-Config: %s\r\n", build->all_credentials);
    if (strbuf_failure(&field) < 0)
        return error_set(reterr, ENOMEM, "out of memory");
    call.fields = strbuf_text(&field);
    call.data_fd = build->context_fd;
    call.content_type = "application/x-tar";
    call.timeout_ms = ENGINE_FOREVER;
    r = call_open(engine, &call, &exchange, reterr);
    if (r == 0)
        r = follow(&output, exchange, reterr);
    if (r != 0)
        return r;
    if (output.id[0] == '\0')
        return error_set(reterr, EPROTO, "the Docker Engine does not say what it built");
    r = call_take(arena, NULL, take_id, &id, reterr);
    if (r == 0)
        *ret_id = id;
    return r;
}

int engine_load_images(const struct engine *engine, int tar_fd, engine_sink *output, void *context,
                       struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    struct output to = {.sink = output, .context = context};
    int r;

    call_init(&call, "POST", "/images/load", NULL, "");
    call.data_fd = tar_fd;
    call.content_type = "application/x-tar";
    call.timeout_ms = ENGINE_FOREVER;
    r = call_open(engine, &call, &exchange, reterr);
    return r < 0 ? r : follow(&to, exchange, reterr);
}
