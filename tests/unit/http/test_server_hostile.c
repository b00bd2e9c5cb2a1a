/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are wrong, too large, too slow or too many. */
#include "serving.h"

#include "os/descriptor.h"

#define BODY_MAX   100000
#define BODIES_MAX 150000

static unsigned int handled;
static uint64_t timeout_ns = 30 * TIME_SECOND;
static uint64_t patience_ns; /* 0: as usual */

static void handle(void *context, struct http_request *request)
{
    (void)context;
    handled++;
    http_respond(request, 200, "text/plain", "fine", 4);
}

static int start(void **state)
{
    struct http_server_options options = {
        .handle = handle,
        .body_bytes_max = BODY_MAX,
        .bodies_bytes_max = BODIES_MAX,
        .connections_max = 4,
        .head_timeout_ns = timeout_ns,
        .head_patience_ns = patience_ns,
        .body_timeout_ns = timeout_ns,
        .idle_timeout_ns = timeout_ns,
        .write_timeout_ns = timeout_ns,
        .closing_timeout_ns = timeout_ns,
    };

    (void)state;
    handled = 0;
    serve(&options);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    stop_serving();
    return 0;
}

static void refused(const char *request, size_t size, const char *status)
{
    int fd = client_open();

    client_send_bytes(fd, request, size);
    client_expect(fd, NULL);
    if (strstr(received, status) == NULL)
        fail_msg("\"%.100s\" was answered: %.200s", request, received);
    assert_non_null(strstr(received, "Connection: close\r\n"));
    assert_non_null(strstr(received, "{\"error\":{\"message\":\""));
    assert_int_equal(handled, 0);
    assert_false(received_reset); /* which could cost the client its answer */
    client_close(fd);
}

static void what_is_no_good_request_is_refused(void **state)
{
    static const struct {
        const char *request, *status;
    } table[] = {
        {"hello\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "}, /* no Host */
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 "},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505 "},
        {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 "},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         "HTTP/1.1 400 "},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 "},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", "HTTP/1.1 413 "},
        {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n",
         "HTTP/1.1 400 "},
        {"PUT / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", "HTTP/1.1 417 "},
        {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        refused(table[i].request, strlen(table[i].request), table[i].status);
}

static void a_nul_is_refused(void **state)
{
    static const char request[] = "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n";

    (void)state;
    refused(request, sizeof(request) - 1, "HTTP/1.1 400 ");
}

static void a_head_without_end_is_refused(void **state)
{
    static char request[40000];
    size_t length = (size_t)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: a\r\nX: ");

    (void)state;
    memset(request + length, 'x', sizeof(request) - length);
    refused(request, sizeof(request), "HTTP/1.1 431 ");
}

static void a_chunked_body_is_counted(void **state)
{
    static char request[BODY_MAX + 1000];
    int length = snprintf(request, sizeof(request),
                          "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "1000000\r\n");

    (void)state;
    memset(request + length, 'x', sizeof(request) - (size_t)length);
    refused(request, sizeof(request), "HTTP/1.1 413 ");
}

static void all_bodies_together_have_a_limit(void **state)
{
    static char part[90000];
    int first, second;

    (void)state;
    memset(part, 'x', sizeof(part));
    first = client_open();
    client_send(first, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 90001\r\n\r\n");
    client_send_bytes(first, part, sizeof(part));
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    second = client_open();
    client_send(second, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 90001\r\n\r\n");
    client_send_bytes(second, part, sizeof(part));
    client_expect(second, NULL);
    assert_non_null(strstr(received, "HTTP/1.1 503 "));
    client_close(second);
    client_close(first);

    /* What the others held is free again. */
    first = client_open();
    client_send(first, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n");
    client_send_bytes(first, part, sizeof(part));
    client_expect(first, "fine");
    client_close(first);
}

static void a_head_that_does_not_come_is_not_waited_for(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET / HTTP/1.1\r\nHo");
    client_expect(fd, NULL);
    assert_non_null(strstr(received, "HTTP/1.1 408 "));
    client_close(fd);
}

static void a_body_that_does_not_come_is_not_waited_for(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    client_expect(fd, NULL);
    assert_non_null(strstr(received, "HTTP/1.1 408 "));
    assert_int_equal(handled, 0);
    client_close(fd);
}

static int start_impatient(void **state)
{
    int r;

    timeout_ns = 50 * TIME_MILLISECOND;
    r = start(state);
    timeout_ns = 30 * TIME_SECOND;
    return r;
}

static void silence_is_closed_without_a_word(void **state)
{
    int fd = client_open();

    (void)state;
    client_expect(fd, NULL);
    assert_int_equal(received_size, 0);
    client_close(fd);
}

static void a_request_cut_off_is_dropped(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    client_close(fd);
    for (int i = 0; i < 3 && http_server_connection_count(server) > 0; i++)
        turn();
    assert_int_equal(http_server_connection_count(server), 0);
    assert_int_equal(handled, 0);
}

static void idle_connections_make_room(void **state)
{
    int fds[4], last;

    (void)state;
    for (int i = 0; i < 4; i++) {
        fds[i] = client_open();
        client_send(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client_expect(fds[i], "fine");
    }
    assert_int_equal(http_server_connection_count(server), 4);
    last = client_open();
    client_send(last, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(last, "fine");
    assert_int_equal(http_server_connection_count(server), 4);
    received_end = false;
    client_receive(fds[0]); /* the one that was idle longest */
    assert_true(received_end);
    for (int i = 0; i < 4; i++)
        client_close(fds[i]);
    client_close(last);
}

static void heads_that_do_not_come_to_an_end_make_room(void **state)
{
    int fds[4], last;

    (void)state;
    for (int i = 0; i < 4; i++) {
        fds[i] = client_open();
        client_send(fds[i], "G");
        turn();
    }
    assert_int_equal(http_server_connection_count(server), 4);
    last = client_open();
    client_send(last, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(last, "fine");
    assert_int_equal(http_server_connection_count(server), 4);
    for (int i = 0; i < 4; i++)
        client_close(fds[i]);
    client_close(last);
}

/* As many as are answered until the server cannot write any more. */
static int open_one_that_does_not_read(void)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    int fd = client_open();

    for (int i = 0; i < 100000; i++) {
        ssize_t length = os_send(fd, request, sizeof(request) - 1, false);

        if (length == -EAGAIN)
            break;
        assert_true(length > 0);
        assert_int_equal(loop_run_once(&loop, 0), 0);
    }
    return fd;
}

static void those_that_do_not_read_make_room(void **state)
{
    int fds[4], last;

    (void)state;
    for (int i = 0; i < 4; i++)
        fds[i] = open_one_that_does_not_read();
    turn();
    assert_int_equal(http_server_connection_count(server), 4);
    last = client_open();
    client_send(last, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(last, "fine");
    for (int i = 0; i < 4; i++)
        assert_int_equal(os_close(fds[i]), 0);
    client_close(last);
}

/* Their last answer was sent; that they stay is of no use to anybody. */
static void those_that_do_not_go_make_room(void **state)
{
    int fds[4], last;

    (void)state;
    for (int i = 0; i < 4; i++) {
        fds[i] = client_open();
        client_send(fds[i], "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        client_expect(fds[i], "fine");
    }
    assert_int_equal(http_server_connection_count(server), 4);
    last = client_open();
    client_send(last, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(last, "fine");
    for (int i = 0; i < 4; i++)
        client_close(fds[i]);
    client_close(last);
}

/* The half of a head is given up after a moment, where somebody waits; in all, it has 30 s. */
static int start_pressed(void **state)
{
    int r;

    patience_ns = TIME_MILLISECOND;
    r = start(state);
    patience_ns = 0;
    return r;
}

static void one_listener_does_not_take_all_places(void **state)
{
    int fds[3];

    (void)state;
    http_server_limit_listener(server, "test", 2);
    for (int i = 0; i < 3; i++) {
        fds[i] = client_open();
        client_send(fds[i], "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
        turn();
    }
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(http_server_connection_count(server), 2);
    client_receive(fds[2]);
    assert_true(received_end);
    for (int i = 0; i < 3; i++)
        client_close(fds[i]);
}

static void busy_connections_keep_others_waiting(void **state)
{
    int fds[4], last;

    (void)state;
    for (int i = 0; i < 4; i++) {
        fds[i] = client_open();
        client_send(fds[i], "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    }
    last = client_open();
    client_send(last, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 5; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    client_receive(last);
    assert_int_equal(received_size, 0);
    assert_int_equal(http_server_connection_count(server), 4);
    client_send(fds[1], "de");
    client_close(fds[1]);
    client_expect(last, "fine");
    for (int i = 0; i < 4; i++)
        if (i != 1)
            client_close(fds[i]);
    client_close(last);
}

static void an_answer_that_nobody_reads_is_given_up(void **state)
{
    int fd = client_open();

    (void)state;
    for (int i = 0; i < 100000 && http_server_connection_count(server) <= 1; i++) {
        static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        ssize_t length = os_send(fd, request, sizeof(request) - 1, false);

        assert_int_equal(loop_run_once(&loop, 0), 0);
        if (length == -EAGAIN)
            break; /* the server reads no more, because it cannot write */
        assert_true(length > 0);
    }
    for (int i = 0; i < 50 && http_server_connection_count(server) > 0; i++)
        turn();
    assert_int_equal(http_server_connection_count(server), 0);
    assert_int_equal(os_close(fd), 0);
}

/* As a program has it that is just being started. */
static void a_copy_of_a_connection_is_of_no_matter(void **state)
{
    int copies[64], fd = client_open();
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 5 && http_server_connection_count(server) == 0; i++)
        turn();
    for (int i = 3; i < 64; i++) {
        int copy = os_socket_type(i) == SOCK_STREAM && i != fd ? os_duplicate(i, 64) : -1;

        if (copy >= 0)
            copies[count++] = copy;
    }
    assert_true(count > 0);
    for (int i = 0; i < 50 && http_server_connection_count(server) > 0; i++)
        turn();
    assert_int_equal(http_server_connection_count(server), 0);
    client_send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); /* to the copy */
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_int_equal(handled, 0);
    while (count > 0)
        assert_int_equal(os_close(copies[--count]), 0);
    assert_int_equal(os_close(fd), 0);
}

int main(void)
{
#define TEST(function)      cmocka_unit_test_setup_teardown(function, start, stop)
#define IMPATIENT(function) cmocka_unit_test_setup_teardown(function, start_impatient, stop)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_good_request_is_refused),
        TEST(a_nul_is_refused),
        TEST(a_head_without_end_is_refused),
        TEST(a_chunked_body_is_counted),
        TEST(all_bodies_together_have_a_limit),
        IMPATIENT(a_head_that_does_not_come_is_not_waited_for),
        IMPATIENT(a_body_that_does_not_come_is_not_waited_for),
        IMPATIENT(silence_is_closed_without_a_word),
        TEST(a_request_cut_off_is_dropped),
        TEST(idle_connections_make_room),
        cmocka_unit_test_setup_teardown(heads_that_do_not_come_to_an_end_make_room, start_pressed,
                                        stop),
        cmocka_unit_test_setup_teardown(those_that_do_not_read_make_room, start_pressed, stop),
        TEST(those_that_do_not_go_make_room),
        TEST(one_listener_does_not_take_all_places),
        TEST(busy_connections_keep_others_waiting),
        IMPATIENT(an_answer_that_nobody_reads_is_given_up),
        IMPATIENT(a_copy_of_a_connection_is_of_no_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
