/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at a certificate as a server would, for processes that serve nobody. */
#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>

#include "base/cleanup.h"
#include "net/tls_priv.h"

static int tls_check_time(const ASN1_TIME *text, time_t *ret_time)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(text, &parts) != 1)
        return -EINVAL;
    *ret_time = timegm(&parts);
    return 0;
}

static int tls_check_facts(struct tls_certificate *certificate,
                           struct tls_certificate_facts *ret_facts, struct error **reterr)
{
    struct tls_certificate_facts facts = {0};

    if (tls_check_time(X509_get0_notBefore(certificate->leaf), &facts.not_before) < 0 ||
        tls_check_time(X509_get0_notAfter(certificate->leaf), &facts.not_after) < 0)
        return error_set(reterr, EINVAL, "the certificate's dates cannot be read");
    facts.name_count = certificate->name_count;
    facts.names = take_ptr(certificate->names);
    *ret_facts = facts;
    return 0;
}

int tls_check_certificate(const struct tls_pem *pem, struct tls_certificate_facts *ret_facts,
                          struct error **reterr)
{
    struct tls_certificate certificate;
    SSL_CTX *context = NULL;
    int r;

    r = tls_initialize();
    if (r < 0)
        return error_set(reterr, -r, "TLS cannot be set up");
    r = tls_certificate_load(&certificate, NULL, pem, reterr);
    if (r < 0)
        return r;
    context = tls_context_new(NULL, false);
    r = context == NULL ? error_set(reterr, ENOMEM, "out of memory")
                        : tls_context_add(context, &certificate, reterr);
    if (r == 0 && ret_facts != NULL)
        r = tls_check_facts(&certificate, ret_facts, reterr);
    SSL_CTX_free(context);
    tls_certificate_deinit(&certificate);
    ERR_clear_error();
    return r;
}
