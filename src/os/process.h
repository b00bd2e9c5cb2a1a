/* SPDX-License-Identifier: Apache-2.0 */
/* Running programs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* This very program, also when its file has been replaced. */
#define OS_OWN_PROGRAM "/proc/self/exe"

struct os_program {
    const char *path;
    char *const *arguments; /* from the program's name on; ends in NULL */
    const int *fds;         /* become 3, 4 and so on; they stay the caller's */
    size_t fd_count;
    bool has_own_session; /* signals of the terminal pass it by */
};

/* Signals have their usual effect in the new program, and none is blocked. All descriptors that are
 * closed on exec are closed, but for the ones given. Returns its process number once it runs, or
 * -errno where it cannot be run. */
pid_t os_run_program(const struct os_program *program);

/* Puts another program in the place of this one, with the signals that are blocked; returns
 * -errno. */
int os_become_program(const char *path, char *const *arguments);

/* Where the program's file is. The caller frees *ret_path. */
int os_own_path(char **ret_path);

/* The name that lists of processes show. */
void os_set_process_name(const char *name);

/* Whether the process runs with that first argument. Its number may come from somebody who lies. */
bool os_process_has_argument(pid_t pid, const char *argument);

/* How many CPUs it may use; at least 1. */
unsigned int os_cpu_count(void);
