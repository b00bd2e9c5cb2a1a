/* SPDX-License-Identifier: Apache-2.0 */
#include "api/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "control/access.h"
#include "http/target.h"
#include "os/os.h"

#define MEMORY_MAX ((size_t)512 << 20)

static void tell_progress(struct runtime_flow *flow, const char *text, uint64_t done,
                          uint64_t total)
{
    struct work *work = list_entry(flow, struct work, flow);

    (void)work_line(work, json_pack("{s:s, s:s, s:I, s:I}", "type", "progress", "text", text,
                                    "done", (json_int_t)done, "total", (json_int_t)total));
}

static void tell_output(struct runtime_flow *flow, const char *text, size_t size)
{
    struct work *work = list_entry(flow, struct work, flow);
    json_t *value = json_stringn(text, size);

    if (value == NULL) /* no UTF-8 */
        value = json_string("?");
    (void)work_line(work, json_pack("{s:s, s:o}", "type", "output", "text", value));
}

static int read_body(struct work *work)
{
    const struct http_request *request = work->task->request;
    json_error_t wrong;

    if (work->task->body_fd >= 0 || request->body_size == 0)
        return 0;
    work->body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, &wrong);
    if (work->body == NULL)
        return error_set(&work->error, EINVAL, "the body is no JSON: line %d: %s", wrong.line,
                         wrong.text);
    if (!json_is_object(work->body))
        return error_set(&work->error, EINVAL, "the body is a JSON object");
    return 0;
}

static void handle(void *context)
{
    struct work *work = context;

    work->result = read_body(work);
    if (work->result == 0)
        work->result = work->handle(work);
}

static int prepare(struct work *work)
{
    if (work->keepers == NULL)
        return error_set(&work->error, EPIPE, "control has not started yet");
    work->text = keepers_trouble(work->keepers);
    if (work->text != NULL)
        return error_set(&work->error, EPIPE, "deploys are not possible: %s", work->text);
    return store_open(work->keepers->around.folder, &work->store, &work->error);
}

static void answer(struct work *work)
{
    char *text = json_dumps(work->answer, JSON_COMPACT);

    if (text == NULL)
        task_fail(work->task, 503, "there is no memory for the answer");
    else
        task_answer(work->task, work->status, text, strlen(text));
    free(text);
}

/* The end of a stream says what went wrong. */
static void conclude(struct work *work)
{
    if (work->result < 0 && work->task->is_streaming)
        (void)work_line(work, json_pack("{s:s, s:s}", "type", "result", "error",
                                        work->error != NULL ? work->error->message
                                                            : error_text(-work->result)));
    else if (work->result < 0)
        task_fail_error(work->task, work->result, work->error);
    else if (work->answer != NULL)
        answer(work);
    else if (!work->task->is_answered)
        task_answer(work->task, work->status, "{}", 2);
}

void work_run(struct task *task, int (*function)(struct work *work))
{
    struct control *control = task->context;
    struct work work = {
        .task = task,
        .control = control,
        .keepers = control->keepers,
        .project = task->names[0] != NULL ? task->names[0] : "",
        .status = 200,
        .fd = -1,
        .flow = {tell_progress, tell_output, task->cancel_fd},
        .handle = function,
    };
    int r;

    arena_init(&work.arena, MEMORY_MAX);
    work.result = prepare(&work);
    if (work.result == 0) {
        r = arena_protect(&work.arena, handle, &work);
        if (r < 0) {
            work.error = error_free(work.error);
            work.result = error_set(&work.error, -r, "%s",
                                    r == -E2BIG ? "the request is too large" : "out of memory");
        }
    }
    conclude(&work);
    error_free(work.error);
    json_decref(work.body);
    json_decref(work.answer);
    free(work.text);
    os_closep(&work.fd);
    work.store = store_close(work.store);
    arena_deinit(&work.arena);
}

const char *work_parameter(struct work *work, const char *name)
{
    char value[WORK_PARAMETER_MAX];

    if (http_query_find(work->task->request->query, name, value, sizeof(value)) <= 0)
        return NULL;
    return arena_strdup(&work->arena, value);
}

bool work_flag(struct work *work, const char *name)
{
    const char *value = work_parameter(work, name);

    return value != NULL &&
           (*value == '\0' || strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

uint64_t work_number(struct work *work, const char *name, uint64_t otherwise)
{
    const char *value = work_parameter(work, name);
    char *end;
    unsigned long long number;

    if (value == NULL || *value < '0' || *value > '9')
        return otherwise;
    errno = 0;
    number = strtoull(value, &end, 10);
    return errno != 0 || *end != '\0' ? otherwise : number;
}

/* ".5Z": a part of a second. */
static uint64_t read_fraction(const char *text)
{
    uint64_t unit = TIME_SECOND / 10, result = 0;

    if (*text != '.')
        return 0;
    for (text++; *text >= '0' && *text <= '9' && unit > 0; text++, unit /= 10)
        result += unit * (uint64_t)(*text - '0');
    return result;
}

uint64_t work_when(struct work *work, const char *name)
{
    const char *value = work_parameter(work, name);
    struct tm parts = {0};
    const char *end;
    time_t seconds;

    if (value == NULL)
        return 0;
    end = strptime(value, "%Y-%m-%dT%H:%M:%S", &parts);
    if (end == NULL)
        return time_from_seconds(work_number(work, name, 0));
    seconds = timegm(&parts);
    return seconds < 0 ? 0 : time_add(time_from_seconds((uint64_t)seconds), read_fraction(end));
}

const char *work_text(const struct work *work, const char *name)
{
    return json_string_value(json_object_get(work->body, name));
}

bool work_bool(const struct work *work, const char *name)
{
    return json_is_true(json_object_get(work->body, name));
}

const char *work_author(struct work *work)
{
    const struct http_request *request = work->task->request;
    const struct access *access = access_of(request);
    const char *author = work_text(work, "author");

    if (access != NULL && access->token[0] != '\0')
        return access->name; /* whatever the body says */
    if (author != NULL && *author != '\0')
        return author;
    return request->has_peer
               ? arena_printf(&work->arena, "user %u", (unsigned int)request->peer_uid)
               : "somebody";
}

int work_line(struct work *work, json_t *line)
{
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    size_t length;
    int r;

    json_decref(line);
    if (text == NULL)
        return -ENOMEM;
    length = strlen(text);
    text[length] = '\n'; /* where the NUL was */
    r = task_write(work->task, text, length + 1);
    free(text);
    return r;
}

json_t *work_time(uint64_t unix_ns)
{
    time_t seconds = (time_t)(unix_ns / TIME_SECOND);
    char text[64], whole[32];
    struct tm parts;

    if (unix_ns == 0 || gmtime_r(&seconds, &parts) == NULL ||
        strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        return json_null();
    (void)snprintf(text, sizeof(text), "%s.%09lluZ", whole,
                   (unsigned long long)(unix_ns % TIME_SECOND));
    return json_string(text);
}

int work_keeper(struct work *work, struct keeper **ret_keeper)
{
    struct keeper *keeper = keepers_find(work->keepers, work->project);

    if (keeper == NULL)
        return error_set(&work->error, ENOENT, "there is no project \"%.100s\"", work->project);
    *ret_keeper = keeper;
    return 0;
}
