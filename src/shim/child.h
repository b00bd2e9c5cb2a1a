/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program as the orders say: the instance's own, and those beside it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct line;
struct orders;
struct orders_program;

struct child_options {
    const struct orders *orders;
    const struct orders_program *program;
    pid_t main_pid;        /* whose mounts it sees; 0: this is the main one */
    int in, out, err;      /* -1: nothing there */
    bool has_terminal;     /* which is in */
    const int *listen_fds; /* become 3, 4 and so on */
    size_t listen_count;
    int folder_fd; /* the instance's */
};

/* The program's number once it runs; -errno, with the line saying what failed. */
pid_t child_start(const struct child_options *options, struct line *problem);

/* The status of a wait as shells count: what it returned, or 128 and the signal. */
int child_exit_code(int status);
