/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service manager. It hears READY once an edge serves what it should, and RELOADING, STOPPING;
 * at half of its watchdog's time WATCHDOG, as long as control and the edge answer and no thread of
 * the edge stands still. It keeps descriptors by name, and a supervisor that it starts after this
 * one died finds them there:
 *
 *     listener.ID.ADDRESS (with + for :)   state   api   dashboard
 *     snapshot.GENERATION   certificates.GENERATION
 *
 * The handover socket is not kept: one that nobody accepts on would look like an edge that hangs.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cmd/supervisor/fields.h"
#include "cmd/supervisor/supervisor_priv.h"
#include "os/descriptor.h"
#include "os/notify.h"
#include "os/os.h"

enum {
    SERVICE_FIRST_FD = 3,
    SERVICE_FDS_MAX = 4096,
    SERVICE_NAME_SIZE = 192,
};

static void service_say(const char *lines)
{
    if (os_notify(lines, -1) < 0)
        log_warning("the service manager cannot be told something");
}

/* False where the manager does not listen: more would only cost time. */
static bool service_keep(const char *name, int fd)
{
    char lines[SERVICE_NAME_SIZE + 64];

    if (!os_notify_is_wanted() || fd < 0)
        return true;
    (void)snprintf(lines, sizeof(lines), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
    if (os_notify(lines, fd) == 0)
        return true;
    log_warning("the service manager does not keep %s", name);
    return false;
}

static void service_drop(const char *name)
{
    char lines[SERVICE_NAME_SIZE + 64];

    if (!os_notify_is_wanted())
        return;
    (void)snprintf(lines, sizeof(lines), "FDSTOREREMOVE=1\nFDNAME=%s", name);
    service_say(lines);
}

static void service_swap(char *text, char from, char to)
{
    for (; *text != '\0'; text++) {
        if (*text == from)
            *text = to;
    }
}

static void service_name_listener(const struct held_listener *listener,
                                  char name[SERVICE_NAME_SIZE])
{
    (void)snprintf(name, SERVICE_NAME_SIZE, "listener.%" PRIu64 ".%s", listener->id,
                   listener->address);
    service_swap(name, ':', '+');
}

bool service_keep_listener(const struct held_listener *listener)
{
    char name[SERVICE_NAME_SIZE];

    service_name_listener(listener, name);
    return service_keep(name, listener->fd);
}

void service_drop_listener(const struct held_listener *listener)
{
    char name[SERVICE_NAME_SIZE];

    service_name_listener(listener, name);
    service_drop(name);
}

void service_keep_dashboard(int fd)
{
    service_drop("dashboard");
    (void)service_keep("dashboard", fd);
}

static const char *const config_names[] = {"snapshot", "certificates"};

bool service_keep_config(const struct held_config *config)
{
    char name[SERVICE_NAME_SIZE];
    bool is_kept = true;

    for (size_t i = 0; i < 2 && is_kept && config->generation != 0; i++) {
        (void)snprintf(name, sizeof(name), "%s.%" PRIu64, config_names[i], config->generation);
        is_kept = service_keep(name, config->fds[i]);
    }
    return is_kept;
}

void service_drop_config(const struct held_config *config)
{
    char name[SERVICE_NAME_SIZE];

    for (size_t i = 0; i < 2 && config->generation != 0; i++) {
        (void)snprintf(name, sizeof(name), "%s.%" PRIu64, config_names[i], config->generation);
        service_drop(name);
    }
}

void service_keep_all(struct supervisor *supervisor)
{
    const struct holdings *holdings = &supervisor->holdings;
    struct held_listener *listener;

    if (!service_keep("state", holdings->state_fd) || !service_keep("api", holdings->api_fd) ||
        !service_keep("dashboard", holdings->dashboard_fd) ||
        !service_keep_config(&holdings->config))
        return;
    list_for_each (listener, &holdings->listeners, link) {
        if (!service_keep_listener(listener))
            return;
    }
}

/* Owns the descriptor. */
static void service_restore_listener(struct holdings *holdings, const char *const fields[3], int fd)
{
    char address[MESSAGE_ADDRESS_SIZE];
    uint64_t id;

    if (!fields_number(fields[1], UINT64_MAX, &id) || os_socket_type(fd) != SOCK_STREAM) {
        (void)os_close(fd);
        return;
    }
    message_set_text(address, sizeof(address), fields[2]);
    service_swap(address, '+', ':');
    (void)holdings_put_listener(holdings, id, address, fd);
}

/* True where the descriptor has found its place, which then owns it. */
static bool service_restore_part(struct holdings *holdings, const char *const fields[3], int fd)
{
    struct held_config *config = &holdings->config;
    uint64_t generation = 0;
    int *place = NULL;

    if (strcmp(fields[0], "state") == 0)
        place = &holdings->state_fd;
    else if (strcmp(fields[0], "api") == 0)
        place = &holdings->api_fd;
    else if (strcmp(fields[0], "dashboard") == 0)
        place = &holdings->dashboard_fd;
    else if (!fields_number(fields[1], UINT64_MAX, &generation) ||
             (config->generation != 0 && config->generation != generation))
        return false;
    else if (strcmp(fields[0], config_names[0]) == 0)
        place = &config->fds[0];
    else if (strcmp(fields[0], config_names[1]) == 0)
        place = &config->fds[1];
    if (place == NULL || *place >= 0)
        return false;
    *place = fd;
    if (generation != 0)
        config->generation = generation;
    return true;
}

static void service_restore_one(struct supervisor *supervisor, char *name, bool is_controls_only,
                                int fd)
{
    const char *fields[3];

    (void)fields_split(name, '.', fields, 3);
    if (is_controls_only && strcmp(fields[0], "api") != 0 && strcmp(fields[0], "dashboard") != 0) {
        (void)os_close(fd);
    } else if (strcmp(fields[0], "listener") == 0) {
        service_restore_listener(&supervisor->holdings, fields, fd);
    } else if (!service_restore_part(&supervisor->holdings, fields, fd)) {
        (void)os_close(fd);
    }
}

static long service_number(const char *name)
{
    const char *text = os_environment(name);

    return text == NULL ? 0 : strtol(text, NULL, 10);
}

/* What was kept may be of two configurations, where the supervisor died between: then neither. */
static void service_check_config(struct held_config *config)
{
    if (config->fds[0] < 0 || config->fds[1] < 0)
        held_config_clear(config);
}

void service_restore(struct supervisor *supervisor, bool is_controls_only)
{
    long count = service_number("LISTEN_FDS");
    const char *names = os_environment("LISTEN_FDNAMES");

    if (service_number("LISTEN_PID") != (long)getpid() || count <= 0 || count > SERVICE_FDS_MAX)
        return;
    for (int fd = SERVICE_FIRST_FD; fd < SERVICE_FIRST_FD + (int)count; fd++) {
        size_t length = names == NULL ? 0 : strcspn(names, ":");
        char name[SERVICE_NAME_SIZE] = "";

        (void)os_keep_on_exec(fd, false);
        if (length < sizeof(name) && length > 0)
            memcpy(name, names, length);
        service_restore_one(supervisor, name, is_controls_only, fd);
        if (names != NULL)
            names += length + (names[length] == ':' ? 1 : 0);
    }
    if (!is_controls_only)
        service_check_config(&supervisor->holdings.config);
}

/* Each thread comes round at least once a second; two of them may have no work. */
static bool service_is_edge_turning(const struct supervisor *supervisor)
{
    uint32_t bank = (uint32_t)(supervisor->edge - supervisor->edges);
    uint64_t now_ns = os_monotonic_time_ns();

    for (uint32_t thread = 0; thread < supervisor->state.threads_max; thread++) {
        const struct state_lane *lane =
            &supervisor->state.lanes[state_lane_of(&supervisor->state, bank, thread)];
        uint64_t turn_ns = atomic_load_explicit(&lane->turn_ns, memory_order_relaxed);

        if (turn_ns != 0 && time_subtract(now_ns, turn_ns) > 2 * supervisor->service.interval_ns)
            return false;
    }
    return true;
}

static bool service_is_well(struct supervisor *supervisor)
{
    if (supervisor->phase != SUPERVISOR_RUNNING)
        return true; /* the end has limits of its own */
    return supervisor->edge->phase == SUBPROCESS_SERVING && supervisor->edge->is_ponged &&
           supervisor->control.phase == SUBPROCESS_SERVING && supervisor->control.is_ponged &&
           service_is_edge_turning(supervisor);
}

static void service_ping(struct subprocess *process)
{
    if (!subprocess_is_reachable(process))
        return;
    process->is_ponged = false;
    (void)channel_send_plain(&process->channel, MESSAGE_PING, 0);
}

static void service_ticked(struct loop_timer *timer)
{
    struct supervisor *supervisor = list_entry(timer, struct supervisor, service.timer);

    /* Before it is ready the manager's limit for starting counts. */
    if (!supervisor->service.is_ready || service_is_well(supervisor))
        service_say("WATCHDOG=1");
    service_ping(supervisor->edge);
    service_ping(&supervisor->control);
    loop_timer_set_after(&supervisor->loop, timer, supervisor->service.interval_ns);
}

static bool service_serves(const struct supervisor *supervisor)
{
    const struct loader *loader = &supervisor->loader;
    bool is_loaded = supervisor->options->loader_arguments == NULL || supervisor->is_taken_over ||
                     (loader->has_finished && !loader->is_wanted &&
                      !loop_source_is_watched(&loader->child.source));

    return supervisor->phase == SUPERVISOR_RUNNING && is_loaded && supervisor->edge_has_config &&
           supervisor->edge->phase == SUBPROCESS_SERVING &&
           supervisor->control.phase == SUBPROCESS_SERVING;
}

void service_look(struct supervisor *supervisor)
{
    struct service *service = &supervisor->service;
    char lines[64];

    if ((service->is_ready && !service->is_reloading) || !service_serves(supervisor))
        return;
    (void)snprintf(lines, sizeof(lines), "READY=1\nMAINPID=%d", (int)getpid());
    service_say(lines);
    if (!service->is_ready)
        log_info("ready");
    service->is_ready = true;
    service->is_reloading = false;
}

void service_reloading(struct supervisor *supervisor)
{
    char lines[96];

    (void)snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                   os_monotonic_time_ns() / TIME_MICROSECOND);
    service_say(lines);
    supervisor->service.is_reloading = true;
}

void service_stopping(struct supervisor *supervisor)
{
    (void)supervisor;
    service_say("STOPPING=1");
}

void service_init(struct supervisor *supervisor)
{
    loop_timer_init(&supervisor->service.timer, service_ticked);
}

void service_begin(struct supervisor *supervisor)
{
    long watchdog_us = service_number("WATCHDOG_USEC");
    const char *pid = os_environment("WATCHDOG_PID");

    if (watchdog_us <= 0 || !os_notify_is_wanted() ||
        (pid != NULL && service_number("WATCHDOG_PID") != (long)getpid()))
        return;
    supervisor->service.interval_ns = (uint64_t)watchdog_us * TIME_MICROSECOND / 2;
    loop_timer_set_after(&supervisor->loop, &supervisor->service.timer, 0);
}

void service_deinit(struct supervisor *supervisor)
{
    loop_timer_cancel(&supervisor->service.timer);
}
