/* SPDX-License-Identifier: Apache-2.0 */
#include "api/instances.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "base/text.h"
#include "base/time.h"
#include "deploy/deploy.h"

#define CANDIDATES_NAMED 5
#define GRACE_NS         (10 * TIME_SECOND)

/* Listing */

static bool is_gone(const json_t *instance)
{
    const char *state = json_string_value(json_object_get(instance, "state"));

    return state != NULL && (strcmp(state, "exited") == 0 || strcmp(state, "created") == 0);
}

/* Those of a project, to the end of the list. */
static int append_instances(struct work *work, struct keeper *keeper, bool with_all,
                            bool with_project, json_t *list)
{
    const char *text;
    json_t *object;
    json_t *instance;
    size_t i;
    int r = deploy_list_instances(&keeper->world.world, work->store, &work->arena, keeper->name,
                                  &text, &work->error);

    if (r < 0)
        return r;
    object = json_loads(text, 0, NULL);
    json_array_foreach(json_is_array(object) ? object : json_object_get(object, "instances"), i,
                       instance)
    {
        if (!with_all && is_gone(instance))
            continue;
        if (with_project)
            (void)json_object_set_new(instance, "project", json_string(keeper->name));
        (void)json_array_append(list, instance);
    }
    json_decref(object);
    return 0;
}

static int list_instances(struct work *work)
{
    json_t *list = json_array();
    struct keeper *keeper;
    int r;

    work->answer = json_pack("{s:o}", "instances", list);
    r = work_keeper(work, &keeper);
    return r < 0 ? r : append_instances(work, keeper, work_flag(work, "all"), false, list);
}

static int list_all(struct work *work)
{
    json_t *list = json_array();
    struct store_project *projects;
    uint32_t count;
    int r;

    work->answer = json_pack("{s:o}", "instances", list);
    r = store_list_projects(work->store, &work->arena, &projects, &count, &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++) {
        struct keeper *keeper = keepers_find(work->keepers, projects[i].name);

        if (keeper != NULL)
            r = append_instances(work, keeper, work_flag(work, "all"), true, list);
    }
    return r;
}

/* Finding */

struct search {
    const char *text;
    struct found_instance best;
    unsigned int begin; /* how many begin so */
    bool is_exact;
    struct strbuf names;
};

static void try_instance(struct search *search, struct runtime *runtime,
                         const struct observed_instance *instance)
{
    if (search->is_exact)
        return;
    if (strcmp(instance->id, search->text) == 0 || strcmp(instance->name, search->text) == 0) {
        search->is_exact = true;
        search->best = (struct found_instance){runtime, instance};
        return;
    }
    if (!text_starts_with(instance->id, search->text) &&
        !text_starts_with(instance->name, search->text))
        return;
    if (search->begin++ < CANDIDATES_NAMED)
        strbuf_printf(&search->names, "%s%s", search->begin > 1 ? ", " : "", instance->name);
    search->best = (struct found_instance){runtime, instance};
}

/* A runtime that does not answer is no hindrance where another one knows, and what is not there on
 * this machine has nothing. */
static void search_runtime(struct work *work, struct search *search, enum desired_runtime kind,
                           struct error **reterr)
{
    struct runtime *runtime = runtimes_find(&work->keepers->runtimes, kind);
    struct observed observed;

    if (runtime == NULL ||
        runtime->class->observe(runtime, &work->arena, work->project, &observed, reterr) < 0)
        return;
    for (uint32_t i = 0; i < observed.count; i++)
        try_instance(search, runtime, &observed.instances[i]);
}

int instances_find(struct work *work, const char *text, struct found_instance *ret)
{
    static const enum desired_runtime kinds[] = {DESIRED_PROCESS, DESIRED_DOCKER};
    struct search search = {.text = text};
    struct error *errors[2] = {NULL, NULL};
    struct keeper *keeper;
    int r = work_keeper(work, &keeper);

    if (r < 0)
        return r;
    strbuf_init(&search.names, 4096);
    for (int i = 0; i < 2; i++)
        search_runtime(work, &search, kinds[i], &errors[i]);
    if (search.is_exact || search.begin == 1)
        *ret = search.best;
    else if (search.begin > 1)
        r = error_set(&work->error, ENOTUNIQ, "\"%.100s\" may be any of %u instances: %s%s", text,
                      search.begin, strbuf_text(&search.names),
                      search.begin > CANDIDATES_NAMED ? ", ..." : "");
    else
        r = error_set(&work->error, ENOENT, "project \"%s\" has no instance \"%.100s\"%s%s",
                      work->project, text, errors[1] != NULL ? ", and not all can be seen: " : "",
                      errors[1] != NULL ? errors[1]->message : "");
    error_free(errors[0]);
    error_free(errors[1]);
    strbuf_deinit(&search.names);
    return r;
}

/* Single ones */

static int find_named(struct work *work, struct found_instance *ret)
{
    int r;

    *ret = (struct found_instance){0};
    r = instances_find(work, work->task->names[1], ret);
    return r == 0 && (ret->runtime == NULL || ret->instance == NULL) ? -ENOENT : r;
}

static void note_change(struct work *work)
{
    struct keeper *keeper = keepers_find(work->keepers, work->project);

    if (keeper != NULL)
        keeper_world_wake(&keeper->world);
}

/* Replicas go out of rotation before they are stopped, which is a deploy's work. */
static int find_oneoff(struct work *work, const char *what, struct found_instance *ret)
{
    int r = find_named(work, ret);

    if (r != 0 || ret->instance->is_oneoff)
        return r;
    return error_set(&work->error, EBUSY,
                     "%s is a replica of %s: to %s it, ask for a deploy of that kind, with "
                     "options.instances",
                     ret->instance->name, ret->instance->service, what);
}

static int start(struct work *work)
{
    struct found_instance found;
    int r = find_oneoff(work, "start", &found);

    if (r == 0)
        r = found.runtime->class->start(found.runtime, work->project, found.instance->id,
                                        &work->error);
    note_change(work);
    return r;
}

static uint64_t grace_of(struct work *work)
{
    json_t *seconds = json_object_get(work->body, "timeout");

    return json_is_integer(seconds) && json_integer_value(seconds) >= 0
               ? time_from_seconds((uint64_t)json_integer_value(seconds))
               : GRACE_NS;
}

static int stop(struct work *work)
{
    struct found_instance found;
    int r = find_oneoff(work, "stop", &found);

    if (r == 0)
        r = found.runtime->class->stop(found.runtime, work->project, found.instance->id,
                                       grace_of(work), &work->error);
    note_change(work);
    return r;
}

static int restart(struct work *work)
{
    int r = stop(work);

    return r < 0 ? r : start(work);
}

static int remove_one(struct work *work)
{
    struct found_instance found;
    int r = find_oneoff(work, "rm", &found);

    if (r == 0 && (found.instance->state == INSTANCE_RUNNING ||
                   found.instance->state == INSTANCE_RESTARTING)) {
        if (!work_bool(work, "force") && !work_flag(work, "force"))
            return error_set(&work->error, EBUSY, "%s is running: stop it first, or use --force",
                             found.instance->name);
        r = found.runtime->class->stop(found.runtime, work->project, found.instance->id, 0,
                                       &work->error);
    }
    if (r == 0)
        r = found.runtime->class->remove(found.runtime, work->project, found.instance->id,
                                         work_bool(work, "volumes") || work_flag(work, "volumes"),
                                         &work->error);
    note_change(work);
    return r;
}

static int signal_of(const char *text)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {
        {"HUP", SIGHUP},     {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL},
        {"USR1", SIGUSR1},   {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"STOP", SIGSTOP},
        {"CONT", SIGCONT},   {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"PIPE", SIGPIPE},
        {"WINCH", SIGWINCH}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
        {"SEGV", SIGSEGV},   {"TRAP", SIGTRAP}, {"CHLD", SIGCHLD}, {"URG", SIGURG},
    };
    char *end;
    long number;

    if (text == NULL)
        return SIGKILL;
    number = strtol(text, &end, 10);
    if (*end == '\0' && number > 0 && number < NSIG)
        return (int)number;
    if (strncmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].name, text) == 0)
            return names[i].number;
    }
    return -1;
}

static int kill_one(struct work *work)
{
    int number = signal_of(work_text(work, "signal"));
    struct found_instance found;
    int r;

    if (number < 0)
        return error_set(&work->error, EINVAL, "\"%.40s\" is no signal", work_text(work, "signal"));
    r = find_named(work, &found);
    return r != 0 ? r
                  : found.runtime->class->kill(found.runtime, work->project, found.instance->id,
                                               number, &work->error);
}

static int measure(struct work *work)
{
    struct runtime_statistics figures = {0};
    struct found_instance found;
    int r = find_named(work, &found);

    if (r == 0)
        r = found.runtime->class->statistics(found.runtime, work->project, found.instance->id,
                                             &figures, &work->error);
    if (r != 0)
        return r;
    work->answer =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}", "id", found.instance->id,
                  "name", found.instance->name, "cpu_ns", (json_int_t)figures.cpu_ns,
                  "memory_bytes", (json_int_t)figures.memory_bytes, "memory_limit_bytes",
                  (json_int_t)figures.memory_limit_bytes, "received_bytes",
                  (json_int_t)figures.received_bytes, "sent_bytes", (json_int_t)figures.sent_bytes,
                  "read_bytes", (json_int_t)figures.read_bytes, "written_bytes",
                  (json_int_t)figures.written_bytes, "processes", (int)figures.processes);
    return 0;
}

API_WORK(api_list_instances, list_instances)
API_WORK(api_list_all_instances, list_all)
API_WORK(api_start_instance, start)
API_WORK(api_stop_instance, stop)
API_WORK(api_restart_instance, restart)
API_WORK(api_remove_instance, remove_one)
API_WORK(api_kill_instance, kill_one)
API_WORK(api_measure_instance, measure)
