/* SPDX-License-Identifier: Apache-2.0 */
/* What is offered to clients: versions, ciphers, groups, signatures, and how OpenSSL is to work. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/tls1.h>
#include <string.h>

#include "net/tls_priv.h"

/* In the server's order, except that a client without fast AES, which puts ChaCha20 first, gets
 * that. With ECDSA first, a server with both kinds of certificate uses it wherever the client can.
 */
#define TLS_CONTEXT_CIPHERS_13                                                                     \
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define TLS_CONTEXT_CIPHERS_12                                                                     \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"   \
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS_CONTEXT_GROUPS "X25519:P-256:P-384"
#define TLS_CONTEXT_SIGNATURES                                                                     \
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:ed448:"          \
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"                                    \
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"                                 \
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"

#define TLS_CONTEXT_OPTIONS                                                                        \
    (SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_COMPRESSION |          \
     SSL_OP_NO_RENEGOTIATION)
#define TLS_CONTEXT_MODES                                                                          \
    (SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS)

/* How long a ticket may be used, whose keys are to live about as long. */
#define TLS_CONTEXT_TICKET_LIFETIME_S 7200

/* The best of ours that the client has too; a client that has none of them must go. */
static int tls_context_select_protocol(SSL *ssl, const unsigned char **ret_protocol,
                                       unsigned char *ret_length, const unsigned char *offered,
                                       unsigned int offered_size, void *data)
{
    const struct tls_connection *connection = SSL_get_app_data(ssl);
    const struct tls_server *server = connection->server;
    unsigned char *selected;

    (void)data;
    if (SSL_select_next_proto(&selected, ret_length, server->protocols, server->protocols_size,
                              offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret_protocol = selected;
    return SSL_TLSEXT_ERR_OK;
}

/* The choice was made before (tls_hello.c); this tells the client that its name was of use. */
static int tls_context_server_name(SSL *ssl, int *alert, void *data)
{
    const struct tls_connection *connection = SSL_get_app_data(ssl);

    (void)alert;
    (void)data;
    return connection->server_name != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* Each update of keys costs the server more than the client. */
static void tls_context_message(int is_sent, int version, int type, const void *data, size_t size,
                                SSL *ssl, void *argument)
{
    struct tls_connection *connection = SSL_get_app_data(ssl);

    (void)version;
    (void)argument;
    if (is_sent == 0 && type == SSL3_RT_HANDSHAKE && size > 0 &&
        *(const uint8_t *)data == SSL3_MT_KEY_UPDATE)
        connection->key_updates++;
}

static void tls_context_set_callbacks(SSL_CTX *context, bool has_protocols)
{
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, tls_ticket_key_callback);
    SSL_CTX_set_tlsext_servername_callback(context, tls_context_server_name);
    SSL_CTX_set_msg_callback(context, tls_context_message);
    SSL_CTX_set_client_hello_cb(context, tls_hello_callback, NULL);
    if (has_protocols)
        SSL_CTX_set_alpn_select_cb(context, tls_context_select_protocol, NULL);
}

SSL_CTX *tls_context_new(OSSL_LIB_CTX *library, bool has_protocols)
{
    SSL_CTX *context = SSL_CTX_new_ex(library, NULL, TLS_server_method());

    if (context == NULL)
        return NULL;
    /* Reads again at once where a message was of no use to the caller would let a peer that sends
     * nothing else keep the thread. */
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(context, TLS_CONTEXT_MODES);
    SSL_CTX_set_options(context, TLS_CONTEXT_OPTIONS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, TLS_CONTEXT_TICKET_LIFETIME_S);
    SSL_CTX_set_security_level(context, 2);
    tls_context_set_callbacks(context, has_protocols);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, TLS_CONTEXT_CIPHERS_13) != 1 ||
        SSL_CTX_set_cipher_list(context, TLS_CONTEXT_CIPHERS_12) != 1 ||
        SSL_CTX_set1_groups_list(context, TLS_CONTEXT_GROUPS) != 1 ||
        SSL_CTX_set1_sigalgs_list(context, TLS_CONTEXT_SIGNATURES) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

int tls_context_add(SSL_CTX *context, const struct tls_certificate *certificate,
                    struct error **reterr)
{
    unsigned long code;
    const char *reason;

    ERR_clear_error();
    if (SSL_CTX_use_cert_and_key(context, certificate->leaf, certificate->key, certificate->chain,
                                 1) == 1)
        return 0;
    code = ERR_peek_error();
    reason = ERR_reason_error_string(code);
    ERR_clear_error();
    if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return error_set(reterr, ENOMEM, "out of memory");
    return error_set(reterr, EINVAL, "the certificate cannot be used: %s",
                     reason != NULL ? reason : "unknown reason");
}
