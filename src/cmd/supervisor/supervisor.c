/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start and end. There are four ways to begin:
 *
 *   - afresh, or from what the service manager kept: supervisor_run()
 *   - beside an edge whose supervisor died, which hands over what it holds: also supervisor_run()
 *   - the same, started by control: "@supervisor", with descriptors as in ipc/revival.h
 *   - as another program in the same process: "@upgrade" with the number of the list's descriptor
 */
#include "cmd/supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/supervisor/listen.h"
#include "cmd/supervisor/supervisor_priv.h"
#include "ipc/revival.h"
#include "os/descriptor.h"
#include "os/os.h"
#include "os/process.h"

/* For the lock of a supervisor that died and has not ended yet. */
#define SUPERVISOR_LOCK_WAIT_NS (5 * TIME_SECOND)

static void supervisor_signalled(struct loop_signals *signals, const struct signalfd_siginfo *info)
{
    struct supervisor *supervisor = list_entry(signals, struct supervisor, signals);

    switch (info->ssi_signo) {
    case SIGHUP:
        if (supervisor->options->is_foreground) {
            ending_begin(supervisor, 0); /* its terminal is gone */
        } else if (supervisor->phase == SUPERVISOR_RUNNING) {
            service_reloading(supervisor);
            loader_want(supervisor);
            service_look(supervisor);
        }
        break;
    case SIGUSR1:
        if (subprocess_is_reachable(&supervisor->control))
            (void)channel_send_plain(&supervisor->control.channel, MESSAGE_REOPEN_LOGS, 0);
        break;
    case SIGUSR2:
        upgrade_begin(supervisor);
        break;
    default:
        ending_begin(supervisor, 0);
        break;
    }
}

static sigset_t supervisor_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        (void)sigaddset(&set, numbers[i]);
    return set;
}

static int supervisor_take_signals(struct supervisor *supervisor)
{
    const sigset_t set = supervisor_signals();

    return loop_signals_init(&supervisor->signals, &supervisor->loop, &set, supervisor_signalled);
}

/* As many as there are CPUs, unless the user says otherwise. */
static uint32_t supervisor_threads(void)
{
    const char *text = os_environment("SLIPWAY_EDGE_THREADS");
    long wanted = text == NULL ? 0 : strtol(text, NULL, 10);
    long count = wanted > 0 ? wanted : (long)os_cpu_count();

    return count > STATE_THREADS_MAX ? STATE_THREADS_MAX : (uint32_t)count;
}

/* What another version laid out differently is begun anew; an edge that uses it goes on with it. */
int supervisor_use_state(struct supervisor *supervisor)
{
    int *fd = &supervisor->holdings.state_fd;

    if (*fd >= 0 && state_map(*fd, false, &supervisor->state) == 0)
        return 0;
    if (*fd >= 0)
        log_warning("what was counted before cannot be read, and begins anew");
    os_closep(fd);
    *fd = state_create(supervisor_threads());
    if (*fd < 0)
        return *fd;
    return state_map(*fd, false, &supervisor->state);
}

/* Makes what is held by nobody yet. */
static int supervisor_complete(struct supervisor *supervisor, struct error **reterr)
{
    struct holdings *holdings = &supervisor->holdings;
    int r = supervisor_use_state(supervisor);

    if (r < 0)
        return error_set(reterr, -r, "cannot make the memory of the edge: %s", error_text(-r));
    if (holdings->api_fd < 0)
        holdings->api_fd = listen_on_path(supervisor->places.api_path, SOCK_STREAM, 0660, reterr);
    if (holdings->api_fd < 0)
        return holdings->api_fd;
    if (holdings->handover_fd < 0)
        holdings->handover_fd =
            listen_on_path(supervisor->places.handover_path, SOCK_SEQPACKET, 0600, reterr);
    return holdings->handover_fd < 0 ? holdings->handover_fd : 0;
}

static int supervisor_init(struct supervisor *supervisor, struct error **reterr)
{
    const sigset_t signals = supervisor_signals();
    int r;

    *supervisor = (struct supervisor){.revival_fd = -1, .report_fd = -1, .places = {.lock_fd = -1}};
    /* One that comes before there is a loop to take it waits, and ends nobody. */
    (void)os_signal_mask(SIG_BLOCK, &signals, NULL);
    holdings_init(&supervisor->holdings);
    loop_source_init(&supervisor->signals.source, NULL);
    r = loop_init(&supervisor->loop);
    service_init(supervisor);
    edges_init(supervisor);
    controller_init(supervisor);
    loader_init(supervisor);
    ending_init(supervisor);
    if (r < 0)
        return error_set(reterr, -r, "cannot start: %s", error_text(-r));
    /* The edge has one for each connection, and gets its limit from here. */
    (void)os_raise_descriptor_limit();
    return 0;
}

static void supervisor_deinit(struct supervisor *supervisor)
{
    service_deinit(supervisor);
    loop_timer_cancel(&supervisor->phase_timer);
    loop_signals_deinit(&supervisor->signals);
    edges_deinit(supervisor);
    subprocess_deinit(&supervisor->control);
    loader_deinit(supervisor);
    held_config_clear(&supervisor->candidate.config);
    loop_deinit(&supervisor->loop);
    state_unmap(&supervisor->state);
    holdings_deinit(&supervisor->holdings);
    os_closep(&supervisor->revival_fd);
    os_closep(&supervisor->report_fd);
    places_deinit(&supervisor->places);
    options_free(&supervisor->stored);
}

/* The options, as every supervisor has them: out of the file that its successor will read. */
static int supervisor_use_options(struct supervisor *supervisor, struct error **reterr)
{
    int r = options_read(supervisor->revival_fd, &supervisor->stored, reterr);

    supervisor->options = &supervisor->stored.options;
    return r;
}

static int supervisor_store_options(struct supervisor *supervisor,
                                    const struct supervisor_options *options, struct error **reterr)
{
    _cleanup_free_ char *program = NULL;
    int r = os_own_path(&program);

    if (r < 0)
        return error_set(reterr, -r, "cannot find the own program: %s", error_text(-r));
    supervisor->revival_fd = options_store(options, program);
    if (supervisor->revival_fd < 0)
        return error_set(reterr, -supervisor->revival_fd, "cannot keep the options: %s",
                         error_text(-supervisor->revival_fd));
    return supervisor_use_options(supervisor, reterr);
}

static int supervisor_use_places(struct supervisor *supervisor, int lock_fd, uint64_t wait_ns,
                                 struct error **reterr)
{
    return places_init(&supervisor->places, supervisor->options->runtime_dir,
                       supervisor->options->state_dir, lock_fd, wait_ns, reterr);
}

/* From the moment where it is clear what there is. Returns 0 at the orderly end. */
static int supervisor_serve(struct supervisor *supervisor, struct error **reterr)
{
    int r = supervisor_complete(supervisor, reterr);

    if (r < 0)
        return r;
    r = supervisor_take_signals(supervisor);
    if (r < 0)
        return error_set(reterr, -r, "cannot take signals: %s", error_text(-r));
    revival_report(&supervisor->report_fd, REVIVAL_DONE);
    service_begin(supervisor);
    service_keep_all(supervisor);
    /* The one before may not have come to it. */
    if (supervisor->holdings.config.generation == 0 || supervisor->loader.is_wanted)
        supervisor->is_taken_over = false;
    if (!supervisor->is_taken_over)
        loader_want(supervisor);
    edges_start(supervisor);
    subprocess_start(&supervisor->control);
    r = loop_run(&supervisor->loop);
    if (r < 0)
        return error_set(reterr, -r, "waiting for events failed: %s", error_text(-r));
    places_clear(&supervisor->places);
    return 0;
}

static int supervisor_finish(struct supervisor *supervisor, int r, struct error *error)
{
    int status = r < 0 ? 1 : supervisor->exit_status;

    if (r < 0)
        log_error("%s", error->message);
    supervisor_deinit(supervisor);
    return status;
}

int supervisor_run(const struct supervisor_options *options)
{
    _cleanup_error_ struct error *error = NULL;
    struct supervisor supervisor;
    int r = supervisor_init(&supervisor, &error);

    if (r == 0)
        r = supervisor_store_options(&supervisor, options, &error);
    if (r == 0)
        r = supervisor_use_places(&supervisor, -1, 0, &error);
    if (r == 0) {
        service_restore(&supervisor, takeover_try(&supervisor) > 0);
        r = supervisor_serve(&supervisor, &error);
    }
    return supervisor_finish(&supervisor, r, error);
}

static int supervisor_revive(bool has_dashboard)
{
    _cleanup_error_ struct error *error = NULL;
    struct supervisor supervisor;
    int r = supervisor_init(&supervisor, &error);

    (void)os_keep_on_exec(REVIVAL_OPTIONS_FD, false);
    (void)os_keep_on_exec(REVIVAL_API_FD, false);
    (void)os_keep_on_exec(REVIVAL_REPORT_FD, false);
    supervisor.revival_fd = REVIVAL_OPTIONS_FD;
    supervisor.holdings.api_fd = REVIVAL_API_FD;
    supervisor.report_fd = REVIVAL_REPORT_FD;
    if (has_dashboard) {
        (void)os_keep_on_exec(REVIVAL_DASHBOARD_FD, false);
        supervisor.holdings.dashboard_fd = REVIVAL_DASHBOARD_FD;
    }
    supervisor.is_taken_over = true;
    if (r == 0)
        r = supervisor_use_options(&supervisor, &error);
    if (r == 0)
        r = supervisor_use_places(&supervisor, -1, SUPERVISOR_LOCK_WAIT_NS, &error);
    if (r == -EWOULDBLOCK)
        revival_report(&supervisor.report_fd, REVIVAL_PLACE_IS_TAKEN);
    if (r == 0) {
        (void)takeover_try(&supervisor);
        r = supervisor_serve(&supervisor, &error);
    }
    return supervisor_finish(&supervisor, r, error);
}

static int supervisor_go_on(int list_fd)
{
    _cleanup_error_ struct error *error = NULL;
    struct supervisor supervisor;
    int lock_fd = -1;
    int r = supervisor_init(&supervisor, &error);

    supervisor.is_taken_over = true;
    if (r == 0)
        r = upgrade_read(&supervisor, list_fd, &lock_fd, &error);
    if (r == 0)
        r = supervisor_use_options(&supervisor, &error);
    if (r == 0)
        r = supervisor_use_places(&supervisor, lock_fd, 0, &error);
    if (r == 0) {
        upgrade_resume(&supervisor);
        r = supervisor_serve(&supervisor, &error);
    }
    return supervisor_finish(&supervisor, r, error);
}

bool supervisor_run_role(int argc, char **argv, int *ret_status)
{
    if (argc == 2 && text_equal(argv[1], "@supervisor")) {
        *ret_status = supervisor_revive(false);
        return true;
    }
    if (argc == 3 && text_equal(argv[1], "@supervisor") &&
        text_equal(argv[2], REVIVAL_WITH_DASHBOARD)) {
        *ret_status = supervisor_revive(true);
        return true;
    }
    if (argc == 3 && text_equal(argv[1], "@upgrade")) {
        *ret_status = supervisor_go_on((int)strtol(argv[2], NULL, 10));
        return true;
    }
    return false;
}
