/* SPDX-License-Identifier: Apache-2.0 */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"
#include "os/socket.h"

enum {
    FIRST_FD = 3,
    FDS_MAX = 16,
};

/* Ignored signals stay ignored in a new program, and blocked ones blocked, if nobody does this. */
static void process_reset_signals(void)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &usual, NULL);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* First away from where they shall be, so that none is overwritten before its turn. */
static int process_place_fds(const int *fds, size_t count)
{
    int apart[FDS_MAX];

    for (size_t i = 0; i < count; i++) {
        apart[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + FDS_MAX);
        if (apart[i] < 0)
            return -errno;
    }
    for (size_t i = 0; i < count; i++) {
        if (dup2(apart[i], FIRST_FD + (int)i) < 0)
            return -errno;
    }
    return 0;
}

/* In the child, where only what a signal handler may do is allowed: other threads of the parent may
 * have held any lock. */
_Noreturn static void process_run(const struct os_program *program, int report_fd)
{
    int report = fcntl(report_fd, F_DUPFD_CLOEXEC, FIRST_FD + FDS_MAX);
    int failure;

    if (program->has_own_session)
        (void)setsid();
    process_reset_signals();
    failure = report < 0 ? -errno : process_place_fds(program->fds, program->fd_count);
    if (failure == 0) {
        (void)execve(program->path, program->arguments, environ);
        failure = -errno;
    }
    (void)!write(report, &failure, sizeof(failure));
    _exit(127);
}

pid_t os_run_program(const struct os_program *program)
{
    _cleanup_os_close_ int reader = -1;
    _cleanup_os_close_ int writer = -1;
    int ends[2];
    int failure = 0;
    ssize_t length;
    pid_t pid;
    int r;

    if (program->fd_count > FDS_MAX)
        return -E2BIG;
    r = os_pipe(ends);
    if (r < 0)
        return r;
    reader = ends[0];
    writer = ends[1];
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        process_run(program, writer);
    os_closep(&writer);
    writer = -1;
    do {
        r = os_wait_for_fd(reader, POLLIN);
        length = r < 0 ? r : os_read(reader, &failure, sizeof(failure));
    } while (length == -EAGAIN);
    if (length != (ssize_t)sizeof(failure))
        return pid; /* closed by the exec */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return failure;
}

int os_become_program(const char *path, char *const *arguments)
{
    (void)execve(path, arguments, environ);
    return -errno;
}

int os_own_path(char **ret_path)
{
    char path[PATH_MAX];
    ssize_t length = readlink(OS_OWN_PROGRAM, path, sizeof(path) - 1);

    if (length < 0)
        return -errno;
    path[length] = '\0';
    *ret_path = strdup(path);
    return *ret_path == NULL ? -ENOMEM : 0;
}

void os_set_process_name(const char *name)
{
    (void)prctl(PR_SET_NAME, name);
}

bool os_process_has_argument(pid_t pid, const char *argument)
{
    char path[64];
    char line[256] = "";
    size_t program;
    ssize_t length;
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    fd = os_open(path, O_RDONLY, 0);
    if (fd < 0)
        return false;
    length = os_read(fd, line, sizeof(line) - 1);
    (void)os_close(fd);
    program = strlen(line) + 1;
    return length > (ssize_t)program && strcmp(line + program, argument) == 0;
}

unsigned int os_cpu_count(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 1)
        return 1;
    return (unsigned int)CPU_COUNT(&set);
}
