/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/signals.h"

#include <errno.h>

static void loop_signals_ready(struct loop_source *source, unsigned int readiness)
{
    struct loop_signals *signals = list_entry(source, struct loop_signals, source);
    struct signalfd_siginfo info;

    (void)readiness;
    if (os_read(source->fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        loop_source_would_block(source, LOOP_READABLE);
        return;
    }
    /* One a turn: the callback may free what a loop here would go on with. */
    loop_source_again(source);
    signals->received(signals, &info);
}

int loop_signals_init(struct loop_signals *signals, struct loop *loop, const sigset_t *set,
                      void (*received)(struct loop_signals *signals,
                                       const struct signalfd_siginfo *info))
{
    int fd = -1;
    int r;

    signals->received = received;
    loop_source_init(&signals->source, loop_signals_ready);
    r = os_signal_mask(SIG_BLOCK, set, &signals->blocked_before);
    if (r < 0)
        return r;
    fd = os_signalfd(set);
    r = fd < 0 ? fd : loop_source_add(loop, &signals->source, fd, 0);
    if (r < 0) {
        os_closep(&fd);
        (void)os_signal_mask(SIG_SETMASK, &signals->blocked_before, NULL);
    }
    return r;
}

void loop_signals_deinit(struct loop_signals *signals)
{
    int fd = signals->source.fd;

    if (fd < 0)
        return;
    /* No loop_source_close(): a process that was forked may have a copy until it runs a program. */
    loop_source_remove(&signals->source);
    os_closep(&fd);
    (void)os_signal_mask(SIG_SETMASK, &signals->blocked_before, NULL);
}
