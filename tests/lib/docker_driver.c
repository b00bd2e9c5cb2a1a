/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The docker runtime by itself, for tests that look at what the engine makes of it:
 *
 *     docker-driver SOCKET PROJECT FILE REVISION COMMAND [ARGUMENT...]
 *
 * FILE is a Compose file; "honoured" needs none. What comes out is lines of NAME=VALUE or text;
 * failures go to standard error, and the status is 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "model/desired.h"
#include "runtime/docker/docker.h"
#include "runtime/runtime.h"
#include "spec/schema.h"
#include "spec/spec.h"

struct driver {
    struct arena arena;
    struct spec spec;
    struct runtime *runtime;
    struct desired desired;
    const char *project;
    const char *file;
    uint32_t revision;
    char **arguments; /* from the command on; ends in NULL */
    struct error *error;
    int result;
};

static struct error **errors(struct driver *driver)
{
    return &driver->error;
}

static const struct runtime_class *class_of(const struct driver *driver)
{
    return driver->runtime->class;
}

static void progress(struct runtime_flow *flow, const char *text, uint64_t done, uint64_t total)
{
    (void)flow;
    fprintf(stderr, "progress %s %llu/%llu\n", text, (unsigned long long)done,
            (unsigned long long)total);
}

static void output(struct runtime_flow *flow, const char *text, size_t size)
{
    (void)flow;
    (void)fwrite(text, 1, size, stderr);
}

static struct runtime_flow flow = {.progress = progress, .output = output, .cancel_fd = -1};

/* The file */

static int load(struct driver *driver)
{
    const char *const files[] = {driver->file};
    static char *const environment[] = {NULL};
    const struct spec_options options = {
        .files = {files, 1},
        .project_name = driver->project,
        .current_directory = "/",
        .environment = environment,
    };
    uint32_t i;

    if (spec_load(&driver->spec, &options))
        return desired_make(&driver->arena, driver->spec.root, driver->project, driver->revision,
                            NULL, 0, &driver->desired, errors(driver));
    for (i = 0; i < driver->spec.diagnostics.count; i++)
        fprintf(stderr, "%s: %s\n", driver->spec.diagnostics.items[i].path,
                driver->spec.diagnostics.items[i].message);
    return error_set(errors(driver), EINVAL, "%s cannot be used", driver->file);
}

static struct desired_service *find(struct driver *driver, const char *name)
{
    for (uint32_t i = 0; i < driver->desired.service_count; i++)
        if (strcmp(driver->desired.services[i].name, name) == 0)
            return &driver->desired.services[i];
    fprintf(stderr, "there is no service %s\n", name);
    exit(2);
}

/* Commands */

static void show(const struct observed_instance *instance)
{
    printf("id=%s name=%s service=%s number=%u revision=%u state=%s health=%s oneoff=%d joined=%d "
           "content=%s exit=%d ports=",
           instance->id, instance->name, instance->service, instance->number, instance->revision,
           instance_state_name(instance->state), instance_health_name(instance->health),
           instance->is_oneoff, instance->has_joined, instance->content, instance->exit_code);
    for (uint32_t i = 0; i < instance->port_count; i++)
        printf("%s%u:%s", i > 0 ? "," : "", instance->ports[i].port, instance->ports[i].address);
    printf(" published=%s\n", instance->published);
}

static int resolve(struct driver *driver, const char *name, bool force)
{
    struct desired_service *service = find(driver, name);

    return class_of(driver)->resolve(driver->runtime, &driver->arena, &driver->desired, service,
                                     force, &flow, &service->content, errors(driver));
}

static int create(struct driver *driver, const char *name, const char *number, const char *how)
{
    struct runtime_instance_options options = {
        .desired = &driver->desired,
        .service = find(driver, name),
        .number = (uint32_t)strtoul(number, NULL, 10),
        .is_oneoff = how != NULL,
        .has_input = how != NULL && strchr(how, 'i') != NULL,
        .has_terminal = how != NULL && strchr(how, 't') != NULL,
        .publishes_ports = how != NULL && strchr(how, 'p') != NULL,
    };
    struct observed_instance made;
    int r = resolve(driver, name, false);

    if (r == 0)
        r = class_of(driver)->create(driver->runtime, &driver->arena, &options, &made,
                                     errors(driver));
    if (r == 0)
        show(&made);
    return r;
}

static int observe(struct driver *driver)
{
    struct observed observed;
    int r = class_of(driver)->observe(driver->runtime, &driver->arena, driver->project, &observed,
                                      errors(driver));

    for (uint32_t i = 0; r == 0 && i < observed.count; i++)
        show(&observed.instances[i]);
    return r;
}

static int print_line(void *context, bool is_stderr, uint64_t unix_ns, const char *text,
                      size_t size)
{
    (void)context;
    printf("%s %d %.*s\n", is_stderr ? "err" : "out", unix_ns > 0, (int)size, text);
    return 0;
}

static int read_logs(struct driver *driver, const char *id, bool follows)
{
    const struct runtime_log_options options = {
        .has_stdout = true, .has_stderr = true, .tail = -1, .follows = follows, .cancel_fd = -1};

    return class_of(driver)->logs(driver->runtime, driver->project, id, &options, print_line, NULL,
                                  errors(driver));
}

/* Conversations: all of the input at first, then what comes. */

struct conversation {
    struct driver *driver;
    const char *id;
    const char *input;
    char **arguments; /* NULL: attach */
    bool has_terminal;
    int fds[2];
};

static void send_frame(int fd, uint8_t type, const void *data, uint32_t size)
{
    struct runtime_frame_head head = {.type = type};
    uint32_t ordered = htonl(size);

    memcpy(head.size, &ordered, sizeof(ordered));
    if (write(fd, &head, sizeof(head)) != sizeof(head) || write(fd, data, size) != (ssize_t)size)
        exit(3);
}

static void *converse(void *context)
{
    struct conversation *conversation = context;
    struct driver *driver = conversation->driver;
    struct runtime_exec_options options = {
        .arguments = (const char *const *)conversation->arguments,
        .has_input = true,
        .has_terminal = conversation->has_terminal,
        .rows = 33,
        .columns = 77,
    };

    if (conversation->arguments != NULL)
        driver->result = class_of(driver)->exec(driver->runtime, driver->project, conversation->id,
                                                &options, conversation->fds[0], errors(driver));
    else
        driver->result = class_of(driver)->attach(driver->runtime, driver->project,
                                                  conversation->id, conversation->has_terminal,
                                                  conversation->fds[0], errors(driver));
    (void)shutdown(conversation->fds[0], SHUT_RDWR);
    return NULL;
}

static bool read_all(int fd, void *data, size_t size)
{
    char *at = data;

    while (size > 0) {
        ssize_t r = read(fd, at, size);

        if (r <= 0)
            return false;
        at += r;
        size -= (size_t)r;
    }
    return true;
}

static void show_frames(int fd)
{
    static const char *const names[] = {"input", "output", "errors", "exit", "size", "failed"};
    static char data[1 << 17];
    struct runtime_frame_head head;
    uint32_t size;

    while (read_all(fd, &head, sizeof(head))) {
        memcpy(&size, head.size, sizeof(size));
        size = ntohl(size);
        if (head.type > 5 || size >= sizeof(data) || !read_all(fd, data, size))
            exit(4);
        data[size] = '\0';
        if (head.type == RUNTIME_FRAME_EXIT) {
            memcpy(&size, data, sizeof(size));
            printf("exit %u\n", ntohl(size));
        } else {
            printf("%s %s\n", names[head.type], data);
        }
    }
}

static int talk(struct driver *driver, struct conversation *conversation)
{
    pthread_t thread;

    conversation->driver = driver;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, conversation->fds) < 0)
        return -errno;
    if (pthread_create(&thread, NULL, converse, conversation) != 0)
        return -EAGAIN;
    if (*conversation->input != '\0') {
        send_frame(conversation->fds[1], RUNTIME_FRAME_INPUT, conversation->input,
                   (uint32_t)strlen(conversation->input));
        send_frame(conversation->fds[1], RUNTIME_FRAME_INPUT, "", 0);
    }
    show_frames(conversation->fds[1]);
    (void)pthread_join(thread, NULL);
    (void)close(conversation->fds[0]);
    (void)close(conversation->fds[1]);
    return driver->result;
}

/* Events, until standard input ends. */
static void changed(struct runtime_watcher *watcher, const char *project, const char *service,
                    const char *instance, const char *what)
{
    (void)watcher;
    printf("%s %s %.12s %s\n", project != NULL ? project : "-", service != NULL ? service : "-",
           instance != NULL ? instance : "-", what);
    (void)fflush(stdout);
}

static int watch(struct driver *driver)
{
    struct runtime_watcher watcher = {.changed = changed};
    char byte;

    class_of(driver)->watch(driver->runtime, &watcher);
    while (read(0, &byte, 1) > 0)
        ;
    class_of(driver)->watch(driver->runtime, NULL);
    return 0;
}

static int prune(struct driver *driver)
{
    uint64_t bytes = 0;
    int r =
        class_of(driver)->prune(driver->runtime, driver->project, &flow, &bytes, errors(driver));

    if (r == 0)
        printf("bytes=%llu\n", (unsigned long long)bytes);
    return r;
}

static int build(struct driver *driver, const char *name)
{
    const char *content;
    int r = class_of(driver)->build(driver->runtime, &driver->arena, &driver->desired,
                                    find(driver, name), 0, false, &flow, &content, errors(driver));

    if (r == 0)
        printf("%s\n", content);
    return r;
}

static int statistics(struct driver *driver, const char *id)
{
    struct runtime_statistics found;
    int r =
        class_of(driver)->statistics(driver->runtime, driver->project, id, &found, errors(driver));

    if (r == 0)
        printf("memory=%llu limit=%llu processes=%u\n", (unsigned long long)found.memory_bytes,
               (unsigned long long)found.memory_limit_bytes, found.processes);
    return r;
}

static int of_instance(struct driver *driver, const char *command, const char *id,
                       const char *argument)
{
    const struct runtime_class *class = class_of(driver);
    uint64_t number = argument != NULL ? strtoull(argument, NULL, 10) : 0;
    int status = 0;
    int r;

    if (strcmp(command, "start") == 0)
        return class->start(driver->runtime, driver->project, id, errors(driver));
    if (strcmp(command, "stop") == 0)
        return class->stop(driver->runtime, driver->project, id, number * TIME_SECOND,
                           errors(driver));
    if (strcmp(command, "kill") == 0)
        return class->kill(driver->runtime, driver->project, id, (int)number, errors(driver));
    if (strcmp(command, "remove") == 0)
        return class->remove(driver->runtime, driver->project, id, number != 0, errors(driver));
    if (strcmp(command, "join") == 0)
        return class->join(driver->runtime, driver->project, id, NULL, errors(driver));
    if (strcmp(command, "leave") == 0)
        return class->leave(driver->runtime, driver->project, id, NULL, errors(driver));
    if (strcmp(command, "logs") == 0)
        return read_logs(driver, id, number != 0);
    if (strcmp(command, "statistics") == 0)
        return statistics(driver, id);
    if (strcmp(command, "wait") != 0)
        return error_set(errors(driver), EINVAL, "there is no command %s", command);
    r = class->wait(driver->runtime, driver->project, id, -1, &status, errors(driver));
    if (r == 0)
        printf("status=%d\n", status);
    return r;
}

static int run(struct driver *driver)
{
    const struct runtime_class *class = class_of(driver);
    char **words = driver->arguments;
    const char *command = words[0];
    const char *first = words[1] != NULL ? words[1] : "";
    const char *second = words[1] != NULL ? words[2] : NULL;

    if (strcmp(command, "check") == 0)
        return class->check(driver->runtime, errors(driver));
    if (strcmp(command, "prepare") == 0)
        return class->prepare(driver->runtime, &driver->desired, &flow, errors(driver));
    if (strcmp(command, "clean") == 0)
        return class->clean(driver->runtime, driver->project,
                            second != NULL ? &driver->desired : NULL,
                            (unsigned int)strtoul(first, NULL, 10), &flow, errors(driver));
    if (strcmp(command, "resolve") == 0) {
        int r = resolve(driver, first, second != NULL);

        if (r == 0)
            printf("%s\n", find(driver, first)->content);
        return r;
    }
    if (strcmp(command, "build") == 0)
        return build(driver, first);
    if (strcmp(command, "create") == 0)
        return create(driver, first, second, words[3]);
    if (strcmp(command, "observe") == 0)
        return observe(driver);
    if (strcmp(command, "retain") == 0)
        return class->retain(driver->runtime, driver->project, driver->revision, first, second,
                             errors(driver));
    if (strcmp(command, "release") == 0)
        return class->release(driver->runtime, driver->project, driver->revision, errors(driver));
    if (strcmp(command, "prune") == 0)
        return prune(driver);
    if (strcmp(command, "watch") == 0)
        return watch(driver);
    if (strcmp(command, "exec") == 0 || strcmp(command, "exec-terminal") == 0) {
        struct conversation conversation = {.id = first,
                                            .input = second,
                                            .arguments = words + 3,
                                            .has_terminal = strcmp(command, "exec") != 0};

        return talk(driver, &conversation);
    }
    if (strcmp(command, "attach") == 0) {
        struct conversation conversation = {.id = first, .input = second};

        return talk(driver, &conversation);
    }
    return of_instance(driver, command, first, second);
}

/* What `config --report docker` calls honoured, all of it: a key counts where all above it do. */
static void list_honoured(const struct schema *schema, const char *path)
{
    char below[512];

    if (schema == NULL)
        return;
    if (schema->items != NULL)
        list_honoured(schema->items, path);
    if (schema->values != NULL && schema->values != schema)
        list_honoured(schema->values, path);
    for (const struct schema_key *key = schema->keys; key != NULL && key->name != NULL; key++) {
        if (key->support[RUNTIME_DOCKER] != SUPPORT_HONOURED || schema_is_extension(key->name))
            continue;
        (void)snprintf(below, sizeof(below), "%s%s%s", path, *path != '\0' ? "." : "", key->name);
        printf("%s\n", below);
        list_honoured(key->schema, below);
    }
}

static void protected_run(void *context)
{
    struct driver *driver = context;

    driver->result = load(driver);
    if (driver->result == 0)
        driver->result = run(driver);
}

int main(int argc, char **argv)
{
    struct driver driver = {0};
    int r;

    if (argc < 6) {
        fprintf(stderr, "docker-driver SOCKET PROJECT FILE REVISION COMMAND [ARGUMENT...]\n");
        return 2;
    }
    if (strcmp(argv[5], "honoured") == 0) {
        list_honoured(&schema_compose_file, "");
        return 0;
    }
    driver.project = argv[2];
    driver.file = argv[3];
    driver.revision = (uint32_t)strtoul(argv[4], NULL, 10);
    driver.arguments = argv + 5;
    arena_init(&driver.arena, (size_t)1 << 30);
    spec_init(&driver.spec, &driver.arena);
    r = docker_runtime_new(argv[1], &driver.runtime, &driver.error);
    if (r == 0)
        r = arena_protect(&driver.arena, protected_run, &driver);
    if (r == 0)
        r = driver.result;
    if (r < 0)
        fprintf(stderr, "%d: %s\n", r, driver.error != NULL ? driver.error->message : "?");
    error_free(driver.error);
    if (driver.runtime != NULL)
        driver.runtime->class->free(driver.runtime);
    spec_deinit(&driver.spec);
    arena_deinit(&driver.arena);
    return r < 0;
}
