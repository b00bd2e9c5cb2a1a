/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/groups.h"
#include "shim/line.h"
#include "shim/mounts.h"
#include "shim/orders.h"

#define FIRST_LISTEN_FD 3
#define APART_FD        64 /* above all that programs are given */
#define NULL_DEVICE     "/dev/null"

static char *environment[2 * ORDERS_WORDS_MAX + 4];
static size_t environment_count;

struct failure {
    int code;
    char text[512];
};

static int fail(struct line *problem, int code, const char *what, const char *name)
{
    line_add(problem, what);
    line_add(problem, name);
    line_add(problem, ": ");
    line_add(problem, line_error_text(code));
    return -code;
}

/* Environment */

static void set_variable(char *variable)
{
    size_t length = (size_t)(strchr(variable, '=') - variable) + 1;

    for (size_t i = 0; i < environment_count; i++) {
        if (strncmp(environment[i], variable, length) == 0) {
            environment[i] = variable;
            return;
        }
    }
    environment[environment_count++] = variable;
    environment[environment_count] = NULL;
}

static const char *get_variable(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < environment_count; i++) {
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=')
            return environment[i] + length + 1;
    }
    return NULL;
}

static void set_listen_variables(size_t count)
{
    static char pid_text[40], count_text[40];
    struct line line = line_in(pid_text, sizeof(pid_text));

    line_add(&line, "LISTEN_PID=");
    line_add_number(&line, getpid());
    set_variable(pid_text);
    line = line_in(count_text, sizeof(count_text));
    line_add(&line, "LISTEN_FDS=");
    line_add_number(&line, (int64_t)count);
    set_variable(count_text);
}

static void make_environment(const struct child_options *options)
{
    const struct orders_program *main_program = &options->orders->main;

    for (char **variable = main_program->environment; *variable != NULL; variable++)
        set_variable(*variable);
    if (options->program != main_program) {
        for (char **variable = options->program->environment; *variable != NULL; variable++)
            set_variable(*variable);
    }
    if (options->listen_count > 0)
        set_listen_variables(options->listen_count);
}

/* Limits */

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int r = 0;

    if (fd < 0)
        return -errno;
    if (write(fd, text, strlen(text)) < 0)
        r = -errno;
    (void)close(fd);
    return r;
}

static int join_cgroups(const struct orders *orders, struct line *problem)
{
    const char *group = "";
    int r = groups_join(orders->cgroups, orders->cgroup_count, &group);

    return r < 0 ? fail(problem, -r, "cannot join the control group ", group) : 0;
}

static int set_limits(const struct orders *orders, struct line *problem)
{
    char text[24];
    struct line line = line_in(text, sizeof(text));
    int r;

    for (size_t i = 0; i < orders->limit_count; i++) {
        const struct orders_limit *limit = &orders->limits[i];
        struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};

        if (setrlimit((__rlimit_resource_t)limit->resource, &value) < 0)
            return fail(problem, errno, "cannot set a ulimit; only root may raise one", "");
    }
    if (!orders->has_oom_score)
        return 0;
    line_add_number(&line, orders->oom_score);
    r = write_text("/proc/self/oom_score_adj", text);
    return r < 0 ? fail(problem, -r, "cannot set oom_score_adj to ", text) : 0;
}

/* Who it is */

static int drop_capabilities(uint64_t dropped, bool is_root, struct line *problem)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};

    if (dropped == 0 || !is_root)
        return 0; /* another user has none anyway, and gets none by no_new_privs */
    if (syscall(SYS_capget, &head, data) < 0)
        return fail(problem, errno, "cannot read the capabilities", "");
    for (unsigned int i = 0; i < 2; i++) {
        uint32_t kept = ~(uint32_t)(dropped >> (32 * i));

        data[i].effective &= kept;
        data[i].permitted &= kept;
        data[i].inheritable &= kept;
    }
    if (syscall(SYS_capset, &head, data) < 0)
        return fail(problem, errno, "cannot drop capabilities", "");
    return 0;
}

static int drop_bounding(uint64_t dropped, struct line *problem)
{
    if (dropped == 0 || geteuid() != 0)
        return 0;
    for (int capability = 0; capability <= 63; capability++) {
        if ((dropped >> capability & 1) == 0 || prctl(PR_CAPBSET_READ, capability) < 0)
            continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return fail(problem, errno, "cannot drop capabilities", "");
    }
    return 0;
}

static int become_user(const struct orders *orders, const struct orders_program *program,
                       struct line *problem)
{
    int r = drop_bounding(orders->dropped_capabilities, problem);

    if (r < 0)
        return r;
    if (program->has_user) {
        if (geteuid() == 0 && setgroups(program->group_count, program->groups) < 0)
            return fail(problem, errno, "cannot set the groups", "");
        if (setresgid(program->gid, program->gid, program->gid) < 0)
            return fail(problem, errno, "cannot take the group", "");
        if (setresuid(program->uid, program->uid, program->uid) < 0)
            return fail(problem, errno, "cannot become the user; only root may", "");
    }
    r = drop_capabilities(orders->dropped_capabilities, geteuid() == 0, problem);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = fail(problem, errno, "cannot refuse new privileges", "");
    return r;
}

/* Descriptors */

static int move_apart(int fd)
{
    return fd < 0 ? open(NULL_DEVICE, O_RDWR | O_CLOEXEC) : fcntl(fd, F_DUPFD_CLOEXEC, APART_FD);
}

static int place_descriptors(const struct child_options *options, struct line *problem)
{
    int streams[3] = {move_apart(options->in), move_apart(options->out), move_apart(options->err)};
    int sockets[ORDERS_LISTEN_MAX];

    for (size_t i = 0; i < options->listen_count; i++)
        sockets[i] = move_apart(options->listen_fds[i]);
    for (int i = 0; i < 3; i++) {
        if (streams[i] < 0 || dup2(streams[i], i) < 0)
            return fail(problem, errno, "cannot place the standard streams", "");
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        if (sockets[i] < 0 || dup2(sockets[i], FIRST_LISTEN_FD + (int)i) < 0)
            return fail(problem, errno, "cannot hand over the socket", "");
    }
    if (options->has_terminal && ioctl(0, TIOCSCTTY, 0) < 0)
        return fail(problem, errno, "cannot take the terminal", "");
    return 0;
}

static void reset_signals(void)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &usual, NULL);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* The program */

static int run(const struct orders_program *program, struct line *problem)
{
    const char *name = program->executable != NULL ? program->executable : program->arguments[0];
    const char *folders = get_variable("PATH");
    int code = ENOENT;

    if (strchr(name, '/') != NULL || folders == NULL) {
        (void)execve(name, program->arguments, environment);
        return fail(problem, errno, "cannot run ", name);
    }
    while (true) {
        size_t length = strcspn(folders, ":");
        char path[PATH_MAX];
        struct line line = line_in(path, sizeof(path));

        line_add_bytes(&line, folders, length);
        line_add(&line, length > 0 ? "/" : "./");
        line_add(&line, name);
        (void)execve(path, program->arguments, environment);
        if (errno != ENOENT && errno != ENOTDIR)
            code = errno;
        if (folders[length] == '\0')
            return fail(problem, code, "cannot run ", name);
        folders += length + 1;
    }
}

static int prepare_and_run(const struct child_options *options, pid_t parent, struct line *problem)
{
    const struct orders *orders = options->orders;
    const struct orders_program *program = options->program;
    const char *folder = program->directory != NULL ? program->directory : orders->main.directory;
    int r;

    (void)setsid();
    reset_signals();
    make_environment(options);
    r = join_cgroups(orders, problem);
    if (r == 0 && orders->has_mounts)
        r = options->main_pid == 0 ? mounts_make(orders, problem)
                                   : mounts_join(options->main_pid, problem);
    if (r == 0)
        r = place_descriptors(options, problem);
    if (r == 0)
        r = set_limits(orders, problem);
    if (r == 0)
        r = become_user(orders, program->has_user ? program : &orders->main, problem);
    if (r < 0)
        return r;
    (void)umask((mode_t)orders->umask);
    if (folder != NULL && chdir(folder) < 0)
        return fail(problem, errno, "cannot change to the folder ", folder);
    /* Becoming another user forgets it, so it comes last. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        return fail(problem, ESRCH, "the shim is gone", "");
    return run(program, problem);
}

_Noreturn static void child_run(const struct child_options *options, pid_t parent, int report_fd)
{
    static struct failure failure;
    struct line problem = line_in(failure.text, sizeof(failure.text));
    int report = fcntl(report_fd, F_DUPFD_CLOEXEC, APART_FD);

    failure.code = prepare_and_run(options, parent, &problem);
    (void)!write(report, &failure, sizeof(failure));
    _exit(127);
}

static pid_t finish_start(pid_t pid, int reader, struct line *problem)
{
    struct failure failure;
    ssize_t length;

    do
        length = read(reader, &failure, sizeof(failure));
    while (length < 0 && errno == EINTR);
    if (length != (ssize_t)sizeof(failure))
        return pid; /* closed by the exec */
    failure.text[sizeof(failure.text) - 1] = '\0';
    line_add(problem, failure.text);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return failure.code < 0 ? failure.code : -EINVAL;
}

pid_t child_start(const struct child_options *options, struct line *problem)
{
    int ends[2];
    pid_t parent = getpid();
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(problem, errno, "cannot make a pipe", "");
    pid = fork();
    if (pid == 0)
        child_run(options, parent, ends[1]);
    if (pid < 0)
        (void)fail(problem, errno, "cannot start a process", "");
    (void)close(ends[1]);
    pid = pid < 0 ? -EAGAIN : finish_start(pid, ends[0], problem);
    (void)close(ends[0]);
    return pid;
}

int child_exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
