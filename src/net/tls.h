/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server side of TLS, as a filter of struct stream. Three kinds of object:
 *
 * - struct tls_thread: what the connections of one thread share: a library context of its own (the
 *   locks of OpenSSL 3.0's common one do not scale), buffers, and the keys of session tickets. It
 *   is made, used and freed by one thread, and so is everything that is made with it.
 * - struct tls_server: the certificates of one listener in one thread. Reference counted: each
 *   connection holds one, so that a server is replaced by making another for new connections.
 * - a stream that tls_accept() was called for. It owns its TLS state until stream_close().
 *
 * TLS 1.2 and 1.3, ephemeral keys and authenticated ciphers only. No renegotiation, compression,
 * early data or server-side session cache.
 *
 * What differs from a plain stream: a record goes out whole or not at all, so after a write that
 * took less than it was given, or -EAGAIN, the next one starts with the bytes that were not taken
 * (they may be encrypted already). What was reported as written is with the kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "net/stream.h"

/*
 * Threads
 */

#define TLS_TICKET_KEYS_MAX 4

/* Random bytes from the caller, the same in all threads and processes that serve the same names. */
struct tls_ticket_key {
    uint8_t name[16];
    uint8_t encryption[32];
    uint8_t authentication[32];
};

struct tls_thread;

/* Once per process, before the first thread and before file access is given up: keeps OpenSSL from
 * reading its configuration file. Returns 0 or -errno. */
int tls_initialize(void);

int tls_thread_new(struct tls_thread **ret_thread, struct error **reterr);

/* All connections of the thread are closed and its servers released. Takes NULL, returns it. */
struct tls_thread *tls_thread_free(struct tls_thread *thread);

/* The first key makes tickets; all are accepted, and what another than the first made is renewed.
 * The keys are copied. With none, which is how a thread begins, there are no tickets. */
int tls_thread_set_ticket_keys(struct tls_thread *thread, const struct tls_ticket_key *keys,
                               size_t count);

/*
 * Certificates
 */

/* PEM in memory, read during the call only. */
struct tls_pem {
    const char *name;        /* for messages */
    const char *certificate; /* its own first, then those that lead to the root */
    size_t certificate_size;
    const char *key;
    size_t key_size;
};

struct tls_certificate_facts {
    char **names; /* of hosts, in lower case, possibly *.example.com; all one allocation: free() */
    size_t name_count;
    time_t not_before;
    time_t not_after; /* being over is not an error */
};

/* Whether a server would take it: an error says what is wrong, without the pem's name. Independent
 * of threads, for who wants to know before anything is changed. ret_facts may be NULL. */
int tls_check_certificate(const struct tls_pem *pem, struct tls_certificate_facts *ret_facts,
                          struct error **reterr);

/*
 * Servers
 */

struct tls_server_options {
    const struct tls_pem *certificates; /* the first is the default */
    size_t certificate_count;
    const char *const *protocols; /* for ALPN, the best first */
    size_t protocol_count;
    const char *scope; /* such as the listener: tickets are not accepted in another one */
};

struct tls_server;

/* A reference. Errors start with the name of the certificate that is to blame. */
int tls_server_new(struct tls_thread *thread, const struct tls_server_options *options,
                   struct tls_server **ret_server, struct error **reterr);
struct tls_server *tls_server_ref(struct tls_server *server);

/* Takes NULL, returns NULL. */
struct tls_server *tls_server_unref(struct tls_server *server);

/* The number of the certificate that a client gets which asks for that host (without a port): one
 * with the very name, else one with a wildcard for its first label, else the default. Where several
 * have the name, one per kind of key, the first of them stands for all. */
size_t tls_server_find(const struct tls_server *server, const char *host, size_t length);

/*
 * Connections
 */

/* Makes a plain, connected stream one with TLS that has its handshake still to do. Returns 0 or
 * -errno, the stream being plain as before. */
int tls_accept(struct stream *stream, struct tls_server *server);

/* Strings belong to the connection, and none is NULL. Before the end of the handshake most is
 * unknown. */
struct tls_information {
    const char *protocol; /* "TLSv1.3" */
    const char *cipher;
    const char *server_name; /* that the client asked for, in lower case; "" if none */
    const char *alpn;        /* "" if none */
    size_t alpn_length;
    size_t selected;    /* what tls_server_find() says of the server name */
    size_t certificate; /* the one in use, which may be of another kind but has the name too */
    const char *certificate_name; /* the first host name in that one; "" if none */
    bool is_resumed;
    uint64_t received_bytes; /* on the wire */
    uint64_t sent_bytes;
};

/* false for a plain stream. */
bool tls_information(const struct stream *stream, struct tls_information *ret_information);

/* Why a handshake failed, or a connection after it. */
#define TLS_FAILURES(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(NOT_TLS, "not TLS")                                                                          \
    X(PLAIN_HTTP, "plain HTTP")                                                                    \
    X(VERSION, "no common protocol version")                                                       \
    X(CIPHER, "no common cipher")                                                                  \
    X(APPLICATION_PROTOCOL, "no common application protocol")                                      \
    X(REFUSED, "refused by the client")                                                            \
    X(CLOSED, "closed by the client")                                                              \
    X(RESET, "reset by the client")                                                                \
    X(FLOOD, "too many key updates")                                                               \
    X(PROTOCOL, "protocol error")                                                                  \
    X(RESOURCES, "out of memory")                                                                  \
    X(INTERNAL, "internal error")

enum tls_failure {
#define TLS_FAILURE(name, text) TLS_FAILURE_##name,
    TLS_FAILURES(TLS_FAILURE)
#undef TLS_FAILURE
    TLS_FAILURE_COUNT,
};

/* To be asked before stream_close(). NONE for a plain stream. */
enum tls_failure tls_failure(const struct stream *stream);
const char *tls_failure_text(enum tls_failure failure);

/* More exactly, in the words of OpenSSL ("tls alert unknown ca"); "" where it has none. Static. */
const char *tls_failure_detail(const struct stream *stream);
