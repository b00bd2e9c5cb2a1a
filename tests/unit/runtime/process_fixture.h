/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the process runtime share: a state folder of their own, services written as
 * YAML, and waiting for what an instance becomes. The shims are real.
 */
#pragma once

#include "../spec/fixture.h"

#include "base/error.h"
#include "base/time.h"
#include "os/os.h"
#include "os/tree.h"
#include "runtime/process/process.h"
#include "runtime/process/process_priv.h"

#define PROJECT       "shop"
#define DEADLINE_NS   (20 * TIME_SECOND)
#define LOOK_AGAIN_MS 10

static char process_state[] = "/tmp/slipway-process-XXXXXX";
static struct runtime *process_runtime;

static inline int process_setup(void **state)
{
    struct error *error = NULL;

    (void)fixture_setup(state);
    memcpy(process_state, "/tmp/slipway-process-XXXXXX", sizeof(process_state));
    if (mkdtemp(process_state) == NULL)
        return -1;
    if (process_runtime_new(process_state, &process_runtime, &error) < 0)
        fail_msg("%s", error->message);
    return 0;
}

static inline struct observed process_observed(void)
{
    struct observed observed = {0};
    struct error *error = NULL;

    if (process_runtime->class->observe(process_runtime, &fixture_arena, PROJECT, &observed,
                                        &error) < 0)
        fail_msg("%s", error->message);
    return observed;
}

static inline int process_teardown(void **state)
{
    struct observed observed = process_observed();

    for (uint32_t i = 0; i < observed.count; i++)
        (void)process_runtime->class->remove(process_runtime, PROJECT, observed.instances[i].id,
                                             false, NULL);
    process_runtime = process_runtime->class->free(process_runtime);
    (void)os_remove_tree(process_state);
    return fixture_teardown(state);
}

#define PROCESS_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, process_setup, process_teardown)

/* Of a file with services; the first one is meant. */
static inline struct desired *process_desired(const char *yaml)
{
    static const struct desired_resolution resolutions[] = {
        {.service = "api", .loopback_address = "127.83.4.9"},
        {.service = "data-base", .loopback_address = "127.83.4.10"},
    };
    struct desired *desired = arena_new(&fixture_arena, struct desired);
    struct error *error = NULL;

    if (desired_make(&fixture_arena, fixture_value(yaml), PROJECT, 7, resolutions,
                     COUNT_OF(resolutions), desired, &error) < 0)
        fail_msg("%s", error->message);
    return desired;
}

static inline int process_try_create(const char *yaml, struct observed_instance *ret,
                                     struct error **reterr)
{
    struct desired *desired = process_desired(yaml);
    const struct desired_service *service = desired_find(desired, "api");
    struct runtime_instance_options options = {.desired = desired, .service = service, .number = 1};

    assert_non_null(service);
    return process_runtime->class->create(process_runtime, &fixture_arena, &options, ret, reterr);
}

/* The id of an instance of the service "api". */
static inline const char *process_created(const char *yaml)
{
    struct observed_instance instance;
    struct error *error = NULL;

    if (process_try_create(yaml, &instance, &error) < 0)
        fail_msg("%s", error->message);
    return instance.id;
}

static inline void process_start_it(const char *id)
{
    struct error *error = NULL;

    if (process_runtime->class->start(process_runtime, PROJECT, id, &error) < 0)
        fail_msg("%s", error->message);
}

static inline const char *process_started(const char *yaml)
{
    const char *id = process_created(yaml);

    process_start_it(id);
    return id;
}

static inline void process_stop_it(const char *id, uint64_t grace_ns)
{
    struct error *error = NULL;

    if (process_runtime->class->stop(process_runtime, PROJECT, id, grace_ns, &error) < 0)
        fail_msg("%s", error->message);
}

/* Fails the test where there is none. */
static inline struct instance *process_loaded(const char *id)
{
    struct instance *instance = arena_new(&fixture_arena, struct instance);
    struct error *error = NULL;

    if (instance_load(process_of(process_runtime), PROJECT, id, instance, &error) < 0)
        fail_msg("%s", error->message);
    return instance;
}

static inline struct process_status process_status_of(const char *id)
{
    struct instance *instance = process_loaded(id);
    struct process_status status = instance->status;

    instance_deinit(instance);
    return status;
}

#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t await_deadline_ns = os_monotonic_time_ns() + DEADLINE_NS;                         \
        while (!(condition)) {                                                                     \
            if (os_monotonic_time_ns() > await_deadline_ns)                                        \
                fail_msg("this does not come true: %s", #condition);                               \
            (void)poll(NULL, 0, LOOK_AGAIN_MS);                                                    \
        }                                                                                          \
    } while (false)

static inline void process_await_state(const char *id, enum instance_state state)
{
    AWAIT(process_status_of(id).state == state);
}

struct process_text {
    struct strbuf text;
    bool has_marks;
};

static inline int process_take_line(void *context, bool is_stderr, uint64_t unix_ns,
                                    const char *text, size_t size)
{
    struct strbuf *all = context;

    (void)unix_ns;
    if (is_stderr)
        strbuf_append_string(all, "!");
    strbuf_append(all, text, size);
    strbuf_append_char(all, '\n');
    return 0;
}

/* What it wrote so far; lines of standard error begin with "!". */
static inline const char *process_output_tail(const char *id, int64_t tail)
{
    struct runtime_log_options options = {
        .has_stdout = true, .has_stderr = true, .tail = tail, .cancel_fd = -1};
    struct error *error = NULL;
    struct strbuf all;
    const char *text;

    strbuf_init(&all, (size_t)64 << 20);
    if (process_runtime->class->logs(process_runtime, PROJECT, id, &options, process_take_line,
                                     &all, &error) < 0)
        fail_msg("%s", error->message);
    text = arena_strdup(&fixture_arena, strbuf_text(&all));
    strbuf_deinit(&all);
    return text;
}

static inline const char *process_output(const char *id)
{
    return process_output_tail(id, -1);
}

static inline const char *process_file(const char *id, const char *name)
{
    return arena_printf(&fixture_arena, "%s/instances/%s/%s/%s", process_state, PROJECT, id, name);
}

static inline bool process_is_alive(int pid)
{
    char state = '\0';
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = '\0';
    (void)fclose(file);
    return state != '\0' && state != 'Z' && state != 'X';
}
