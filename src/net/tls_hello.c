/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when a ClientHello has come, and before anything of it is acted upon: the name that
 * it asks for decides about the certificates, and to whom tickets are bound. The callback for
 * server names would be too late: by then OpenSSL has resumed a session.
 */
#include <openssl/err.h>
#include <string.h>

#include "net/tls_priv.h"

/* The name in the extension: a list (2 bytes of size) of which only the first matters, with a type
 * (1 byte, 0 for a host's) and a size (2 bytes). Its length, 0 for none; *ret_is_bad for damage. */
static size_t tls_hello_server_name(SSL *ssl, char ret_name[TLS_HOST_NAME_MAX + 1],
                                    bool *ret_is_bad)
{
    const unsigned char *data;
    size_t size;
    size_t length;

    *ret_is_bad = false;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1)
        return 0;
    *ret_is_bad = true;
    if (size < 5 || (size_t)(data[0] << 8 | data[1]) != size - 2)
        return 0;
    length = (size_t)(data[3] << 8 | data[4]);
    if (data[2] != TLSEXT_NAMETYPE_host_name || length > size - 5)
        return 0;
    *ret_is_bad = false;
    return tls_certificate_normal_name((const char *)data + 5, length, ret_name);
}

/* A ticket is good for the same scope, name and certificates: whoever has one for a name shall not
 * come in by it under another, which may be guarded otherwise. */
static bool tls_hello_bind_tickets(struct tls_connection *connection, const char *name,
                                   size_t length)
{
    const struct tls_server *server = connection->server;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char binding[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    bool is_done;

    is_done = context != NULL && EVP_DigestInit_ex2(context, server->thread->digest, NULL) == 1 &&
              EVP_DigestUpdate(context, connection->host->fingerprint,
                               sizeof(connection->host->fingerprint)) == 1 &&
              EVP_DigestUpdate(context, server->scope, strlen(server->scope) + 1) == 1 &&
              EVP_DigestUpdate(context, name, length) == 1 &&
              EVP_DigestFinal_ex(context, binding, &size) == 1 &&
              SSL_set_session_id_context(connection->ssl, binding, size) == 1;
    EVP_MD_CTX_free(context);
    return is_done;
}

static bool tls_hello_choose(struct tls_connection *connection, const char *name, size_t length)
{
    if (length > 0) {
        connection->server_name = strndup(name, length);
        if (connection->server_name == NULL)
            return false;
    }
    connection->host = tls_server_host(connection->server, name, length);
    if (SSL_set_SSL_CTX(connection->ssl, connection->host->context) == NULL)
        return false;
    return tls_hello_bind_tickets(connection, name, length);
}

int tls_hello_callback(SSL *ssl, int *alert, void *data)
{
    struct tls_connection *connection = SSL_get_app_data(ssl);
    char name[TLS_HOST_NAME_MAX + 1] = "";
    bool is_bad;
    size_t length;

    (void)data;
    /* After a HelloRetryRequest there is a second one, which changes nothing. */
    if (connection->is_hello_seen)
        return SSL_CLIENT_HELLO_SUCCESS;
    connection->is_hello_seen = true;
    length = tls_hello_server_name(ssl, name, &is_bad);
    if (is_bad) {
        *alert = SSL_AD_DECODE_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (!tls_hello_choose(connection, name, length)) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}
