/* SPDX-License-Identifier: Apache-2.0 */
/* The last hour, put together by a thread from a copy. */
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/history_text.h"
#include "control/sampler.h"
#include "http/target.h"
#include "os/os.h"

#define MINUTES_MAX  60
#define NUMBER_SIZE  16
#define NAME_SIZE    256
#define STEPS_MINUTE ((unsigned int)(TIME_MINUTE / HISTORY_STEP_NS))

struct query {
    unsigned int minutes, kinds;
    char project[NAME_SIZE], service[NAME_SIZE];
    bool has_project, has_service;
};

/* The step that is under way has no samples yet. Its clock is not the one that people read. */
static uint64_t end_unix_ms(uint64_t step)
{
    uint64_t since_ns =
        time_subtract(os_monotonic_time_ns(), time_multiply(step - RING_LENGTH, HISTORY_STEP_NS));

    return time_subtract(os_real_time_ns(), since_ns) / TIME_MILLISECOND;
}

static void answer(struct task *task, const struct history *history, uint64_t step,
                   const struct query *query)
{
    const struct history_selection selection = {
        .first = step - (uint64_t)query->minutes * STEPS_MINUTE,
        .end = step,
        .project = query->has_project ? query->project : NULL,
        .service = query->has_service ? query->service : NULL,
        .kinds = query->kinds,
    };
    _cleanup_strbuf_ struct strbuf out;

    strbuf_init(&out, API_ANSWER_MAX);
    strbuf_printf(&out, "{\"step_s\":%llu,\"end\":%llu,\"series\":",
                  (unsigned long long)(HISTORY_STEP_NS / TIME_SECOND),
                  (unsigned long long)end_unix_ms(step));
    history_write(&out, history, &selection);
    strbuf_append_string(&out, "}\n");
    if (strbuf_failure(&out) < 0)
        task_fail(task, 503, "there is no memory for the answer");
    else
        task_answer(task, 200, strbuf_text(&out), out.length);
}

/* 0 where it is malformed. */
static unsigned int read_minutes(const char *query)
{
    char value[NUMBER_SIZE];
    unsigned long minutes;
    char *end;
    int r = http_query_find(query, "minutes", value, sizeof(value));

    if (r == 0)
        return MINUTES_MAX;
    if (r < 0 || *value < '0' || *value > '9')
        return 0;
    minutes = strtoul(value, &end, 10);
    return *end != '\0' || minutes > MINUTES_MAX ? 0 : (unsigned int)minutes;
}

static bool read_query(struct task *task, struct query *ret)
{
    const char *text = task->request->query;
    char kinds[NAME_SIZE];
    int has_kinds = http_query_find(text, "kind", kinds, sizeof(kinds));
    int has_project = http_query_find(text, "project", ret->project, sizeof(ret->project));
    int has_service = http_query_find(text, "service", ret->service, sizeof(ret->service));

    ret->minutes = read_minutes(text);
    ret->kinds = has_kinds > 0 ? history_read_kinds(kinds) : has_kinds == 0 ? HISTORY_KINDS_ALL : 0;
    ret->has_project = has_project > 0;
    ret->has_service = has_service > 0;
    if (ret->minutes == 0)
        task_fail(task, 400, "minutes is a number from 1 to %d", MINUTES_MAX);
    else if (ret->kinds == 0)
        task_fail(task, 400, "kind is one or more of listener, group, service and instance");
    else if (has_project < 0 || has_service < 0)
        task_fail(task, 400, "the name of the %s is malformed",
                  has_project < 0 ? "project" : "service");
    else
        return true;
    return false;
}

static void run_history(struct task *task)
{
    struct control *control = task->context;
    struct history history;
    struct query query;
    uint64_t step;

    if (!read_query(task, &query))
        return;
    if (control->sampler == NULL || sampler_history(control->sampler, &history, &step) < 0) {
        task_fail(task, 503, "the history cannot be read now: out of memory");
        return;
    }
    answer(task, &history, step, &query);
    history_deinit(&history);
}

void api_history(struct api_call *call)
{
    api_wait(call, run_history);
}
