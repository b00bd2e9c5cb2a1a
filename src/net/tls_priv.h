/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the TLS filter share. */
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/tls.h"

#define TLS_RECORD_MAX 16384
/* Records that a write encrypts before it calls the system. */
#define TLS_BATCH_RECORDS 4
/* A batch in encrypted form, with room for what a record adds. */
#define TLS_OUTPUT_SIZE (TLS_BATCH_RECORDS * (TLS_RECORD_MAX + 256))
/* What may wait for a peer that does not read: a batch, and answers to what it sends meanwhile. */
#define TLS_PENDING_MAX (2 * TLS_OUTPUT_SIZE)

#define TLS_HOST_NAME_MAX 253

struct tls_thread {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *provider;
    BIO_METHOD *bio_method;
    EVP_CIPHER *ticket_cipher;
    EVP_MD *digest;
    size_t ticket_key_count;
    struct tls_ticket_key ticket_keys[TLS_TICKET_KEYS_MAX];
    /* Empty except inside a call. */
    size_t output_used;
    uint8_t output[TLS_OUTPUT_SIZE]; /* encrypted, of the connection that is being called */
    uint8_t gather[TLS_RECORD_MAX];  /* parts on their way into one record */
};

/* From PEM; what it holds is its own. */
struct tls_certificate {
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
    int key_kind; /* as EVP_PKEY_get_base_id() */
    char **names; /* one allocation, as in the facts */
    size_t name_count;
    uint8_t fingerprint[32];
};

int tls_certificate_load(struct tls_certificate *certificate, OSSL_LIB_CTX *library,
                         const struct tls_pem *pem, struct error **reterr);
void tls_certificate_deinit(struct tls_certificate *certificate);

/* Host names as they are compared: lower case, without a dot at the end. Returns the length, 0 for
 * what is no host name. The result ends in NUL. */
size_t tls_certificate_normal_name(const char *name, size_t length,
                                   char ret_name[TLS_HOST_NAME_MAX + 1]);

/* Kinds of keys, each of which may have a certificate for the same name. */
#define TLS_HOST_CERTIFICATES_MAX 5

/* The certificates among which a client is served that asked for one of certain names. */
struct tls_host {
    SSL_CTX *context;
    size_t certificates[TLS_HOST_CERTIFICATES_MAX]; /* ascending */
    size_t certificate_count;
    uint8_t fingerprint[32];
};

struct tls_name {
    const char *name; /* the certificate's */
    size_t length;
    size_t certificate;
    size_t host;
};

struct tls_server {
    size_t references;
    struct tls_thread *thread;
    struct tls_certificate *certificates;
    size_t certificate_count;
    struct tls_host *hosts; /* the first is the default */
    size_t host_count;
    struct tls_name *names; /* ordered, each once */
    size_t name_count;
    uint8_t *protocols; /* as ALPN has them on the wire */
    unsigned int protocols_size;
    char *scope;
};

/* The host for a name in normal form. */
const struct tls_host *tls_server_host(const struct tls_server *server, const char *name,
                                       size_t length);

/* In tls_context.c: a context of OpenSSL for one host, set up but for certificates. */
SSL_CTX *tls_context_new(OSSL_LIB_CTX *library, bool has_protocols);
/* 0 or -errno with what OpenSSL says; key and certificate are known to match. */
int tls_context_add(SSL_CTX *context, const struct tls_certificate *certificate,
                    struct error **reterr);

/* Callbacks of OpenSSL: tls_hello.c and tls_ticket.c. */
int tls_hello_callback(SSL *ssl, int *alert, void *data);
int tls_ticket_key_callback(SSL *ssl, unsigned char *key_name, unsigned char *iv,
                            EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_making);

struct tls_pending {
    uint8_t *data;
    size_t start;
    size_t end;
    size_t capacity;
};

struct tls_connection {
    SSL *ssl;
    struct stream *stream;
    struct tls_server *server;
    const struct tls_host *host;
    char *server_name;
    struct tls_pending pending; /* encrypted, and not taken by the system */
    size_t unreported;          /* bytes given to a write that are in there, and not reported yet */
    int error;                  /* negative once the connection is broken */
    int send_error;             /* negative once nothing can be sent */
    int receive_error;          /* of the last call of the system */
    uint8_t batch;              /* records that the next write may encrypt */
    bool is_established;
    bool is_hello_seen;
    bool is_read_ended;    /* close_notify came */
    bool is_shutdown_sent; /* close_notify is on its way at least */
    bool is_socket_shut;   /* and the socket knows */
    bool is_receive_ended; /* the socket is at its end */
    uint8_t failure;
    const char *failure_detail;
    uint32_t key_updates;
    uint64_t received_bytes;
    uint64_t sent_bytes;
};

/* In tls_bio.c: the way between OpenSSL and the socket. */
BIO_METHOD *tls_bio_method_new(void);
/* 0 once nothing waits to be sent, -EAGAIN or -errno. Empties the thread's output in any case. */
int tls_bio_flush(struct tls_connection *connection, bool more);
size_t tls_bio_queued(const struct tls_connection *connection);
void tls_bio_free_pending(struct tls_connection *connection);

/* In tls_failure.c: what came of a call of OpenSSL that returned at most 0: -EAGAIN, 0 at the
 * orderly end of reading, or -errno, which stays. */
int tls_failure_take(struct tls_connection *connection, int result);

const struct tls_connection *tls_connection_of(const struct stream *stream);
