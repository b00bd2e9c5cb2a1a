/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_priv.h"

/* Which of the host's it was; a resumed connection was given none. */
static size_t tls_used_certificate(const struct tls_connection *connection)
{
    const X509 *used = SSL_get_certificate(connection->ssl);
    const struct tls_host *host = connection->host;

    for (size_t i = 0; i < host->certificate_count && !SSL_session_reused(connection->ssl); i++) {
        if (connection->server->certificates[host->certificates[i]].leaf == used)
            return host->certificates[i];
    }
    return host->certificates[0];
}

bool tls_information(const struct stream *stream, struct tls_information *ret_information)
{
    const struct tls_connection *connection = tls_connection_of(stream);
    struct tls_information information = {.server_name = "", .alpn = ""};
    const unsigned char *alpn = NULL;
    unsigned int alpn_length = 0;
    const struct tls_certificate *certificate;

    if (connection == NULL)
        return false;
    information.protocol = SSL_get_version(connection->ssl);
    information.cipher = SSL_get_cipher_name(connection->ssl);
    if (connection->server_name != NULL)
        information.server_name = connection->server_name;
    SSL_get0_alpn_selected(connection->ssl, &alpn, &alpn_length);
    if (alpn_length > 0) {
        information.alpn = (const char *)alpn;
        information.alpn_length = alpn_length;
    }
    information.selected = connection->host->certificates[0];
    information.certificate = tls_used_certificate(connection);
    certificate = &connection->server->certificates[information.certificate];
    information.certificate_name = certificate->name_count > 0 ? certificate->names[0] : "";
    information.is_resumed = SSL_session_reused(connection->ssl) == 1;
    information.received_bytes = connection->received_bytes;
    information.sent_bytes = connection->sent_bytes;
    *ret_information = information;
    return true;
}
