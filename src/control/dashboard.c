/* SPDX-License-Identifier: Apache-2.0 */
#include "control/dashboard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "control/link.h"
#include "control/loopback_socket.h"
#include "control/tokens.h"
#include "http/server.h"
#include "loop/loop.h"
#include "os/descriptor.h"
#include "os/file.h"
#include "os/os.h"
#include "store/store.h"

#define ADDRESS_SIZE    64
#define CONNECTIONS_MAX 64
#define RETRY_NS        (2 * TIME_SECOND)
#define HOLD_MS         2000 /* for the supervisor to answer, which it does at once */
#define LOAD_MEMORY_MAX ((size_t)64 << 20)

/* What every answer says to a browser: nothing from elsewhere, nothing to elsewhere, no frames. */
static const char fields[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "X-Frame-Options: DENY\r\n";

struct dashboard {
    struct dashboard_options options;
    char address[ADDRESS_SIZE]; /* the loop's: where it is open; "" where it is not */
    int copy_fd;                /* the loop's: of the socket that is served; -1: there is none */

    pthread_mutex_t changing; /* held by who opens and closes */
    char kept[ADDRESS_SIZE];  /* with it: where it is, or is to be, open */
    int held_fd;              /* with it: what the supervisor held, until it is served; or -1 */
    atomic_bool is_open;      /* it is there, and not only to be: the loop takes it back */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool is_stopping;
    bool is_superseded; /* what was kept is not to be opened any more */

    pthread_t restorer;
    bool has_restorer;
    atomic_bool has_ended;
};

/* From a thread, which waits for the answer, to the loop. */
struct handing {
    struct loop_message message;
    struct dashboard *dashboard;
    int fd; /* -1: it is closed */
    char address[ADDRESS_SIZE];
    bool is_done;
    int result;
};

static void replace_fd(int *fd, int other)
{
    os_closep(fd);
    *fd = other;
}

/* In the loop */

static int listen_at(struct dashboard *dashboard, struct handing *handing)
{
    struct http_server *server = dashboard->options.server;
    int r;

    http_server_remove_listener(server, DASHBOARD_LISTENER);
    http_server_end_connections(server, DASHBOARD_LISTENER);
    dashboard->address[0] = '\0';
    replace_fd(&dashboard->copy_fd, -1);
    if (handing->fd < 0)
        return 0;
    replace_fd(&dashboard->copy_fd, os_duplicate(handing->fd, 3));
    r = http_server_add_listener(server, take_fd(&handing->fd), DASHBOARD_LISTENER);
    if (r < 0) {
        atomic_store(&dashboard->is_open, false);
        replace_fd(&dashboard->copy_fd, -1);
        return r;
    }
    http_server_limit_listener(server, DASHBOARD_LISTENER, CONNECTIONS_MAX);
    http_server_set_listener_fields(server, DASHBOARD_LISTENER, fields);
    memcpy(dashboard->address, handing->address, ADDRESS_SIZE);
    log_info("the dashboard is at http://%s", handing->address);
    return 0;
}

static void handed(struct loop_message *message)
{
    struct handing *handing = list_entry(message, struct handing, message);
    struct dashboard *dashboard = handing->dashboard;
    int r = listen_at(dashboard, handing);

    (void)pthread_mutex_lock(&dashboard->lock);
    handing->result = r;
    handing->is_done = true; /* it is gone as soon as the lock is */
    (void)pthread_cond_broadcast(&dashboard->changed);
    (void)pthread_mutex_unlock(&dashboard->lock);
}

const char *dashboard_address(const struct dashboard *dashboard)
{
    return dashboard->address[0] != '\0' ? dashboard->address : NULL;
}

int dashboard_copy_socket(const struct dashboard *dashboard)
{
    return dashboard->copy_fd < 0 ? -1 : os_duplicate(dashboard->copy_fd, 3);
}

/* Of threads */

static int hand_over(struct dashboard *dashboard, int fd, const char *address)
{
    struct handing handing = {.dashboard = dashboard, .fd = fd};

    (void)snprintf(handing.address, sizeof(handing.address), "%s", address);
    handing.message.receive = handed;
    loop_post(dashboard->options.loop, &handing.message);
    (void)pthread_mutex_lock(&dashboard->lock);
    while (!handing.is_done)
        (void)pthread_cond_wait(&dashboard->changed, &dashboard->lock);
    (void)pthread_mutex_unlock(&dashboard->lock);
    return handing.result;
}

static char *path_of(const struct dashboard *dashboard)
{
    char *path;

    return asprintf(&path, "%s/dashboard", dashboard->options.folder) < 0 ? NULL : path;
}

/* Whoever restores gives up: something else is wanted now. */
static void supersede(struct dashboard *dashboard)
{
    (void)pthread_mutex_lock(&dashboard->lock);
    dashboard->is_superseded = true;
    (void)pthread_cond_broadcast(&dashboard->changed);
    (void)pthread_mutex_unlock(&dashboard->lock);
}

static int keep(const struct dashboard *dashboard, const char *address, struct error **reterr)
{
    _cleanup_free_ char *path = path_of(dashboard);
    char text[ADDRESS_SIZE + 1];
    int length = snprintf(text, sizeof(text), "%s\n", address);

    return path == NULL ? error_set(reterr, ENOMEM, "out of memory")
                        : os_write_file_atomically(path, text, (size_t)length, 0600, reterr);
}

/* The supervisor holds the socket from now on, in place of the one before; -1: none. Without it the
 * dashboard is served all the same: where the supervisor is gone, a new one gets the socket. */
static void have_held(struct dashboard *dashboard, int fd)
{
    const struct message_nothing nothing = {0};
    _cleanup_error_ struct error *error = NULL;
    int r =
        link_ask(dashboard->options.link, fd >= 0 ? MESSAGE_DASHBOARD : MESSAGE_DASHBOARD_CLOSED,
                 &nothing, fd >= 0 ? &fd : NULL, HOLD_MS, &error);

    if (r < 0 && r != -EPIPE)
        log_warning("the supervisor does not answer for the dashboard's port: %s",
                    error != NULL ? error->message : error_text(-r));
}

/* The one that is held, where it is the right one. */
static int open_socket(struct dashboard *dashboard, const char *address, struct error **reterr)
{
    int fd;

    if (dashboard->held_fd < 0 || !loopback_socket_is_at(dashboard->held_fd, address))
        return loopback_socket_open("", address, reterr);
    fd = os_duplicate(dashboard->held_fd, 3);
    return fd >= 0 ? fd : error_set(reterr, -fd, "%s: %s", address, error_text(-fd));
}

/* Owns the descriptor. */
static int serve(struct dashboard *dashboard, int fd, const char *address, struct error **reterr)
{
    int r;

    have_held(dashboard, fd);
    replace_fd(&dashboard->held_fd, -1);
    atomic_store(&dashboard->is_open, true); /* before the loop may find that it is not */
    r = hand_over(dashboard, fd, address);
    if (r == 0)
        return 0;
    have_held(dashboard, -1);
    return error_set(reterr, -r, "the dashboard cannot be served: %s", error_text(-r));
}

static int open_other(struct dashboard *dashboard, const char *address, struct error **reterr)
{
    _cleanup_os_close_ int fd = open_socket(dashboard, address, reterr);
    int r = fd < 0 ? fd : keep(dashboard, address, reterr);

    if (r < 0)
        return r;
    supersede(dashboard);
    r = serve(dashboard, take_fd(&fd), address, reterr);
    (void)snprintf(dashboard->kept, sizeof(dashboard->kept), "%s", r < 0 ? "" : address);
    return r;
}

int dashboard_open(struct dashboard *dashboard, struct store *store, struct arena *arena,
                   const char *address, struct error **reterr)
{
    int r = tokens_load(dashboard->options.tokens, store, arena, reterr);

    if (r == 0 && (*address == '\0' || strlen(address) >= ADDRESS_SIZE))
        r = error_set(reterr, EINVAL, "\"%.80s\" is no address of this machine alone", address);
    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&dashboard->changing);
    /* Where it is only to be open, somebody else may be there, who must not be given a token. */
    if (strcmp(address, dashboard->kept) != 0 || !atomic_load(&dashboard->is_open))
        r = open_other(dashboard, address, reterr);
    (void)pthread_mutex_unlock(&dashboard->changing);
    return r;
}

int dashboard_close(struct dashboard *dashboard, struct error **reterr)
{
    _cleanup_free_ char *path = path_of(dashboard);
    int r = 0;

    if (path == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    (void)pthread_mutex_lock(&dashboard->changing);
    if (os->unlink(path) < 0 && errno != ENOENT)
        r = error_set(reterr, errno, "cannot remove %s: %s", path, error_text(errno));
    if (r == 0) {
        supersede(dashboard);
        atomic_store(&dashboard->is_open, false);
        (void)hand_over(dashboard, -1, "");
        replace_fd(&dashboard->held_fd, -1);
        have_held(dashboard, -1);
        dashboard->kept[0] = '\0';
    }
    (void)pthread_mutex_unlock(&dashboard->changing);
    return r;
}

/* After a start */

static bool is_over(struct dashboard *dashboard)
{
    bool result;

    (void)pthread_mutex_lock(&dashboard->lock);
    result = dashboard->is_stopping || dashboard->is_superseded;
    (void)pthread_mutex_unlock(&dashboard->lock);
    return result;
}

static void wait_a_while(struct dashboard *dashboard)
{
    uint64_t until_ns = time_add(os_monotonic_time_ns(), RETRY_NS);
    const struct timespec until = {
        .tv_sec = (time_t)(until_ns / TIME_SECOND),
        .tv_nsec = (long)(until_ns % TIME_SECOND),
    };

    (void)pthread_mutex_lock(&dashboard->lock);
    while (!dashboard->is_stopping && !dashboard->is_superseded &&
           pthread_cond_timedwait(&dashboard->changed, &dashboard->lock, &until) == 0)
        continue;
    (void)pthread_mutex_unlock(&dashboard->lock);
}

static int load_tokens(struct dashboard *dashboard, struct error **reterr)
{
    struct store *store = NULL;
    struct arena arena;
    int r = store_open(dashboard->options.folder, &store, reterr);

    if (r < 0)
        return r;
    arena_init(&arena, LOAD_MEMORY_MAX);
    r = tokens_load(dashboard->options.tokens, store, &arena, reterr);
    arena_deinit(&arena);
    (void)store_close(store);
    return r;
}

/* With the lock of changes. */
static int restore_now(struct dashboard *dashboard, struct error **reterr)
{
    int fd;

    if (is_over(dashboard))
        return 0;
    if (dashboard->kept[0] == '\0') {
        replace_fd(&dashboard->held_fd, -1); /* it was to be closed, or nobody knows what it is */
        have_held(dashboard, -1);
        return 0;
    }
    fd = open_socket(dashboard, dashboard->kept, reterr);
    return fd < 0 ? fd : serve(dashboard, fd, dashboard->kept, reterr);
}

/* Where the supervisor held the port, who connects waits until the tokens are there. */
static int restore(struct dashboard *dashboard, struct error **reterr)
{
    int r = load_tokens(dashboard, reterr);

    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&dashboard->changing);
    r = restore_now(dashboard, reterr);
    (void)pthread_mutex_unlock(&dashboard->changing);
    return r;
}

static void *run_restorer(void *context)
{
    struct dashboard *dashboard = context;
    bool is_told = false;

    while (!is_over(dashboard)) {
        _cleanup_error_ struct error *error = NULL;

        if (restore(dashboard, &error) >= 0)
            break;
        if (!is_told)
            log_warning("the dashboard is not open yet, it is tried again: %s",
                        error != NULL ? error->message : "out of memory");
        is_told = true;
        wait_a_while(dashboard);
    }
    atomic_store(&dashboard->has_ended, true);
    return NULL;
}

/* What the folder says; "" for nothing. */
static void read_kept(struct dashboard *dashboard)
{
    _cleanup_error_ struct error *error = NULL;
    _cleanup_free_ char *path = path_of(dashboard);
    _cleanup_free_ char *text = NULL;
    int r = path == NULL ? -ENOMEM : os_read_file(path, ADDRESS_SIZE, &text, NULL, &error);

    if (r == -ENOENT)
        return;
    if (r == 0)
        text[strcspn(text, "\n")] = '\0';
    if (r == 0 && strlen(text) < ADDRESS_SIZE)
        memcpy(dashboard->kept, text, strlen(text) + 1);
    else
        log_warning("the dashboard is not opened: %s",
                    error != NULL ? error->message : "what was kept cannot be read");
}

struct dashboard *dashboard_new(const struct dashboard_options *options)
{
    struct dashboard *dashboard = calloc(1, sizeof(*dashboard));
    pthread_condattr_t attributes;

    if (dashboard == NULL) {
        int fd = options->held_fd;

        os_closep(&fd);
        return NULL;
    }
    dashboard->options = *options;
    dashboard->held_fd = options->held_fd;
    dashboard->copy_fd = -1;
    (void)pthread_mutex_init(&dashboard->changing, NULL);
    (void)pthread_mutex_init(&dashboard->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&dashboard->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    read_kept(dashboard);
    if (dashboard->kept[0] != '\0' || dashboard->held_fd >= 0) {
        dashboard->has_restorer =
            pthread_create(&dashboard->restorer, NULL, run_restorer, dashboard) == 0;
        if (!dashboard->has_restorer)
            log_warning("the dashboard is not opened: there is no thread for it");
    }
    return dashboard;
}

void dashboard_stop(struct dashboard *dashboard)
{
    (void)pthread_mutex_lock(&dashboard->lock);
    dashboard->is_stopping = true;
    (void)pthread_cond_broadcast(&dashboard->changed);
    (void)pthread_mutex_unlock(&dashboard->lock);
}

bool dashboard_has_stopped(struct dashboard *dashboard)
{
    return !dashboard->has_restorer || atomic_load(&dashboard->has_ended);
}

struct dashboard *dashboard_free(struct dashboard *dashboard)
{
    if (dashboard == NULL)
        return NULL;
    if (dashboard->has_restorer)
        (void)pthread_join(dashboard->restorer, NULL);
    (void)pthread_cond_destroy(&dashboard->changed);
    (void)pthread_mutex_destroy(&dashboard->lock);
    (void)pthread_mutex_destroy(&dashboard->changing);
    os_closep(&dashboard->held_fd);
    os_closep(&dashboard->copy_fd);
    free(dashboard);
    return NULL;
}
