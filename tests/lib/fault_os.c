/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "fault.h"
#include "os/os.h"

static atomic_size_t fault_os_made;
static atomic_bool fault_os_hit;
static size_t fault_os_number; /* 0: none fails */
static int fault_os_code;

bool fault_os_call_failed(void)
{
    return atomic_load(&fault_os_hit);
}

size_t fault_os_calls_made(void)
{
    return atomic_load(&fault_os_made);
}

/* Counts one call; true, with errno set, where it is to fail. */
static bool fault_os_is_due(void)
{
    if (atomic_fetch_add(&fault_os_made, 1) + 1 != fault_os_number)
        return false;
    atomic_store(&fault_os_hit, true);
    errno = fault_os_code;
    return true;
}

static int fault_os_open(const char *path, int flags, mode_t mode)
{
    return fault_os_is_due() ? -1 : os_default_ops.open(path, flags, mode);
}

static int fault_os_close(int fd)
{
    int r = os_default_ops.close(fd);

    return fault_os_is_due() ? -1 : r;
}

static ssize_t fault_os_read(int fd, void *data, size_t size)
{
    return fault_os_is_due() ? -1 : os_default_ops.read(fd, data, size);
}

static ssize_t fault_os_write(int fd, const void *data, size_t size)
{
    return fault_os_is_due() ? -1 : os_default_ops.write(fd, data, size);
}

static int fault_os_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return fault_os_is_due() ? -1 : os_default_ops.poll(fds, count, timeout_ms);
}

static int fault_os_epoll_create1(int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.epoll_create1(flags);
}

/* Taking away what is there does not fail in Linux, and cannot be handled. */
static int fault_os_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    if (operation != EPOLL_CTL_DEL && fault_os_is_due())
        return -1;
    return os_default_ops.epoll_ctl(epoll_fd, operation, fd, event);
}

static int fault_os_epoll_wait(int epoll_fd, struct epoll_event *events, int capacity,
                               int timeout_ms)
{
    if (fault_os_is_due())
        return -1;
    return os_default_ops.epoll_wait(epoll_fd, events, capacity, timeout_ms);
}

static int fault_os_epoll_pwait2(int epoll_fd, struct epoll_event *events, int capacity,
                                 const struct timespec *timeout, const sigset_t *mask)
{
    if (fault_os_is_due())
        return -1;
    return os_default_ops.epoll_pwait2(epoll_fd, events, capacity, timeout, mask);
}

static int fault_os_eventfd(unsigned int count, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.eventfd(count, flags);
}

static int fault_os_signalfd(int fd, const sigset_t *signals, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.signalfd(fd, signals, flags);
}

static int fault_os_pthread_sigmask(int how, const sigset_t *signals, sigset_t *before)
{
    return fault_os_is_due() ? errno : os_default_ops.pthread_sigmask(how, signals, before);
}

static int fault_os_pidfd_open(pid_t pid, unsigned int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.pidfd_open(pid, flags);
}

static int fault_os_pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.pidfd_send_signal(fd, signal, info, flags);
}

static pid_t fault_os_waitpid(pid_t pid, int *status, int options)
{
    return fault_os_is_due() ? -1 : os_default_ops.waitpid(pid, status, options);
}

static int fault_os_fsync(int fd)
{
    return fault_os_is_due() ? -1 : os_default_ops.fsync(fd);
}

static int fault_os_fchmod(int fd, mode_t mode)
{
    return fault_os_is_due() ? -1 : os_default_ops.fchmod(fd, mode);
}

static int fault_os_fstat(int fd, struct stat *stat)
{
    return fault_os_is_due() ? -1 : os_default_ops.fstat(fd, stat);
}

static int fault_os_stat(const char *path, struct stat *stat)
{
    return fault_os_is_due() ? -1 : os_default_ops.stat(path, stat);
}

static int fault_os_lstat(const char *path, struct stat *stat)
{
    return fault_os_is_due() ? -1 : os_default_ops.lstat(path, stat);
}

static int fault_os_mkostemp(char *template, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.mkostemp(template, flags);
}

static int fault_os_rename(const char *from, const char *to)
{
    return fault_os_is_due() ? -1 : os_default_ops.rename(from, to);
}

static int fault_os_unlink(const char *path)
{
    return fault_os_is_due() ? -1 : os_default_ops.unlink(path);
}

static char *fault_os_getcwd(char *path, size_t size)
{
    return fault_os_is_due() ? NULL : os_default_ops.getcwd(path, size);
}

static ssize_t fault_os_getrandom(void *data, size_t size, unsigned int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.getrandom(data, size, flags);
}

static int fault_os_socket(int domain, int type, int protocol)
{
    return fault_os_is_due() ? -1 : os_default_ops.socket(domain, type, protocol);
}

static int fault_os_socketpair(int domain, int type, int protocol, int fds[2])
{
    return fault_os_is_due() ? -1 : os_default_ops.socketpair(domain, type, protocol, fds);
}

static int fault_os_bind(int fd, const struct sockaddr *address, socklen_t size)
{
    return fault_os_is_due() ? -1 : os_default_ops.bind(fd, address, size);
}

static int fault_os_listen(int fd, int backlog)
{
    return fault_os_is_due() ? -1 : os_default_ops.listen(fd, backlog);
}

static int fault_os_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.accept4(fd, address, size, flags);
}

static int fault_os_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    return fault_os_is_due() ? -1 : os_default_ops.connect(fd, address, size);
}

static int fault_os_shutdown(int fd, int how)
{
    return fault_os_is_due() ? -1 : os_default_ops.shutdown(fd, how);
}

static ssize_t fault_os_recv(int fd, void *data, size_t size, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.recv(fd, data, size, flags);
}

static ssize_t fault_os_recvmsg(int fd, struct msghdr *message, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.recvmsg(fd, message, flags);
}

static ssize_t fault_os_send(int fd, const void *data, size_t size, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.send(fd, data, size, flags);
}

static ssize_t fault_os_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.sendmsg(fd, message, flags);
}

static ssize_t fault_os_splice(int from, int to, size_t size, unsigned int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.splice(from, to, size, flags);
}

static int fault_os_pipe2(int fds[2], int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.pipe2(fds, flags);
}

static int fault_os_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    return fault_os_is_due() ? -1 : os_default_ops.setsockopt(fd, level, option, value, size);
}

static int fault_os_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    return fault_os_is_due() ? -1 : os_default_ops.getsockopt(fd, level, option, value, size);
}

static int fault_os_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
    return fault_os_is_due() ? -1 : os_default_ops.getsockname(fd, address, size);
}

static int fault_os_memfd_create(const char *name, unsigned int flags)
{
    return fault_os_is_due() ? -1 : os_default_ops.memfd_create(name, flags);
}

static int fault_os_ftruncate(int fd, off_t size)
{
    return fault_os_is_due() ? -1 : os_default_ops.ftruncate(fd, size);
}

static int fault_os_add_seals(int fd, int seals)
{
    return fault_os_is_due() ? -1 : os_default_ops.add_seals(fd, seals);
}

static void *fault_os_mmap(void *address, size_t size, int protection, int flags, int fd,
                           off_t offset)
{
    return fault_os_is_due() ? MAP_FAILED
                             : os_default_ops.mmap(address, size, protection, flags, fd, offset);
}

const struct os_ops *fault_os_ops(size_t number, int code)
{
    static struct os_ops ops;

    ops = os_default_ops;
    ops.open = fault_os_open;
    ops.close = fault_os_close;
    ops.read = fault_os_read;
    ops.write = fault_os_write;
    ops.poll = fault_os_poll;
    ops.epoll_create1 = fault_os_epoll_create1;
    ops.epoll_ctl = fault_os_epoll_ctl;
    ops.epoll_wait = fault_os_epoll_wait;
    ops.epoll_pwait2 = fault_os_epoll_pwait2;
    ops.eventfd = fault_os_eventfd;
    ops.signalfd = fault_os_signalfd;
    ops.pthread_sigmask = fault_os_pthread_sigmask;
    ops.pidfd_open = fault_os_pidfd_open;
    ops.pidfd_send_signal = fault_os_pidfd_send_signal;
    ops.waitpid = fault_os_waitpid;
    ops.fsync = fault_os_fsync;
    ops.fchmod = fault_os_fchmod;
    ops.fstat = fault_os_fstat;
    ops.stat = fault_os_stat;
    ops.lstat = fault_os_lstat;
    ops.mkostemp = fault_os_mkostemp;
    ops.rename = fault_os_rename;
    ops.unlink = fault_os_unlink;
    ops.getcwd = fault_os_getcwd;
    ops.getrandom = fault_os_getrandom;
    ops.socket = fault_os_socket;
    ops.socketpair = fault_os_socketpair;
    ops.bind = fault_os_bind;
    ops.listen = fault_os_listen;
    ops.accept4 = fault_os_accept4;
    ops.connect = fault_os_connect;
    ops.shutdown = fault_os_shutdown;
    ops.recv = fault_os_recv;
    ops.recvmsg = fault_os_recvmsg;
    ops.send = fault_os_send;
    ops.sendmsg = fault_os_sendmsg;
    ops.splice = fault_os_splice;
    ops.pipe2 = fault_os_pipe2;
    ops.setsockopt = fault_os_setsockopt;
    ops.getsockopt = fault_os_getsockopt;
    ops.getsockname = fault_os_getsockname;
    ops.memfd_create = fault_os_memfd_create;
    ops.ftruncate = fault_os_ftruncate;
    ops.add_seals = fault_os_add_seals;
    ops.mmap = fault_os_mmap;

    atomic_store(&fault_os_made, 0);
    atomic_store(&fault_os_hit, false);
    fault_os_number = number;
    fault_os_code = code;
    return &ops;
}
