/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a shim and the process runtime say to each other. The runtime makes a folder for each
 * instance, readable by its owner only, and writes the orders into it; the shim is started with the
 * folder as descriptor 3, and reports on descriptor 4 how the first start went: "ok", or what went
 * wrong, for people. From then on it writes the status into the folder at each change, and takes
 * requests on a socket there.
 *
 * Orders are records of KEY=VALUE, each with a NUL behind it; the last one is "end=1". A record
 * "program=..." begins a section: "argument", "environment" and so on that follow belong to it.
 * Keys that begin with "x-" are for the runtime alone.
 */
#pragma once

#include <stdint.h>

#define SHIM_FOLDER_FD 3
#define SHIM_REPORT_FD 4
#define SHIM_STREAM_FD 5 /* of the first start, where an argument says so: see below */

/* Each in the instance's folder. */
#define SHIM_ORDERS_FILE "orders"
#define SHIM_STATUS_FILE "status"
#define SHIM_SOCKET_FILE "socket"
#define SHIM_LOCK_FILE   "lock" /* locked for writing (F_OFD_SETLK) while a shim lives */
#define SHIM_LOG_FILE    "log"  /* and log.1, log.2 ...: older ones */

#define SHIM_NAME         "slipway-shim"
#define SHIM_REPORT_OK    "ok"
#define SHIM_ORDERS_MAX   ((uint32_t)1 << 20)
#define SHIM_MESSAGE_MAX  ((uint32_t)1 << 16)
#define SHIM_STATUS_MAX   1024
#define SHIM_LINE_MAX     8192 /* of the log: a longer line becomes several records */
#define SHIM_LOG_FILE_MAX 100
#define SHIM_CLIENT_MAX   64

/* Run as "slipway-shim probe": whether it can make a mount namespace is its exit status. */
#define SHIM_PROBE_ARGUMENT "probe"

/* With one of these as its argument it has three descriptors more, which become the program's
 * standard streams, or one, which is its terminal. What is written there goes to no log. */
#define SHIM_PIPES_ARGUMENT    "pipes"
#define SHIM_TERMINAL_ARGUMENT "terminal"

enum shim_order {
    SHIM_ORDER_SUBSCRIBE = 1, /* the status now and at each change */
    SHIM_ORDER_STOP = 2,      /* signal 0 and grace UINT64_MAX: as in the orders */
    SHIM_ORDER_KILL = 3,
    SHIM_ORDER_START_NOW = 4, /* where it waits to start again */
    SHIM_ORDER_EXEC = 5,      /* followed by a section of orders; with descriptors for 0, 1 and 2,
                                 or one, which is a terminal */
};

/* A message is one of these, and what follows it. The same machine: native order. */
struct shim_request {
    uint32_t order;
    int32_t signal;
    uint64_t grace_ns;
};

enum shim_answer {
    SHIM_ANSWER_STATUS = 1,  /* text follows: the content of the status file */
    SHIM_ANSWER_DONE = 2,    /* value: 0 or -errno; text for people follows */
    SHIM_ANSWER_STARTED = 3, /* of an exec: its process number */
    SHIM_ANSWER_ENDED = 4,   /* of an exec: its status, as shells count */
};

struct shim_reply {
    uint32_t answer;
    int32_t value;
};
