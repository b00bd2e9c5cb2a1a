/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of a listener. Each name leads to a host: the set of certificates, one per kind
 * of key at most, that have it; names with the same set share a host and its context of OpenSSL,
 * which picks one of the set by what the client can do.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "net/tls_priv.h"

/* ALPN's forms: a byte of length before each, and two bytes for the whole. */
#define TLS_SERVER_PROTOCOL_MAX  255
#define TLS_SERVER_PROTOCOLS_MAX 1024

static int tls_server_compare_text(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int r = memcmp(a, b, a_length < b_length ? a_length : b_length);

    if (r != 0)
        return r;
    return (a_length > b_length) - (a_length < b_length);
}

static int tls_server_compare_names(const void *a, const void *b)
{
    const struct tls_name *x = a;
    const struct tls_name *y = b;
    int r = tls_server_compare_text(x->name, x->length, y->name, y->length);

    if (r != 0)
        return r;
    return (x->certificate > y->certificate) - (x->certificate < y->certificate);
}

static const struct tls_name *tls_server_search(const struct tls_server *server, const char *name,
                                                size_t length)
{
    size_t low = 0;
    size_t high = server->name_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct tls_name *entry = &server->names[middle];
        int r = tls_server_compare_text(name, length, entry->name, entry->length);

        if (r == 0)
            return entry;
        if (r < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct tls_host *tls_server_host(const struct tls_server *server, const char *name,
                                       size_t length)
{
    const struct tls_name *entry = NULL;
    char wildcard[TLS_HOST_NAME_MAX + 2];
    const char *dot;

    if (length > 0)
        entry = tls_server_search(server, name, length);
    dot = memchr(name, '.', length);
    if (entry == NULL && dot != NULL) {
        size_t rest = length - (size_t)(dot - name);

        wildcard[0] = '*';
        memcpy(wildcard + 1, dot, rest);
        entry = tls_server_search(server, wildcard, rest + 1);
    }
    return &server->hosts[entry != NULL ? entry->host : 0];
}

size_t tls_server_find(const struct tls_server *server, const char *host, size_t length)
{
    char name[TLS_HOST_NAME_MAX + 1];

    length = tls_certificate_normal_name(host, length, name);
    return tls_server_host(server, name, length)->certificates[0];
}

/*
 * Making one
 */

static void tls_server_add_to_host(const struct tls_server *server, struct tls_host *host,
                                   size_t number)
{
    int kind = server->certificates[number].key_kind;

    for (size_t i = 0; i < host->certificate_count; i++) {
        if (server->certificates[host->certificates[i]].key_kind == kind)
            return;
    }
    if (host->certificate_count < TLS_HOST_CERTIFICATES_MAX)
        host->certificates[host->certificate_count++] = number;
}

static bool tls_server_certificate_has_name(const struct tls_certificate *certificate,
                                            const char *name)
{
    for (size_t i = 0; i < certificate->name_count; i++) {
        if (strcmp(certificate->names[i], name) == 0)
            return true;
    }
    return false;
}

/* The first certificate, and those of other kinds that have all of its names. */
static void tls_server_fill_default(struct tls_server *server)
{
    const struct tls_certificate *first = &server->certificates[0];

    assert(server->certificates != NULL && server->hosts != NULL);
    server->host_count = 1;
    tls_server_add_to_host(server, &server->hosts[0], 0);
    for (size_t i = 1; i < server->certificate_count; i++) {
        bool has_all = first->name_count > 0;

        for (size_t k = 0; has_all && k < first->name_count; k++)
            has_all = tls_server_certificate_has_name(&server->certificates[i], first->names[k]);
        if (has_all)
            tls_server_add_to_host(server, &server->hosts[0], i);
    }
}

/* The number of the host with that set, which is added if it is new. */
static size_t tls_server_intern_host(struct tls_server *server, const struct tls_host *host)
{
    for (size_t i = 0; i < server->host_count; i++) {
        const struct tls_host *other = &server->hosts[i];

        if (other->certificate_count == host->certificate_count &&
            memcmp(other->certificates, host->certificates,
                   host->certificate_count * sizeof(host->certificates[0])) == 0)
            return i;
    }
    server->hosts[server->host_count] = *host;
    return server->host_count++;
}

static int tls_server_collect_names(struct tls_server *server)
{
    size_t count = 0;

    for (size_t i = 0; i < server->certificate_count; i++)
        count += server->certificates[i].name_count;
    server->names = calloc(count + 1, sizeof(*server->names));
    server->hosts = calloc(count + 1, sizeof(*server->hosts));
    if (server->names == NULL || server->hosts == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < server->certificate_count; i++) {
        const struct tls_certificate *certificate = &server->certificates[i];

        for (size_t k = 0; k < certificate->name_count; k++)
            server->names[server->name_count++] = (struct tls_name){
                .name = certificate->names[k],
                .length = strlen(certificate->names[k]),
                .certificate = i,
            };
    }
    qsort(server->names, server->name_count, sizeof(*server->names), tls_server_compare_names);
    return 0;
}

/* Each name once, with its host. */
static void tls_server_resolve_names(struct tls_server *server)
{
    size_t kept = 0;
    size_t next;

    tls_server_fill_default(server);
    for (size_t i = 0; i < server->name_count; i = next) {
        struct tls_name entry = server->names[i];
        struct tls_host host = {0};

        for (next = i; next < server->name_count &&
                       tls_server_compare_text(entry.name, entry.length, server->names[next].name,
                                               server->names[next].length) == 0;
             next++)
            tls_server_add_to_host(server, &host, server->names[next].certificate);
        entry.host = tls_server_intern_host(server, &host);
        server->names[kept++] = entry;
    }
    server->name_count = kept;
}

static int tls_server_make_context(struct tls_server *server, struct tls_host *host,
                                   const struct tls_pem *pems, struct error **reterr)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool is_done;

    host->context = tls_context_new(server->thread->library, server->protocols_size > 0);
    is_done = digest != NULL && host->context != NULL &&
              EVP_DigestInit_ex2(digest, server->thread->digest, NULL) == 1;
    for (size_t i = 0; is_done && i < host->certificate_count; i++) {
        const struct tls_certificate *certificate = &server->certificates[host->certificates[i]];
        int r = tls_context_add(host->context, certificate, reterr);

        if (r < 0) {
            EVP_MD_CTX_free(digest);
            (void)error_prefix(reterr, "%s", pems[host->certificates[i]].name);
            return r;
        }
        is_done = EVP_DigestUpdate(digest, certificate->fingerprint,
                                   sizeof(certificate->fingerprint)) == 1;
    }
    is_done = is_done && EVP_DigestFinal_ex(digest, host->fingerprint, NULL) == 1;
    EVP_MD_CTX_free(digest);
    return is_done ? 0 : error_set(reterr, ENOMEM, "out of memory");
}

static int tls_server_copy_protocols(struct tls_server *server,
                                     const struct tls_server_options *options,
                                     struct error **reterr)
{
    size_t size = 0;

    for (size_t i = 0; i < options->protocol_count; i++) {
        size_t length = strlen(options->protocols[i]);

        if (length == 0 || length > TLS_SERVER_PROTOCOL_MAX ||
            size + length + 1 > TLS_SERVER_PROTOCOLS_MAX)
            return error_set(reterr, EINVAL, "the names of protocols are too long, or empty");
        size += length + 1;
    }
    server->protocols = malloc(size + 1);
    if (server->protocols == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (size_t i = 0; i < options->protocol_count; i++) {
        size_t length = strlen(options->protocols[i]);

        server->protocols[server->protocols_size] = (uint8_t)length;
        memcpy(server->protocols + server->protocols_size + 1, options->protocols[i], length);
        server->protocols_size += (unsigned int)length + 1;
    }
    return 0;
}

static int tls_server_load(struct tls_server *server, const struct tls_server_options *options,
                           struct error **reterr)
{
    if (options->certificate_count == 0)
        return error_set(reterr, EINVAL, "there is no certificate");
    server->scope = strdup(options->scope != NULL ? options->scope : "");
    server->certificates = calloc(options->certificate_count, sizeof(*server->certificates));
    if (server->scope == NULL || server->certificates == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (size_t i = 0; i < options->certificate_count; i++) {
        const struct tls_pem *pem = &options->certificates[i];
        int r =
            tls_certificate_load(&server->certificates[i], server->thread->library, pem, reterr);

        if (r < 0) {
            (void)error_prefix(reterr, "%s", pem->name);
            return r;
        }
        server->certificate_count++;
    }
    return tls_server_copy_protocols(server, options, reterr);
}

static int tls_server_set_up(struct tls_server *server, const struct tls_server_options *options,
                             struct error **reterr)
{
    int r = tls_server_load(server, options, reterr);

    if (r < 0)
        return r;
    if (tls_server_collect_names(server) < 0)
        return error_set(reterr, ENOMEM, "out of memory");
    tls_server_resolve_names(server);
    for (size_t i = 0; i < server->host_count; i++) {
        r = tls_server_make_context(server, &server->hosts[i], options->certificates, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int tls_server_new(struct tls_thread *thread, const struct tls_server_options *options,
                   struct tls_server **ret_server, struct error **reterr)
{
    struct tls_server *server = calloc(1, sizeof(*server));
    int r;

    if (server == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    server->references = 1;
    server->thread = thread;
    r = tls_server_set_up(server, options, reterr);
    if (r < 0) {
        tls_server_unref(server);
        return r;
    }
    *ret_server = server;
    return 0;
}

struct tls_server *tls_server_ref(struct tls_server *server)
{
    server->references++;
    return server;
}

struct tls_server *tls_server_unref(struct tls_server *server)
{
    if (server == NULL)
        return NULL;
    assert(server->references > 0);
    if (--server->references > 0)
        return NULL;
    for (size_t i = 0; i < server->host_count; i++)
        SSL_CTX_free(server->hosts[i].context);
    for (size_t i = 0; i < server->certificate_count; i++)
        tls_certificate_deinit(&server->certificates[i]);
    free(server->hosts);
    free(server->names);
    free(server->certificates);
    free(server->protocols);
    free(server->scope);
    free(server);
    return NULL;
}
