/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <string.h>

#include "net/tls_priv.h"

int tls_initialize(void)
{
    return OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 ? 0 : -ENOMEM;
}

static int tls_thread_set_up(struct tls_thread *thread)
{
    thread->library = OSSL_LIB_CTX_new();
    if (thread->library == NULL)
        return -ENOMEM;
    thread->provider = OSSL_PROVIDER_load(thread->library, "default");
    if (thread->provider == NULL)
        return -ENOMEM;
    thread->bio_method = tls_bio_method_new();
    thread->ticket_cipher = EVP_CIPHER_fetch(thread->library, "AES-256-CBC", NULL);
    thread->digest = EVP_MD_fetch(thread->library, "SHA256", NULL);
    if (thread->bio_method == NULL || thread->ticket_cipher == NULL || thread->digest == NULL)
        return -ENOMEM;
    return 0;
}

int tls_thread_new(struct tls_thread **ret_thread, struct error **reterr)
{
    struct tls_thread *thread = NULL;
    int r;

    r = tls_initialize();
    if (r == 0) {
        thread = calloc(1, sizeof(*thread));
        r = thread == NULL ? -ENOMEM : tls_thread_set_up(thread);
    }
    ERR_clear_error();
    if (r < 0) {
        tls_thread_free(thread);
        return error_set(reterr, -r, "TLS cannot be set up: %s", error_text(-r));
    }
    *ret_thread = thread;
    return 0;
}

struct tls_thread *tls_thread_free(struct tls_thread *thread)
{
    if (thread == NULL)
        return NULL;
    OPENSSL_cleanse(thread->ticket_keys, sizeof(thread->ticket_keys));
    EVP_MD_free(thread->digest);
    EVP_CIPHER_free(thread->ticket_cipher);
    BIO_meth_free(thread->bio_method);
    if (thread->provider != NULL)
        (void)OSSL_PROVIDER_unload(thread->provider);
    OSSL_LIB_CTX_free(thread->library);
    free(thread);
    return NULL;
}

int tls_thread_set_ticket_keys(struct tls_thread *thread, const struct tls_ticket_key *keys,
                               size_t count)
{
    if (count > TLS_TICKET_KEYS_MAX)
        return -EINVAL;
    OPENSSL_cleanse(thread->ticket_keys, sizeof(thread->ticket_keys));
    if (count > 0)
        memcpy(thread->ticket_keys, keys, count * sizeof(*keys));
    thread->ticket_key_count = count;
    return 0;
}
