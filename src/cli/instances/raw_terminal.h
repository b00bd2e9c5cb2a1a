/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal whose keys all go to another program, given back as it was however this program ends.
 * Signals that come meanwhile can be waited for. One at a time.
 */
#pragma once

#include <stdbool.h>

/* fd -1: the terminal is left alone, and only signals are watched. Returns 0 or -errno. */
int raw_terminal_open(int fd);
void raw_terminal_close(void);

/* Readable when a signal has come; for poll(). */
int raw_terminal_signal_fd(void);

/* The next signal that has come, or 0: SIGWINCH, or one that ends programs. */
int raw_terminal_take_signal(void);
