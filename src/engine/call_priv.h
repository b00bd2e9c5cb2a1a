/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to the engine and its answer: the version in front of the path, what a status means,
 * JSON in and out. Private to this folder.
 */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "engine/engine.h"
#include "http/exchange.h"

#define ENGINE_FOREVER UINT64_MAX

/* For what may rightly take long, but not for ever: creating, starting, removing. */
#define ENGINE_LONG_TIMEOUT_MS 600000

struct call {
    const char *method;
    struct strbuf target; /* from the '/' behind the version on */
    bool has_query;
    struct strbuf body; /* JSON; sent where it is not empty */
    const void *data;   /* a body that is no JSON; NULL */
    size_t data_size;
    int data_fd; /* the same from a descriptor; -1 */
    const char *content_type;
    const char *fields;
    const char *upgrade;
    uint64_t timeout_ms;
};

/* "/containers/", an id and "/start"; name NULL: none. A bad name fails call_open(). */
void call_init(struct call *call, const char *method, const char *prefix, const char *name,
               const char *suffix);
void call_deinit(struct call *call);
#define _cleanup_call_ __attribute__((cleanup(call_deinit)))

void call_add(struct call *call, const char *name, const char *value); /* NULL: not */
void call_add_number(struct call *call, const char *name, int64_t value);
void call_add_filters(struct call *call, struct engine_pairs filters); /* none: not */

/* A list as the API wants it in a query: as one JSON text. */
void call_add_texts(struct call *call, const char *name, const char *const *texts);
void call_add_pairs(struct call *call, const char *name, struct engine_pairs pairs);

/* Sends it. What the engine refuses is an error; 2xx, 101 and 304 are not. */
int call_open(const struct engine *engine, struct call *call, struct http_exchange **ret,
              struct error **reterr);

/* The same, when the answer does not matter or is JSON. The caller has json_decref() to do. */
int call_do(const struct engine *engine, struct call *call, struct error **reterr);
int call_json(const struct engine *engine, struct call *call, json_t **ret, struct error **reterr);

/* Parses one text of JSON, which came from the engine. */
int call_parse(const char *text, size_t size, json_t **ret, struct error **reterr);

/* What an error of the engine is called, by its status (0: it came in a stream) and its text. */
int call_code_of(unsigned int status, const char *message);

/* Why there is no connection, for people, in the place of the error that there is. */
int call_explain_connect(const struct engine *engine, int r, struct error **reterr);

/* Agrees on a version, if none is agreed on. */
int engine_negotiate(const struct engine *engine, struct error **reterr);
void engine_forget_version(const struct engine *engine);

/* Calls function(arena, object, context) below a recovery point of its own, and gives the object
 * back, whatever happens. */
typedef void call_taker(struct arena *arena, const json_t *object, void *context);
int call_take(struct arena *arena, json_t *object, call_taker *take, void *context,
              struct error **reterr);

#define _cleanup_json_ __attribute__((cleanup(json_decrefp))) /* it is jansson's own */

/* A body that is many objects of JSON, a line each. */
struct lines {
    struct http_exchange *exchange;
    struct strbuf buffer;
    size_t start;
    bool is_ended;
};

void lines_init(struct lines *lines, struct http_exchange *exchange);
void lines_deinit(struct lines *lines);
#define _cleanup_lines_ __attribute__((cleanup(lines_deinit)))

/* 1 and the next object, 0 at the end, or -errno. */
int lines_next(struct lines *lines, json_t **ret, struct error **reterr);

/* What a line of progress says went wrong: 0, or the error. */
int lines_failure(const json_t *object, struct error **reterr);
