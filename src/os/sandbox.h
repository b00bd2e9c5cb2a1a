/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up for good before it touches what strangers send. The edge keeps what it
 * holds and what is passed to it, sockets, memory and threads; it has no files, runs no programs,
 * and cannot look into others.
 *
 * In layers, each of which stands without the others: a user id of its own and no capabilities; no
 * new privileges; landlock, which refuses every way to a file, binding a port, signals to others
 * and abstract sockets of others; and a list of the system calls that remain (seccomp). Connecting
 * to local sockets by path goes on: to the kernel that is no access to a file but to a socket.
 *
 * Enter it before there are threads. What libraries read from files (the OpenSSL configuration,
 * names of users) must have been read before.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct sandbox_options {
    const char *user;   /* whose id root takes; NULL for "slipway-edge" */
    uid_t fallback_uid; /* where there is no such user; 0 for 61599. Also the group's. */
};

/* What a machine does not offer is left out; the caller may tell the operator. */
struct sandbox_report {
    bool has_own_uid; /* false for root where no other id can be had: it keeps no capability */
    int landlock_abi; /* 0: the kernel has none */
    bool has_filter;  /* false where the kernel has no seccomp */
};

/* Returns 0 or -errno: then the process must not go on, as it may have given up a part. */
int sandbox_enter_edge(const struct sandbox_options *options);

/* The same, and says what came of it. */
int sandbox_enter_edge_reported(const struct sandbox_options *options,
                                struct sandbox_report *ret_report);

/* A part of it: the system calls. Returns 0 or -errno; -ENOSYS where the kernel cannot filter. */
int sandbox_filter_edge(void);

/*
 * A program built with a sanitizer reads /proc, runs a symbolizer and traces itself at its end. So
 * there landlock is left out, and the filter refuses only what it does not need: listening, other
 * families of sockets, programs (refused, not killed).
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_IS_RELAXED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANDBOX_IS_RELAXED 1
#endif
#endif
#ifndef SANDBOX_IS_RELAXED
#define SANDBOX_IS_RELAXED 0
#endif
