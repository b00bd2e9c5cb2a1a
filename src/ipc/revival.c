/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/revival.h"

#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "os/notify.h"
#include "os/os.h"
#include "os/process.h"
#include "os/socket.h"

#define REVIVAL_AGAIN_NS TIME_SECOND

/* The supervisor that is dead may still be ending, which is to be told from one that lives: each
 * try waits for its lock for some seconds. */
#define REVIVAL_TAKEN_MAX 12

bool revival_is_expected_of_others(void)
{
    return os_notify_is_wanted();
}

static void revival_close_report(struct revival *revival)
{
    int fd = revival->report.fd;

    /* No loop_source_close(): a child may have a copy until it runs its program. */
    loop_source_remove(&revival->report);
    os_closep(&fd);
}

/* It was reaped; the report's end says the rest. */
static void revival_child_ended(struct loop_child *child, int status)
{
    (void)child;
    (void)status;
}

static void revival_heard(struct revival *revival, char word)
{
    if (word == REVIVAL_PLACE_IS_TAKEN)
        revival->taken_count++;
    else if (word != REVIVAL_DONE)
        revival->taken_count = 0;
    if (revival->taken_count >= REVIVAL_TAKEN_MAX)
        log_error("another daemon has taken the place of the supervisor");
    if (word == REVIVAL_DONE || revival->taken_count >= REVIVAL_TAKEN_MAX) {
        revival->succeeded(revival);
        return;
    }
    log_error("the supervisor is gone, and a new one could not go on; another will try");
    loop_timer_set_after(revival->loop, &revival->again, REVIVAL_AGAIN_NS);
}

static void revival_report_ready(struct loop_source *source, unsigned int readiness)
{
    struct revival *revival = list_entry(source, struct revival, report);
    char word = REVIVAL_NOTHING;
    ssize_t length = os_read(source->fd, &word, sizeof(word));

    (void)readiness;
    if (length == -EAGAIN) {
        loop_source_would_block(source, LOOP_READABLE);
        return;
    }
    revival_close_report(revival);
    revival_heard(revival, word);
}

static int revival_run(const struct revival *revival, int report_fd, pid_t *ret_pid)
{
    const int fds[] = {revival->options_fd, revival->api_fd, report_fd, revival->dashboard_fd};
    bool has_dashboard = revival->dashboard_fd >= 0;
    const struct os_program program = {
        .path = OS_OWN_PROGRAM,
        .arguments = (char *const[]){(char *)"slipway", (char *)"@supervisor",
                                     has_dashboard ? (char *)REVIVAL_WITH_DASHBOARD : NULL, NULL},
        .fds = fds,
        .fd_count = has_dashboard ? 4 : 3,
        .has_own_session = true,
    };
    pid_t pid = os_run_program(&program);

    if (pid < 0)
        return (int)pid;
    *ret_pid = pid;
    return 0;
}

static int revival_start(struct revival *revival)
{
    int ends[2];
    pid_t pid;
    int r = os_pipe(ends);

    if (r < 0)
        return r;
    r = loop_source_add(revival->loop, &revival->report, ends[0], 0);
    if (r < 0)
        os_closep(&ends[0]);
    else
        r = revival_run(revival, ends[1], &pid);
    os_closep(&ends[1]);
    if (r < 0) {
        revival_close_report(revival);
        return r;
    }
    /* Only so that nothing is left of it where it ends: a failure does no harm. */
    loop_child_forget(&revival->child);
    (void)loop_child_watch(&revival->child, revival->loop, pid, revival_child_ended);
    return 0;
}

static void revival_try(struct revival *revival)
{
    int r = revival_start(revival);

    if (r == 0)
        return;
    log_error("the supervisor is gone, and a new one cannot be started: %s", error_text(-r));
    loop_timer_set_after(revival->loop, &revival->again, REVIVAL_AGAIN_NS);
}

static void revival_expired(struct loop_timer *timer)
{
    revival_try(list_entry(timer, struct revival, again));
}

void revival_begin(struct revival *revival, int options_fd, int api_fd, int dashboard_fd)
{
    revival->dashboard_fd = dashboard_fd;
    revival->options_fd = options_fd;
    revival->api_fd = api_fd;
    revival_try(revival);
}

void revival_init(struct revival *revival, struct loop *loop,
                  void (*succeeded)(struct revival *revival))
{
    *revival = (struct revival){.loop = loop, .succeeded = succeeded};
    loop_source_init(&revival->report, revival_report_ready);
    loop_source_init(&revival->child.source, NULL);
    loop_timer_init(&revival->again, revival_expired);
}

void revival_deinit(struct revival *revival)
{
    revival_close_report(revival);
    loop_child_forget(&revival->child);
    loop_timer_cancel(&revival->again);
}

void revival_report(int *fd, enum revival_word word)
{
    const char byte = (char)word;

    if (*fd < 0)
        return;
    (void)os_write(*fd, &byte, sizeof(byte));
    os_closep(fd);
    *fd = -1;
}
