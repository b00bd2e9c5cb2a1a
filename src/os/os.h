/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seam to the system: every call that does I/O, reads a clock or the environment, or asks for
 * entropy goes through one table, so that a test can make any of them fail. The functions in the
 * table are exactly those of the C library, with its conventions; the functions below it return
 * -errno and repeat a call that a signal interrupted.
 */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "base/cleanup.h"

struct os_ops {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *data, size_t size);
    ssize_t (*write)(int fd, const void *data, size_t size);
    int (*poll)(struct pollfd *fds, nfds_t count, int timeout_ms);
    int (*epoll_create1)(int flags);
    int (*epoll_ctl)(int epoll_fd, int operation, int fd, struct epoll_event *event);
    int (*epoll_wait)(int epoll_fd, struct epoll_event *events, int capacity, int timeout_ms);
    int (*epoll_pwait2)(int epoll_fd, struct epoll_event *events, int capacity,
                        const struct timespec *timeout, const sigset_t *mask);
    int (*eventfd)(unsigned int count, int flags);
    int (*eventfd_write)(int fd, uint64_t value);
    int (*signalfd)(int fd, const sigset_t *signals, int flags);
    int (*pthread_sigmask)(int how, const sigset_t *signals, sigset_t *before);
    int (*pidfd_open)(pid_t pid, unsigned int flags);
    int (*pidfd_send_signal)(int fd, int signal, siginfo_t *info, unsigned int flags);
    pid_t (*waitpid)(pid_t pid, int *status, int options);
    int (*fsync)(int fd);
    int (*fchmod)(int fd, mode_t mode);
    int (*fstat)(int fd, struct stat *stat);
    int (*stat)(const char *path, struct stat *stat);
    int (*lstat)(const char *path, struct stat *stat);
    int (*mkostemp)(char *template, int flags);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    char *(*getcwd)(char *path, size_t size);
    char *(*getenv)(const char *name);
    int (*isatty)(int fd);
    int (*window_size)(int fd, struct winsize *size);
    int (*clock_gettime)(clockid_t clock, struct timespec *time);
    ssize_t (*getrandom)(void *data, size_t size, unsigned int flags);
    int (*socket)(int domain, int type, int protocol);
    int (*socketpair)(int domain, int type, int protocol, int fds[2]);
    int (*bind)(int fd, const struct sockaddr *address, socklen_t size);
    int (*listen)(int fd, int backlog);
    int (*accept4)(int fd, struct sockaddr *address, socklen_t *size, int flags);
    int (*connect)(int fd, const struct sockaddr *address, socklen_t size);
    int (*shutdown)(int fd, int how);
    ssize_t (*recv)(int fd, void *data, size_t size, int flags);
    ssize_t (*recvmsg)(int fd, struct msghdr *message, int flags);
    ssize_t (*send)(int fd, const void *data, size_t size, int flags);
    ssize_t (*sendmsg)(int fd, const struct msghdr *message, int flags);
    ssize_t (*splice)(int from, int to, size_t size, unsigned int flags);
    int (*pipe2)(int fds[2], int flags);
    int (*setsockopt)(int fd, int level, int option, const void *value, socklen_t size);
    int (*getsockopt)(int fd, int level, int option, void *value, socklen_t *size);
    int (*getsockname)(int fd, struct sockaddr *address, socklen_t *size);
    int (*memfd_create)(const char *name, unsigned int flags);
    int (*ftruncate)(int fd, off_t size);
    int (*add_seals)(int fd, int seals);
    void *(*mmap)(void *address, size_t size, int protection, int flags, int fd, off_t offset);
    int (*munmap)(void *address, size_t size);
};

/* What the system itself does. */
extern const struct os_ops os_default_ops;

/* The table in use; never NULL. */
extern const struct os_ops *os;

/* For tests. Returns the table used before; NULL brings the default back. */
const struct os_ops *os_set_ops(const struct os_ops *ops);

/* A descriptor, always closed on exec; mode counts when flags hold O_CREAT. */
int os_open(const char *path, int flags, mode_t mode);

/* The descriptor is gone afterwards, whatever is returned. */
int os_close(int fd);

/* How much was read or written, which may be less than asked for. */
ssize_t os_read(int fd, void *data, size_t size);
ssize_t os_write(int fd, const void *data, size_t size);

/* Waits for POLLIN or POLLOUT, without end. */
int os_wait_for_fd(int fd, short events);

int os_epoll_create(void);
int os_epoll_add(int epoll_fd, int fd, uint32_t events, void *data);
int os_epoll_remove(int epoll_fd, int fd);

/* How many events there are. An interrupted wait is not repeated but returns -EINTR, as part of its
 * time is over. The first is exact to the clock; a kernel or sandbox that does not have it returns
 * -ENOSYS or -EPERM, and the second, which rounds up to milliseconds, takes its place. */
int os_epoll_wait(int epoll_fd, struct epoll_event *events, int capacity, uint64_t timeout_ns);
int os_epoll_wait_rounded(int epoll_fd, struct epoll_event *events, int capacity,
                          uint64_t timeout_ns);

/* A descriptor that does not block and becomes readable with os_eventfd_signal(). */
int os_eventfd(void);
int os_eventfd_signal(int fd);

/* A descriptor that does not block; the signals must be blocked by the caller. */
int os_signalfd(const sigset_t *signals);

/* As pthread_sigmask(); before may be NULL. */
int os_signal_mask(int how, const sigset_t *signals, sigset_t *before);

/* Of a child that nobody has waited for yet, so that the number cannot have passed to another. */
int os_pidfd_open(pid_t pid);
int os_pidfd_signal(int fd, int signal);

/* Without waiting: the child's number with its status, 0 while it runs. */
pid_t os_reap_child(pid_t pid, int *ret_status);

bool os_is_terminal(int fd);

/* In columns; 0 where fd is no terminal or does not say. */
unsigned int os_terminal_width(int fd);

/* The monotonic clock orders and measures; the real-time clock names dates. See base/time.h. */
uint64_t os_monotonic_time_ns(void);
uint64_t os_real_time_ns(void);

int os_random(void *data, size_t size);

/* NULL where the variable is not set. */
const char *os_environment(const char *name);

/* Makes log lines (base/log.h) go to the descriptor, which must stay open. What cannot be written
 * is lost: there is nowhere to say so. */
void os_log_to(int fd);

static inline void os_closep(const int *fd)
{
    if (*fd >= 0)
        (void)os_close(*fd);
}

/* As _cleanup_close_, through the seam. */
#define _cleanup_os_close_ _cleanup_(os_closep)
