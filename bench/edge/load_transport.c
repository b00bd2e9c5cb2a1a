/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections of the load generator. A TLS client that checks no certificate: what is measured is
 * the server, and the generator shares its CPU with the origin.
 */
#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

uint64_t load_handshakes, load_resumptions;

static SSL_CTX *context;
static SSL_SESSION *session; /* the newest that a server gave us */

static int take_session(SSL *tls, SSL_SESSION *given)
{
    (void)tls;
    SSL_SESSION_free(session);
    session = given;
    return 1;
}

void transport_prepare(void)
{
    if (!load_options->has_tls)
        return;
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        die("no TLS: %s", ERR_error_string(ERR_get_error(), NULL));
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_mode(context,
                           SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (load_options->resumes) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, take_session);
    }
}

static int tls_begin(struct transport *transport)
{
    transport->tls = SSL_new(context);
    if (transport->tls == NULL || SSL_set_fd(transport->tls, transport->fd) != 1 ||
        SSL_set_tlsext_host_name(transport->tls, "bench.example.com") != 1)
        return -ENOMEM;
    if (load_options->resumes && session != NULL)
        (void)SSL_set_session(transport->tls, session);
    SSL_set_connect_state(transport->tls);
    return 0;
}

int transport_open(struct transport *transport, void *data)
{
    int result = 0;

    transport->is_ready = false;
    transport->tls = NULL;
    transport->fd = address_connect(&load_options->address);
    if (transport->fd < 0)
        return -errno;
    if (load_options->has_tls)
        result = tls_begin(transport);
    if (result < 0)
        transport_close(transport);
    else
        poll_add(load_poll_fd, transport->fd, data);
    return result;
}

/* What OpenSSL says, as -errno. */
static int tls_result(struct transport *transport, int result)
{
    int reason = errno;

    switch (SSL_get_error(transport->tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        return reason == 0 || reason == EAGAIN ? -ECONNRESET : -reason;
    default:
        ERR_clear_error();
        return -EPROTO;
    }
}

int transport_handshake(struct transport *transport)
{
    int result;

    if (transport->tls == NULL) {
        transport->is_ready = true; /* if it is not, the first write says so */
        return 1;
    }
    result = SSL_do_handshake(transport->tls);
    if (result != 1) {
        result = tls_result(transport, result);
        return result == -EAGAIN ? 0 : result == 0 ? -ECONNRESET : result;
    }
    transport->is_ready = true;
    load_handshakes++;
    load_resumptions += (uint64_t)SSL_session_reused(transport->tls);
    return 1;
}

ssize_t transport_write(struct transport *transport, const void *data, size_t size)
{
    ssize_t sent;

    if (transport->tls != NULL) {
        int result = SSL_write(transport->tls, data, (int)size);

        return result > 0 ? result : tls_result(transport, result);
    }
    sent = send(transport->fd, data, size, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

ssize_t transport_read(struct transport *transport, void *data, size_t size)
{
    ssize_t got;

    if (transport->tls != NULL) {
        int result = SSL_read(transport->tls, data, (int)size);

        return result > 0 ? result : tls_result(transport, result);
    }
    got = recv(transport->fd, data, size, 0);
    return got < 0 ? -errno : got;
}

ssize_t transport_skip(struct transport *transport, size_t size)
{
    ssize_t got;

    if (transport->tls != NULL || load_options->address.storage.ss_family != AF_INET)
        return transport_read(transport, load_scratch,
                              size < LOAD_SCRATCH_SIZE ? size : LOAD_SCRATCH_SIZE);
    got = recv(transport->fd, load_scratch, size, MSG_TRUNC);
    return got < 0 ? -errno : got;
}

void transport_close(struct transport *transport)
{
    if (transport->tls != NULL) {
        /* So that its session counts as one that ended well. */
        SSL_set_quiet_shutdown(transport->tls, 1);
        (void)SSL_shutdown(transport->tls);
        SSL_free(transport->tls);
        transport->tls = NULL;
    }
    if (transport->fd >= 0)
        (void)close(transport->fd);
    transport->fd = -1;
}
