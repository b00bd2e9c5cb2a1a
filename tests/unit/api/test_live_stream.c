/* SPDX-License-Identifier: Apache-2.0 */
/* A stream to a client that reads, and to one that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/live/stream.h"
#include "base/time.h"

#define PIECE ((size_t)100000)

struct fixture {
    struct loop loop;
    struct http_server *server;
    struct live_stream *stream;
    struct frame *frame;
    int client;
    bool has_gone;
};

static void gone(struct live_stream *stream)
{
    struct fixture *fixture = stream->owner;

    fixture->has_gone = true;
    fixture->stream = live_stream_free(stream);
}

static void handle(void *context, struct http_request *request)
{
    struct fixture *fixture = context;

    fixture->stream = live_stream_new(&fixture->loop, request);
    assert_non_null(fixture->stream);
    fixture->stream->owner = fixture;
    fixture->stream->gone = gone;
}

static void turn(struct fixture *fixture)
{
    assert_int_equal(loop_run_once(&fixture->loop, 10 * TIME_MILLISECOND), 0);
}

static int set_up(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const struct http_server_options options = {.handle = handle, .context = fixture};
    struct sockaddr_un address = {.sun_family = AF_UNIX}; /* the system chooses a name */
    socklen_t size = sizeof(address);
    char *data = malloc(PIECE);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_non_null(fixture);
    assert_non_null(data);
    assert_int_equal(loop_init(&fixture->loop), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    fixture->server = http_server_new(&fixture->loop, &options);
    assert_int_equal(http_server_add_listener(fixture->server, listener, "test"), 0);
    fixture->client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fixture->client, (struct sockaddr *)&address, size), 0);
    assert_int_equal(write(fixture->client, request, strlen(request)), (int)strlen(request));
    while (fixture->stream == NULL)
        turn(fixture);
    memset(data, 'a', PIECE);
    fixture->frame = frame_new("x", 0, data, PIECE);
    assert_non_null(fixture->frame);
    free(data);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->stream != NULL)
        fixture->stream = live_stream_free(fixture->stream);
    assert_int_equal(fixture->frame->references, 1);
    assert_null(frame_unref(fixture->frame));
    (void)close(fixture->client);
    turn(fixture);
    fixture->server = http_server_free(fixture->server);
    loop_deinit(&fixture->loop);
    free(fixture);
    return 0;
}

static void put(struct fixture *fixture, bool is_beginning)
{
    live_stream_put(fixture->stream, fixture->frame, is_beginning);
    live_stream_run(fixture->stream);
}

static size_t read_some(struct fixture *fixture, char *data, size_t size)
{
    ssize_t length;

    turn(fixture);
    length = recv(fixture->client, data, size, MSG_DONTWAIT);
    return length > 0 ? (size_t)length : 0;
}

static void test_who_reads_gets_all(void **state)
{
    static char data[65536];
    struct fixture *fixture = *state;
    size_t total = 0, letters = 0;

    for (unsigned int i = 0; i < 40; i++) {
        put(fixture, false);
        while (fixture->stream->count > 0) {
            size_t length = read_some(fixture, data, sizeof(data));

            total += length;
            for (size_t j = 0; j < length; j++)
                letters += data[j] == 'a';
        }
        assert_int_equal(fixture->stream->waiting, 0);
    }
    while (letters < 40 * PIECE) {
        size_t length = read_some(fixture, data, sizeof(data));

        for (size_t j = 0; j < length; j++)
            letters += data[j] == 'a';
    }
    assert_true(total > 0);
    assert_false(fixture->has_gone);
}

static void test_who_does_not_read_is_cut_off(void **state)
{
    struct fixture *fixture = *state;
    unsigned int count = 0;

    while (!fixture->has_gone) {
        assert_true(count++ < 30); /* what may wait, and what the system takes */
        put(fixture, false);
        /* What is written is not copied beyond what is under way. */
        assert_true(fixture->has_gone || fixture->stream->in_flight <= (size_t)192 << 10);
        turn(fixture);
    }
    assert_true(count > LIVE_WAITING_BYTES_MAX / PIECE);
    assert_null(fixture->stream);
}

static void test_what_it_begins_with_counts_apart(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned int i = 0; i < 50; i++)
        put(fixture, true);
    assert_false(fixture->has_gone);
    for (unsigned int i = 0; i < 5; i++)
        put(fixture, false);
    assert_false(fixture->has_gone);
}

static void test_a_client_that_leaves(void **state)
{
    struct fixture *fixture = *state;

    put(fixture, false);
    assert_int_equal(shutdown(fixture->client, SHUT_RDWR), 0);
    while (!fixture->has_gone)
        turn(fixture);
    assert_null(fixture->stream);
}

static void test_without_memory_for_a_frame_it_ends(void **state)
{
    struct fixture *fixture = *state;

    live_stream_put(fixture->stream, NULL, false);
    live_stream_run(fixture->stream);
    assert_true(fixture->has_gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_reads_gets_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_does_not_read_is_cut_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_it_begins_with_counts_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_client_that_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_memory_for_a_frame_it_ends, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
