/* SPDX-License-Identifier: Apache-2.0 */
#include "control/certificates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/time.h"
#include "net/tls.h"
#include "os/file.h"
#include "os/os.h"

#define FILE_SIZE_MAX  ((size_t)1 << 20)
#define WARN_BEFORE_NS (7 * TIME_DAY)

/* What must not stay in memory longer than it takes to hand it on. */
struct pairs {
    struct bundle_listener *listeners;
    size_t listener_count;
    struct bundle_pair *items; /* of all listeners, in order */
    size_t count;
};

static void forget(const char *secret, size_t size)
{
    if (secret != NULL)
        explicit_bzero((char *)secret, size);
    free((char *)secret);
}

static void pairs_deinit(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free((char *)pairs->items[i].certificate);
        forget(pairs->items[i].key, pairs->items[i].key_size);
    }
    free(pairs->items);
    free(pairs->listeners);
}

void certificates_deinit(struct certificates *certificates)
{
    for (size_t i = 0; i < certificates->count; i++)
        free(certificates->items[i].names);
    free(certificates->items);
    os_closep(&certificates->bundle);
    *certificates = (struct certificates){.bundle = -1};
}

static void warn_of_age(const struct route_certificate *files,
                        const struct certificate_facts *facts)
{
    int64_t now_s = (int64_t)(os_real_time_ns() / TIME_SECOND);
    int64_t left_s = facts->not_after_unix_s - now_s;

    if (left_s < 0)
        log_warning("the certificate %s has expired", files->certificate);
    else if (left_s < (int64_t)(WARN_BEFORE_NS / TIME_SECOND))
        log_warning("the certificate %s expires in less than %d days", files->certificate,
                    (int)(left_s / (int64_t)(TIME_DAY / TIME_SECOND)) + 1);
    if (facts->not_before_unix_s > now_s)
        log_warning("the certificate %s is not valid yet", files->certificate);
}

/* A file that is not there is a mistake in what is asked for. */
static int read_pem(const char *path, const char **ret_data, size_t *ret_size,
                    struct error **reterr)
{
    struct error *error = NULL;
    char *data;
    int r = os_read_file(path, FILE_SIZE_MAX, &data, ret_size, &error);

    if (r < 0) {
        r = error_set(reterr, r == -ENOMEM ? ENOMEM : EINVAL, "%s", error->message);
        error_free(error);
        return r;
    }
    *ret_data = data;
    return 0;
}

static int read_pair(const struct route_certificate *files, struct bundle_pair *pair,
                     struct certificate_facts *facts, struct error **reterr)
{
    struct tls_certificate_facts found = {0};
    struct tls_pem pem = {.name = files->certificate};
    int r;

    r = read_pem(files->certificate, &pair->certificate, &pair->certificate_size, reterr);
    if (r == 0)
        r = read_pem(files->key, &pair->key, &pair->key_size, reterr);
    if (r < 0)
        return r;
    pem.certificate = pair->certificate;
    pem.certificate_size = pair->certificate_size;
    pem.key = pair->key;
    pem.key_size = pair->key_size;
    r = tls_check_certificate(&pem, &found, reterr);
    if (r < 0)
        return error_prefix(reterr, "%s and %s", files->certificate, files->key);
    *facts = (struct certificate_facts){
        .names = found.names,
        .name_count = found.name_count,
        .not_before_unix_s = (int64_t)found.not_before,
        .not_after_unix_s = (int64_t)found.not_after,
        .content = hash_bytes(pair->certificate, pair->certificate_size) * 31 +
                   hash_bytes(pair->key, pair->key_size),
    };
    warn_of_age(files, facts);
    return 0;
}

static int read_listener(const struct route_listener *listener, struct pairs *pairs,
                         struct certificates *certificates, struct error **reterr)
{
    struct bundle_listener *bundled = &pairs->listeners[pairs->listener_count];

    if (listener->certificate_count == 0)
        return 0;
    *bundled = (struct bundle_listener){
        .id = listener->id,
        .pairs = &pairs->items[pairs->count],
        .pair_count = listener->certificate_count,
    };
    pairs->listener_count++;
    for (uint32_t i = 0; i < listener->certificate_count; i++) {
        /* Counted first, so that what was read is given back. */
        int r = read_pair(&listener->certificates[i], &pairs->items[pairs->count++],
                          &certificates->items[certificates->count++], reterr);

        if (r < 0)
            return error_prefix(reterr, "listener %s", listener->address);
    }
    return 0;
}

static int read_all(const struct route_config *config, const struct bundle_ticket_keys *keys,
                    struct pairs *pairs, struct certificates *certificates, struct error **reterr)
{
    size_t count = 0;
    int r;

    for (uint32_t i = 0; i < config->listener_count; i++)
        count += config->listeners[i].certificate_count;
    pairs->listeners = calloc(config->listener_count + 1, sizeof(*pairs->listeners));
    pairs->items = calloc(count + 1, sizeof(*pairs->items));
    certificates->items = calloc(count + 1, sizeof(*certificates->items));
    if (pairs->listeners == NULL || pairs->items == NULL || certificates->items == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < config->listener_count; i++) {
        r = read_listener(&config->listeners[i], pairs, certificates, reterr);
        if (r < 0)
            return r;
    }
    certificates->bundle = bundle_build(pairs->listeners, pairs->listener_count, keys);
    if (certificates->bundle < 0)
        return error_set(reterr, -certificates->bundle, "the certificates cannot be bundled: %s",
                         error_text(-certificates->bundle));
    return 0;
}

int certificates_load(const struct route_config *config, const struct bundle_ticket_keys *keys,
                      struct certificates *ret_certificates, struct error **reterr)
{
    struct certificates certificates = {.bundle = -1};
    struct pairs pairs = {0};
    int r = read_all(config, keys, &pairs, &certificates, reterr);

    pairs_deinit(&pairs);
    if (r < 0) {
        if (certificates.bundle < 0)
            certificates.bundle = -1;
        certificates_deinit(&certificates);
        return r;
    }
    *ret_certificates = certificates;
    return 0;
}
