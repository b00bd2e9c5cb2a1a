/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_fixture.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "os/socket.h"

#define FIXTURE_TEXTS_MAX 256
#define FIXTURE_STEPS_MAX 200
#define FIXTURE_TURN_NS   2000000

static char *texts[FIXTURE_TEXTS_MAX];
static size_t text_count;

void fixture_clear(void)
{
    while (text_count > 0)
        free(texts[--text_count]);
}

static const char *keep_text(BIO *bio, size_t *ret_size)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    char *text = malloc((size_t)size + 1);

    assert_non_null(text);
    assert_true(text_count < FIXTURE_TEXTS_MAX);
    memcpy(text, data, (size_t)size);
    text[size] = '\0';
    texts[text_count++] = text;
    *ret_size = (size_t)size;
    BIO_free(bio);
    return text;
}

/* RSA keys take their time to make, so there is one of each size for all. */
static EVP_PKEY *make_key(enum fixture_key kind)
{
    static EVP_PKEY *rsa[2];
    bool is_small = kind == FIXTURE_RSA_SMALL;

    if (kind == FIXTURE_ECDSA)
        return EVP_EC_gen("P-256");
    if (kind == FIXTURE_ECDSA_384)
        return EVP_EC_gen("P-384");
    if (kind == FIXTURE_ED25519)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (rsa[is_small] == NULL)
        rsa[is_small] = EVP_RSA_gen(is_small ? 1024U : 2048U);
    assert_int_equal(EVP_PKEY_up_ref(rsa[is_small]), 1);
    return rsa[is_small];
}

static void add_alternatives(X509 *x509, const char *alternatives)
{
    X509_EXTENSION *extension;

    extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternatives);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(const struct fixture_certificate *certificate, EVP_PKEY *key)
{
    static long serial = 1;
    const EVP_MD *digest = certificate->kind == FIXTURE_ED25519 ? NULL : EVP_sha256();
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);

    assert_int_equal(X509_set_version(x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), -100L * 86400));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), certificate->days * 86400L));
    if (certificate->common_name != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                    (const unsigned char *)certificate->common_name,
                                                    -1, -1, 0),
                         1);
    assert_int_equal(X509_set_issuer_name(x509, name), 1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    if (certificate->alternatives != NULL)
        add_alternatives(x509, certificate->alternatives);
    assert_true(X509_sign(x509, key, digest) > 0);
    return x509;
}

struct tls_pem fixture_pem(const char *name, struct fixture_certificate certificate)
{
    EVP_PKEY *key = make_key(certificate.kind);
    X509 *x509 = make_certificate(&certificate, key);
    BIO *certificate_bio = BIO_new(BIO_s_mem());
    BIO *key_bio = BIO_new(BIO_s_mem());
    struct tls_pem pem = {.name = name};

    assert_int_equal(PEM_write_bio_X509(certificate_bio, x509), 1);
    assert_int_equal(PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL), 1);
    pem.certificate = keep_text(certificate_bio, &pem.certificate_size);
    pem.key = keep_text(key_bio, &pem.key_size);
    X509_free(x509);
    EVP_PKEY_free(key);
    return pem;
}

struct tls_pem fixture_simple(const char *name, const char *alternatives)
{
    return fixture_pem(name, (struct fixture_certificate){
                                 .common_name = name, .alternatives = alternatives, .days = 30});
}

static void count_ready(struct loop_source *source, unsigned int readiness)
{
    struct fixture *fixture = list_entry(source, struct fixture, stream.source);

    (void)readiness;
    fixture->ready_calls++;
}

void fixture_open(struct fixture *fixture)
{
    *fixture = (struct fixture){.client.fd = -1};
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL's own way of writing, which the client has */
    assert_int_equal(loop_init(&fixture->loop), 0);
    stream_init(&fixture->stream, count_ready);
}

void fixture_disconnect(struct fixture *fixture)
{
    struct fixture_client *client = &fixture->client;

    stream_close(&fixture->stream);
    /* A session that did not end well is not resumed. */
    if (client->ssl != NULL)
        SSL_set_shutdown(client->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client->ssl);
    client->ssl = NULL;
    if (client->fd >= 0)
        (void)close(client->fd);
    client->fd = -1;
}

void fixture_close(struct fixture *fixture)
{
    fixture_disconnect(fixture);
    SSL_SESSION_free(fixture->client.session);
    SSL_CTX_free(fixture->client.context);
    loop_deinit(&fixture->loop);
    ERR_clear_error();
}

static void connect_with(struct fixture *fixture, const int fds[2])
{
    fixture->client.fd = fds[1];
    fixture->server_result = -EAGAIN;
    fixture->client_result = -EAGAIN;
    stream_init(&fixture->stream, count_ready);
    assert_int_equal(
        loop_source_add(&fixture->loop, &fixture->stream.source, fds[0], LOOP_WRITABLE), 0);
}

void fixture_connect(struct fixture *fixture)
{
    int fds[2];

    fixture_disconnect(fixture);
    assert_int_equal(os_socket_pair(SOCK_STREAM, fds), 0);
    connect_with(fixture, fds);
}

void fixture_connect_tcp(struct fixture *fixture)
{
    union os_address address = {.ipv4 = {.sin_family = AF_INET}};
    socklen_t size = sizeof(address.ipv4);
    int listener = os_stream_socket(AF_INET);
    int fds[2];

    fixture_disconnect(fixture);
    address.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(os_bind(listener, &address, size), 0);
    assert_int_equal(os_listen(listener, 1), 0);
    assert_int_equal(os_local_address(listener, &address, &size), 0);
    fds[1] = os_stream_socket(AF_INET);
    assert_int_equal(os_connect(fds[1], &address, size), -EINPROGRESS);
    fds[0] = os_accept(listener, NULL, NULL); /* on loopback it is there at once */
    assert_true(fds[0] >= 0);
    (void)close(listener);
    connect_with(fixture, fds);
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct fixture *fixture = SSL_get_app_data(ssl);

    SSL_SESSION_free(fixture->client.session);
    fixture->client.session = session;
    return 1;
}

SSL_CTX *fixture_client_new(struct fixture *fixture)
{
    struct fixture_client *client = &fixture->client;

    SSL_CTX_free(client->context);
    client->context = SSL_CTX_new(TLS_client_method());
    assert_non_null(client->context);
    SSL_CTX_set_session_cache_mode(client->context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client->context, keep_session);
    return client->context;
}

void fixture_client_start(struct fixture *fixture, const char *server_name)
{
    struct fixture_client *client = &fixture->client;

    if (client->context == NULL)
        (void)fixture_client_new(fixture);
    client->ssl = SSL_new(client->context);
    assert_non_null(client->ssl);
    SSL_set_app_data(client->ssl, fixture);
    assert_int_equal(SSL_set_fd(client->ssl, client->fd), 1);
    SSL_set_connect_state(client->ssl);
    if (server_name != NULL)
        assert_int_equal(SSL_set_tlsext_host_name(client->ssl, server_name), 1);
}

static int client_result(struct fixture *fixture, int result)
{
    int code = SSL_get_error(fixture->client.ssl, result);

    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE)
        return -EAGAIN;
    return code == SSL_ERROR_ZERO_RETURN ? 0 : -EPROTO;
}

static void client_handshake(struct fixture *fixture)
{
    int r;

    if (fixture->client_result != -EAGAIN || fixture->client.ssl == NULL)
        return;
    ERR_clear_error();
    r = SSL_do_handshake(fixture->client.ssl);
    fixture->client_result = r == 1 ? 0 : client_result(fixture, r);
}

bool fixture_handshake(struct fixture *fixture)
{
    for (unsigned int step = 0; step < FIXTURE_STEPS_MAX; step++) {
        client_handshake(fixture);
        assert_int_equal(loop_run_once(&fixture->loop, FIXTURE_TURN_NS), 0);
        if (fixture->server_result == -EAGAIN)
            fixture->server_result = stream_handshake(&fixture->stream);
        client_handshake(fixture);
        if (fixture->server_result == 0 && fixture->client_result == 0)
            return true;
        if (fixture->server_result != -EAGAIN && step > 3)
            return false;
    }
    return false;
}

bool fixture_meet(struct fixture *fixture, struct tls_server *server, const char *server_name)
{
    fixture_connect(fixture);
    assert_int_equal(tls_accept(&fixture->stream, server), 0);
    fixture_client_start(fixture, server_name);
    return fixture_handshake(fixture);
}

void fixture_client_common_name(struct fixture *fixture, char *name, size_t size)
{
    X509 *x509 = SSL_get1_peer_certificate(fixture->client.ssl);

    assert_non_null(x509);
    if (X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, name, (int)size) < 0)
        name[0] = '\0';
    X509_free(x509);
}

ssize_t fixture_server_read(struct fixture *fixture, void *data, size_t size)
{
    ssize_t length = stream_read(&fixture->stream, data, size);

    if (length == -EAGAIN) {
        assert_int_equal(loop_run_once(&fixture->loop, FIXTURE_TURN_NS), 0);
        length = stream_read(&fixture->stream, data, size);
    }
    return length;
}

ssize_t fixture_server_write(struct fixture *fixture, const void *data, size_t size)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    ssize_t length = stream_write(&fixture->stream, &part, 1, false);

    if (length == -EAGAIN) {
        assert_int_equal(loop_run_once(&fixture->loop, 0), 0);
        length = stream_write(&fixture->stream, &part, 1, false);
    }
    return length;
}

ssize_t fixture_client_read(struct fixture *fixture, void *data, size_t size)
{
    size_t length;

    ERR_clear_error();
    if (SSL_read_ex(fixture->client.ssl, data, size, &length) == 1)
        return (ssize_t)length;
    return client_result(fixture, 0);
}

ssize_t fixture_client_write(struct fixture *fixture, const void *data, size_t size)
{
    size_t length;

    ERR_clear_error();
    if (SSL_write_ex(fixture->client.ssl, data, size, &length) == 1)
        return (ssize_t)length;
    return client_result(fixture, 0);
}

void fixture_check_talk(struct fixture *fixture)
{
    char text[16] = "";

    assert_int_equal(fixture_client_write(fixture, "hello", 5), 5);
    assert_int_equal(fixture_server_read(fixture, text, sizeof(text)), 5);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(fixture_server_write(fixture, "world", 5), 5);
    assert_int_equal(fixture_client_read(fixture, text, sizeof(text)), 5);
    assert_memory_equal(text, "world", 5);
}

struct tls_information fixture_information(const struct fixture *fixture)
{
    struct tls_information information;

    assert_true(tls_information(&fixture->stream, &information));
    return information;
}

static void check_no_error(struct error *error)
{
    if (error != NULL)
        print_error("%s\n", error->message);
    assert_null(error);
}

struct tls_thread *fixture_thread(void)
{
    struct tls_thread *thread = NULL;
    struct error *error = NULL;

    (void)tls_thread_new(&thread, &error);
    check_no_error(error);
    return thread;
}

struct tls_server *fixture_server(struct tls_thread *thread, const struct tls_pem *pems,
                                  size_t count)
{
    static const char *const protocols[] = {"http/1.1"};
    struct tls_server_options options = {
        .certificates = pems,
        .certificate_count = count,
        .protocols = protocols,
        .protocol_count = 1,
        .scope = "test",
    };
    struct tls_server *server = NULL;
    struct error *error = NULL;

    (void)tls_server_new(thread, &options, &server, &error);
    check_no_error(error);
    return server;
}
