/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One publication, step by step. A step that fails has those before it undone: listeners that were
 * opened for it are closed, logs too, and the edge has heard of nothing.
 *
 * After a restart of control the supervisor may hold listeners that an edge serves although nothing
 * of ours was taken yet; until then a failure closes none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/link.h"
#include "control/loopback_socket.h"
#include "control/names.h"
#include "control/publisher_priv.h"
#include "control/resolver.h"
#include "os/os.h"
#include "route/identity.h"

#define LISTEN_TIMEOUT_MS   10000
#define HELD_MAX            4096
#define UNLISTEN_TIMEOUT_MS 5000
#define LOG_MODE            0640

struct attempt {
    struct publisher *publisher;
    struct publication *publication;
    uint64_t *opened; /* listeners */
    size_t opened_count;
    uint64_t *logs; /* of the new publication, in the end */
    size_t log_count;
    int metrics_fd;
    bool has_metrics;
    struct project **projects; /* become the publisher's */
    size_t project_count;
};

static bool has_id(const uint64_t *ids, size_t count, uint64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id)
            return true;
    }
    return false;
}

static const char *log_path(const struct route_listener *listener)
{
    const char *path = listener->access_log.path;

    return path != NULL && *path != '\0' ? path : NULL;
}

/* Logs */

static int send_log(struct publisher *publisher, const char *path, struct error **reterr)
{
    struct message_id message = {.id = identity_of_log(path)};
    _cleanup_os_close_ int fd = -1;
    int r;

    /* Without O_NONBLOCK, opening a pipe would wait for its reader. */
    fd = os_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, LOG_MODE);
    if (fd < 0)
        return error_set(reterr, EINVAL, "access_log: cannot open %s: %s", path, error_text(-fd));
    r = link_tell(publisher->options.link, MESSAGE_LOG, &message, &fd);
    return r < 0 ? error_set(reterr, -r, "the supervisor is gone") : 0;
}

static int open_logs(struct attempt *attempt, struct error **reterr)
{
    const struct route_config *config = &attempt->publication->merged.config;
    struct publisher *publisher = attempt->publisher;

    attempt->logs = calloc(config->listener_count + 1, sizeof(*attempt->logs));
    if (attempt->logs == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const char *path = log_path(&config->listeners[i]);
        uint64_t id = path != NULL ? identity_of_log(path) : 0;
        int r;

        if (path == NULL || has_id(attempt->logs, attempt->log_count, id))
            continue;
        if (!has_id(publisher->logs, publisher->log_count, id)) {
            r = send_log(publisher, path, reterr);
            if (r < 0)
                return error_prefix(reterr, "listener %s", config->listeners[i].address);
        }
        attempt->logs[attempt->log_count++] = id;
    }
    return 0;
}

/* Those that are among the first, and not among the second. */
static void close_logs(struct publisher *publisher, const uint64_t *ids, size_t count,
                       const uint64_t *kept, size_t kept_count)
{
    for (size_t i = 0; i < count; i++) {
        struct message_id message = {.id = ids[i]};

        if (!has_id(kept, kept_count, ids[i]))
            (void)link_tell(publisher->options.link, MESSAGE_UNLOG, &message, NULL);
    }
}

int publish_reopen_logs(struct publisher *publisher, struct error **reterr)
{
    const struct route_config *config;
    int result = 0;

    if (publisher->applied == NULL)
        return 0;
    config = &publisher->applied->merged.config;
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const char *path = log_path(&config->listeners[i]);
        bool is_repeated = false;

        for (uint32_t j = 0; path != NULL && j < i; j++)
            is_repeated = is_repeated || (log_path(&config->listeners[j]) != NULL &&
                                          strcmp(log_path(&config->listeners[j]), path) == 0);
        /* The others are opened all the same. */
        if (path != NULL && !is_repeated && send_log(publisher, path, reterr) < 0) {
            result = -EINVAL;
            reterr = NULL;
        }
    }
    return result;
}

/* Listeners */

/* Of what is served now, what has the same port, such as ":80" and "127.0.0.1:80"; NULL for none.
 * It is closed only once the edge has the new configuration, so one cannot take the other's place.
 */
static const char *in_the_way(const struct publisher *publisher, const char *address)
{
    const struct publication *applied = publisher->applied;
    const char *port = strrchr(address, ':');

    for (uint32_t i = 0; applied != NULL && i < applied->merged.config.listener_count; i++) {
        const char *other = applied->merged.config.listeners[i].address;
        const char *other_port = strrchr(other, ':');

        if (port != NULL && other_port != NULL && strcmp(port, other_port) == 0)
            return other;
    }
    return NULL;
}

static int listen_error(const struct publisher *publisher, const struct route_listener *listener,
                        int r, struct error **reterr)
{
    const char *name = listener->name != NULL ? listener->name : "";
    const char *other = r == -EADDRINUSE ? in_the_way(publisher, listener->address) : NULL;

    if (other == NULL)
        return error_prefix(reterr, "listener \"%s\"", name);
    return error_prefix(reterr,
                        "listener \"%s\" (%s, which is served now, may be in its way: remove that "
                        "first, in a change of its own)",
                        name, other);
}

/* id 0: only whether it could be done. */
static int ask_to_listen(const struct attempt *attempt, const struct route_listener *listener,
                         uint64_t id, struct error **reterr)
{
    struct message_listen message = {.id = id};
    int r;

    message_set_text(message.address, sizeof(message.address), listener->address);
    r = link_ask(attempt->publisher->options.link, MESSAGE_LISTEN, &message, NULL,
                 LISTEN_TIMEOUT_MS, reterr);
    return r < 0 ? listen_error(attempt->publisher, listener, r, reterr) : 0;
}

static int open_listeners(struct attempt *attempt, struct error **reterr)
{
    const struct route_config *config = &attempt->publication->merged.config;
    struct link *link = attempt->publisher->options.link;

    attempt->opened = calloc(config->listener_count + 1, sizeof(*attempt->opened));
    if (attempt->opened == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct route_listener *listener = &config->listeners[i];
        int r;

        if (link_is_held(link, listener->id))
            continue;
        r = ask_to_listen(attempt, listener, listener->id, reterr);
        if (r < 0)
            return r;
        link_add_held(link, listener->id);
        attempt->opened[attempt->opened_count++] = listener->id;
    }
    return 0;
}

/* Waits until it is closed everywhere: who is told that a project is down may use its addresses. An
 * edge that does not answer in time closes it when it can. */
static void close_listener(struct link *link, uint64_t id)
{
    struct message_id message = {.id = id};

    link_remove_held(link, id);
    (void)link_ask(link, MESSAGE_UNLISTEN, &message, NULL, UNLISTEN_TIMEOUT_MS, NULL);
}

static void close_unused_listeners(struct attempt *attempt)
{
    const struct route_config *config = &attempt->publication->merged.config;
    struct link *link = attempt->publisher->options.link;
    _cleanup_free_ uint64_t *held = calloc(HELD_MAX, sizeof(*held));
    size_t count = held != NULL ? link_get_held(link, held, HELD_MAX) : 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t j = 0;

        while (j < config->listener_count && config->listeners[j].id != held[i])
            j++;
        if (j == config->listener_count)
            close_listener(link, held[i]);
    }
}

/* Metrics */

static bool texts_equal(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static int open_metrics(struct attempt *attempt, struct error **reterr)
{
    const struct publication *applied = attempt->publisher->applied;
    const char *before = applied != NULL ? applied->merged.config.metrics_address : NULL;
    const char *address = attempt->publication->merged.config.metrics_address;
    int fd;

    if (texts_equal(before, address))
        return 0;
    attempt->has_metrics = true;
    if (texts_equal(address, NULL))
        return 0;
    fd = loopback_socket_open("metrics.address: ", address, reterr);
    if (fd < 0)
        return fd;
    attempt->metrics_fd = fd;
    return 0;
}

/* The edge */

static int send_config(struct attempt *attempt, struct error **reterr)
{
    struct publisher *publisher = attempt->publisher;
    struct publication *publication = attempt->publication;
    struct message_config message = {.generation = publication->generation};
    const int fds[] = {publication->snapshot, publication->certificates.bundle};
    int r = link_ask(publisher->options.link, MESSAGE_CONFIG, &message, fds,
                     publisher->options.taken_timeout_ms, reterr);

    /* It may take it yet. */
    if (r == -ETIMEDOUT)
        publisher->must_publish = true;
    return r < 0 ? error_prefix(reterr, "the edge did not take the configuration") : 0;
}

static void undo(struct attempt *attempt)
{
    struct publisher *publisher = attempt->publisher;
    bool may_close = publisher->applied != NULL || publisher->options.generation == 0;

    for (size_t i = 0; i < attempt->opened_count && may_close; i++)
        close_listener(publisher->options.link, attempt->opened[i]);
    close_logs(publisher, attempt->logs, attempt->log_count, publisher->logs, publisher->log_count);
}

/* Names as the projects gave them: those of the publication were replaced. */
struct name_list {
    struct publisher *publisher;
    const char **names;
    size_t count;
    struct arena arena;
};

static void list_names(void *context)
{
    struct name_list *list = context;
    size_t capacity = 0;

    for (size_t i = 0; i < list->publisher->project_count; i++) {
        const char *const *names;
        size_t count = names_of(&list->arena, &list->publisher->projects[i]->config, &names);

        if (count == 0)
            continue;
        list->names = arena_grow(&list->arena, list->names, capacity * sizeof(*list->names),
                                 (capacity + count) * sizeof(*list->names));
        memcpy(list->names + capacity, names, count * sizeof(*names));
        capacity += count;
    }
    list->count = capacity;
}

static void look_after_names(struct publisher *publisher)
{
    struct name_list list = {.publisher = publisher};
    int r;

    arena_init(&list.arena, (size_t)64 << 20);
    r = arena_protect(&list.arena, list_names, &list);
    if (r == 0)
        r = resolver_set_names(publisher->options.resolver, list.names, list.count);
    arena_deinit(&list.arena);
    if (r < 0)
        log_warning("there is no memory to look after the names of targets");
}

static int copy_projects(struct attempt *attempt, struct project *const *projects, size_t count,
                         struct error **reterr)
{
    attempt->projects = calloc(count + 1, sizeof(struct project *));
    if (attempt->projects == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        attempt->projects[i] = project_ref(projects[i]);
    attempt->project_count = count;
    return 0;
}

static void drop_projects(struct project **projects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)project_unref(projects[i]);
    free(projects);
}

static void take_over(struct attempt *attempt, struct job *job)
{
    struct publisher *publisher = attempt->publisher;

    drop_projects(publisher->projects, publisher->project_count);
    publisher->projects = take_ptr(attempt->projects);
    publisher->project_count = attempt->project_count;
    attempt->project_count = 0;
    close_unused_listeners(attempt);
    close_logs(publisher, publisher->logs, publisher->log_count, attempt->logs, attempt->log_count);
    free(publisher->logs);
    publisher->logs = take_ptr(attempt->logs);
    publisher->log_count = attempt->log_count;
    difference_deinit(&job->difference);
    (void)difference_find(publisher->applied, attempt->publication, &job->difference);
    (void)publication_unref(publisher->applied);
    publisher->applied = publication_ref(attempt->publication);
    publisher->must_publish = false;
    publication_close(attempt->publication);

    (void)publication_unref(job->publication);
    job->publication = publication_ref(attempt->publication);
    if (attempt->has_metrics) {
        os_closep(&job->metrics_fd);
        job->has_metrics = true;
        job->metrics_fd = take_fd(&attempt->metrics_fd);
    }
}

static bool has_same_certificates(const struct certificates *a, const struct certificates *b)
{
    bool result = a->count == b->count;

    for (size_t i = 0; result && i < a->count; i++)
        result = a->items[i].content == b->items[i].content;
    return result;
}

static bool is_same(const struct publisher *publisher, const struct publication *publication)
{
    return publisher->applied != NULL && !publisher->must_publish &&
           memcmp(publisher->applied->content_hash, publication->content_hash,
                  sizeof(publication->content_hash)) == 0 &&
           has_same_certificates(&publisher->applied->certificates, &publication->certificates);
}

static int try_it(struct attempt *attempt, struct job *job, const struct publish_steps *steps,
                  struct error **reterr)
{
    int r = open_metrics(attempt, reterr);

    if (r == 0)
        r = open_listeners(attempt, reterr);
    if (r == 0)
        r = open_logs(attempt, reterr);
    if (r == 0 && steps->stage != NULL)
        r = steps->stage(attempt->publisher, job, reterr);
    if (r < 0)
        return r;
    r = send_config(attempt, reterr);
    if (r < 0 && steps->discard != NULL)
        steps->discard(attempt->publisher, job);
    return r;
}

/* Of the next publication. */
static struct publication_options options_of(const struct publisher *publisher)
{
    return (struct publication_options){
        .resolver = publisher->options.resolver,
        .wait_ms = publisher->options.name_timeout_ms,
        .ticket_keys = &publisher->tickets.keys,
        .generation = publisher->generation + 1,
    };
}

int publish(struct publisher *publisher, struct job *job, struct project *const *projects,
            size_t count, const struct publish_steps *steps, struct error **reterr)
{
    struct attempt attempt = {.publisher = publisher, .metrics_fd = -1};
    const struct publication_options options = options_of(publisher);
    int r = copy_projects(&attempt, projects, count, reterr);

    if (r == 0)
        r = publication_new(projects, count, &options, &attempt.publication, reterr);
    if (r == 0 && !(steps->only_if_new && is_same(publisher, attempt.publication))) {
        publisher->generation++;
        r = try_it(&attempt, job, steps, reterr);
        if (r < 0) {
            undo(&attempt);
        } else {
            if (steps->commit != NULL)
                steps->commit(publisher, job);
            take_over(&attempt, job);
        }
    } else if (r == 0 && job->publication == NULL && job->kind == JOB_DEPLOY) {
        /* Who asked may not know what it is that is served already. */
        job->publication = publication_ref(publisher->applied);
    }
    look_after_names(publisher);
    (void)publication_unref(attempt.publication);
    drop_projects(attempt.projects, attempt.project_count);
    free(attempt.opened);
    free(attempt.logs);
    os_closep(&attempt.metrics_fd);
    return r;
}

static int try_listeners(const struct attempt *attempt, struct error **reterr)
{
    const struct route_config *config = &attempt->publication->merged.config;
    struct link *link = attempt->publisher->options.link;

    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct route_listener *listener = &config->listeners[i];
        int r = link_is_held(link, listener->id) ? 0 : ask_to_listen(attempt, listener, 0, reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

int publish_check(struct publisher *publisher, struct project *const *projects, size_t count,
                  struct error **reterr)
{
    struct attempt attempt = {.publisher = publisher, .metrics_fd = -1};
    const struct publication_options options = options_of(publisher);
    int r = publication_new(projects, count, &options, &attempt.publication, reterr);

    if (r == 0)
        r = try_listeners(&attempt, reterr);
    look_after_names(publisher);
    (void)publication_unref(attempt.publication);
    return r;
}
