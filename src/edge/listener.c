/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "edge/client.h"
#include "edge/limit.h"
#include "net/tls.h"
#include "os/os.h"
#include "os/socket.h"
#include "route/address.h"
#include "wire/proxy_protocol.h"

/* How many are taken in a turn before other threads and connections have theirs. */
#define LISTENER_ACCEPT_MAX 16

#define LISTENER_PAUSE_NS     (200 * TIME_MILLISECOND)
#define LISTENER_COMPLAINT_NS TIME_MINUTE

static const struct snapshot_listener *listener_config(const struct worker_listener *listener)
{
    const struct worker *worker = listener->worker;

    if (worker->current == NULL || listener->index == UINT32_MAX)
        return NULL;
    return &worker->current->generation->snapshot.listeners[listener->index];
}

/* There are no descriptors, or no memory: others have to be closed first. */
static void listener_pause(struct worker_listener *listener, int r)
{
    listener->counters->rejected++;
    if (listener->complained_ns == 0 ||
        worker_now_ns(listener->worker) - listener->complained_ns > LISTENER_COMPLAINT_NS) {
        listener->complained_ns = worker_now_ns(listener->worker);
        log_warning("edge: cannot accept at port %s: %s; raise the limit of open files, or limit "
                    "connections",
                    listener->port_text, error_text(-r));
    }
    loop_source_remove(&listener->source);
    listener->is_open = false;
    loop_timer_set_after(&listener->worker->loop, &listener->pause, LISTENER_PAUSE_NS);
}

static void listener_pause_is_over(struct loop_timer *timer)
{
    listener_open(list_entry(timer, struct worker_listener, pause));
}

static void listener_ready(struct loop_source *source, unsigned int readiness)
{
    struct worker_listener *listener = list_entry(source, struct worker_listener, source);

    (void)readiness;
    for (int i = 0; i < LISTENER_ACCEPT_MAX && listener->is_open; i++) {
        union os_address peer;
        socklen_t size;
        int fd = os_accept(listener->fd, &peer, &size);

        if (fd < 0) {
            if (fd != -EAGAIN)
                listener_pause(listener, fd);
            return;
        }
        if (fd >= listener->worker->shared->fds_max) {
            (void)os_close(fd);
            listener_pause(listener, -EMFILE);
            return;
        }
        listener->accepted_count++;
        client_new(listener, fd, &peer);
    }
}

void listener_accept_rest(struct worker_listener *listener)
{
    for (int i = 0; i < OS_BACKLOG / LISTENER_ACCEPT_MAX && listener->is_open; i++) {
        uint32_t before = listener->accepted_count;

        listener_ready(&listener->source, 0);
        if (listener->accepted_count - before < LISTENER_ACCEPT_MAX)
            return;
    }
}

struct worker_listener *listener_find(struct worker *worker, uint64_t id)
{
    struct worker_listener *listener;

    list_for_each (listener, &worker->listeners, link)
        if (listener->id == id && listener->fd >= 0)
            return listener;
    return NULL;
}

static uint16_t listener_read_port(int fd)
{
    union os_address address;
    socklen_t size;

    if (os_local_address(fd, &address, &size) < 0)
        return 0;
    if (address.any.sa_family == AF_INET)
        return ntohs(address.ipv4.sin_port);
    return address.any.sa_family == AF_INET6 ? ntohs(address.ipv6.sin6_port) : 0;
}

struct worker_listener *listener_new(struct worker *worker, uint64_t id, int fd)
{
    struct worker_listener *listener = calloc(1, sizeof(*listener));
    struct state *state = worker->shared->state;
    uint32_t slot = state_take(state, id, STATE_KIND_LISTENER);

    if (listener == NULL || slot == UINT32_MAX) {
        free(listener);
        (void)os_close(fd);
        return NULL;
    }
    loop_source_init(&listener->source, listener_ready);
    loop_timer_init(&listener->pause, listener_pause_is_over);
    listener->worker = worker;
    listener->id = id;
    listener->index = UINT32_MAX;
    listener->counters = state_counters_of(state, worker->lane_number, slot);
    listener->fd = fd;
    listener->port = listener_read_port(fd);
    /* Connections have it from the socket that they were accepted from, without a call for each. */
    (void)os_socket_no_delay(fd);
    (void)snprintf(listener->port_text, sizeof(listener->port_text), "%u", listener->port);
    list_append(&worker->listeners, &listener->link);
    return listener;
}

void listener_forget(struct worker_listener *listener)
{
    (void)tls_server_unref(listener->next_tls);
    listener->next_tls = NULL;
}

static void listener_free_unused(struct worker_listener *listener)
{
    if (listener->fd >= 0 || listener->client_count > 0)
        return;
    list_remove(&listener->link);
    (void)tls_server_unref(listener->tls);
    listener_forget(listener);
    free(listener);
}

void listener_close(struct worker_listener *listener)
{
    if (listener->fd < 0)
        return;
    loop_source_remove(&listener->source);
    loop_timer_cancel(&listener->pause);
    (void)os_close(listener->fd);
    listener->fd = -1;
    listener->is_open = false;
    listener_free_unused(listener);
}

void listener_open(struct worker_listener *listener)
{
    if (listener->is_open || listener->fd < 0 || listener->index == UINT32_MAX)
        return;
    if (loop_source_add_listener(&listener->worker->loop, &listener->source, listener->fd, true) ==
        0)
        listener->is_open = true;
    else
        loop_timer_set_after(&listener->worker->loop, &listener->pause, LISTENER_PAUSE_NS);
}

/*
 * Certificates
 */

static int listener_make_server(const struct worker_listener *listener, const struct bundle *bundle,
                                size_t count, struct tls_server **ret_server)
{
    static const char *const protocols[] = {"http/1.1"};
    struct tls_pem *pems = calloc(count, sizeof(*pems));
    char scope[24];
    struct tls_server_options options = {
        .certificates = pems,
        .certificate_count = count,
        .protocols = protocols,
        .protocol_count = 1,
        .scope = scope,
    };
    struct tls_server *server = NULL;
    _cleanup_error_ struct error *error = NULL;
    int r;

    if (pems == NULL)
        return -ENOMEM;
    (void)snprintf(scope, sizeof(scope), "%016llx", (unsigned long long)listener->id);
    for (size_t i = 0; i < count; i++) {
        struct bundle_pair pair;

        if (!bundle_get(bundle, listener->id, i, &pair))
            break;
        pems[i] = (struct tls_pem){"certificate", pair.certificate, pair.certificate_size, pair.key,
                                   pair.key_size};
    }
    r = tls_server_new(listener->worker->tls, &options, &server, &error);
    free(pems);
    if (r < 0) {
        log_error("a certificate cannot be used: %s", error->message);
        return r;
    }
    *ret_server = server;
    return 0;
}

static uint64_t listener_hash_certificates(const struct worker_listener *listener,
                                           const struct bundle *bundle, size_t count)
{
    uint64_t hash = count + 1;

    for (size_t i = 0; i < count; i++) {
        struct bundle_pair pair;

        if (!bundle_get(bundle, listener->id, i, &pair))
            break;
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) ^
               hash_bytes(pair.certificate, pair.certificate_size) ^
               (hash_bytes(pair.key, pair.key_size) << 1);
    }
    return hash;
}

static uint32_t listener_find_index(const struct worker_listener *listener,
                                    const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->listener_count; i++)
        if (snapshot->listeners[i].id == listener->id)
            return i;
    return UINT32_MAX;
}

int listener_prepare(struct worker_listener *listener, const struct generation *generation)
{
    const struct bundle *bundle = &generation->certificates;
    uint32_t index = listener_find_index(listener, &generation->snapshot);
    size_t count = bundle->data == NULL ? 0 : bundle_count(bundle, listener->id);

    listener_forget(listener);
    if (index == UINT32_MAX ||
        generation->snapshot.listeners[index].protocol != ROUTE_PROTOCOL_HTTPS)
        return 0;
    if (count == 0)
        return -ENOENT;
    listener->next_tls_hash = listener_hash_certificates(listener, bundle, count);
    if (listener->tls != NULL && listener->next_tls_hash == listener->tls_hash)
        return 0;
    return listener_make_server(listener, bundle, count, &listener->next_tls);
}

int listener_update(struct worker_listener *listener)
{
    const struct generation *generation = listener->worker->current->generation;
    int r = 0;

    listener->index = listener_find_index(listener, &generation->snapshot);
    /* One that came since. */
    if (listener->tls == NULL && listener->next_tls == NULL)
        r = listener_prepare(listener, generation);
    if (listener->next_tls == NULL)
        return r;
    (void)tls_server_unref(listener->tls);
    listener->tls = listener->next_tls;
    listener->tls_hash = listener->next_tls_hash;
    listener->next_tls = NULL;
    return 0;
}

/*
 * Before the first request
 */

/* In all threads of all edges. */
static uint64_t listener_open_connections(const struct state *state, uint32_t slot)
{
    uint64_t sum = 0;

    for (uint32_t lane = 0; lane < state->header->lane_count; lane++)
        sum += __atomic_load_n(&state_counters_of(state, lane, slot)->open_connections,
                               __ATOMIC_RELAXED);
    return sum;
}

void listener_client_unlimited(struct worker_listener *listener, struct client *client)
{
    if (!client->has_source_limit)
        return;
    client->has_source_limit = false;
    limit_release(listener->worker->shared->limits, client->source_key);
}

/* Connections in all threads and by source. */
static bool listener_has_room(struct worker_listener *listener, struct client *client,
                              const struct snapshot_limits *limits)
{
    const struct worker_shared *shared = listener->worker->shared;
    uint32_t slot = listener->worker->current->generation->listener_slots[listener->index];

    if (limits->connections_max != 0 &&
        listener_open_connections(shared->state, slot) > limits->connections_max)
        return false;
    if (limits->connections_per_source_max == 0)
        return true;
    client->source_key = limit_source_key(listener->id, &client->peer);
    switch (limit_acquire(shared->limits, client->source_key, limits->connections_per_source_max)) {
    case LIMIT_REFUSED:
        return false;
    case LIMIT_HELD:
        client->has_source_limit = true;
        return true;
    case LIMIT_UNCOUNTED:
        break;
    }
    return true;
}

static int listener_begin_tls(struct worker_listener *listener, struct client *client)
{
    const struct snapshot_listener *config = listener_config(listener);

    if (listener->tls == NULL || tls_accept(&client->stream, listener->tls) < 0)
        return -EPROTO;
    client->tls_server = listener->tls;
    client->state = CLIENT_HANDSHAKE;
    loop_timer_set_after(&listener->worker->loop, &client->timer,
                         time_from_milliseconds(config->limits.handshake_timeout_ms));
    return 0;
}

static int listener_apply_probes(const struct snapshot_listener *config, int fd)
{
    const struct snapshot_probes *probes = &config->probes;

    if (probes->idle_s == 0)
        return 0;
    return os_socket_keep_alive(fd, probes->idle_s, probes->interval_s, probes->count);
}

/* Once it is known who it is. */
static int listener_admit_peer(struct worker_listener *listener, struct client *client)
{
    const struct snapshot_listener *config = listener_config(listener);

    if (config == NULL)
        return -ECONNREFUSED;
    if (!listener_has_room(listener, client, &config->limits)) {
        listener->counters->rejected++;
        return -ECONNREFUSED;
    }
    if (config->protocol == ROUTE_PROTOCOL_HTTPS)
        return listener_begin_tls(listener, client);
    return 0;
}

int listener_admit(struct worker_listener *listener, struct client *client)
{
    const struct snapshot_listener *config = listener_config(listener);

    if (config == NULL)
        return -ECONNREFUSED;
    (void)listener_apply_probes(config, client->stream.source.fd);
    /* From a peer that is trusted the header is mandatory; from others it is none. */
    if (config->proxy_protocol &&
        route_networks_have(&listener->worker->current->generation->snapshot, &config->trusted,
                            &client->peer)) {
        client->state = CLIENT_PROXY;
        return 0;
    }
    return listener_admit_peer(listener, client);
}

void listener_handshake(struct client *client)
{
    int r = stream_handshake(&client->stream);

    if (r == -EAGAIN)
        return;
    if (r < 0) {
        client->listener->counters->connection_errors++;
        client_close(client);
        return;
    }
    client->state = CLIENT_IDLE;
}

static void listener_set_peer(struct client *client, const struct proxy_protocol *header)
{
    switch (header->family) {
    case PROXY_PROTOCOL_IPV4:
        client->peer.family = ROUTE_FAMILY_IPV4;
        break;
    case PROXY_PROTOCOL_IPV6:
        client->peer.family = ROUTE_FAMILY_IPV6;
        break;
    default:
        return;
    }
    memcpy(client->peer.bytes, header->source.bytes, sizeof(client->peer.bytes));
    address_unmap(&client->peer.family, client->peer.bytes);
    client->peer_port = header->source.port;
    client_peer_changed(client);
}

/* The header is looked at where it is and only then taken, as what follows it may be for TLS. */
void listener_proxy_header(struct client *client)
{
    struct worker_listener *listener = client->listener;
    char *data = client->worker->scratch;
    struct proxy_protocol header;
    ssize_t length = os->recv(client->stream.source.fd, data, PROXY_PROTOCOL_SIZE_MAX, MSG_PEEK);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        client_close(client);
        return;
    }
    switch (proxy_protocol_parse(data, (size_t)length, &header)) {
    case PROXY_PROTOCOL_MORE:
        if (length < PROXY_PROTOCOL_SIZE_MAX &&
            (client->stream.source.readiness & LOOP_HANGUP) == 0)
            return;
        break;
    case PROXY_PROTOCOL_DONE:
        if (os_receive(client->stream.source.fd, data, header.length) != (ssize_t)header.length)
            break;
        listener_set_peer(client, &header);
        client->state = CLIENT_IDLE;
        if (listener_admit_peer(listener, client) < 0)
            client_abort(client);
        return;
    case PROXY_PROTOCOL_REFUSED:
        break;
    }
    listener->counters->connection_errors++;
    client_abort(client);
}

bool listener_host_is_misdirected(const struct client *client, struct route_text host)
{
    struct tls_information information;

    if (client->tls_server == NULL || !tls_information(&client->stream, &information))
        return false;
    if (information.server_name[0] == '\0')
        return false;
    return tls_server_find(client->tls_server, host.data, host.length) != information.selected;
}

void listener_client_gone(struct worker_listener *listener, struct client *client)
{
    listener_client_unlimited(listener, client);
    state_gauge_down(&listener->counters->open_connections);
    listener->client_count--;
    listener_free_unused(listener);
}
