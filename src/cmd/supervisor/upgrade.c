/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The upgrade: another program takes the place of this one in the same process, so that its
 * children stay its children, and the service manager sees nothing. Everything that is held stays
 * open across the exec and is named in a list, line by line:
 *
 *     slipway-upgrade-1
 *     options FD | lock FD | state FD | api FD | handover FD | dashboard FD
 *     listener FD ID ADDRESS | log FD ID | config FD FD GENERATION
 *     edge FD PID BANK | control FD PID 0 | load
 *
 * The new supervisor starts an edge of its own program beside the one there is, and has it drain
 * when the new one serves; and another control. Where the new program cannot be run, all goes on as
 * it was. Where it fails once it runs, control, still the old one, sees its channel hang up and
 * starts a supervisor of its own program.
 *
 * There are two banks of counters, so only one edge can drain at a time: one from an upgrade before
 * is stopped first. A program that loads the user's files is waited for, as its request would be
 * lost; one that is only to be run ("load") is run by the new supervisor.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cmd/supervisor/fields.h"
#include "cmd/supervisor/supervisor_priv.h"
#include "os/descriptor.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/os.h"
#include "os/process.h"

#define UPGRADE_MAGIC   "slipway-upgrade-1\n"
#define UPGRADE_STOP_NS (3 * TIME_SECOND)

enum {
    UPGRADE_LIST_MAX = 1 << 20
};

/* Calls the function with each descriptor that has to stay. */
static void upgrade_for_each_fd(const struct supervisor *supervisor, void (*function)(int fd))
{
    const struct holdings *holdings = &supervisor->holdings;
    struct held_listener *listener;
    struct held_log *log;
    const int others[] = {
        supervisor->revival_fd,
        supervisor->places.lock_fd,
        holdings->state_fd,
        holdings->api_fd,
        holdings->handover_fd,
        holdings->dashboard_fd,
        holdings->config.fds[0],
        holdings->config.fds[1],
        supervisor->edges[0].channel.source.fd,
        supervisor->edges[1].channel.source.fd,
        supervisor->control.channel.source.fd,
    };

    list_for_each (listener, &holdings->listeners, link)
        function(listener->fd);
    list_for_each (log, &holdings->logs, link)
        function(log->fd);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i] >= 0)
            function(others[i]);
    }
}

static void upgrade_keep(int fd)
{
    (void)os_keep_on_exec(fd, true);
}

static void upgrade_keep_no_more(int fd)
{
    (void)os_keep_on_exec(fd, false);
}

static void upgrade_write_process(struct strbuf *out, const struct subprocess *process,
                                  const char *name, unsigned int bank)
{
    if (subprocess_is_reachable(process))
        strbuf_printf(out, "%s %d %d %u\n", name, process->channel.source.fd,
                      (int)process->child.pid, bank);
}

static int upgrade_write(struct supervisor *supervisor)
{
    const struct holdings *holdings = &supervisor->holdings;
    _cleanup_strbuf_ struct strbuf out;
    struct held_listener *listener;
    struct held_log *log;

    strbuf_init(&out, UPGRADE_LIST_MAX);
    strbuf_append_string(&out, UPGRADE_MAGIC);
    strbuf_printf(&out, "options %d\nlock %d\nstate %d\napi %d\nhandover %d\n",
                  supervisor->revival_fd, supervisor->places.lock_fd, holdings->state_fd,
                  holdings->api_fd, holdings->handover_fd);
    if (holdings->dashboard_fd >= 0)
        strbuf_printf(&out, "dashboard %d\n", holdings->dashboard_fd);
    list_for_each (listener, &holdings->listeners, link)
        strbuf_printf(&out, "listener %d %" PRIu64 " %s\n", listener->fd, listener->id,
                      listener->address);
    list_for_each (log, &holdings->logs, link)
        strbuf_printf(&out, "log %d %" PRIu64 "\n", log->fd, log->id);
    if (holdings->config.generation != 0)
        strbuf_printf(&out, "config %d %d %" PRIu64 "\n", holdings->config.fds[0],
                      holdings->config.fds[1], holdings->config.generation);
    upgrade_write_process(&out, supervisor->edge, "edge",
                          (unsigned int)(supervisor->edge - supervisor->edges));
    upgrade_write_process(&out, &supervisor->control, "control", 0);
    if (supervisor->loader.is_wanted)
        strbuf_append_string(&out, "load\n");
    if (strbuf_failure(&out) < 0)
        return strbuf_failure(&out);
    return os_memory_file_of("slipway-upgrade", out.data, out.length);
}

/* Returns where it did not work. */
static void upgrade_try(struct supervisor *supervisor)
{
    char number[16];
    int list_fd = upgrade_write(supervisor);
    int r;

    if (list_fd < 0) {
        log_error("cannot upgrade: %s", error_text(-list_fd));
        return;
    }
    log_info("going on as %s", supervisor->stored.program);
    (void)snprintf(number, sizeof(number), "%d", list_fd);
    upgrade_for_each_fd(supervisor, upgrade_keep);
    upgrade_keep(list_fd);
    r = os_become_program(supervisor->stored.program,
                          (char *const[]){(char *)"slipway", (char *)"@upgrade", number, NULL});
    upgrade_for_each_fd(supervisor, upgrade_keep_no_more);
    (void)os_close(list_fd);
    log_error("cannot upgrade: %s: %s", supervisor->stored.program, error_text(-r));
}

void upgrade_begin(struct supervisor *supervisor)
{
    struct subprocess *other = edges_other(supervisor);

    if (supervisor->phase != SUPERVISOR_RUNNING)
        return;
    if (subprocess_is_alive(other) && other->is_wanted) {
        log_warning("cannot upgrade: the upgrade before is not done yet");
        return;
    }
    supervisor->is_upgrading = true;
    if (subprocess_is_alive(other)) {
        log_info("the edge before (process %d) is stopped for another upgrade",
                 (int)other->child.pid);
        subprocess_stop(other, UPGRADE_STOP_NS);
        return;
    }
    if (loop_source_is_watched(&supervisor->loader.child.source))
        return;
    upgrade_try(supervisor);
    supervisor->is_upgrading = false;
    if (supervisor->loader.is_wanted)
        loader_want(supervisor);
}

void upgrade_look(struct supervisor *supervisor)
{
    if (supervisor->is_upgrading && !subprocess_is_alive(edges_other(supervisor)))
        upgrade_begin(supervisor);
}

/* A descriptor that the list names; -1 where it is none. */
static int upgrade_take(int fd)
{
    if (fd < 3 || !os_is_open(fd))
        return -1;
    upgrade_keep_no_more(fd);
    return fd;
}

/* fields: name, descriptor, process number, bank */
static void upgrade_read_process(struct supervisor *supervisor, const char *const fields[4])
{
    struct subprocess *process = &supervisor->control;
    uint64_t bank;
    uint64_t pid;
    int fd = upgrade_take(field_fd(fields[1]));

    if (fd < 0)
        return;
    if (!fields_number(fields[2], INT32_MAX, &pid) ||
        !fields_number(fields[3], STATE_BANK_COUNT - 1, &bank)) {
        (void)os_close(fd);
        return;
    }
    if (strcmp(fields[0], "edge") == 0) {
        process = &supervisor->edges[bank];
        supervisor->edge = process;
    }
    (void)subprocess_adopt(process, (pid_t)pid, fd);
}

/* fields: name, snapshot, certificates, generation */
static void upgrade_read_config(struct supervisor *supervisor, const char *const fields[4])
{
    struct held_config config;

    held_config_init(&config);
    config.fds[0] = upgrade_take(field_fd(fields[1]));
    config.fds[1] = upgrade_take(field_fd(fields[2]));
    if (config.fds[0] >= 0 && config.fds[1] >= 0 &&
        fields_number(fields[3], UINT64_MAX, &config.generation))
        holdings_put_config(&supervisor->holdings, &config);
    else
        held_config_clear(&config);
}

/* fields: name, descriptor, id, address */
static void upgrade_read_held(struct supervisor *supervisor, const char *const fields[4])
{
    int fd = upgrade_take(field_fd(fields[1]));
    uint64_t id;

    if (fd < 0)
        return;
    if (!fields_number(fields[2], UINT64_MAX, &id))
        (void)os_close(fd);
    else if (strcmp(fields[0], "listener") == 0)
        (void)holdings_put_listener(&supervisor->holdings, id, fields[3], fd);
    else
        (void)holdings_put_log(&supervisor->holdings, id, fd);
}

static void upgrade_read_line(struct supervisor *supervisor, char *line, int *lock_fd)
{
    const struct {
        const char *name;
        int *place;
    } places[] = {
        {"options", &supervisor->revival_fd},
        {"lock", lock_fd},
        {"state", &supervisor->holdings.state_fd},
        {"api", &supervisor->holdings.api_fd},
        {"handover", &supervisor->holdings.handover_fd},
        {"dashboard", &supervisor->holdings.dashboard_fd},
    };
    const char *fields[4];

    (void)fields_split(line, ' ', fields, 4);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(fields[0], places[i].name) == 0 && *places[i].place < 0)
            *places[i].place = upgrade_take(field_fd(fields[1]));
    }
    if (strcmp(fields[0], "listener") == 0 || strcmp(fields[0], "log") == 0)
        upgrade_read_held(supervisor, fields);
    else if (strcmp(fields[0], "config") == 0)
        upgrade_read_config(supervisor, fields);
    else if (strcmp(fields[0], "edge") == 0 || strcmp(fields[0], "control") == 0)
        upgrade_read_process(supervisor, fields);
    else if (strcmp(fields[0], "load") == 0)
        supervisor->loader.is_wanted = true;
}

int upgrade_read(struct supervisor *supervisor, int list_fd, int *ret_lock_fd,
                 struct error **reterr)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    int lock_fd = -1;
    int r;

    if (!os_memory_file_is_sealed(list_fd, &size))
        return error_set(reterr, EBADMSG, "there is no list of what to go on with");
    if (lseek(list_fd, 0, SEEK_SET) < 0)
        return error_set(reterr, errno, "the list cannot be read");
    r = os_read_fd(list_fd, "the list of what to go on with", UPGRADE_LIST_MAX, &text, &size,
                   reterr);
    if (r < 0)
        return r;
    if (strncmp(text, UPGRADE_MAGIC, strlen(UPGRADE_MAGIC)) != 0)
        return error_set(reterr, EBADMSG, "the list is of another version");
    for (char *line = text + strlen(UPGRADE_MAGIC); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool is_last = line[length] == '\0';

        line[length] = '\0';
        upgrade_read_line(supervisor, line, &lock_fd);
        line += length + (is_last ? 0 : 1);
    }
    (void)os_close(list_fd);
    *ret_lock_fd = lock_fd;
    return 0;
}

void upgrade_resume(struct supervisor *supervisor)
{
    if (subprocess_is_alive(supervisor->edge))
        edges_supersede(supervisor);
    if (subprocess_is_alive(&supervisor->control))
        subprocess_replace(&supervisor->control, UPGRADE_STOP_NS);
}
