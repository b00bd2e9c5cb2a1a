/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection, as the operations of struct stream see it. Each operation lets OpenSSL work on the
 * buffers of tls_bio.c, then flushes what that made, in one system call.
 *
 * A write encrypts a batch of records and reports those that the system took. The rest waits in
 * encrypted form; the next write sends it and reports it then, without looking at the bytes that it
 * is given, which are the same. So the owner keeps what it has until the system has it, and comes
 * back for it when the socket is writable.
 *
 * EOF without close_notify is -ECONNRESET for who reads, and no obstacle for who still writes: a
 * request that said how long it is may be answered.
 */
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

#include "net/tls_priv.h"
#include "os/socket.h"

/* Messages without use to the reader that are taken in one go, before others have their turn. */
#define TLS_FRUITLESS_READS_MAX 8
/* The free ones, and how much must have come for each further one. */
#define TLS_KEY_UPDATES_FREE       32
#define TLS_BYTES_FOR_A_KEY_UPDATE ((uint64_t)1 << 20)

/* Where a write is in its parts. */
struct tls_cursor {
    const struct iovec *parts;
    size_t count;
    size_t offset; /* in the first */
};

struct tls_batch {
    uint64_t ends[TLS_BATCH_RECORDS]; /* of the records, on the wire */
    size_t sizes[TLS_BATCH_RECORDS];  /* of what is in them */
    size_t count;
};

static const struct stream_ops tls_ops;

const struct tls_connection *tls_connection_of(const struct stream *stream)
{
    return stream->ops == &tls_ops ? stream->filter : NULL;
}

/* For owners that look at the bit before they read: what OpenSSL holds is as good as readable. */
static void tls_remember_readable(struct tls_connection *connection)
{
    if (SSL_has_pending(connection->ssl) == 1)
        connection->stream->source.readiness |= LOOP_READABLE;
}

static int tls_handshake(struct stream *stream)
{
    struct tls_connection *connection = stream->filter;
    int r;

    if (connection->error < 0)
        return connection->error;
    if (!connection->is_established) {
        ERR_clear_error();
        r = SSL_do_handshake(connection->ssl);
        if (r != 1) {
            r = tls_failure_take(connection, r);
            (void)tls_bio_flush(connection, false);
            return r == 0 ? -ECONNRESET : r;
        }
        connection->is_established = true;
        tls_remember_readable(connection);
    }
    r = tls_bio_flush(connection, false);
    if (r < 0 && r != -EAGAIN) {
        connection->failure = TLS_FAILURE_RESET;
        connection->error = r;
    }
    return r;
}

/*
 * Reading
 */

static bool tls_is_readable(const struct tls_connection *connection)
{
    return (connection->stream->source.readiness & LOOP_READABLE) != 0;
}

static bool tls_is_flooding(const struct tls_connection *connection)
{
    return connection->key_updates >
           TLS_KEY_UPDATES_FREE + connection->received_bytes / TLS_BYTES_FOR_A_KEY_UPDATE;
}

/* Nothing was read: 1 to try again, or what to return. */
static int tls_read_nothing(struct tls_connection *connection, unsigned int *fruitless)
{
    int r = tls_failure_take(connection, 0);

    if (r != -EAGAIN)
        return r;
    if (tls_is_flooding(connection)) {
        connection->failure = TLS_FAILURE_FLOOD;
        connection->error = -EPROTO;
        return -EPROTO;
    }
    if (!tls_is_readable(connection))
        return -EAGAIN;
    if (++*fruitless < TLS_FRUITLESS_READS_MAX)
        return 1;
    loop_source_again(&connection->stream->source);
    return -EAGAIN;
}

/* As many records as there are and fit. */
static ssize_t tls_read_records(struct tls_connection *connection, uint8_t *data, size_t size)
{
    unsigned int fruitless = 0;
    size_t done = 0;

    ERR_clear_error();
    while (done < size) {
        size_t length;
        int r;

        if (SSL_read_ex(connection->ssl, data + done, size - done, &length) == 1) {
            done += length;
            if (!tls_is_readable(connection) && SSL_has_pending(connection->ssl) == 0)
                break;
            continue;
        }
        r = tls_read_nothing(connection, &fruitless);
        if (r == 1)
            continue;
        if (done == 0)
            return r;
        if (r != -EAGAIN) {
            /* An end or an error is for the next call, which no event may come to cause. */
            connection->stream->source.readiness |= LOOP_READABLE;
            loop_source_again(&connection->stream->source);
        }
        break;
    }
    return (ssize_t)done;
}

static ssize_t tls_read(struct stream *stream, void *data, size_t size)
{
    struct tls_connection *connection = stream->filter;
    ssize_t length;

    if (!connection->is_established) {
        int r = tls_handshake(stream);

        if (r < 0)
            return r;
    }
    /* The owner has nothing to write and came because the socket is writable, perhaps. A failure is
     * for the next write to report: the peer may have sent something before it went. */
    if (tls_bio_queued(connection) > 0)
        (void)tls_bio_flush(connection, false);
    if (connection->error < 0)
        return connection->error;
    if (connection->is_read_ended || size == 0)
        return 0;
    length = tls_read_records(connection, data, size);
    if (tls_bio_queued(connection) > 0)
        (void)tls_bio_flush(connection, false);
    if (length == (ssize_t)size)
        tls_remember_readable(connection);
    return length;
}

/*
 * Writing
 */

static size_t tls_cursor_remaining(const struct tls_cursor *cursor)
{
    size_t size = 0;

    for (size_t i = 0; i < cursor->count; i++)
        size += cursor->parts[i].iov_len;
    return size - cursor->offset;
}

static void tls_cursor_advance(struct tls_cursor *cursor, size_t length)
{
    cursor->offset += length;
    while (cursor->count > 0 && cursor->offset >= cursor->parts[0].iov_len) {
        cursor->offset -= cursor->parts[0].iov_len;
        cursor->parts++;
        cursor->count--;
    }
}

/* What goes into the next record: a piece of the part itself, where that fills one or is the last,
 * or pieces of several, so that a head and a short body make one record. */
static const uint8_t *tls_cursor_record(const struct tls_cursor *cursor, uint8_t *gather,
                                        size_t *ret_length)
{
    struct tls_cursor from = *cursor;
    size_t length = from.parts[0].iov_len - from.offset;
    size_t used = 0;

    if (from.count == 1 || length >= TLS_RECORD_MAX) {
        *ret_length = length < TLS_RECORD_MAX ? length : TLS_RECORD_MAX;
        return (const uint8_t *)from.parts[0].iov_base + from.offset;
    }
    while (from.count > 0 && used < TLS_RECORD_MAX) {
        length = from.parts[0].iov_len - from.offset;
        if (length > TLS_RECORD_MAX - used)
            length = TLS_RECORD_MAX - used;
        memcpy(gather + used, (const uint8_t *)from.parts[0].iov_base + from.offset, length);
        used += length;
        tls_cursor_advance(&from, length);
    }
    *ret_length = used;
    return gather;
}

static int tls_write_batch(struct tls_connection *connection, struct tls_cursor *cursor,
                           struct tls_batch *batch)
{
    uint8_t *gather = connection->server->thread->gather;

    ERR_clear_error();
    while (cursor->count > 0 && batch->count < connection->batch) {
        size_t length;
        const uint8_t *data = tls_cursor_record(cursor, gather, &length);
        size_t taken;

        if (SSL_write_ex(connection->ssl, data, length, &taken) != 1) {
            int r = tls_failure_take(connection, 0);

            /* It cannot be told to wait, as the BIO takes everything. */
            return r == -EAGAIN || r == 0 ? -EPROTO : r;
        }
        tls_cursor_advance(cursor, taken);
        batch->sizes[batch->count] = taken;
        batch->ends[batch->count] = connection->sent_bytes + tls_bio_queued(connection);
        batch->count++;
    }
    return 0;
}

/* After the flush: what the system has is written, and the rest is owed. A peer that is slow gets
 * little ahead of time, so that little memory waits for it. */
static size_t tls_write_report(struct tls_connection *connection, const struct tls_batch *batch)
{
    size_t written = 0;

    for (size_t i = 0; i < batch->count; i++) {
        if (batch->ends[i] <= connection->sent_bytes)
            written += batch->sizes[i];
        else
            connection->unreported += batch->sizes[i];
    }
    if (connection->unreported > 0)
        connection->batch = 1;
    else if (batch->count == connection->batch && connection->batch < TLS_BATCH_RECORDS)
        connection->batch = (uint8_t)(connection->batch * 2);
    return written;
}

/* The part of what is owed that this write is for: the flush has sent it. */
static size_t tls_write_owed(struct tls_connection *connection, struct tls_cursor *cursor)
{
    size_t total = tls_cursor_remaining(cursor);
    size_t owed = connection->unreported < total ? connection->unreported : total;

    connection->unreported -= owed;
    tls_cursor_advance(cursor, owed);
    return owed;
}

/* All of it, unless the system stops taking more: owners wait for that after a short write. */
static ssize_t tls_write_ready(struct tls_connection *connection, struct tls_cursor *cursor,
                               bool more)
{
    bool is_empty = tls_cursor_remaining(cursor) == 0;
    size_t written;
    int r;

    r = tls_bio_flush(connection, more);
    if (r < 0)
        return r;
    written = tls_write_owed(connection, cursor);
    while (cursor->count > 0 && r == 0) {
        struct tls_batch batch = {.count = 0};

        r = tls_write_batch(connection, cursor, &batch);
        if (r == 0)
            r = tls_bio_flush(connection, more);
        if (r < 0 && r != -EAGAIN)
            return r;
        written += tls_write_report(connection, &batch);
    }
    return written > 0 || is_empty ? (ssize_t)written : -EAGAIN;
}

static ssize_t tls_write(struct stream *stream, const struct iovec *parts, size_t count, bool more)
{
    struct tls_connection *connection = stream->filter;
    struct tls_cursor cursor = {.parts = parts, .count = count};

    if (!connection->is_established) {
        int r = tls_handshake(stream);

        if (r < 0)
            return r;
    }
    if (connection->error < 0 && connection->failure != TLS_FAILURE_CLOSED)
        return connection->error;
    if (connection->is_shutdown_sent)
        return -EPIPE;
    if ((stream->source.readiness & LOOP_WRITABLE) == 0)
        return -EAGAIN;
    return tls_write_ready(connection, &cursor, more);
}

/*
 * The end
 */

/* Makes close_notify, where it makes sense. */
static void tls_notify(struct tls_connection *connection)
{
    if (connection->is_shutdown_sent || !connection->is_established ||
        (connection->error < 0 && connection->failure != TLS_FAILURE_CLOSED))
        return;
    connection->is_shutdown_sent = true;
    ERR_clear_error();
    (void)SSL_shutdown(connection->ssl);
    ERR_clear_error();
}

static int tls_shutdown(struct stream *stream)
{
    struct tls_connection *connection = stream->filter;
    int r;

    tls_notify(connection);
    r = tls_bio_flush(connection, false);
    if (r < 0 || connection->is_socket_shut)
        return r;
    connection->is_socket_shut = true;
    return os_shutdown(stream->source.fd, SHUT_WR);
}

static void tls_connection_free(struct tls_connection *connection)
{
    SSL_free(connection->ssl);
    ERR_clear_error();
    tls_bio_free_pending(connection);
    tls_server_unref(connection->server);
    free(connection->server_name);
    free(connection);
}

static void tls_close(struct stream *stream)
{
    struct tls_connection *connection = stream->filter;

    /* Where records still wait, the peer is slow or gone, and gets no end that it could trust. */
    if (tls_bio_flush(connection, false) == 0) {
        tls_notify(connection);
        (void)tls_bio_flush(connection, false);
    }
    tls_connection_free(connection);
}

/* Says nothing: close_notify would make what the peer has look whole. */
static void tls_abort(struct stream *stream)
{
    tls_connection_free(stream->filter);
}

static const struct stream_ops tls_ops = {
    .read = tls_read,
    .write = tls_write,
    .handshake = tls_handshake,
    .shutdown = tls_shutdown,
    .close = tls_close,
    .abort = tls_abort,
};

/*
 * The beginning
 */

static int tls_connection_set_up(struct tls_connection *connection)
{
    const struct tls_thread *thread = connection->server->thread;
    BIO *bio;

    ERR_clear_error();
    connection->ssl = SSL_new(connection->host->context);
    if (connection->ssl == NULL || SSL_set_app_data(connection->ssl, connection) != 1)
        return -ENOMEM;
    bio = BIO_new_ex(thread->library, thread->bio_method);
    if (bio == NULL)
        return -ENOMEM;
    BIO_set_data(bio, connection);
    SSL_set_bio(connection->ssl, bio, bio);
    SSL_set_accept_state(connection->ssl);
    if (thread->ticket_key_count == 0) {
        SSL_set_options(connection->ssl, SSL_OP_NO_TICKET);
        if (SSL_set_num_tickets(connection->ssl, 0) != 1)
            return -ENOMEM;
    }
    return 0;
}

int tls_accept(struct stream *stream, struct tls_server *server)
{
    struct tls_connection *connection = calloc(1, sizeof(*connection));
    int r;

    if (connection == NULL)
        return -ENOMEM;
    connection->stream = stream;
    connection->server = tls_server_ref(server);
    connection->host = &server->hosts[0];
    connection->batch = TLS_BATCH_RECORDS;
    r = tls_connection_set_up(connection);
    if (r < 0) {
        tls_connection_free(connection);
        return r;
    }
    stream->ops = &tls_ops;
    stream->filter = connection;
    return 0;
}
