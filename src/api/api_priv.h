/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the API: api.c finds who answers, each other file is about one topic. */
#pragma once

#include "api/json.h"
#include "base/arena.h"
#include "base/strbuf.h"
#include "control/control.h"
#include "http/server.h"
#include "model/value.h"

#define API_ANSWER_MAX ((size_t)256 << 20)
#define API_MEMORY_MAX ((size_t)512 << 20)

/* A request with the variable segments of its path, which end with the call. */
struct api_call {
    struct control *control;
    struct http_request *request;
    const char *names[TASK_NAMES_MAX + 1]; /* up to the first that is NULL */
};

/* Answers with what make puts together in an arena that goes afterwards. */
void api_answer(struct api_call *call, unsigned int status,
                struct value *(*make)(struct arena *arena, const struct api_call *call,
                                      void *context),
                void *context);

/* Has it answered by a thread. */
void api_wait(struct api_call *call, void (*run)(struct task *task));

/* Who answers, of routes.def. */
#define ROUTE(method, path, function, role, flags) void function(struct api_call *call);
#include "api/routes.def"
#undef ROUTE
