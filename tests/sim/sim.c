/* SPDX-License-Identifier: Apache-2.0 */
/* usage: see --help */
#include "sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct sim sim;

/* splitmix64 */
uint64_t sim_random(uint64_t below)
{
    uint64_t x = sim.random += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return below > 0 ? x % below : 0;
}

bool sim_chance(uint32_t permille)
{
    return sim_random(1000) < permille;
}

bool sim_goes_wrong(uint32_t permille)
{
    return !sim.is_calm && sim_chance(permille);
}

void sim_trace(const char *format, ...)
{
    va_list arguments;

    if (!sim.traces)
        return;
    printf("%9.3f  ", (double)sim.now_ns / 1e9);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

void sim_broken(int rule, const char *format, ...)
{
    va_list arguments;

    printf("seed %llu, at %.3f s: rule %d is broken: ", (unsigned long long)sim.seed,
           (double)sim.now_ns / 1e9, rule);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    sim_remove_folder();
    _exit(10 + rule);
}

void sim_may_die(const char *where)
{
    sim.writes++;
    /* Both a full disk and a kill are more than is promised. */
    if (!sim.is_control || sim.disk_full_ns != 0 || sim.is_calm || sim.kills_left == 0 ||
        --sim.writes_to_kill > 0)
        return;
    sim.kills_left--;
    sim.kills++;
    sim.writes_to_kill = 1 + (uint32_t)sim_random(sim_chance(300) ? 3 : 30);
    sim_trace("control is killed after %s", where);
    longjmp(sim.killed, 1);
}

static int last_status;

/* Each seed in a process of its own: what was killed has leaked, and a broken one ends there. */
static int run_seed(uint64_t seed, bool traces)
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        (void)alarm(60);
        sim_run(seed, traces);
        fflush(stdout);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return 1;
    if (WIFSIGNALED(status))
        printf("seed %llu: ended by signal %d\n", (unsigned long long)seed, WTERMSIG(status));
    last_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return last_status == 0 ? 0 : 1;
}

static void help(void)
{
    printf("usage: sim [SEED]                one seed, with a trace\n"
           "       sim --quiet SEED          one seed, without\n"
           "       sim --seeds FIRST COUNT   many; with --first [RULE] until one breaks a rule\n");
}

int main(int argc, char **argv)
{
    uint64_t first, count, failed = 0;

    if (argc == 2 && argv[1][0] != '-')
        return run_seed(strtoull(argv[1], NULL, 10), true);
    if (argc == 3 && strcmp(argv[1], "--quiet") == 0)
        return run_seed(strtoull(argv[2], NULL, 10), false);
    if (argc < 4 || strcmp(argv[1], "--seeds") != 0) {
        help();
        return argc == 2 ? 0 : 2;
    }
    first = strtoull(argv[2], NULL, 10);
    count = strtoull(argv[3], NULL, 10);
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (run_seed(seed, false) == 0)
            continue;
        failed++;
        /* Patches may break more than one rule; the one that is looked for counts. */
        if (argc > 4 && (argc == 5 || last_status == 10 + (int)strtoul(argv[5], NULL, 10)))
            break;
    }
    printf("%llu seeds from %llu: %llu broke a rule%s\n", (unsigned long long)count,
           (unsigned long long)first, (unsigned long long)failed,
           failed > 0 ? "; replay one with tests/sim/run SEED" : "");
    return failed > 0 ? 1 : 0;
}
