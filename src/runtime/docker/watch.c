/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that follows the engine's events. When the engine goes away it comes back with longer
 * and longer pauses; whatever happened meanwhile counts as a change of everything.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/events.h"
#include "os/os.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS  5000

struct following {
    struct docker_runtime *docker;
    uint64_t newest_unix_ns;
    int pause_ms;
};

/* The engine listens now. */
static void began(void *context)
{
    struct following *following = context;
    struct runtime_watcher *watcher = following->docker->watcher;

    following->pause_ms = PAUSE_FIRST_MS;
    watcher->changed(watcher, NULL, NULL, NULL, "connect");
}

/* What instances do; others look, and are told of so much that they would never rest. */
static bool is_change(const char *action)
{
    static const char *const quiet[] = {"exec_",  "attach",       "detach",         "resize",
                                        "top",    "archive-path", "extract-to-dir", "copy",
                                        "export", "commit"};

    for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
        if (text_starts_with(action, quiet[i]))
            return false;
    return true;
}

static int take(void *context, const struct engine_event *event)
{
    struct following *following = context;
    struct runtime_watcher *watcher = following->docker->watcher;
    const char *project = engine_pairs_find(event->attributes, LABEL_PROJECT);
    const char *service = engine_pairs_find(event->attributes, LABEL_SERVICE);

    if (event->unix_ns > following->newest_unix_ns)
        following->newest_unix_ns = event->unix_ns;
    if (project == NULL || !is_change(event->action))
        return 0;
    watcher->changed(watcher, project, service, event->id,
                     text_starts_with(event->action, "health_status") ? "health" : event->action);
    return 0;
}

/* True when the watching is to end. */
static bool pause_for(const struct following *following)
{
    struct pollfd wait = {.fd = following->docker->stop_fd, .events = POLLIN};

    return os->poll(&wait, 1, following->pause_ms) != 0;
}

static void *follow(void *context)
{
    static const struct engine_pair filters[] = {{"type", "container"}, {"label", LABEL_PROJECT}};
    struct docker_runtime *docker = context;
    struct following following = {.docker = docker, .pause_ms = PAUSE_FIRST_MS};
    const struct engine engine = engine_at(docker->place, docker->stop_fd);

    for (;;) {
        const struct engine_event_options options = {
            .filters = {filters, 2},
            .since_unix_ns = following.newest_unix_ns,
            .began = began,
            .sink = take,
            .context = &following,
        };
        int r = engine_follow_events(&engine, &options, NULL);

        if (r == -ECANCELED || pause_for(&following))
            return NULL;
        following.pause_ms =
            following.pause_ms * 2 < PAUSE_LAST_MS ? following.pause_ms * 2 : PAUSE_LAST_MS;
    }
}

static void stop(struct docker_runtime *docker)
{
    if (!docker->is_watching)
        return;
    (void)os_eventfd_signal(docker->stop_fd);
    (void)pthread_join(docker->thread, NULL);
    os_closep(&docker->stop_fd);
    docker->stop_fd = -1;
    docker->is_watching = false;
}

/* Signals are for the threads that ask for them. */
static int start_thread(struct docker_runtime *docker)
{
    sigset_t all;
    sigset_t before;
    int r;

    (void)sigfillset(&all);
    (void)os_signal_mask(SIG_SETMASK, &all, &before);
    r = pthread_create(&docker->thread, NULL, follow, docker);
    (void)os_signal_mask(SIG_SETMASK, &before, NULL);
    return -r;
}

void docker_watch(struct runtime *runtime, struct runtime_watcher *watcher)
{
    struct docker_runtime *docker = docker_of(runtime);

    (void)pthread_mutex_lock(&docker->lock);
    stop(docker);
    docker->watcher = watcher;
    if (watcher != NULL) {
        docker->stop_fd = os_eventfd();
        docker->is_watching = docker->stop_fd >= 0 && start_thread(docker) == 0;
        if (!docker->is_watching) {
            os_closep(&docker->stop_fd);
            docker->stop_fd = -1;
        }
    }
    (void)pthread_mutex_unlock(&docker->lock);
}
