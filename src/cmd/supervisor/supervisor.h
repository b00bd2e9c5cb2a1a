/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor: the process that the user or the service manager starts. It holds what must not
 * be lost (listening sockets, the edge's memory, the last configuration), runs control and edge as
 * children, and hands them descriptors. It parses nothing that came from outside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct supervisor_options {
    const char *runtime_dir; /* absolute */
    const char *state_dir;
    uint64_t drain_timeout_ms;
    bool is_foreground; /* ends with its terminal, and with its loader's failure */
    /* The command line, from the program's name on, that loads the user's files and sends them to
     * control; ends in NULL. NULL where there are no files. It runs once control answers, and again
     * on SIGHUP. */
    char *const *loader_arguments;
};

/* Runs the process tree until it is told to end. Returns the exit status. Call it before there are
 * threads; it takes the process's signals. */
int supervisor_run(const struct supervisor_options *options);

/* For the start of main(): runs the role that the arguments name ("@supervisor", "@upgrade") and
 * writes the exit status. False where they name none of the supervisor's. */
bool supervisor_run_role(int argc, char **argv, int *ret_status);
