/* SPDX-License-Identifier: Apache-2.0 */
#include "os/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/time.h"
#include "os/os.h"
#include "os/socket.h"

#define PART_SIZE 4096

struct filter {
    pid_t pid;
    int input_fd, output_fd; /* -1 once they are closed */
    const char *input;
    size_t left; /* of the input */
    struct strbuf output;
};

/* In the child, what is ignored or blocked here has its usual effect. */
static int spawn(const char *program, char *const *arguments, int input, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, no;
    int r;

    (void)sigfillset(&all);
    (void)sigemptyset(&no);
    r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    r = posix_spawnattr_init(&attributes);
    if (r != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
    }
    r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (r == 0)
        r = posix_spawnattr_setsigdefault(&attributes, &all);
    if (r == 0)
        r = posix_spawnattr_setsigmask(&attributes, &no);
    if (r == 0)
        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (r == 0)
        r = posix_spawnp(ret_pid, program, &actions, &attributes, arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return -r;
}

static int start(struct filter *filter, const char *program, char *const *arguments)
{
    _cleanup_os_close_ int child_input = -1;
    _cleanup_os_close_ int child_output = -1;
    int ends[2];
    int r = os_socket_pair(SOCK_STREAM, ends); /* no signal when it does not read */

    if (r < 0)
        return r;
    filter->input_fd = ends[0];
    child_input = ends[1];
    r = os_pipe(ends);
    if (r < 0)
        return r;
    filter->output_fd = ends[0];
    child_output = ends[1];
    /* They do not block here, but may in a program that knows nothing of that. */
    if (fcntl(child_input, F_SETFL, 0) < 0 || fcntl(child_output, F_SETFL, 0) < 0)
        return -errno;
    return spawn(program, arguments, child_input, child_output, &filter->pid);
}

static void close_input(struct filter *filter)
{
    os_closep(&filter->input_fd);
    filter->input_fd = -1;
}

static int give_input(struct filter *filter)
{
    ssize_t length =
        filter->left > 0 ? os_send(filter->input_fd, filter->input, filter->left, false) : 0;

    if (length == -EAGAIN)
        return 0;
    if (length > 0) {
        filter->input += length;
        filter->left -= (size_t)length;
    }
    if (length <= 0 || filter->left == 0)
        close_input(filter); /* one that does not read is none of our business */
    return 0;
}

/* 1 at the end. */
static int take_output(struct filter *filter)
{
    char part[PART_SIZE];
    ssize_t length = os_read(filter->output_fd, part, sizeof(part));

    if (length == -EAGAIN)
        return 0;
    if (length <= 0)
        return length == 0 ? 1 : (int)length;
    strbuf_append(&filter->output, part, (size_t)length);
    return strbuf_failure(&filter->output) == -E2BIG ? -EFBIG : strbuf_failure(&filter->output);
}

static int run(struct filter *filter, uint64_t deadline_ns, int cancel_fd)
{
    for (;;) {
        struct pollfd polls[3] = {{.fd = filter->output_fd, .events = POLLIN},
                                  {.fd = filter->input_fd, .events = POLLOUT},
                                  {.fd = cancel_fd, .events = POLLIN}};
        uint64_t left_ns = time_subtract(deadline_ns, os_monotonic_time_ns());
        int count = os->poll(polls, 3, time_to_timeout_ms(left_ns));
        int r = 0;

        if (count < 0 && errno != EINTR)
            return -errno;
        if (count < 0)
            continue;
        if (count == 0)
            return -ETIMEDOUT;
        if (polls[2].revents != 0)
            return -ECANCELED;
        if (polls[1].revents != 0)
            r = give_input(filter);
        if (r == 0 && polls[0].revents != 0)
            r = take_output(filter);
        if (r != 0)
            return r < 0 ? r : 0;
    }
}

static int reap(const struct filter *filter, int r)
{
    int status = 0;
    pid_t pid;

    if (r < 0)
        (void)kill(filter->pid, SIGKILL);
    do
        pid = os->waitpid(filter->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    if (r < 0 || pid < 0)
        return r < 0 ? r : -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int os_run_filter(const char *program, char *const *arguments, const void *input, size_t input_size,
                  size_t limit, uint64_t timeout_ms, int cancel_fd, char **ret_output)
{
    struct filter filter = {.input_fd = -1, .output_fd = -1, .input = input, .left = input_size};
    int r;

    strbuf_init(&filter.output, limit);
    r = start(&filter, program, arguments);
    if (r == 0) {
        r = run(&filter, time_add(os_monotonic_time_ns(), time_from_milliseconds(timeout_ms)),
                cancel_fd);
        close_input(&filter);
        r = reap(&filter, r);
    }
    os_closep(&filter.input_fd);
    os_closep(&filter.output_fd);
    if (r >= 0) {
        *ret_output = filter.output.data != NULL ? take_ptr(filter.output.data) : calloc(1, 1);
        r = *ret_output != NULL ? r : -ENOMEM;
    }
    strbuf_deinit(&filter.output);
    return r;
}
