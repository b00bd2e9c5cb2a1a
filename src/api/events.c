/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as a stream: what the store has, then what comes. Of one deploy it ends with its result.
 * What is not kept (progress, output) is told between those that are, to who looks in time.
 */
#include "api/events.h"

#include <errno.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/work.h"
#include "base/time.h"
#include "os/os.h"

#define PAGE               200
#define PAGE_BYTES         ((size_t)64 << 20)
#define LOOK_AGAIN_NS      (5 * TIME_SECOND)
#define RESULT_PATIENCE_NS (3 * TIME_SECOND)

struct following {
    struct work *work;
    struct arena arena; /* of a page */
    struct strbuf line;
    const char *project; /* NULL: of all */
    uint64_t deploy;     /* 0: of all */
    uint64_t after;
    uint64_t passed; /* number of the last that is not kept */
    uint32_t count;  /* of the page */
    bool has_result;
    bool is_finished, is_unknown;
    int result;
};

int events_write(struct strbuf *line, uint64_t sequence, uint64_t unix_ns, const char *project,
                 uint64_t deploy, const char *text)
{
    json_t *head = json_pack("{s:o, s:s}", "time", work_time(unix_ns), "project", project);
    char *start;

    if (sequence > 0)
        (void)json_object_set_new(head, "sequence", json_integer((json_int_t)sequence));
    if (deploy > 0)
        (void)json_object_set_new(head, "deploy", json_integer((json_int_t)deploy));
    start = head != NULL ? json_dumps(head, JSON_COMPACT) : NULL;
    json_decref(head);
    if (start == NULL)
        return -ENOMEM;
    strbuf_reset(line);
    strbuf_append(line, start, strlen(start) - 1);
    free(start);
    if (*text == '{' && text[1] != '}')
        strbuf_printf(line, ",%s\n", text + 1);
    else
        strbuf_append_string(line, "}\n");
    return strbuf_failure(line);
}

static int put_line(struct following *following, uint64_t sequence, uint64_t unix_ns,
                    const char *project, uint64_t deploy, const char *text)
{
    int r = events_write(&following->line, sequence, unix_ns, project, deploy, text);

    return r < 0 ? r
                 : task_write(following->work->task, strbuf_text(&following->line),
                              following->line.length);
}

static bool is_result(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    const char *type = json_string_value(json_object_get(object, "type"));
    bool result = type != NULL && strcmp(type, "result") == 0;

    json_decref(object);
    return result;
}

static void put_page(void *context)
{
    struct following *following = context;
    struct store_event *events;

    following->count = 0;
    following->result = store_list_events(
        following->work->store, &following->arena, following->project, following->deploy,
        following->after, PAGE, &events, &following->count, &following->work->error);
    for (uint32_t i = 0; following->result == 0 && i < following->count; i++) {
        following->result = put_line(following, events[i].sequence, events[i].unix_ns,
                                     events[i].project, events[i].deploy, events[i].text);
        following->after = events[i].sequence;
        if (following->deploy > 0 && is_result(events[i].text))
            following->has_result = true;
    }
}

static int put_stored(struct following *following)
{
    int r = 0;

    do {
        arena_init(&following->arena, PAGE_BYTES);
        r = arena_protect(&following->arena, put_page, following);
        arena_deinit(&following->arena);
        if (r == 0)
            r = following->result;
    } while (r == 0 && following->count == PAGE && !following->has_result);
    return r;
}

static int put_passing(struct following *following)
{
    struct followers *followers = &following->work->keepers->followers;
    struct passing passing;
    int r = 0;

    while (r == 0 && followers_next(followers, following->passed, following->project,
                                    following->deploy, &passing)) {
        following->passed = passing.number;
        r = put_line(following, 0, os_real_time_ns(), passing.project, passing.deploy,
                     passing.text);
        passing_deinit(&passing);
    }
    return r;
}

static void look_at_deploy(void *context)
{
    struct following *following = context;
    struct store_deploy deploy;
    int r = store_get_deploy(following->work->store, &following->arena, following->deploy, &deploy,
                             NULL);

    following->is_unknown = r == -ENOENT;
    following->is_finished = r == -ENOENT || (r == 0 && deploy.state >= STORE_DEPLOY_DONE);
}

/* The result is told a moment after the store has the end; where that moment was control's last, it
 * never is. */
static bool is_finished(struct following *following)
{
    arena_init(&following->arena, PAGE_BYTES);
    (void)arena_protect(&following->arena, look_at_deploy, following);
    arena_deinit(&following->arena);
    return following->is_finished;
}

static int follow_all(struct following *following, bool follows)
{
    struct work *work = following->work;
    uint64_t number = followers_now(&work->keepers->followers);
    uint64_t finished_ns = TIME_FOREVER;
    int r;

    for (;;) {
        bool is_late = os_monotonic_time_ns() >= time_add(finished_ns, RESULT_PATIENCE_NS);

        r = put_passing(following);
        if (r == 0)
            r = put_stored(following);
        if (r < 0 || following->has_result || !follows || is_late || following->is_unknown)
            return r == -EPIPE ? 0 : r;
        if (finished_ns == TIME_FOREVER && following->deploy > 0 && is_finished(following))
            finished_ns = os_monotonic_time_ns();
        if (!following->is_unknown &&
            !followers_wait(&work->keepers->followers, &number,
                            finished_ns == TIME_FOREVER
                                ? time_add(os_monotonic_time_ns(), LOOK_AGAIN_NS)
                                : time_add(finished_ns, RESULT_PATIENCE_NS),
                            &work->task->is_cancelled))
            return 0;
    }
}

static int events(struct work *work)
{
    struct following following = {
        .work = work,
        .project = work_parameter(work, "project"),
        .deploy = work_number(work, "deploy", 0),
    };
    bool follows = work_flag(work, "follow");
    int r = 0;

    if (work_parameter(work, "after") != NULL)
        following.after = work_number(work, "after", 0);
    else if (follows && following.deploy == 0)
        r = store_last_event(work->store, &following.after, &work->error);
    if (following.deploy == 0)
        following.passed = followers_now(&work->keepers->followers);
    if (work_parameter(work, "deploy") != NULL && following.deploy == 0)
        r = error_set(&work->error, EINVAL, "\"%.40s\" is no number of a deploy",
                      work_parameter(work, "deploy"));
    if (r < 0)
        return r;
    task_stream(work->task);
    strbuf_init(&following.line, PAGE_BYTES);
    r = follow_all(&following, follows);
    strbuf_deinit(&following.line);
    return r;
}

API_WORK(api_follow_events, events)
