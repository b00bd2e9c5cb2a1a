/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals as events of a loop. They are blocked in the calling thread, and in every thread that it
 * starts from then on: initialize before there are others, or they take the signals. A child
 * inherits the block and must lift it before it runs another program.
 */
#pragma once

#include <sys/signalfd.h>

#include "loop/loop.h"
#include "os/os.h"

struct loop_signals {
    struct loop_source source;
    sigset_t blocked_before;
    void (*received)(struct loop_signals *signals, const struct signalfd_siginfo *info);
};

/* Calls received for each signal of the set; it may end with loop_signals_deinit(). Returns 0 or
 * -errno. */
int loop_signals_init(struct loop_signals *signals, struct loop *loop, const sigset_t *set,
                      void (*received)(struct loop_signals *signals,
                                       const struct signalfd_siginfo *info));

/* Blocks what was blocked before; a signal that is pending then takes its usual effect. */
void loop_signals_deinit(struct loop_signals *signals);
