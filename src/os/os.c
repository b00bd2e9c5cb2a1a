/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "os/file.h"

static int os_default_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

static int os_default_window_size(int fd, struct winsize *size)
{
    return ioctl(fd, TIOCGWINSZ, size);
}

static ssize_t os_default_splice(int from, int to, size_t size, unsigned int flags)
{
    return splice(from, NULL, to, NULL, size, flags);
}

static int os_default_add_seals(int fd, int seals)
{
    return fcntl(fd, F_ADD_SEALS, seals);
}

const struct os_ops os_default_ops = {
    .open = os_default_open,
    .close = close,
    .read = read,
    .write = write,
    .poll = poll,
    .epoll_create1 = epoll_create1,
    .epoll_ctl = epoll_ctl,
    .epoll_wait = epoll_wait,
    .epoll_pwait2 = epoll_pwait2,
    .eventfd = eventfd,
    .eventfd_write = eventfd_write,
    .signalfd = signalfd,
    .pthread_sigmask = pthread_sigmask,
    .pidfd_open = pidfd_open,
    .pidfd_send_signal = pidfd_send_signal,
    .waitpid = waitpid,
    .fsync = fsync,
    .fchmod = fchmod,
    .fstat = fstat,
    .stat = stat,
    .lstat = lstat,
    .mkostemp = mkostemp,
    .rename = rename,
    .unlink = unlink,
    .getcwd = getcwd,
    .getenv = getenv,
    .isatty = isatty,
    .window_size = os_default_window_size,
    .clock_gettime = clock_gettime,
    .getrandom = getrandom,
    .socket = socket,
    .socketpair = socketpair,
    .bind = bind,
    .listen = listen,
    .accept4 = accept4,
    .connect = connect,
    .shutdown = shutdown,
    .recv = recv,
    .recvmsg = recvmsg,
    .send = send,
    .sendmsg = sendmsg,
    .splice = os_default_splice,
    .pipe2 = pipe2,
    .setsockopt = setsockopt,
    .getsockopt = getsockopt,
    .getsockname = getsockname,
    .memfd_create = memfd_create,
    .ftruncate = ftruncate,
    .add_seals = os_default_add_seals,
    .mmap = mmap,
    .munmap = munmap,
};

const struct os_ops *os = &os_default_ops;

const struct os_ops *os_set_ops(const struct os_ops *ops)
{
    const struct os_ops *before = os;

    os = ops != NULL ? ops : &os_default_ops;
    return before;
}

int os_open(const char *path, int flags, mode_t mode)
{
    int fd;

    do
        fd = os->open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int os_close(int fd)
{
    /* After EINTR the descriptor is closed all the same: a second close could hit another file. */
    if (os->close(fd) < 0 && errno != EINTR)
        return -errno;
    return 0;
}

ssize_t os_read(int fd, void *data, size_t size)
{
    ssize_t length;

    do
        length = os->read(fd, data, size);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t os_write(int fd, const void *data, size_t size)
{
    ssize_t length;

    do
        length = os->write(fd, data, size);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

int os_wait_for_fd(int fd, short events)
{
    struct pollfd pollfd = {.fd = fd, .events = events};
    int ready;

    do
        ready = os->poll(&pollfd, 1, -1);
    while (ready < 0 && errno == EINTR);
    return ready < 0 ? -errno : 0;
}

int os_epoll_create(void)
{
    int fd = os->epoll_create1(EPOLL_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int os_epoll_add(int epoll_fd, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    return os->epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int os_epoll_remove(int epoll_fd, int fd)
{
    return os->epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

int os_epoll_wait(int epoll_fd, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    struct timespec timeout = time_to_timespec(timeout_ns);
    int count = os->epoll_pwait2(epoll_fd, events, capacity,
                                 timeout_ns == TIME_FOREVER ? NULL : &timeout, NULL);

    return count < 0 ? -errno : count;
}

int os_epoll_wait_rounded(int epoll_fd, struct epoll_event *events, int capacity,
                          uint64_t timeout_ns)
{
    int count = os->epoll_wait(epoll_fd, events, capacity, time_to_timeout_ms(timeout_ns));

    return count < 0 ? -errno : count;
}

int os_eventfd(void)
{
    int fd = os->eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

int os_eventfd_signal(int fd)
{
    return os->eventfd_write(fd, 1) < 0 ? -errno : 0;
}

int os_signalfd(const sigset_t *signals)
{
    int fd = os->signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

int os_signal_mask(int how, const sigset_t *signals, sigset_t *before)
{
    return -os->pthread_sigmask(how, signals, before);
}

int os_pidfd_open(pid_t pid)
{
    int fd = os->pidfd_open(pid, 0); /* closed on exec, as all of its kind */

    return fd < 0 ? -errno : fd;
}

int os_pidfd_signal(int fd, int signal)
{
    return os->pidfd_send_signal(fd, signal, NULL, 0) < 0 ? -errno : 0;
}

pid_t os_reap_child(pid_t pid, int *ret_status)
{
    int status = 0;
    pid_t reaped = os->waitpid(pid, &status, WNOHANG);

    if (reaped > 0)
        *ret_status = status;
    return reaped < 0 ? -errno : reaped;
}

bool os_is_terminal(int fd)
{
    return os->isatty(fd) == 1;
}

unsigned int os_terminal_width(int fd)
{
    struct winsize size = {0};

    return os->window_size(fd, &size) == 0 ? size.ws_col : 0;
}

static uint64_t os_read_clock(clockid_t clock)
{
    struct timespec now;

    if (os->clock_gettime(clock, &now) < 0)
        abort(); /* these clocks exist on every kernel we run on */
    return time_from_timespec(&now);
}

uint64_t os_monotonic_time_ns(void)
{
    return os_read_clock(CLOCK_MONOTONIC);
}

uint64_t os_real_time_ns(void)
{
    return os_read_clock(CLOCK_REALTIME);
}

int os_random(void *data, size_t size)
{
    char *next = data;

    while (size > 0) {
        ssize_t length = os->getrandom(next, size, 0);

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return -errno;
        next += length;
        size -= (size_t)length;
    }
    return 0;
}

const char *os_environment(const char *name)
{
    return os->getenv(name);
}

static void os_write_log_line(void *context, const char *line, size_t size)
{
    (void)os_write_all((int)(intptr_t)context, line, size);
}

void os_log_to(int fd)
{
    log_set_writer(os_write_log_line, (void *)(intptr_t)fd);
}
