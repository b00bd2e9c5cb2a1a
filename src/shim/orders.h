/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shim is told to run, read from the orders (see protocol.h). The texts point into the
 * data that was parsed, which must stay. The content may come from anywhere: what does not fit, is
 * unknown or out of bounds is refused with a text that says what.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ORDERS_WORDS_MAX   8192
#define ORDERS_GROUPS_MAX  64
#define ORDERS_HOOKS_MAX   16
#define ORDERS_LIMITS_MAX  16
#define ORDERS_CGROUPS_MAX 8
#define ORDERS_HOMES_MAX   2
#define ORDERS_BINDS_MAX   64
#define ORDERS_LISTEN_MAX  16
#define ORDERS_NOTES_MAX   8

/* A program: where a text is NULL or a list empty, the main program's counts. */
struct orders_program {
    const char *executable; /* NULL: the first argument, looked for in PATH */
    char **arguments;       /* ends in NULL */
    char **environment;     /* NAME=VALUE; ends in NULL; added to the main program's */
    const char *directory;
    bool has_user;
    uid_t uid;
    gid_t gid;
    gid_t groups[ORDERS_GROUPS_MAX];
    size_t group_count;
};

enum orders_restart {
    ORDERS_RESTART_NO,
    ORDERS_RESTART_ALWAYS,
    ORDERS_RESTART_ON_FAILURE,
};

struct orders_limit {
    int resource;
    uint64_t soft, hard;
};

struct orders_bind {
    const char *source; /* in the instance's folder, or absolute; a file or a folder */
    const char *target; /* absolute */
    bool is_writable;
};

struct orders {
    struct orders_program main;
    struct orders_program health; /* without arguments: none */
    struct orders_program post_start[ORDERS_HOOKS_MAX];
    struct orders_program pre_stop[ORDERS_HOOKS_MAX];
    size_t post_start_count, pre_stop_count;

    enum orders_restart restart;
    uint64_t restart_max; /* 0: as often as it takes */
    uint64_t restart_delay_ns, restart_window_ns;
    uint64_t stop_signal, stop_grace_ns;

    uint64_t health_interval_ns, health_timeout_ns, health_retries;
    uint64_t health_start_period_ns, health_start_interval_ns;

    struct orders_limit limits[ORDERS_LIMITS_MAX];
    size_t limit_count;
    const char *cgroups[ORDERS_CGROUPS_MAX]; /* folders that its programs join */
    size_t cgroup_count;
    const char *homes[ORDERS_HOMES_MAX]; /* folders that the shim joins */
    size_t home_count;
    uint64_t umask;
    bool has_oom_score;
    int oom_score;
    uint64_t dropped_capabilities; /* a bit for each */

    bool has_mounts;
    struct orders_bind binds[ORDERS_BINDS_MAX];
    size_t bind_count;

    uint16_t listen[ORDERS_LISTEN_MAX];
    size_t listen_count;

    uint64_t log_bytes, log_files;
    const char *notes[ORDERS_NOTES_MAX]; /* for the log, before the first start */
    size_t note_count;

    char *words[ORDERS_WORDS_MAX]; /* of all lists */
    size_t word_count;
};

/* NULL, or what is wrong with it. Data ends up cut into texts. */
const char *orders_parse(struct orders *orders, char *data, size_t size);

/* The same for the section of one program, as it comes with a request. */
const char *orders_parse_program(struct orders *orders, char *data, size_t size);
