/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What failed first, and the last lines of its log: gathered at once, as the instance goes when the
 * deploy is undone, and kept in the journal, as the process may.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "deploy/deploy_priv.h"
#include "deploy/json.h"

enum {
    LINE_MAX_BYTES = 1000
};

struct gathering {
    struct arena arena;
    const char *lines[DEPLOY_LOG_LINES];
    uint32_t count;
};

struct gathered_line {
    struct gathering *gathering;
    const char *text;
    size_t size;
    char *copy;
};

static void copy_line(void *context)
{
    struct gathered_line *line = context;

    line->copy = arena_strndup(&line->gathering->arena, line->text, line->size);
}

static int add_line(void *context, bool is_stderr, uint64_t unix_ns, const char *text, size_t size)
{
    struct gathering *gathering = context;
    struct gathered_line line = {gathering, text, size < LINE_MAX_BYTES ? size : LINE_MAX_BYTES,
                                 NULL};

    (void)is_stderr;
    (void)unix_ns;
    if (arena_protect(&gathering->arena, copy_line, &line) < 0)
        return -ENOMEM;
    if (gathering->count == DEPLOY_LOG_LINES)
        memmove(gathering->lines, gathering->lines + 1,
                --gathering->count * sizeof(gathering->lines[0]));
    gathering->lines[gathering->count++] = line.copy;
    return 0;
}

static void gather_log(struct deploy *deploy, const struct observed_instance *instance)
{
    const struct runtime_log_options options = {
        .has_stdout = true, .has_stderr = true, .tail = DEPLOY_LOG_LINES, .cancel_fd = -1};
    struct gathering gathering = {0};
    struct error *error = NULL;
    struct runtime *runtime = deploy_runtime(deploy, instance->runtime, &error);
    const char **lines = arena_new_array(deploy->arena, const char *, DEPLOY_LOG_LINES);

    arena_init(&gathering.arena, (size_t)16 << 20);
    if (runtime != NULL && runtime->class->logs != NULL)
        (void)runtime->class->logs(runtime, deploy->project, instance->id, &options, add_line,
                                   &gathering, &error);
    for (uint32_t i = 0; i < gathering.count; i++)
        lines[i] = arena_strdup(deploy->arena, gathering.lines[i]);
    deploy->failure.log = lines;
    deploy->failure.log_count = gathering.count;
    arena_deinit(&gathering.arena);
    (void)error_free(error);
}

int deploy_fail(struct deploy *deploy, const struct observed_instance *instance,
                const char *service, int code, const char *format, ...)
{
    struct deploy_failure *failure = &deploy->failure;
    va_list arguments;

    if (failure->message != NULL)
        return -code;
    va_start(arguments, format);
    failure->message = arena_vprintf(deploy->arena, format, arguments);
    va_end(arguments);
    failure->code = code;
    failure->service = arena_strdup(deploy->arena, service);
    failure->instance = failure->name = "";
    if (instance != NULL) {
        failure->instance = arena_strdup(deploy->arena, instance->id);
        failure->name = arena_strdup(deploy->arena, instance->name);
        gather_log(deploy, instance);
    }
    return -code;
}

int deploy_fail_error(struct deploy *deploy, const struct observed_instance *instance,
                      const char *service, struct error **error)
{
    int code = *error != NULL ? (*error)->code : EIO;

    if (code != ECANCELED)
        (void)deploy_fail(deploy, instance, service, code, "%s",
                          *error != NULL ? (*error)->message : "it failed for no known reason");
    *error = error_free(*error);
    return -code;
}

int deploy_keep_failure(struct deploy *deploy, struct error **reterr)
{
    struct arena *arena = deploy->arena;
    struct value *map = json_map(arena), *log = json_list(arena);
    uint64_t now_ns = deploy->world->ops->unix_ns(deploy->world);
    uint32_t sequence;

    json_set_text(arena, map, "step", "failure");
    json_set_number(arena, map, "code", (uint64_t)deploy->failure.code);
    json_set_text(arena, map, "message", deploy->failure.message);
    json_set_text(arena, map, "service", deploy->failure.service);
    json_set_text(arena, map, "instance", deploy->failure.instance);
    json_set_text(arena, map, "name", deploy->failure.name);
    for (uint32_t i = 0; i < deploy->failure.log_count; i++)
        json_add_text(arena, log, deploy->failure.log[i]);
    (void)value_set(arena, map, "log", log);
    return store_begin_step(deploy->store, deploy->record.id, json_write(arena, map), now_ns,
                            &sequence, reterr);
}

int deploy_find_failure(struct deploy *deploy, struct error **reterr)
{
    struct store_step *steps;
    uint32_t count;
    int r =
        store_list_steps(deploy->store, deploy->arena, deploy->record.id, &steps, &count, reterr);

    for (uint32_t i = 0; i < count && r == 0; i++) {
        struct value *map;

        if (json_read(deploy->arena, steps[i].text, false, &map, NULL) < 0 ||
            strcmp(json_text(map, "step"), "failure") != 0)
            continue;
        deploy->failure = (struct deploy_failure){
            .code = (int)json_number(map, "code"),
            .message = json_text(map, "message"),
            .service = json_text(map, "service"),
            .instance = json_text(map, "instance"),
            .name = json_text(map, "name"),
        };
        deploy->failure.log = json_texts(deploy->arena, map, "log", &deploy->failure.log_count);
    }
    return r;
}
