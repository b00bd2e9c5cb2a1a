/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <unistd.h>

#include "base/hash.h"
#include "cli/cli.h"
#include "os/os.h"

int main(int argc, char **argv, char **envp)
{
    struct cli_streams streams = {
        .in = STDIN_FILENO,
        .out = STDOUT_FILENO,
        .err = STDERR_FILENO,
    };
    uint64_t seed = 0;

    /* A reader that goes away is an error of the write, not the end of the process. */
    (void)signal(SIGPIPE, SIG_IGN);
    os_log_to(STDERR_FILENO);
    if (os_random(&seed, sizeof(seed)) == 0)
        hash_set_seed(seed);
    return cli_main(argc, argv, envp, &streams);
}
