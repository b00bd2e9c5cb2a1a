/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load generator: one thread, one epoll instance. load.c reads the command line; each kind of
 * load is a file of its own (load_http.c also holds connections idle), on the transport of
 * load_transport.c. All of them print JSON to standard output.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "common.h"
#include "latency.h"

#define LOAD_EVENT_COUNT  512
#define LOAD_SCRATCH_SIZE 1048576

struct load_options {
    const char *kind;
    struct address address;
    const char *path;     /* of HTTP; of a stream "up" or "down" */
    size_t length;        /* of the body that is expected */
    const char *requests; /* a file of them, instead of one path */
    unsigned int connections;
    unsigned int spread;  /* requests take turns among this many rules; 0: one path */
    double seconds;       /* the longest it takes where standard input ends it */
    double rate;          /* arrivals a second; 0: a closed loop */
    unsigned int each_ms; /* of WebSockets: between two messages */
    bool closes;          /* one request a connection */
    bool has_tls, resumes;
    bool until_end; /* of standard input, instead of so many seconds */
};

extern const struct load_options *load_options;
extern int load_poll_fd;
extern char load_scratch[LOAD_SCRATCH_SIZE];

/* A connection, plain or TLS. Reading and writing are as of recv and send with -EAGAIN and the like
 * as results; the handshake says 1 when it is done and 0 when it is not. */
struct transport {
    int fd; /* -1 when there is none */
    SSL *tls;
    bool is_ready;
};

extern uint64_t load_handshakes, load_resumptions;

void transport_prepare(void);
/* Begins to connect, and adds it to epoll with this as data. Returns 0 or -errno. */
int transport_open(struct transport *transport, void *data);
int transport_handshake(struct transport *transport);
ssize_t transport_write(struct transport *transport, const void *data, size_t size);
ssize_t transport_read(struct transport *transport, void *data, size_t size);
/* Reads and throws away; what is plain is not even copied. */
ssize_t transport_skip(struct transport *transport, size_t size);
void transport_close(struct transport *transport);

/* Whether standard input, put into epoll with NULL as data, has ended. */
void load_watch_input(void);
bool load_input_has_ended(void);

/* Milliseconds are too coarse for arrivals. */
int load_wait(struct epoll_event *events, uint64_t until_ns);

void load_http_run(void);
void load_idle_run(void);
void load_stream_run(void);
void load_websocket_run(void);
