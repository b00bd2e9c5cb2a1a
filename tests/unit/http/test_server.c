/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

static struct http_request *waiting;
static unsigned int handled;
static char last_body[256];

/* Answers by the path. */
static void handle(void *context, struct http_request *request)
{
    char text[512];

    assert_ptr_equal(context, &handled);
    handled++;
    (void)snprintf(last_body, sizeof(last_body), "%.200s", request->body);
    if (strcmp(request->path, "/later") == 0) {
        waiting = request;
        return;
    }
    if (strcmp(request->path, "/wrong") == 0) {
        http_respond_error(request, 400, "%s", "no \"such\"\n\xff thing");
        return;
    }
    if (strcmp(request->path, "/stream") == 0) {
        waiting = request;
        http_stream_begin(request, 200, "text/plain");
        assert_int_equal(http_stream_write(request, "one\n", 4), 0);
        return;
    }
    if (strcmp(request->path, "/who") == 0) {
        assert_true(request->has_peer);
        (void)snprintf(text, sizeof(text), "%d %s",
                       request->peer_uid == getuid() && request->peer_gid == getgid() &&
                           request->peer_pid == getpid(),
                       http_request_listener(request));
        http_respond(request, 200, "text/plain", text, strlen(text));
        return;
    }
    (void)snprintf(text, sizeof(text), "%s|%s|%s|%zu", http1_method_name(request->method),
                   request->path, request->query, request->body_size);
    http_respond(request, 200, "text/plain", text, strlen(text));
}

static int start(void **state)
{
    struct http_server_options options = {.handle = handle, .context = &handled};

    (void)state;
    handled = 0;
    waiting = NULL;
    serve(&options);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    stop_serving();
    return 0;
}

static void a_request_is_answered_and_the_connection_kept(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /v1/a?b=c&d HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "GET|/v1/a|b=c&d|0");
    assert_non_null(strstr(received, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(received, "Content-Length: 17\r\n"));
    assert_non_null(strstr(received, "Content-Type: text/plain\r\n"));
    assert_null(strstr(received, "Connection: close"));
    client_send(fd, "DELETE /b HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "DELETE|/b||0");
    assert_int_equal(http_server_connection_count(server), 1);
    client_close(fd);
    assert_int_equal(http_server_connection_count(server), 0);
}

static void pipelined_requests_are_answered_in_turn(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "PUT /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                    "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
                    "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client_expect(fd, NULL);
    assert_true(strstr(received, "PUT|/1||3") < strstr(received, "GET|/2||0"));
    assert_true(strstr(received, "GET|/2||0") < strstr(received, "GET|/3||0"));
    assert_non_null(strstr(received, "Connection: close"));
    client_close(fd);
}

static void a_body_may_be_chunked(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "GET|/next||0");
    assert_non_null(strstr(received, "POST|/c||11"));
    client_close(fd);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    static const char text[] = "POST /c?x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "5\r\nhello\r\n0\r\n\r\n";
    int fd = client_open();

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        client_send_bytes(fd, text + i, 1);
        assert_int_equal(loop_run_once(&loop, 0), 0);
    }
    client_expect(fd, "POST|/c|x|5");
    assert_string_equal(last_body, "hello");
    client_close(fd);
}

static void a_client_is_told_to_go_on(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "PUT /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                    "Expect: 100-continue\r\n\r\n");
    client_expect(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_int_equal(handled, 0);
    client_send(fd, "ok");
    client_expect(fd, "PUT|/e||2");
    client_close(fd);
}

static void an_answer_may_come_later(void **state)
{
    int first = client_open();
    int second;

    (void)state;
    client_send(first,
                "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /after HTTP/1.1\r\nHost: x\r\n\r\n");
    while (waiting == NULL)
        turn();
    /* Others are served meanwhile, and nobody overtakes on the same connection. */
    second = client_open();
    client_send(second, "GET /else HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(second, "/else");
    assert_int_equal(handled, 2);
    client_close(second);

    received_size = 0;
    received_end = false;
    received[0] = '\0';
    http_respond(waiting, 200, "text/plain", "now", 3);
    client_expect(first, "/after");
    assert_true(strstr(received, "now") < strstr(received, "/after"));
    client_close(first);
}

static void the_client_may_go_before_the_answer(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    while (waiting == NULL)
        turn();
    client_close(fd);
    assert_int_equal(http_server_connection_count(server), 1);
    http_respond(waiting, 200, "text/plain", "now", 3);
    for (int i = 0; i < 10 && http_server_connection_count(server) > 0; i++)
        turn();
    assert_int_equal(http_server_connection_count(server), 0);
}

static void the_peer_is_known(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "1 test");
    client_close(fd);
}

static void an_error_is_json(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /wrong HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "}}\n");
    assert_non_null(strstr(received, "HTTP/1.1 400 Bad Request\r\n"));
    assert_non_null(strstr(received, "\r\n\r\n{\"error\":{\"message\":"
                                     "\"no \\\"such\\\"\\u000a\\ufffd thing\"}}\n"));
    client_close(fd);
}

static void head_gets_no_body(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "HEAD /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client_expect(fd, NULL);
    assert_non_null(strstr(received, "Content-Length: 10\r\n"));
    assert_string_equal(received + received_size - 4, "\r\n\r\n");
    client_close(fd);
}

static void an_old_client_is_closed_after_its_answer(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /o HTTP/1.0\r\n\r\n");
    client_expect(fd, NULL);
    assert_non_null(strstr(received, "GET|/o||0"));
    client_close(fd);
}

static void a_stream_is_sent_as_it_is_written(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "4\r\none\n\r\n");
    assert_non_null(strstr(received, "Transfer-Encoding: chunked\r\n"));
    assert_int_equal(http_stream_write(waiting, "three\n", 6), 0);
    client_expect(fd, "6\r\nthree\n\r\n");
    http_stream_end(waiting);
    client_expect(fd, "0\r\n\r\n");
    client_send(fd, "GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "GET|/again||0");
    client_close(fd);
}

static void an_old_client_gets_a_stream_until_close(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /stream HTTP/1.0\r\n\r\n");
    client_expect(fd, "\r\n\r\none\n");
    http_stream_end(waiting);
    client_expect(fd, NULL);
    assert_null(strstr(received, "chunked"));
    client_close(fd);
}

static unsigned int closed_count;

static void note_closed(struct http_request *request)
{
    closed_count++;
    http_stream_end(request);
}

static void the_end_of_who_reads_a_stream_is_told(void **state)
{
    int fd = client_open();

    (void)state;
    closed_count = 0;
    client_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "one");
    waiting->closed = note_closed;
    client_close(fd);
    for (int i = 0; i < 10 && closed_count == 0; i++)
        turn();
    assert_int_equal(closed_count, 1);
    assert_int_equal(http_server_connection_count(server), 0);
}

static void a_reader_that_is_too_slow_loses_its_stream(void **state)
{
    static char part[65536];
    int fd = client_open();
    int r = 0;

    (void)state;
    closed_count = 0;
    client_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "one");
    waiting->closed = note_closed;
    memset(part, 'x', sizeof(part));
    for (int i = 0; i < 1000 && r == 0; i++)
        r = http_stream_write(waiting, part, sizeof(part));
    assert_int_equal(r, -EPIPE);
    assert_int_equal(closed_count, 0); /* the result said so */
    for (int i = 0; i < 10 && closed_count == 0; i++)
        turn();
    assert_int_equal(closed_count, 1);
    assert_int_equal(http_server_connection_count(server), 0);
    client_close(fd);
}

static void listeners_can_be_taken_away(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "GET|/1||0");
    http_server_remove_listener(server, "other");
    http_server_remove_listener(server, "test");
    client_send(fd, "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect(fd, "GET|/2||0");
    client_close(fd);
    fd = os_stream_socket(AF_UNIX);
    {
        union os_address address = {.local = {.sun_family = AF_UNIX}};

        memcpy(address.local.sun_path, socket_path, strlen(socket_path) + 1);
        assert_int_equal(os_connect(fd, &address, sizeof(address.local)), -ECONNREFUSED);
    }
    assert_int_equal(os_close(fd), 0);
}

static void the_server_goes_with_everything_open(void **state)
{
    int first = client_open(), second = client_open();

    (void)state;
    client_send(first, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    client_send(second, "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
    while (waiting == NULL)
        turn();
    turn();
    assert_int_equal(http_server_connection_count(server), 2);
    assert_int_equal(os_close(first), 0);
    assert_int_equal(os_close(second), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_answered_and_the_connection_kept),
        TEST(pipelined_requests_are_answered_in_turn),
        TEST(a_body_may_be_chunked),
        TEST(a_request_may_come_byte_by_byte),
        TEST(a_client_is_told_to_go_on),
        TEST(an_answer_may_come_later),
        TEST(the_client_may_go_before_the_answer),
        TEST(the_peer_is_known),
        TEST(an_error_is_json),
        TEST(head_gets_no_body),
        TEST(an_old_client_is_closed_after_its_answer),
        TEST(a_stream_is_sent_as_it_is_written),
        TEST(an_old_client_gets_a_stream_until_close),
        TEST(the_end_of_who_reads_a_stream_is_told),
        TEST(a_reader_that_is_too_slow_loses_its_stream),
        TEST(listeners_can_be_taken_away),
        TEST(the_server_goes_with_everything_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
