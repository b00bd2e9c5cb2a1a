/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wiring of the control process. Signals for all of the tree are the supervisor's business: a
 * terminal sends its interrupt to control too, and a service manager its request to end, but who
 * ends when is decided there. Once the supervisor is gone, SIGTERM ends control.
 */
#include "control/process.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "base/error.h"
#include "base/log.h"
#include "control/control.h"
#include "loop/signals.h"
#include "os/heap.h"

struct process {
    struct control control;
    struct loop_signals signals;
};

static void signal_received(struct loop_signals *signals, const struct signalfd_siginfo *info)
{
    struct process *process = list_entry(signals, struct process, signals);

    if (info->ssi_signo == SIGTERM && !channel_is_open(&process->control.channel))
        loop_stop(&process->control.loop);
}

int control_process_run(int channel_fd)
{
    struct process *process = calloc(1, sizeof(*process));
    sigset_t set;
    int result;
    int r;

    if (process == NULL)
        return 1;
    os_share_heaps();
    process->control.handle = api_handle;
    process->control.admit = api_admit;
    process->control.open_body = api_open_body;
    r = control_init(&process->control, channel_fd);
    if (r < 0) {
        log_error("control cannot start: %s", error_text(-r));
        free(process);
        return 1;
    }
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGUSR2);
    r = loop_signals_init(&process->signals, &process->control.loop, &set, signal_received);
    if (r < 0)
        log_warning("control cannot take signals: %s", error_text(-r));
    result = control_run(&process->control);
    if (r == 0)
        loop_signals_deinit(&process->signals);
    if (!control_deinit(&process->control))
        _exit(result); /* other threads are in the midst of something */
    free(process);
    return result;
}
