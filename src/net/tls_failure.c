/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "net/tls_priv.h"

static const char *const tls_failure_texts[] = {
#define TLS_FAILURE(name, text) [TLS_FAILURE_##name] = (text),
    TLS_FAILURES(TLS_FAILURE)
#undef TLS_FAILURE
};

const char *tls_failure_text(enum tls_failure failure)
{
    if ((unsigned int)failure >= TLS_FAILURE_COUNT)
        failure = TLS_FAILURE_INTERNAL;
    return tls_failure_texts[failure];
}

enum tls_failure tls_failure(const struct stream *stream)
{
    const struct tls_connection *connection = tls_connection_of(stream);

    return connection != NULL ? (enum tls_failure)connection->failure : TLS_FAILURE_NONE;
}

const char *tls_failure_detail(const struct stream *stream)
{
    const struct tls_connection *connection = tls_connection_of(stream);

    if (connection == NULL || connection->failure_detail == NULL)
        return "";
    return connection->failure_detail;
}

static enum tls_failure tls_failure_of_reason(const struct tls_connection *connection, int reason)
{
    if (reason >= SSL_AD_REASON_OFFSET)
        return TLS_FAILURE_REFUSED;
    switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
        return TLS_FAILURE_PLAIN_HTTP;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
        return TLS_FAILURE_VERSION;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
        return TLS_FAILURE_CIPHER;
    case SSL_R_NO_APPLICATION_PROTOCOL:
        return TLS_FAILURE_APPLICATION_PROTOCOL;
    case ERR_R_MALLOC_FAILURE:
        return TLS_FAILURE_RESOURCES;
    case SSL_R_CALLBACK_FAILED:
    case ERR_R_INTERNAL_ERROR:
        return TLS_FAILURE_INTERNAL;
    default:
        return connection->is_hello_seen ? TLS_FAILURE_PROTOCOL : TLS_FAILURE_NOT_TLS;
    }
}

static int tls_failure_set(struct tls_connection *connection, enum tls_failure failure, int error)
{
    connection->failure = (uint8_t)failure;
    connection->error = error;
    return error;
}

static int tls_failure_of_library(struct tls_connection *connection)
{
    unsigned long code = ERR_peek_error();
    enum tls_failure failure = tls_failure_of_reason(connection, ERR_GET_REASON(code));

    connection->failure_detail = ERR_reason_error_string(code);
    ERR_clear_error();
    return tls_failure_set(connection, failure,
                           failure == TLS_FAILURE_RESOURCES ? -ENOMEM : -EPROTO);
}

int tls_failure_take(struct tls_connection *connection, int result)
{
    switch (SSL_get_error(connection->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        connection->is_read_ended = true;
        return 0;
    case SSL_ERROR_SSL:
        /* Such as a failing allocation; what the socket says comes without an entry. */
        if (ERR_peek_error() != 0)
            return tls_failure_of_library(connection);
        break;
    default:
        break;
    }
    ERR_clear_error();
    if (connection->receive_error < 0)
        return tls_failure_set(connection, TLS_FAILURE_RESET, connection->receive_error);
    if (connection->is_receive_ended)
        return tls_failure_set(connection, TLS_FAILURE_CLOSED, -ECONNRESET);
    if (connection->send_error < 0)
        return tls_failure_set(connection, TLS_FAILURE_RESET, connection->send_error);
    return tls_failure_set(connection, TLS_FAILURE_INTERNAL, -EPROTO);
}
