/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/family.h"
#include "shim/line.h"
#include "shim/shim.h"

#define MILLISECOND      UINT64_C(1000000)
#define SECOND           UINT64_C(1000000000)
#define BACKOFF_FIRST_NS (100 * MILLISECOND)
#define BACKOFF_MAX_NS   (60 * SECOND)
#define STABLE_NS        (10 * SECOND)
#define CLEAR_AGAIN_NS   (50 * MILLISECOND)
#define NOT_RUNNABLE     127

static uint64_t unix_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* Starting */

static void take_note(struct shim *shim, const char *text)
{
    struct line note = line_in(shim->note, sizeof(shim->note));

    line_add(&note, text);
    if (text[0] != '\0')
        output_note(&shim->output, text);
}

/* For whoever is attached: only the first start is theirs. */
static pid_t launch_attached(struct shim *shim, struct line *problem)
{
    pid_t pid = child_start(&(const struct child_options){.orders = &shim->orders,
                                                          .program = &shim->orders.main,
                                                          .in = shim->stream_fds[0],
                                                          .out = shim->stream_fds[1],
                                                          .err = shim->stream_fds[2],
                                                          .has_terminal = shim->has_terminal},
                            problem);

    for (int i = 0; i < 3; i++) {
        (void)close(shim->stream_fds[i]);
        shim->stream_fds[i] = -1;
    }
    return pid;
}

static pid_t launch(struct shim *shim, struct line *problem)
{
    int writers[2];
    pid_t pid;
    int r;

    if (shim->stream_fds[0] >= 0)
        return launch_attached(shim, problem);
    r = output_open(&shim->output, writers);
    if (r < 0) {
        line_add(problem, "cannot make a pipe: ");
        line_add(problem, line_error_text(-r));
        return r;
    }
    pid = child_start(&(const struct child_options){.orders = &shim->orders,
                                                    .program = &shim->orders.main,
                                                    .in = -1,
                                                    .out = writers[0],
                                                    .err = writers[1],
                                                    .listen_fds = shim->listen_fds,
                                                    .listen_count = shim->orders.listen_count},
                      problem);
    (void)close(writers[0]);
    (void)close(writers[1]);
    if (pid < 0)
        output_close(&shim->output);
    return pid;
}

static bool start(struct shim *shim)
{
    char text[512];
    struct line problem = line_in(text, sizeof(text));
    pid_t pid;

    shim->started_ns = shim_now_ns();
    shim->started_unix_ns = unix_now_ns();
    pid = launch(shim, &problem);
    if (pid < 0) {
        shim->exit_code = NOT_RUNNABLE;
        shim->finished_unix_ns = unix_now_ns();
        take_note(shim, text);
        return false;
    }
    take_note(shim, "");
    shim->main_pid = pid;
    shim->phase = SHIM_RUNNING;
    shim->exit_code = 0;
    shim->finished_unix_ns = 0;
    health_start(shim);
    status_changed(shim);
    hooks_run_post_start(shim);
    return true;
}

static void end(struct shim *shim)
{
    shim->phase = SHIM_ENDED;
    shim->restart_ns = SHIM_FOREVER;
    status_changed(shim);
}

/* Starting again */

static bool is_to_start_again(struct shim *shim, uint64_t now_ns)
{
    const struct orders *orders = &shim->orders;

    if (shim->is_stopping || orders->restart == ORDERS_RESTART_NO)
        return false;
    if (orders->restart == ORDERS_RESTART_ON_FAILURE && shim->exit_code == 0)
        return false;
    if (orders->restart_window_ns > 0 &&
        now_ns > shim_add_ns(shim->window_start_ns, orders->restart_window_ns)) {
        shim->window_start_ns = now_ns;
        shim->window_restarts = 0;
    }
    return orders->restart_max == 0 || shim->window_restarts < orders->restart_max;
}

static void decide(struct shim *shim)
{
    uint64_t now_ns = shim_now_ns();
    uint64_t wait_ns;

    if (!is_to_start_again(shim, now_ns)) {
        end(shim);
        return;
    }
    if (now_ns - shim->started_ns >= STABLE_NS)
        shim->backoff_ns = BACKOFF_FIRST_NS;
    wait_ns = shim->backoff_ns > shim->orders.restart_delay_ns ? shim->backoff_ns
                                                               : shim->orders.restart_delay_ns;
    shim->backoff_ns =
        shim->backoff_ns > BACKOFF_MAX_NS / 2 ? BACKOFF_MAX_NS : shim->backoff_ns * 2;
    shim->phase = SHIM_WAITING;
    shim->restart_ns = shim_add_ns(now_ns, wait_ns);
    status_changed(shim);
}

static void start_again(struct shim *shim)
{
    shim->restart_ns = SHIM_FOREVER;
    if (shim->restarts < UINT32_MAX)
        shim->restarts++;
    shim->window_restarts++;
    if (!start(shim))
        decide(shim);
}

void instance_start_first(struct shim *shim)
{
    shim->backoff_ns = BACKOFF_FIRST_NS;
    shim->restart_ns = SHIM_FOREVER;
    shim->kill_ns = SHIM_FOREVER;
    shim->again_ns = SHIM_FOREVER;
    shim->check_ns = SHIM_FOREVER;
    shim->hook.kill_ns = SHIM_FOREVER;
    shim->window_start_ns = shim_now_ns();
    if (!start(shim))
        end(shim);
}

void instance_start_now(struct shim *shim)
{
    if (shim->phase == SHIM_WAITING)
        start_again(shim);
}

/* Stopping */

void instance_signal_stop(struct shim *shim)
{
    if (shim->phase != SHIM_RUNNING)
        return;
    (void)kill(shim->main_pid, shim->stop_signal);
    shim->kill_ns = shim_add_ns(shim_now_ns(), shim->stop_grace_ns);
}

void instance_stop(struct shim *shim, int signal, uint64_t grace_ns)
{
    bool is_first = !shim->is_stopping;

    shim->is_stopping = true;
    if (shim->phase == SHIM_WAITING) {
        end(shim);
        return;
    }
    if (shim->phase != SHIM_RUNNING)
        return;
    shim->stop_signal = signal;
    shim->stop_grace_ns = grace_ns;
    if (is_first && shim->orders.pre_stop_count > 0 && grace_ns > 0) {
        hooks_run_pre_stop(shim);
        return;
    }
    hooks_give_up(shim); /* not in the way of a second, harder stop */
    instance_signal_stop(shim);
}

int instance_kill(struct shim *shim, int signal)
{
    if (signal == SIGKILL || signal == (int)shim->orders.stop_signal) {
        shim->is_stopping = true; /* whoever says this wants it to be gone */
        if (shim->phase == SHIM_WAITING)
            end(shim);
    }
    if (shim->phase != SHIM_RUNNING)
        return 0;
    return kill(shim->main_pid, signal) < 0 ? -errno : 0;
}

/* Ending */

static void main_ended(struct shim *shim, int status)
{
    shim->exit_code = child_exit_code(status);
    shim->finished_unix_ns = unix_now_ns();
    shim->phase = SHIM_CLEARING;
    shim->main_pid = 0;
    shim->kill_ns = SHIM_FOREVER;
    shim->hook = (struct shim_task){.kill_ns = SHIM_FOREVER};
    health_stop(shim);
}

static void clear(struct shim *shim)
{
    family_kill(&shim->orders);
    shim->again_ns = shim_add_ns(shim_now_ns(), CLEAR_AGAIN_NS);
}

static void nobody_left(struct shim *shim)
{
    shim->again_ns = SHIM_FOREVER;
    output_close(&shim->output);
    decide(shim);
}

void instance_reap(struct shim *shim)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == shim->main_pid)
            main_ended(shim, status);
        else if (!health_reaped(shim, pid, status) && !hooks_reaped(shim, pid, status))
            (void)clients_reaped(shim, pid, status);
    }
    if (shim->phase != SHIM_CLEARING)
        return;
    if (pid < 0 && errno == ECHILD)
        nobody_left(shim);
    else
        clear(shim);
}

void instance_timers(struct shim *shim, uint64_t now_ns)
{
    if (shim->phase == SHIM_RUNNING && shim->kill_ns <= now_ns) {
        shim->kill_ns = SHIM_FOREVER;
        (void)kill(shim->main_pid, SIGKILL);
    }
    if (shim->phase == SHIM_RUNNING && shim->hook.kill_ns <= now_ns)
        hooks_give_up(shim);
    if (shim->phase == SHIM_CLEARING && shim->again_ns <= now_ns)
        instance_reap(shim);
    if (shim->phase == SHIM_WAITING && shim->restart_ns <= now_ns)
        start_again(shim);
}

uint64_t instance_next_ns(const struct shim *shim)
{
    switch (shim->phase) {
    case SHIM_RUNNING:
        return shim->hook.kill_ns < shim->kill_ns ? shim->hook.kill_ns : shim->kill_ns;
    case SHIM_CLEARING:
        return shim->again_ns;
    case SHIM_WAITING:
        return shim->restart_ns;
    case SHIM_ENDED:
        break;
    }
    return SHIM_FOREVER;
}
