/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: measure TIMEOUT-SECONDS PROGRAM [ARGUMENT]...
 *
 * Runs a program with nothing to read and its output thrown away, and prints one line: wall time
 * and processor time in microseconds, the peak of its memory in KiB, and its exit status, or -1
 * when it ran into the timeout or a signal ended it.
 *
 * This is a program of its own because the peak that the kernel reports of a child begins with the
 * size of its parent: measured from Python, nothing is ever smaller than Python.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void stop_child(int signal)
{
    (void)signal;
    (void)kill(-child, SIGKILL); /* and what it started */
}

static int64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t cpu_us(const struct rusage *usage)
{
    return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
           usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

static void become(char **arguments)
{
    int nothing = open("/dev/null", O_RDWR);

    (void)setpgid(0, 0);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
        dup2(nothing, STDERR_FILENO) < 0)
        _exit(127);
    (void)execvp(arguments[0], arguments);
    _exit(127);
}

int main(int count, char **arguments)
{
    struct sigaction action = {.sa_handler = stop_child, .sa_flags = SA_RESTART};
    unsigned long timeout_s = count > 2 ? strtoul(arguments[1], NULL, 10) : 0;
    struct rusage usage;
    int64_t begin_us;
    int64_t wall_us;
    int status;

    if (timeout_s == 0 || timeout_s > 86400) {
        (void)fprintf(stderr, "usage: measure TIMEOUT-SECONDS PROGRAM [ARGUMENT]...\n");
        return 2;
    }
    begin_us = now_us();
    child = fork();
    if (child < 0) {
        (void)fprintf(stderr, "measure: cannot start a process: %s\n", strerrordesc_np(errno));
        return 1;
    }
    if (child == 0)
        become(arguments + 2);
    (void)setpgid(child, child); /* here as well: the timeout may come before the child does it */
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm((unsigned int)timeout_s);
    if (wait4(child, &status, 0, &usage) != child) {
        (void)fprintf(stderr, "measure: lost the process: %s\n", strerrordesc_np(errno));
        return 1;
    }
    wall_us = now_us() - begin_us;
    (void)printf("%" PRId64 " %" PRId64 " %ld %d\n", wall_us, cpu_us(&usage), usage.ru_maxrss,
                 WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
