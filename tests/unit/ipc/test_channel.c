/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "os/memory.h"
#include "os/os.h"
#include "os/socket.h"

static struct loop loop;
static struct channel channel;
static int peer; /* the other end, without a channel */

static struct {
    unsigned int count;
    unsigned int ends;
    int reason;
    enum message_type type;
    uint64_t sequence;
    struct message_listen listen;
    int fd; /* taken */
    bool closes;
} seen;

static void record(struct channel *from, struct channel_message *message)
{
    seen.count++;
    seen.type = message->type;
    seen.sequence = message->sequence;
    if (message->type == MESSAGE_LISTENER) {
        seen.listen = *(const struct message_listen *)message->payload;
        seen.fd = take_fd(&message->fds[0]);
    }
    if (seen.closes)
        channel_close(from);
}

static void record_end(struct channel *from, int reason)
{
    assert_false(channel_is_open(from));
    seen.ends++;
    seen.reason = reason;
}

static int start(void **state)
{
    int fds[2];

    (void)state;
    memset(&seen, 0, sizeof(seen));
    seen.fd = -1;
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(os_socket_pair(SOCK_SEQPACKET, fds), 0);
    peer = fds[1];
    channel_init(&channel, record, record_end);
    return channel_open(&channel, &loop, fds[0]);
}

static int stop(void **state)
{
    (void)state;
    channel_close(&channel);
    loop_deinit(&loop);
    os_closep(&peer);
    os_closep(&seen.fd);
    return 0;
}

/* Until nothing comes any more. */
static void turn(void)
{
    for (unsigned int i = 0; i < 8; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
}

struct raw {
    uint16_t type;
    uint16_t reserved;
    uint32_t size;
    uint64_t sequence;
    char payload[2 * MESSAGE_PAYLOAD_MAX];
};

static void send_raw(const struct raw *raw, size_t size, const int *fds, size_t count)
{
    union {
        struct cmsghdr first;
        char space[CMSG_SPACE(8 * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)raw, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.first.cmsg_level = SOL_SOCKET;
        control.first.cmsg_type = SCM_RIGHTS;
        control.first.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.first), fds, count * sizeof(int));
    }
    assert_int_equal(sendmsg(peer, &message, 0), size);
}

static struct raw raw_listener(void)
{
    struct raw raw = {.type = MESSAGE_LISTENER, .size = sizeof(struct message_listen)};

    raw.payload[0] = 7;
    return raw;
}

#define RAW_LISTENER_SIZE (offsetof(struct raw, payload) + sizeof(struct message_listen))

static size_t count_descriptors(void)
{
    size_t count = 0;

    for (int fd = 0; fd < 64; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void a_message_comes_whole_and_with_its_descriptors(void **state)
{
    struct channel other;
    struct message_listen listen = {.id = 42};
    struct stat here;
    struct stat there;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    message_set_text(listen.address, sizeof(listen.address), "[::1]:80");
    channel_init(&other, record, record_end);
    assert_int_equal(channel_open(&other, &loop, take_fd(&peer)), 0);
    assert_int_equal(channel_send(&other, MESSAGE_LISTENER, 9, &listen, &null), 0);
    turn();
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.type, MESSAGE_LISTENER);
    assert_int_equal(seen.sequence, 9);
    assert_int_equal(seen.listen.id, 42);
    assert_string_equal(seen.listen.address, "[::1]:80");
    assert_int_equal(fstat(null, &here), 0);
    assert_int_equal(fstat(seen.fd, &there), 0);
    assert_true(here.st_rdev == there.st_rdev);
    assert_int_equal(fcntl(seen.fd, F_GETFD), FD_CLOEXEC);
    (void)close(null);
    channel_close(&other);
    turn();
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.reason, 0);
}

static void descriptors_that_nobody_took_are_closed(void **state)
{
    size_t before = count_descriptors();
    struct raw raw = {.type = MESSAGE_LOG, .size = sizeof(struct message_id)};

    (void)state;
    send_raw(&raw, offsetof(struct raw, payload) + raw.size, &(int){0}, 1);
    turn();
    assert_int_equal(seen.count, 1);
    assert_int_equal(count_descriptors(), before);
}

static void what_was_said_before_a_hang_up_is_heard(void **state)
{
    struct raw raw = {.type = MESSAGE_READY, .size = sizeof(struct message_nothing)};

    (void)state;
    send_raw(&raw, offsetof(struct raw, payload) + raw.size, NULL, 0);
    send_raw(&raw, offsetof(struct raw, payload) + raw.size, NULL, 0);
    os_closep(&peer);
    peer = -1;
    turn();
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.reason, 0);
    assert_int_equal(channel_send_plain(&channel, MESSAGE_PING, 0), -EPIPE);
}

static void a_text_always_ends(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    memset(raw.payload + 8, 'a', MESSAGE_ADDRESS_SIZE);
    send_raw(&raw, RAW_LISTENER_SIZE, &(int){0}, 1);
    turn();
    assert_int_equal(seen.count, 1);
    assert_int_equal(strlen(seen.listen.address), MESSAGE_ADDRESS_SIZE - 1);
}

static void expect_refusal(const struct raw *raw, size_t size, size_t fd_count)
{
    static const int fds[8] = {0};
    size_t before = count_descriptors();

    send_raw(raw, size, fds, fd_count);
    turn();
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.reason, -EBADMSG);
    assert_int_equal(count_descriptors(), before - 1); /* the channel's own */
}

static void an_unknown_type_ends_the_channel(void **state)
{
    struct raw raw = {.type = MESSAGE_TYPE_COUNT, .size = 8};

    (void)state;
    expect_refusal(&raw, offsetof(struct raw, payload) + 8, 0);
}

static void no_type_ends_the_channel(void **state)
{
    struct raw raw = {.type = MESSAGE_NONE};

    (void)state;
    expect_refusal(&raw, offsetof(struct raw, payload), 0);
}

static void less_than_a_header_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, 3, 0);
}

static void a_short_payload_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, RAW_LISTENER_SIZE - 1, 1);
}

static void a_payload_that_is_too_long_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, RAW_LISTENER_SIZE + 1, 1);
}

static void one_beyond_all_limits_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, sizeof(raw), 1);
}

static void a_size_that_is_not_true_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    raw.size++;
    expect_refusal(&raw, RAW_LISTENER_SIZE + 1, 1);
}

static void reserved_bits_end_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    raw.reserved = 1;
    expect_refusal(&raw, RAW_LISTENER_SIZE, 1);
}

static void a_missing_descriptor_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, RAW_LISTENER_SIZE, 0);
}

static void one_descriptor_too_many_ends_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, RAW_LISTENER_SIZE, 2);
}

static void many_descriptors_too_many_end_the_channel(void **state)
{
    struct raw raw = raw_listener();

    (void)state;
    expect_refusal(&raw, RAW_LISTENER_SIZE, 8);
}

static void it_may_be_closed_in_its_callback(void **state)
{
    struct raw raw = {.type = MESSAGE_READY, .size = sizeof(struct message_nothing)};

    (void)state;
    seen.closes = true;
    send_raw(&raw, offsetof(struct raw, payload) + raw.size, NULL, 0);
    send_raw(&raw, offsetof(struct raw, payload) + raw.size, NULL, 0);
    turn();
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.ends, 0);
}

/* Fills the socket and then the queue. */
static uint64_t send_until_full(int null)
{
    struct message_listen listen = {.id = 1};

    for (uint64_t sequence = 0;; sequence++) {
        int r = channel_send(&channel, MESSAGE_LISTENER, sequence, &listen, &null);

        assert_true(sequence < 10 * CHANNEL_QUEUE_MAX);
        if (r < 0) {
            assert_int_equal(r, -ENOBUFS);
            return sequence;
        }
    }
}

static void a_full_queue_refuses_and_what_is_in_it_arrives_in_order(void **state)
{
    struct channel other;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uint64_t sent = send_until_full(null);

    (void)state;
    (void)close(null);
    assert_int_equal(channel.queued_count, CHANNEL_QUEUE_MAX);
    channel_init(&other, record, record_end);
    assert_int_equal(channel_open(&other, &loop, take_fd(&peer)), 0);
    for (uint64_t n = 0; n < sent; n++) {
        unsigned int count = seen.count;

        for (unsigned int i = 0; i < 8 && seen.count == count; i++)
            assert_int_equal(loop_run_once(&loop, 0), 0);
        assert_int_equal(seen.count, count + 1);
        assert_int_equal(seen.sequence, n);
        os_closep(&seen.fd);
        seen.fd = -1;
    }
    assert_int_equal(channel.queued_count, 0);
    channel_close(&other);
}

static void say_and_hang_up(void)
{
    struct raw raw = {.type = MESSAGE_ENDING, .size = sizeof(struct message_nothing)};

    for (raw.sequence = 1; raw.sequence <= 2; raw.sequence++)
        send_raw(&raw, offsetof(struct raw, payload) + raw.size, NULL, 0);
    os_closep(&peer);
    peer = -1;
    turn();
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.type, MESSAGE_ENDING);
    assert_int_equal(seen.sequence, 2);
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.reason, 0);
}

/* Which the system reports as a reset, before what was said. */
static void what_was_said_is_heard_though_our_own_was_not(void **state)
{
    (void)state;
    assert_int_equal(channel_send_plain(&channel, MESSAGE_PING, 1), 0);
    say_and_hang_up();
}

static void what_was_said_is_heard_though_messages_wait(void **state)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    (void)send_until_full(null);
    (void)close(null);
    say_and_hang_up();
}

static void closing_gives_the_queued_descriptors_back(void **state)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    size_t before = count_descriptors();

    (void)state;
    (void)send_until_full(null);
    channel_close(&channel);
    assert_int_equal(count_descriptors(), before - 1);
    (void)close(null);
}

#define channel_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        channel_test(a_message_comes_whole_and_with_its_descriptors),
        channel_test(descriptors_that_nobody_took_are_closed),
        channel_test(what_was_said_before_a_hang_up_is_heard),
        channel_test(a_text_always_ends),
        channel_test(an_unknown_type_ends_the_channel),
        channel_test(no_type_ends_the_channel),
        channel_test(less_than_a_header_ends_the_channel),
        channel_test(a_short_payload_ends_the_channel),
        channel_test(a_payload_that_is_too_long_ends_the_channel),
        channel_test(one_beyond_all_limits_ends_the_channel),
        channel_test(a_size_that_is_not_true_ends_the_channel),
        channel_test(reserved_bits_end_the_channel),
        channel_test(a_missing_descriptor_ends_the_channel),
        channel_test(one_descriptor_too_many_ends_the_channel),
        channel_test(many_descriptors_too_many_end_the_channel),
        channel_test(it_may_be_closed_in_its_callback),
        channel_test(a_full_queue_refuses_and_what_is_in_it_arrives_in_order),
        channel_test(what_was_said_is_heard_though_our_own_was_not),
        channel_test(what_was_said_is_heard_though_messages_wait),
        channel_test(closing_gives_the_queued_descriptors_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
