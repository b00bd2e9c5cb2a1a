/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way between OpenSSL and the socket. A BIO of our own instead of SSL_set_fd(), because so
 *
 * - what is known not to be ready costs no system call, which with read-ahead saves one receive
 *   that would block for each request;
 * - everything that a call makes (several records, a flight of the handshake) goes out in one
 *   system call, from a buffer that the connections of the thread share;
 * - writing never blocks as OpenSSL sees it, so that it is never in the middle of a record that it
 *   insists to be called again for: what the system does not take is kept with the connection,
 *   with a limit, and the file that calls decides what to tell its own caller;
 * - bytes are counted, and the fate of each system call is known exactly.
 */
#include <errno.h>
#include <string.h>

#include "net/tls_priv.h"
#include "os/socket.h"

static int tls_bio_read(BIO *bio, char *data, size_t size, size_t *ret_length)
{
    struct tls_connection *connection = BIO_get_data(bio);
    struct loop_source *source = &connection->stream->source;
    ssize_t length;

    BIO_clear_retry_flags(bio);
    *ret_length = 0;
    if ((source->readiness & LOOP_READABLE) == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    length = os_receive(source->fd, data, size);
    if (length == -EAGAIN) {
        loop_source_would_block(source, LOOP_READABLE);
        BIO_set_retry_read(bio);
        return -1;
    }
    if (length <= 0) {
        connection->receive_error = (int)length;
        connection->is_receive_ended = length == 0;
        return 0;
    }
    if ((size_t)length < size)
        loop_source_read_short(source);
    connection->received_bytes += (uint64_t)length;
    *ret_length = (size_t)length;
    return 1;
}

void tls_bio_free_pending(struct tls_connection *connection)
{
    free(connection->pending.data);
    connection->pending = (struct tls_pending){0};
}

/* What was made and is not with the system yet. */
size_t tls_bio_queued(const struct tls_connection *connection)
{
    return connection->pending.end - connection->pending.start +
           connection->server->thread->output_used;
}

/* Keeps it for when the system takes more. */
static int tls_bio_append_pending(struct tls_connection *connection, const uint8_t *data,
                                  size_t size)
{
    struct tls_pending *pending = &connection->pending;
    size_t used = pending->end - pending->start;

    if (size == 0)
        return 0;
    if (used + size > TLS_PENDING_MAX)
        return -ENOBUFS;
    if (pending->end + size > pending->capacity) {
        uint8_t *grown = malloc(used + size);

        if (grown == NULL)
            return -ENOMEM;
        if (used > 0)
            memcpy(grown, pending->data + pending->start, used);
        free(pending->data);
        *pending = (struct tls_pending){.data = grown, .end = used, .capacity = used + size};
    }
    memcpy(pending->data + pending->end, data, size);
    pending->end += size;
    return 0;
}

/* As much as the system takes: bytes, 0 when it takes none, or -errno. */
static ssize_t tls_bio_send(struct tls_connection *connection, const uint8_t *data, size_t size,
                            bool more)
{
    struct loop_source *source = &connection->stream->source;
    size_t sent = 0;

    while (sent < size && (source->readiness & LOOP_WRITABLE) != 0) {
        ssize_t length = os_send(source->fd, data + sent, size - sent, more);

        if (length == -EAGAIN)
            loop_source_would_block(source, LOOP_WRITABLE);
        else if (length < 0)
            return length;
        else
            sent += (size_t)length;
    }
    connection->sent_bytes += sent;
    return (ssize_t)sent;
}

static int tls_bio_flush_pending(struct tls_connection *connection, bool more)
{
    struct tls_pending *pending = &connection->pending;
    ssize_t length;

    if (pending->start == pending->end)
        return 0;
    length = tls_bio_send(connection, pending->data + pending->start, pending->end - pending->start,
                          more);
    if (length < 0)
        return (int)length;
    pending->start += (size_t)length;
    if (pending->start < pending->end)
        return -EAGAIN;
    tls_bio_free_pending(connection);
    return 0;
}

static int tls_bio_flush_output(struct tls_connection *connection, bool more)
{
    struct tls_thread *thread = connection->server->thread;
    size_t size = thread->output_used;
    ssize_t length = 0;
    int r;

    thread->output_used = 0;
    r = tls_bio_flush_pending(connection, more || size > 0);
    if (r < 0 && r != -EAGAIN)
        return r;
    if (r == 0) {
        length = tls_bio_send(connection, thread->output, size, more);
        if (length < 0)
            return (int)length;
    }
    r = tls_bio_append_pending(connection, thread->output + length, size - (size_t)length);
    if (r < 0)
        return r;
    return connection->pending.start < connection->pending.end ? -EAGAIN : 0;
}

int tls_bio_flush(struct tls_connection *connection, bool more)
{
    int r;

    if (connection->send_error < 0) {
        connection->server->thread->output_used = 0;
        return connection->send_error;
    }
    r = tls_bio_flush_output(connection, more);
    if (r < 0 && r != -EAGAIN) {
        connection->send_error = r;
        tls_bio_free_pending(connection);
    }
    return r;
}

/* Always takes all, or fails. */
static int tls_bio_write(BIO *bio, const char *data, size_t size, size_t *ret_length)
{
    struct tls_connection *connection = BIO_get_data(bio);
    struct tls_thread *thread = connection->server->thread;
    size_t done = 0;

    BIO_clear_retry_flags(bio);
    *ret_length = 0;
    while (done < size) {
        size_t length = TLS_OUTPUT_SIZE - thread->output_used;

        if (length > size - done)
            length = size - done;
        memcpy(thread->output + thread->output_used, data + done, length);
        thread->output_used += length;
        done += length;
        if (thread->output_used == TLS_OUTPUT_SIZE)
            (void)tls_bio_flush(connection, true);
        if (connection->send_error < 0)
            return 0;
    }
    *ret_length = size;
    return 1;
}

static long tls_bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    /* Whoever calls OpenSSL flushes when it comes back. BIO_CTRL_EOF is denied on purpose: OpenSSL
     * would send an alert to a peer that has gone, and could not answer one that only half has. */
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int tls_bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *tls_bio_method_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");

    if (method == NULL)
        return NULL;
    if (BIO_meth_set_read_ex(method, tls_bio_read) != 1 ||
        BIO_meth_set_write_ex(method, tls_bio_write) != 1 ||
        BIO_meth_set_ctrl(method, tls_bio_control) != 1 ||
        BIO_meth_set_create(method, tls_bio_create) != 1) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}
