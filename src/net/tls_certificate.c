/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "net/tls_priv.h"

/* Far more than anybody has, and little enough for a search that is not clever. */
#define TLS_CERTIFICATE_CHAIN_MAX 32
#define TLS_CERTIFICATE_NAMES_MAX 2000

size_t tls_certificate_normal_name(const char *name, size_t length,
                                   char ret_name[TLS_HOST_NAME_MAX + 1])
{
    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length == 0 || length > TLS_HOST_NAME_MAX || name[0] == '.')
        return 0;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-._", c) != NULL) ||
            c == '\0')
            return 0;
        ret_name[i] = c;
    }
    ret_name[length] = '\0';
    return length;
}

/* As in a certificate: also with a star for the whole first label. */
static size_t tls_certificate_pattern(const char *name, size_t length,
                                      char ret_name[TLS_HOST_NAME_MAX + 1])
{
    char rest[TLS_HOST_NAME_MAX + 1];
    size_t rest_length;

    if (length < 3 || name[0] != '*' || name[1] != '.')
        return tls_certificate_normal_name(name, length, ret_name);
    rest_length = tls_certificate_normal_name(name + 2, length - 2, rest);
    if (rest_length == 0 || rest_length + 2 > TLS_HOST_NAME_MAX)
        return 0;
    memcpy(ret_name, "*.", 2);
    memcpy(ret_name + 2, rest, rest_length + 1);
    return rest_length + 2;
}

/* What OpenSSL complains about first. */
static const char *tls_certificate_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    return reason != NULL ? reason : "unknown reason";
}

static BIO *tls_certificate_bio(const char *data, size_t size)
{
    return size > INT_MAX ? NULL : BIO_new_mem_buf(data, (int)size);
}

static X509 *tls_certificate_read_one(BIO *bio, OSSL_LIB_CTX *library)
{
    X509 *x509 = X509_new_ex(library, NULL);

    if (x509 != NULL && PEM_read_bio_X509(bio, &x509, NULL, NULL) == NULL) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

static int tls_certificate_read_chain(struct tls_certificate *certificate, OSSL_LIB_CTX *library,
                                      BIO *bio, struct error **reterr)
{
    X509 *x509;

    certificate->chain = sk_X509_new_null();
    if (certificate->chain == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    while ((x509 = tls_certificate_read_one(bio, library)) != NULL) {
        if (certificate->leaf == NULL) {
            certificate->leaf = x509;
            continue;
        }
        if (sk_X509_num(certificate->chain) == TLS_CERTIFICATE_CHAIN_MAX) {
            X509_free(x509);
            return error_set(reterr, EINVAL, "there are more than %d certificates in one chain",
                             TLS_CERTIFICATE_CHAIN_MAX);
        }
        if (sk_X509_push(certificate->chain, x509) == 0) {
            X509_free(x509);
            return error_set(reterr, ENOMEM, "out of memory");
        }
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return error_set(reterr, EINVAL, "certificate %d cannot be read: %s",
                         sk_X509_num(certificate->chain) + (certificate->leaf != NULL) + 1,
                         tls_certificate_reason());
    ERR_clear_error();
    if (certificate->leaf == NULL)
        return error_set(reterr, EINVAL, "there is no certificate (a PEM block CERTIFICATE)");
    return 0;
}

/* Instead of asking at the terminal. */
static int tls_certificate_no_password(char *buffer, int size, int is_writing, void *data)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    *(bool *)data = true;
    return -1;
}

static int tls_certificate_read_key(struct tls_certificate *certificate, OSSL_LIB_CTX *library,
                                    const struct tls_pem *pem, struct error **reterr)
{
    BIO *bio = tls_certificate_bio(pem->key, pem->key_size);
    bool is_encrypted = false;

    if (bio == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    certificate->key = PEM_read_bio_PrivateKey_ex(bio, NULL, tls_certificate_no_password,
                                                  &is_encrypted, library, NULL);
    BIO_free(bio);
    if (certificate->key != NULL) {
        certificate->key_kind = EVP_PKEY_get_base_id(certificate->key);
        ERR_clear_error();
        return 0;
    }
    if (is_encrypted)
        return error_set(reterr, EINVAL,
                         "the private key is encrypted: it must be without a "
                         "password");
    if (memmem(pem->key, pem->key_size, "PRIVATE KEY-----", 16) == NULL)
        return error_set(reterr, EINVAL, "there is no private key (a PEM block PRIVATE KEY)");
    return error_set(reterr, EINVAL, "the private key cannot be read: %s",
                     tls_certificate_reason());
}

static int tls_certificate_check_pair(const struct tls_certificate *certificate,
                                      struct error **reterr)
{
    if (X509_check_private_key(certificate->leaf, certificate->key) == 1)
        return 0;
    for (int i = 0; i < sk_X509_num(certificate->chain); i++) {
        if (X509_check_private_key(sk_X509_value(certificate->chain, i), certificate->key) == 1)
            return error_set(reterr, EINVAL,
                             "the private key belongs to certificate %d, which must be the first",
                             i + 2);
    }
    return error_set(reterr, EINVAL, "the private key does not belong to the certificate");
}

/* Names under way: fixed size each, before they are packed. */
struct tls_certificate_names {
    char (*names)[TLS_HOST_NAME_MAX + 1];
    size_t count;
    size_t size; /* of all with their NULs */
};

static void tls_certificate_add_name(struct tls_certificate_names *names, const ASN1_STRING *text)
{
    const unsigned char *data = ASN1_STRING_get0_data(text);
    int length = ASN1_STRING_length(text);
    char *name = names->names[names->count];
    size_t name_length;

    if (length <= 0)
        return;
    name_length = tls_certificate_pattern((const char *)data, (size_t)length, name);
    if (name_length == 0)
        return;
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0)
            return;
    }
    names->count++;
    names->size += name_length + 1;
}

static int tls_certificate_pack_names(struct tls_certificate *certificate,
                                      const struct tls_certificate_names *names)
{
    char *text;

    if (names->count == 0)
        return 0;
    certificate->names = malloc(names->count * sizeof(char *) + names->size);
    if (certificate->names == NULL)
        return -ENOMEM;
    text = (char *)(certificate->names + names->count);
    for (size_t i = 0; i < names->count; i++) {
        size_t size = strlen(names->names[i]) + 1;

        memcpy(text, names->names[i], size);
        certificate->names[i] = text;
        text += size;
    }
    certificate->name_count = names->count;
    return 0;
}

/* Of the subject alternative names those of the DNS; the common name where there are none of any
 * kind. What can be no host's name is passed over. */
static int tls_certificate_read_names(struct tls_certificate *certificate, struct error **reterr)
{
    GENERAL_NAMES *alternatives;
    struct tls_certificate_names names = {0};
    const X509_NAME *subject = X509_get_subject_name(certificate->leaf);
    int problem = 0;
    int count;
    int r = -ENOMEM;

    alternatives = X509_get_ext_d2i(certificate->leaf, NID_subject_alt_name, &problem, NULL);
    if (alternatives == NULL && problem != -1)
        return error_set(reterr, EINVAL, "the certificate's alternative names cannot be read");
    count = alternatives != NULL ? sk_GENERAL_NAME_num(alternatives) : 1;
    if (count > TLS_CERTIFICATE_NAMES_MAX) {
        r = -E2BIG;
        goto out;
    }
    names.names = calloc((size_t)count + 1, sizeof(*names.names));
    if (names.names == NULL)
        goto out;
    for (int i = 0; alternatives != NULL && i < count; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(alternatives, i);

        if (name->type == GEN_DNS)
            tls_certificate_add_name(&names, name->d.dNSName);
    }
    if (alternatives == NULL) {
        int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

        if (i >= 0)
            tls_certificate_add_name(&names,
                                     X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    }
    r = tls_certificate_pack_names(certificate, &names);
out:
    free(names.names);
    GENERAL_NAMES_free(alternatives);
    if (r == -E2BIG)
        return error_set(reterr, EINVAL, "the certificate has more than %d names",
                         TLS_CERTIFICATE_NAMES_MAX);
    return r < 0 ? error_set(reterr, -r, "%s", error_text(-r)) : 0;
}

static int tls_certificate_fill(struct tls_certificate *certificate, OSSL_LIB_CTX *library,
                                const struct tls_pem *pem, struct error **reterr)
{
    BIO *bio = tls_certificate_bio(pem->certificate, pem->certificate_size);
    unsigned int size = sizeof(certificate->fingerprint);
    EVP_MD *digest;
    int r;

    if (bio == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = tls_certificate_read_chain(certificate, library, bio, reterr);
    BIO_free(bio);
    if (r == 0)
        r = tls_certificate_read_key(certificate, library, pem, reterr);
    if (r == 0)
        r = tls_certificate_check_pair(certificate, reterr);
    if (r == 0)
        r = tls_certificate_read_names(certificate, reterr);
    if (r < 0)
        return r;
    digest = EVP_MD_fetch(library, "SHA256", NULL);
    if (digest == NULL ||
        X509_digest(certificate->leaf, digest, certificate->fingerprint, &size) != 1)
        r = error_set(reterr, ENOMEM, "out of memory");
    EVP_MD_free(digest);
    return r;
}

int tls_certificate_load(struct tls_certificate *certificate, OSSL_LIB_CTX *library,
                         const struct tls_pem *pem, struct error **reterr)
{
    int r;

    *certificate = (struct tls_certificate){0};
    ERR_clear_error();
    r = tls_certificate_fill(certificate, library, pem, reterr);
    if (r < 0)
        tls_certificate_deinit(certificate);
    ERR_clear_error();
    return r;
}

void tls_certificate_deinit(struct tls_certificate *certificate)
{
    X509_free(certificate->leaf);
    sk_X509_pop_free(certificate->chain, X509_free);
    EVP_PKEY_free(certificate->key);
    free(certificate->names);
    *certificate = (struct tls_certificate){0};
}
