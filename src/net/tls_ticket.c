/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session tickets: what a client shows in order to resume is all there is of the session; the
 * server keeps nothing. AES-256-CBC, then HMAC-SHA256, which OpenSSL checks before it decrypts.
 * That a ticket is used only where it was made is up to the session id context (tls_hello.c).
 */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#include "net/tls_priv.h"

static bool tls_ticket_use_key(struct tls_thread *thread, const struct tls_ticket_key *key,
                               const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                               bool is_making)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };

    if (EVP_MAC_init(mac, key->authentication, sizeof(key->authentication), parameters) != 1)
        return false;
    return EVP_CipherInit_ex2(cipher, thread->ticket_cipher, key->encryption, iv, is_making,
                              NULL) == 1;
}

/* 0: no ticket, or one that is not known; 1: this is how; 2: and make a new one; -1: failed. */
int tls_ticket_key_callback(SSL *ssl, unsigned char *key_name, unsigned char *iv,
                            EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_making)
{
    struct tls_connection *connection = SSL_get_app_data(ssl);
    struct tls_thread *thread = connection->server->thread;
    const struct tls_ticket_key *keys = thread->ticket_keys;

    if (is_making) {
        if (thread->ticket_key_count == 0)
            return 0;
        if (RAND_bytes_ex(thread->library, iv, 16, 0) != 1)
            return -1;
        memcpy(key_name, keys[0].name, sizeof(keys[0].name));
        return tls_ticket_use_key(thread, &keys[0], iv, cipher, mac, true) ? 1 : -1;
    }
    for (size_t i = 0; i < thread->ticket_key_count; i++) {
        if (memcmp(key_name, keys[i].name, sizeof(keys[i].name)) != 0)
            continue;
        if (!tls_ticket_use_key(thread, &keys[i], iv, cipher, mac, false))
            return -1;
        /* A client of TLS 1.3 uses a ticket once only. */
        return i == 0 && SSL_version(ssl) < TLS1_3_VERSION ? 1 : 2;
    }
    return 0;
}
