/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers see of a head and say for that of the answer, who is let in, and ending from
 * outside. */
#include "serving.h"

static struct http_request *last;
static char seen[4096];
static bool is_admitted;
static unsigned int admitted_count, answered_status, released_count, closed_count;
static int attachment;

static void answered(struct http_request *request, unsigned int status)
{
    assert_ptr_equal(request->attachment, &attachment);
    answered_status = status;
}

static void released(void *context)
{
    assert_ptr_equal(context, &attachment);
    released_count++;
}

static bool admit(void *context, struct http_request *request)
{
    (void)context;
    admitted_count++;
    request->attachment = &attachment;
    request->release = released;
    request->answered = answered;
    if (is_admitted)
        return true;
    http_add_field(request, "X-Reason", "because");
    http_respond_error(request, 403, "no");
    return false;
}

static void handle(void *context, struct http_request *request)
{
    const char *field = http_request_field(request, "x-a");

    (void)context;
    last = request;
    (void)snprintf(seen, sizeof(seen), "%s|%s", http_request_host(request),
                   field != NULL ? field : "none");
    if (strcmp(request->path, "/fields") == 0) {
        http_add_field(request, "ETag", "\"x\"");
        http_add_field(request, "Cache-Control", "no-cache");
        http_add_field(request, "X-Bad", "a\r\nSet-Cookie: b");
        http_add_field(request, "X\r\n", "a");
        http_respond(request, 200, "text/plain", "ok", 2);
    } else if (strcmp(request->path, "/304") == 0) {
        http_respond(request, 304, NULL, "", 0);
    } else if (strcmp(request->path, "/wait") != 0) {
        http_respond(request, 200, "text/plain", "ok", 2);
    }
}

static void start(bool admits)
{
    const struct http_server_options options = {.handle = handle, .admit = admit};

    serve(&options);
    is_admitted = admits;
    admitted_count = answered_status = released_count = closed_count = 0;
    last = NULL;
}

static void forget(void)
{
    received_size = 0;
    received[0] = '\0';
}

static unsigned int count_of(const char *text)
{
    unsigned int count = 0;

    for (const char *at = received; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void fields_are_found_in_any_case(void **state)
{
    int fd;

    (void)state;
    start(true);
    fd = client_open();
    client_send(fd, "GET / HTTP/1.1\r\nHost: a.example:80\r\nX-A: \t one two \t\r\nX-B:\r\n\r\n");
    client_expect(fd, "ok");
    assert_string_equal(seen, "a.example:80|one two");
    assert_int_equal(answered_status, 200);
    assert_int_equal(released_count, 1);
    forget();
    client_send(fd, "GET http://b.example/x HTTP/1.1\r\nHost: b.example\r\nx-a:\r\n\r\n");
    client_expect(fd, "ok");
    assert_string_equal(seen, "b.example|");
    forget();
    client_send(fd, "GET / HTTP/1.1\r\nHost: c\r\nX-AA: 1\r\n\r\n");
    client_expect(fd, "ok");
    assert_string_equal(seen, "c|none");
    client_close(fd);
    stop_serving();
}

static void some_fields_may_be_there_once(void **state)
{
    static const char *const names[] = {"Authorization", "origin", "Sec-Fetch-Site"};

    (void)state;
    start(true);
    for (size_t i = 0; i < 3; i++) {
        char text[256];
        int fd = client_open();

        (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s: x\r\n%s: x\r\n\r\n",
                       names[i], names[i]);
        client_send(fd, text);
        client_expect(fd, NULL);
        assert_int_equal(strncmp(received, "HTTP/1.1 400 ", 13), 0);
        assert_non_null(strstr(received, "is given twice"));
        client_close(fd);
    }
    assert_int_equal(admitted_count, 0);
    stop_serving();
}

static void an_answer_has_more_fields(void **state)
{
    int fd;

    (void)state;
    start(true);
    http_server_set_listener_fields(server, "test", "X-Always: yes\r\n");
    fd = client_open();
    client_send(fd, "GET /fields HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(fd, "\r\n\r\nok");
    assert_int_equal(count_of("\r\nETag: \"x\"\r\n"), 1);
    assert_int_equal(count_of("Cache-Control"), 1);
    assert_int_equal(count_of("\r\nX-Always: yes\r\n"), 1);
    assert_int_equal(count_of("Set-Cookie"), 0);
    forget();
    client_send(fd, "GET /304 HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(fd, "\r\n\r\n");
    assert_int_equal(strncmp(received, "HTTP/1.1 304 ", 13), 0);
    assert_int_equal(count_of("Content-Length"), 0);
    assert_int_equal(count_of("ETag"), 0); /* of the answer before */
    assert_int_equal(count_of("no-store"), 1);
    forget();
    client_send(fd, "nonsense\r\n\r\n"); /* the server's own answers have them too */
    client_expect(fd, NULL);
    assert_int_equal(count_of("\r\nX-Always: yes\r\n"), 1);
    client_close(fd);
    stop_serving();
}

static void who_is_not_admitted_is_not_handled(void **state)
{
    int fd;

    (void)state;
    start(false);
    fd = client_open();
    client_send(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 100 && count_of("HTTP/1.1 403 ") < 2; i++) {
        turn();
        client_receive(fd);
    }
    assert_int_equal(count_of("HTTP/1.1 403 "), 2); /* the connection stays */
    assert_int_equal(count_of("\r\nX-Reason: because\r\n"), 2);
    forget();
    client_send(fd, "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n"
                    "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(fd, NULL); /* but not before a body that nobody reads */
    assert_int_equal(count_of("HTTP/1.1 403 "), 1);
    assert_int_equal(admitted_count, 3);
    assert_int_equal(released_count, 3);
    assert_int_equal(answered_status, 403);
    assert_null(last);
    client_close(fd);
    stop_serving();
}

static void who_is_admitted_is_read_on(void **state)
{
    int fd;

    (void)state;
    start(true);
    fd = client_open();
    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(admitted_count, 1);
    assert_null(last);
    client_send(fd, "c");
    client_expect(fd, "ok");
    assert_int_equal(count_of("Connection: close"), 0);
    client_close(fd);
    stop_serving();
}

static void closed(struct http_request *request)
{
    closed_count++;
    http_stream_end(request);
}

static int begin_waiting(const char *text)
{
    int fd = client_open();

    last = NULL;
    client_send(fd, text);
    for (int i = 0; i < 100 && last == NULL; i++)
        turn();
    assert_non_null(last);
    return fd;
}

static void a_stream_is_ended_from_outside(void **state)
{
    int fd;

    (void)state;
    start(true);
    fd = begin_waiting("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    last->closed = closed;
    http_stream_begin(last, 200, "text/plain");
    assert_int_equal(http_stream_write(last, "abc", 3), 0);
    client_expect(fd, "abc");
    http_request_abort(last);
    http_request_abort(last);
    assert_int_equal(closed_count, 0); /* in a turn of its own */
    client_expect(fd, NULL);
    assert_int_equal(closed_count, 1);
    assert_int_equal(released_count, 1);
    assert_int_equal(http_server_connection_count(server), 0);
    client_close(fd);
    stop_serving();
}

static void an_answer_that_is_due_goes_nowhere(void **state)
{
    int fd;

    (void)state;
    start(true);
    fd = begin_waiting("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    http_request_abort(last);
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(released_count, 0); /* it is still there for who answers */
    http_respond(last, 200, "text/plain", "ok", 2);
    client_expect(fd, NULL);
    assert_int_equal(received_size, 0);
    assert_int_equal(released_count, 1);
    client_close(fd);
    stop_serving();
}

static void connections_of_a_listener_are_ended(void **state)
{
    int idle, waiting, streaming;
    struct http_request *first;

    (void)state;
    start(true);
    idle = client_open();
    waiting = begin_waiting("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    first = last;
    streaming = begin_waiting("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    last->closed = closed;
    http_stream_begin(last, 200, "text/plain");
    http_server_end_connections(server, "other");
    assert_int_equal(http_server_connection_count(server), 3);
    http_server_end_connections(server, "test");
    for (int i = 0; i < 3; i++)
        turn();
    assert_int_equal(closed_count, 1);
    assert_int_equal(http_server_connection_count(server), 1);
    http_respond(first, 200, "text/plain", "ok", 2);
    forget();
    received_end = false;
    client_expect(waiting, NULL);
    assert_non_null(strstr(received, "Connection: close"));
    client_close(idle);
    client_close(waiting);
    client_close(streaming);
    stop_serving();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_in_any_case),
        cmocka_unit_test(some_fields_may_be_there_once),
        cmocka_unit_test(an_answer_has_more_fields),
        cmocka_unit_test(who_is_not_admitted_is_not_handled),
        cmocka_unit_test(who_is_admitted_is_read_on),
        cmocka_unit_test(a_stream_is_ended_from_outside),
        cmocka_unit_test(an_answer_that_is_due_goes_nowhere),
        cmocka_unit_test(connections_of_a_listener_are_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
