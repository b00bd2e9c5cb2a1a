/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that is subscribed to every shim, and tells what changed. New instances show in their
 * project's folder; new shims are told by whoever starts them, which is this process.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "os/inotify.h"
#include "os/listing.h"
#include "os/os.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define CHANGES_AGAIN_MS 500 /* without inotify */

struct watched {
    char project[200];
    char id[PROCESS_ID_LENGTH + 1];
    char service[200];
    int fd;
    bool is_known; /* a status has come */
    struct process_status status;
};

struct watch {
    struct process_runtime *runtime;
    struct runtime_watcher *watcher;
    pthread_t thread;
    int wakeup_fd, inotify_fd;
    bool is_unwatched; /* not every folder tells of its changes: we look again and again */
    atomic_bool is_ending;
    struct watched *items;
    size_t count, capacity;
};

static void tell(struct watch *watch, const struct watched *item, const char *what)
{
    watch->watcher->changed(watch->watcher, item->project, item->service, item->id, what);
}

/* Folders that tell of changes: the kernel has few of these, for all programs together. */

void process_say_unwatched(int r)
{
    static atomic_flag is_said = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&is_said))
        log_warning("inotify cannot be used (%s), so what changes in native instances and their "
                    "logs is seen a moment later; raise %s",
                    error_text(-r),
                    r == -ENOSPC ? "fs.inotify.max_user_watches" : "fs.inotify.max_user_instances");
}

static void watch_folder(struct watch *watch, const char *folder)
{
    int r = watch->inotify_fd < 0 ? watch->inotify_fd : os_inotify_add(watch->inotify_fd, folder);

    if (r >= 0 || r == -ENOENT)
        return;
    watch->is_unwatched = true;
    process_say_unwatched(r);
}

/* Finding shims */

static bool is_watched(const struct watch *watch, const char *project, const char *id)
{
    for (size_t i = 0; i < watch->count; i++) {
        if (strcmp(watch->items[i].id, id) == 0 && strcmp(watch->items[i].project, project) == 0)
            return true;
    }
    return false;
}

static bool make_room(struct watch *watch)
{
    size_t capacity = watch->capacity > 0 ? 2 * watch->capacity : 16;
    struct watched *items;

    if (watch->count < watch->capacity)
        return true;
    items = realloc(watch->items, capacity * sizeof(*items));
    if (items == NULL)
        return false;
    watch->items = items;
    watch->capacity = capacity;
    return true;
}

static void watch_instance(struct watch *watch, const char *project, const char *id)
{
    _cleanup_instance_ struct instance instance = {0};
    struct watched *item;
    int fd;

    if (!process_is_id(id) || is_watched(watch, project, id) || !make_room(watch) ||
        instance_load(watch->runtime, project, id, &instance, NULL) < 0)
        return;
    fd = connection_open(&instance);
    if (fd < 0 || connection_send(fd, SHIM_ORDER_SUBSCRIBE, 0, 0) < 0) {
        if (fd >= 0)
            (void)os_close(fd);
        return;
    }
    item = &watch->items[watch->count++];
    *item = (struct watched){.fd = fd};
    (void)snprintf(item->project, sizeof(item->project), "%s", project);
    (void)snprintf(item->id, sizeof(item->id), "%s", id);
    (void)snprintf(item->service, sizeof(item->service), "%s",
                   records_get(&instance.orders, "x-service"));
}

static void watch_project(struct watch *watch, const char *project)
{
    _cleanup_free_ char *folder = process_project_folder(watch->runtime, project);
    struct os_listing listing;

    if (folder == NULL || !process_is_name(project))
        return;
    watch_folder(watch, folder);
    if (os_list_folder(folder, PROCESS_INSTANCES_MAX, &listing, NULL) < 0)
        return;
    for (size_t i = 0; i < listing.count; i++)
        watch_instance(watch, project, listing.names[i]);
    os_listing_deinit(&listing);
}

static void watch_all(struct watch *watch)
{
    _cleanup_free_ char *folder = NULL;
    struct os_listing listing;

    if (asprintf(&folder, "%s/instances", watch->runtime->folder) < 0) {
        folder = NULL;
        return;
    }
    if (watch->inotify_fd < 0)
        watch->inotify_fd = os_inotify();
    watch->is_unwatched = false;
    watch_folder(watch, folder);
    if (os_list_folder(folder, PROCESS_INSTANCES_MAX, &listing, NULL) < 0)
        return;
    for (size_t i = 0; i < listing.count; i++)
        watch_project(watch, listing.names[i]);
    os_listing_deinit(&listing);
}

/* What they say */

static void compare(struct watch *watch, struct watched *item, const struct process_status *now)
{
    const struct process_status before = item->status;
    bool was_known = item->is_known;

    item->status = *now;
    item->is_known = true;
    if (now->state != INSTANCE_RUNNING && (!was_known || before.state == INSTANCE_RUNNING))
        tell(watch, item, "die");
    if (now->state == INSTANCE_RUNNING &&
        (!was_known || before.state != INSTANCE_RUNNING || before.pid != now->pid))
        tell(watch, item, "start");
    else if (was_known && now->health != before.health)
        tell(watch, item, "health");
}

/* False at the end of the connection. */
static bool take_status(struct watch *watch, struct watched *item)
{
    struct shim_reply_text reply;
    struct process_status status;
    int r = connection_receive(item->fd, -1, 0, &reply);

    if (r == -ETIMEDOUT)
        return true;
    if (r < 0) {
        /* A shim that was killed says nothing more. */
        if (!item->is_known || item->status.state != INSTANCE_EXITED)
            tell(watch, item, "die");
        return false;
    }
    if (reply.answer == SHIM_ANSWER_STATUS && instance_parse_status(reply.text, &status))
        compare(watch, item, &status);
    return true;
}

static void drop(struct watch *watch, size_t number)
{
    (void)os_close(watch->items[number].fd);
    watch->items[number] = watch->items[--watch->count];
}

static void clear_wakeup(const struct watch *watch)
{
    uint64_t count;

    (void)os_read(watch->wakeup_fd, &count, sizeof(count));
}

static void turn(struct watch *watch)
{
    _cleanup_free_ struct pollfd *fds = calloc(watch->count + 2, sizeof(*fds));
    size_t count = watch->count;
    bool is_any_gone = false;
    int ready;

    if (fds == NULL)
        return;
    fds[0] = (struct pollfd){.fd = watch->wakeup_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = watch->inotify_fd, .events = POLLIN};
    for (size_t i = 0; i < count; i++)
        fds[2 + i] = (struct pollfd){.fd = watch->items[i].fd, .events = POLLIN};
    ready = os->poll(fds, count + 2, watch->is_unwatched ? CHANGES_AGAIN_MS : -1);
    if (ready < 0)
        return;
    for (size_t i = count; i > 0; i--) {
        if (fds[1 + i].revents != 0 && !take_status(watch, &watch->items[i - 1])) {
            drop(watch, i - 1);
            is_any_gone = true;
        }
    }
    if (ready > 0 && fds[0].revents == 0 && fds[1].revents == 0 && !is_any_gone)
        return;
    clear_wakeup(watch);
    if (watch->inotify_fd >= 0)
        (void)os_inotify_clear(watch->inotify_fd);
    watch_all(watch);
}

static void *run(void *context)
{
    struct watch *watch = context;

    watch_all(watch);
    while (!atomic_load(&watch->is_ending))
        turn(watch);
    return NULL;
}

static struct watch *watch_free(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        (void)os_close(watch->items[i].fd);
    if (watch->wakeup_fd >= 0)
        (void)os_close(watch->wakeup_fd);
    if (watch->inotify_fd >= 0)
        (void)os_close(watch->inotify_fd);
    free(watch->items);
    free(watch);
    return NULL;
}

static void end(struct process_runtime *runtime)
{
    struct watch *watch;

    (void)pthread_mutex_lock(&runtime->lock);
    watch = runtime->watch;
    runtime->watch = NULL;
    (void)pthread_mutex_unlock(&runtime->lock);
    if (watch == NULL)
        return;
    atomic_store(&watch->is_ending, true);
    (void)os_eventfd_signal(watch->wakeup_fd);
    (void)pthread_join(watch->thread, NULL);
    (void)watch_free(watch);
}

void process_watch_again(struct process_runtime *runtime)
{
    (void)pthread_mutex_lock(&runtime->lock);
    if (runtime->watch != NULL)
        (void)os_eventfd_signal(runtime->watch->wakeup_fd);
    (void)pthread_mutex_unlock(&runtime->lock);
}

void process_watch(struct runtime *base, struct runtime_watcher *watcher)
{
    struct process_runtime *runtime = process_of(base);
    struct watch *watch;

    end(runtime);
    if (watcher == NULL)
        return;
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL) {
        log_error("native instances cannot be watched: out of memory");
        return;
    }
    watch->runtime = runtime;
    watch->watcher = watcher;
    watch->wakeup_fd = os_eventfd();
    watch->inotify_fd = -1;
    if (watch->wakeup_fd < 0 || pthread_create(&watch->thread, NULL, run, watch) != 0) {
        log_error("native instances cannot be watched: no descriptors or threads are left");
        (void)watch_free(watch);
        return;
    }
    (void)pthread_mutex_lock(&runtime->lock);
    runtime->watch = watch;
    (void)pthread_mutex_unlock(&runtime->lock);
}
