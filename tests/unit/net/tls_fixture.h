/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of TLS: certificates made on the spot, and a pair of connected sockets, with a stream
 * of ours on one and a client of OpenSSL on the other, both driven by the test. Include after
 * cmocka.h.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>

#include "loop/loop.h"
#include "net/tls.h"

enum fixture_key {
    FIXTURE_ECDSA,
    FIXTURE_ECDSA_384,
    FIXTURE_RSA,
    FIXTURE_RSA_SMALL,
    FIXTURE_ED25519,
};

struct fixture_certificate {
    enum fixture_key kind;
    const char *common_name;  /* NULL: none */
    const char *alternatives; /* as in "DNS:a.example,DNS:b.example"; NULL: none */
    int days;                 /* that it has left; negative: since it expired */
};

/* The text is the fixture's until fixture_clear(). */
struct tls_pem fixture_pem(const char *name, struct fixture_certificate certificate);
/* One that has these names, of an ECDSA key. */
struct tls_pem fixture_simple(const char *name, const char *alternatives);
void fixture_clear(void);

/* The client's end. */
struct fixture_client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    SSL_SESSION *session; /* the last that came */
};

struct fixture {
    struct loop loop;
    struct stream stream;
    struct fixture_client client;
    unsigned int ready_calls;
    int server_result; /* of the handshake */
    int client_result; /* 0, -EAGAIN, or -EPROTO */
};

/* With the loop. */
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

/* A new pair of sockets, of which the first is the stream's and the other the client's, without
 * anything of TLS. Whatever was there before is closed. */
void fixture_connect(struct fixture *fixture);
void fixture_connect_tcp(struct fixture *fixture);
void fixture_disconnect(struct fixture *fixture);

/* The client's side: a context, to be changed, and then the connection. */
SSL_CTX *fixture_client_new(struct fixture *fixture);
void fixture_client_start(struct fixture *fixture, const char *server_name);

/* Both sides until neither gets further. Returns whether both are done. */
bool fixture_handshake(struct fixture *fixture);

/* All of it: connect, client, tls_accept(), handshake. */
bool fixture_meet(struct fixture *fixture, struct tls_server *server, const char *server_name);

/* The common name of what the client was given. */
void fixture_client_common_name(struct fixture *fixture, char *name, size_t size);

/* What has arrived at the server: bytes, 0 at the end or -errno; turns the loop. */
ssize_t fixture_server_read(struct fixture *fixture, void *data, size_t size);
ssize_t fixture_server_write(struct fixture *fixture, const void *data, size_t size);
/* -EAGAIN where nothing has, 0 at the orderly end, -EPROTO. */
ssize_t fixture_client_read(struct fixture *fixture, void *data, size_t size);
ssize_t fixture_client_write(struct fixture *fixture, const void *data, size_t size);

/* "Hello" both ways. */
void fixture_check_talk(struct fixture *fixture);
struct tls_information fixture_information(const struct fixture *fixture);

/* A thread and a server of it, with http/1.1. */
struct tls_thread *fixture_thread(void);
struct tls_server *fixture_server(struct tls_thread *thread, const struct tls_pem *pems,
                                  size_t count);
