/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/supervisor/subprocess.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "os/process.h"
#include "os/socket.h"

#define SUBPROCESS_DELAY_MIN_NS  (100 * TIME_MILLISECOND)
#define SUBPROCESS_DELAY_MAX_NS  (5 * TIME_SECOND)
#define SUBPROCESS_STABLE_NS     (10 * TIME_SECOND)
#define SUBPROCESS_BROKEN_END_NS TIME_SECOND

static void subprocess_wait(struct subprocess *process)
{
    process->phase = SUBPROCESS_WAITING;
    loop_timer_set_after(process->loop, &process->timer, process->delay_ns);
    process->delay_ns *= 2;
    if (process->delay_ns < SUBPROCESS_DELAY_MIN_NS)
        process->delay_ns = SUBPROCESS_DELAY_MIN_NS;
    if (process->delay_ns > SUBPROCESS_DELAY_MAX_NS)
        process->delay_ns = SUBPROCESS_DELAY_MAX_NS;
}

static void subprocess_log_end(const struct subprocess *process, int status)
{
    const char *name = process->ops->name;
    int pid = (int)process->child.pid;

    if (status == LOOP_CHILD_STATUS_UNKNOWN || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        log_info("%s (process %d) has ended", name, pid);
    else if (WIFSIGNALED(status))
        log_warning("%s (process %d) was ended by SIG%s", name, pid,
                    sigabbrev_np(WTERMSIG(status)));
    else
        log_warning("%s (process %d) ended with status %d", name, pid, WEXITSTATUS(status));
}

static void subprocess_ended(struct loop_child *child, int status)
{
    struct subprocess *process = list_entry(child, struct subprocess, child);

    subprocess_log_end(process, status);
    channel_close(&process->channel);
    loop_timer_cancel(&process->timer);
    process->phase = SUBPROCESS_IDLE;
    if (time_subtract(loop_now_ns(process->loop), process->started_ns) >= SUBPROCESS_STABLE_NS)
        process->delay_ns = 0;
    process->ops->ended(process, status);
    if (process->is_wanted && process->phase == SUBPROCESS_IDLE)
        subprocess_wait(process);
}

void subprocess_kill(struct subprocess *process)
{
    if (!subprocess_is_alive(process))
        return;
    process->phase = SUBPROCESS_ENDING;
    loop_timer_cancel(&process->timer);
    (void)loop_child_signal(&process->child, SIGKILL);
}

static void subprocess_received(struct channel *channel, struct channel_message *message)
{
    struct subprocess *process = list_entry(channel, struct subprocess, channel);

    if (message->type == MESSAGE_PONG)
        process->is_ponged = true;
    else
        process->ops->received(process, message);
}

static void subprocess_hung_up(struct channel *channel, int reason)
{
    struct subprocess *process = list_entry(channel, struct subprocess, channel);

    if (reason < 0)
        log_error("%s (process %d): its channel is broken: %s", process->ops->name,
                  (int)process->child.pid, error_text(-reason));
    if (process->phase == SUBPROCESS_ENDING)
        return; /* as expected, and its time is set */
    process->phase = SUBPROCESS_ENDING;
    loop_timer_set_after(process->loop, &process->timer, SUBPROCESS_BROKEN_END_NS);
}

static int subprocess_launch(struct subprocess *process, pid_t *ret_pid, int *ret_fd)
{
    int ends[2];
    struct os_program program = {
        .path = OS_OWN_PROGRAM,
        .arguments = (char *const[]){(char *)"slipway", (char *)process->ops->role, NULL},
        .fds = &ends[1],
        .fd_count = 1,
        .has_own_session = true,
    };
    pid_t pid;
    int r = os_socket_pair(SOCK_SEQPACKET, ends);

    if (r < 0)
        return r;
    pid = os_run_program(&program);
    os_closep(&ends[1]);
    if (pid < 0) {
        os_closep(&ends[0]);
        return (int)pid;
    }
    *ret_pid = pid;
    *ret_fd = ends[0];
    return 0;
}

static int subprocess_watch(struct subprocess *process, pid_t pid, int channel_fd)
{
    int r = loop_child_watch(&process->child, process->loop, pid, subprocess_ended);

    if (r < 0) {
        os_closep(&channel_fd);
        return r;
    }
    process->started_ns = loop_now_refresh(process->loop);
    process->is_ponged = true;
    r = channel_open(&process->channel, process->loop, channel_fd);
    if (r < 0) {
        (void)loop_child_signal(&process->child, SIGKILL);
        loop_child_forget(&process->child);
    }
    return r;
}

static void subprocess_begin(struct subprocess *process)
{
    pid_t pid = 0;
    int fd = -1;
    int r = subprocess_launch(process, &pid, &fd);

    if (r == 0)
        r = subprocess_watch(process, pid, fd);
    if (r < 0) {
        log_error("cannot start %s: %s", process->ops->name, error_text(-r));
        subprocess_wait(process);
        return;
    }
    process->phase = SUBPROCESS_STARTING;
    loop_timer_set_after(process->loop, &process->timer, process->ops->start_timeout_ns);
    r = process->ops->started(process);
    if (r < 0) {
        log_error("cannot tell %s what it needs: %s", process->ops->name, error_text(-r));
        subprocess_kill(process);
    }
}

static void subprocess_timed_out(struct loop_timer *timer)
{
    struct subprocess *process = list_entry(timer, struct subprocess, timer);

    if (process->phase == SUBPROCESS_WAITING) {
        subprocess_begin(process);
        return;
    }
    log_warning("%s (process %d) %s, and is killed", process->ops->name, (int)process->child.pid,
                process->phase == SUBPROCESS_STARTING ? "does not get ready" : "does not end");
    subprocess_kill(process);
}

void subprocess_init(struct subprocess *process, struct loop *loop,
                     const struct subprocess_ops *ops, void *context)
{
    *process = (struct subprocess){.ops = ops, .loop = loop, .context = context};
    process->child.source.fd = -1;
    list_init(&process->child.source.link);
    channel_init(&process->channel, subprocess_received, subprocess_hung_up);
    loop_timer_init(&process->timer, subprocess_timed_out);
}

void subprocess_deinit(struct subprocess *process)
{
    channel_close(&process->channel);
    loop_timer_cancel(&process->timer);
    if (loop_source_is_watched(&process->child.source))
        loop_child_forget(&process->child);
    process->phase = SUBPROCESS_IDLE;
}

void subprocess_start(struct subprocess *process)
{
    process->is_wanted = true;
    if (process->phase == SUBPROCESS_IDLE)
        subprocess_begin(process);
}

int subprocess_adopt(struct subprocess *process, pid_t pid, int channel_fd)
{
    int r = subprocess_watch(process, pid, channel_fd);

    if (r < 0)
        return r;
    process->is_wanted = true;
    process->phase = SUBPROCESS_SERVING;
    return 0;
}

void subprocess_ready(struct subprocess *process)
{
    if (process->phase != SUBPROCESS_STARTING)
        return;
    process->phase = SUBPROCESS_SERVING;
    loop_timer_cancel(&process->timer);
}

static void subprocess_tell_to_end(struct subprocess *process, uint64_t limit_ns)
{
    if (!subprocess_is_alive(process))
        return;
    process->phase = SUBPROCESS_ENDING;
    loop_timer_set_after(process->loop, &process->timer, limit_ns);
    if (channel_send_plain(&process->channel, MESSAGE_STOP, 0) < 0)
        subprocess_kill(process);
}

void subprocess_stop(struct subprocess *process, uint64_t limit_ns)
{
    process->is_wanted = false;
    if (process->phase == SUBPROCESS_WAITING) {
        loop_timer_cancel(&process->timer);
        process->phase = SUBPROCESS_IDLE;
    }
    subprocess_tell_to_end(process, limit_ns);
}

void subprocess_replace(struct subprocess *process, uint64_t limit_ns)
{
    process->is_wanted = true;
    process->delay_ns = 0;
    subprocess_tell_to_end(process, limit_ns);
}

void subprocess_expect_end(struct subprocess *process, uint64_t limit_ns)
{
    process->is_wanted = false;
    if (process->phase == SUBPROCESS_WAITING) {
        loop_timer_cancel(&process->timer);
        process->phase = SUBPROCESS_IDLE;
    }
    if (subprocess_is_alive(process))
        loop_timer_set_after(process->loop, &process->timer, limit_ns);
}
