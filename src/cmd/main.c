/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One program, several processes. A first argument with an @ names a role that the program gives
 * itself, with its channel to the supervisor as descriptor 3; all else is for the command line.
 */
#include <signal.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cmd/supervisor/supervisor.h"
#include "control/process.h"
#include "edge/process.h"
#include "os/os.h"
#include "os/process.h"

#define CHANNEL_FD 3

static const struct {
    const char *argument;
    const char *process_name;
    int (*run)(int channel_fd);
} roles[] = {
    {"@edge", "slipway-edge", edge_process_run},
    {"@control", "slipway-control", control_process_run},
};

/* When these processes end is the supervisor's to say, also when somebody signals all of them. */
static int run_child(size_t role)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)signal(signals[i], SIG_IGN);
    os_set_process_name(roles[role].process_name);
    return roles[role].run(CHANNEL_FD);
}

static bool run_role(int argc, char **argv, int *ret_status)
{
    if (argc < 2 || argv[1][0] != '@')
        return false;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (argc == 2 && text_equal(argv[1], roles[i].argument)) {
            *ret_status = run_child(i);
            return true;
        }
    }
    return supervisor_run_role(argc, argv, ret_status);
}

static int run_tree(const struct cli_tree *tree)
{
    const struct supervisor_options options = {
        .runtime_dir = tree->runtime_dir,
        .state_dir = tree->state_dir,
        .drain_timeout_ms = tree->drain_timeout_ms,
        .is_foreground = tree->is_foreground,
        .loader_arguments = tree->loader_arguments,
    };

    return supervisor_run(&options);
}

int main(int argc, char **argv, char **envp)
{
    static const struct cli_hooks hooks = {.run_tree = run_tree};
    struct cli_streams streams = {
        .in = STDIN_FILENO,
        .out = STDOUT_FILENO,
        .err = STDERR_FILENO,
        .hooks = &hooks,
    };
    uint64_t seed = 0;
    int status;

    /* A reader that goes away is an error of the write, not the end of the process. */
    (void)signal(SIGPIPE, SIG_IGN);
    os_log_to(STDERR_FILENO);
    if (os_random(&seed, sizeof(seed)) == 0)
        hash_set_seed(seed);
    if (run_role(argc, argv, &status))
        return status;
    return cli_main(argc, argv, envp, &streams);
}
