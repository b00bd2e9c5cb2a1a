/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulling and pushing. The engine tells how far each layer is, again and again; that is put
 * together into one line for people and one sum of bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "engine/image.h"
#include "engine/reference_priv.h"

#define LAYERS_MAX    256 /* twice what an image may have */
#define LAYER_ID_SIZE 16
#define FIELD_LIMIT   196608

/* {} in base64: nobody in particular. */
#define NO_CREDENTIALS "e30="

struct layer {
    char id[LAYER_ID_SIZE];
    uint64_t done, total;
    bool is_finished;
};

struct transfer {
    const struct engine_pull *pull;
    struct layer layers[LAYERS_MAX];
    uint32_t count;
    char text[64];
};

static struct layer *find_layer(struct transfer *transfer, const char *id)
{
    struct layer *layer;

    if (strlen(id) >= LAYER_ID_SIZE)
        return NULL;
    for (uint32_t i = 0; i < transfer->count; i++) {
        if (strcmp(transfer->layers[i].id, id) == 0)
            return &transfer->layers[i];
    }
    if (transfer->count == LAYERS_MAX)
        return NULL;
    layer = &transfer->layers[transfer->count++];
    memcpy(layer->id, id, strlen(id) + 1);
    return layer;
}

static void note(struct layer *layer, const char *status, const json_t *detail)
{
    int64_t current = field_number(json_object_get(detail, "current"));
    int64_t total = field_number(json_object_get(detail, "total"));
    bool moves = text_equal(status, "Downloading") || text_equal(status, "Pushing");

    if (moves && total > 0) {
        layer->total = (uint64_t)total;
        layer->done = current > 0 ? (uint64_t)current : 0;
        if (layer->done > layer->total)
            layer->done = layer->total; /* the total is a guess when pushing */
    }
    if (text_equal(status, "Download complete") || text_equal(status, "Extracting"))
        layer->done = layer->total;
    if (text_equal(status, "Pull complete") || text_equal(status, "Already exists") ||
        text_equal(status, "Pushed") || text_starts_with(status, "Layer already exists") ||
        text_starts_with(status, "Mounted from")) {
        layer->is_finished = true;
        layer->done = layer->total;
    }
}

static void tell(struct transfer *transfer)
{
    uint64_t done = 0, total = 0;
    uint32_t finished = 0;

    for (uint32_t i = 0; i < transfer->count; i++) {
        done += transfer->layers[i].done;
        total += transfer->layers[i].total;
        finished += transfer->layers[i].is_finished;
    }
    (void)snprintf(transfer->text, sizeof(transfer->text), "%u of %u layers", finished,
                   transfer->count);
    transfer->pull->progress(transfer->pull->context, transfer->text, done, total);
}

/* "Pulling from shop/web" has an id too, the tag, but is of no layer. */
static void take_line(struct transfer *transfer, const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *status = json_string_value(json_object_get(object, "status"));
    struct layer *layer;

    if (transfer->pull->progress == NULL || id == NULL || status == NULL ||
        text_starts_with(status, "Pulling from"))
        return;
    layer = find_layer(transfer, id);
    if (layer == NULL)
        return;
    note(layer, status, json_object_get(object, "progressDetail"));
    tell(transfer);
}

static int follow(struct transfer *transfer, struct http_exchange *exchange, struct error **reterr)
{
    _cleanup_lines_ struct lines lines;
    int r;

    lines_init(&lines, exchange);
    for (;;) {
        _cleanup_json_ json_t *object = NULL;

        r = lines_next(&lines, &object, reterr);
        if (r <= 0)
            return r;
        r = lines_failure(object, reterr);
        if (r < 0)
            return r;
        take_line(transfer, object);
    }
}

static int run(const struct engine *engine, struct call *call, const struct engine_pull *pull,
               const char *credentials, struct error **reterr)
{
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    _cleanup_strbuf_ struct strbuf field;
    struct transfer transfer = {.pull = pull};
    int r;

    strbuf_init(&field, FIELD_LIMIT);
    if (credentials != NULL)
        strbuf_printf(&field, "X-Registry-Auth: %s\r\n", credentials);
    if (strbuf_failure(&field) < 0)
        return error_set(reterr, ENOMEM, "out of memory");
    call->fields = strbuf_text(&field);
    call->timeout_ms = ENGINE_FOREVER;
    r = call_open(engine, call, &exchange, reterr);
    return r < 0 ? r : follow(&transfer, exchange, reterr);
}

int engine_pull_image(const struct engine *engine, const struct engine_pull *pull,
                      struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct reference parts;
    int r = reference_split(pull->reference, &parts, reterr);

    if (r < 0)
        return r;
    call_init(&call, "POST", "/images/create", NULL, "");
    call_add(&call, "fromImage", parts.repository);
    call_add(&call, "tag", parts.tag);
    call_add(&call, "platform", pull->platform);
    return run(engine, &call, pull, pull->credentials, reterr);
}

int engine_push_image(const struct engine *engine, const struct engine_pull *push,
                      struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct reference parts;
    int r = reference_split(push->reference, &parts, reterr);

    if (r < 0)
        return r;
    call_init(&call, "POST", "/images/", parts.repository, "/push");
    call_add(&call, "tag", parts.tag);
    return run(engine, &call, push, push->credentials != NULL ? push->credentials : NO_CREDENTIALS,
               reterr);
}
