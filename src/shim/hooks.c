/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/line.h"
#include "shim/shim.h"

/* Their output goes where the instance's does. */
static pid_t start(struct shim *shim, const struct orders_program *program)
{
    char text[512];
    struct line problem = line_in(text, sizeof(text));
    pid_t pid;

    line_add(&problem, shim->is_hook_pre_stop ? "a pre_stop hook: " : "a post_start hook: ");
    pid = child_start(&(const struct child_options){.orders = &shim->orders,
                                                    .program = program,
                                                    .main_pid = shim->main_pid,
                                                    .in = -1,
                                                    .out = -1,
                                                    .err = -1},
                      &problem);
    if (pid < 0)
        output_note(&shim->output, text);
    return pid;
}

static void run_next(struct shim *shim)
{
    const struct orders *orders = &shim->orders;
    size_t count = shim->is_hook_pre_stop ? orders->pre_stop_count : orders->post_start_count;
    const struct orders_program *hooks =
        shim->is_hook_pre_stop ? orders->pre_stop : orders->post_start;

    shim->hook.pid = 0;
    while (shim->hook_next < count) {
        pid_t pid = start(shim, &hooks[shim->hook_next++]);

        if (pid > 0) {
            shim->hook.pid = pid;
            return;
        }
    }
    if (shim->is_hook_pre_stop && shim->kill_ns == SHIM_FOREVER)
        instance_signal_stop(shim);
}

void hooks_run_post_start(struct shim *shim)
{
    shim->is_hook_pre_stop = false;
    shim->hook_next = 0;
    run_next(shim);
}

static void kill_hook(struct shim *shim)
{
    if (shim->hook.pid == 0)
        return;
    (void)kill(-shim->hook.pid, SIGKILL);
    (void)kill(shim->hook.pid, SIGKILL);
}

/* All of them together have as long as the instance itself has afterwards. */
void hooks_run_pre_stop(struct shim *shim)
{
    kill_hook(shim); /* a post_start one: it comes too late */
    shim->is_hook_pre_stop = true;
    shim->hook_next = 0;
    shim->hook.kill_ns = shim_add_ns(shim_now_ns(), shim->stop_grace_ns);
    run_next(shim);
}

void hooks_give_up(struct shim *shim)
{
    kill_hook(shim);
    shim->hook.kill_ns = SHIM_FOREVER;
    shim->hook_next = SIZE_MAX;
}

bool hooks_reaped(struct shim *shim, pid_t pid, int status)
{
    char text[128];
    struct line line = line_in(text, sizeof(text));

    if (shim->hook.pid != pid || pid == 0)
        return false;
    shim->hook.pid = 0;
    if (shim->phase != SHIM_RUNNING)
        return true;
    if (child_exit_code(status) != 0) {
        line_add(&line, shim->is_hook_pre_stop ? "a pre_stop" : "a post_start");
        line_add(&line, " hook ended with status ");
        line_add_number(&line, child_exit_code(status));
        output_note(&shim->output, text);
    }
    run_next(shim);
    return true;
}
