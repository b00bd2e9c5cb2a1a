/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a thread that answers what a test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/error.h"
#include "http/client.h"
#include "os/os.h"

static char folder[] = "/tmp/slipway-client-XXXXXX";
static char path[108];
static int listener = -1;
static pthread_t thread;

/* What the thread does with its one connection. */
static const char *answer;
static size_t answer_size;
static size_t part_size;    /* of the answer, at once; 0: all */
static size_t read_at_most; /* of the request, before the answer; 0: up to its end */
static bool stays_open;
static char request[1 << 16];

static void *serve_one(void *context)
{
    int fd = accept(listener, NULL, NULL);
    size_t used = 0, sent = 0;

    (void)context;
    while (used + 1 < sizeof(request) && (read_at_most == 0 || used < read_at_most)) {
        ssize_t length = recv(fd, request + used, sizeof(request) - 1 - used, 0);
        char *end;

        if (length <= 0)
            break;
        used += (size_t)length;
        request[used] = '\0';
        end = strstr(request, "\r\n\r\n");
        if (end != NULL && (strncmp(request, "PUT", 3) != 0 || strchr(end, '}') != NULL))
            break;
    }
    while (sent < answer_size) {
        size_t size =
            part_size > 0 && part_size < answer_size - sent ? part_size : answer_size - sent;
        ssize_t length = send(fd, answer + sent, size, MSG_NOSIGNAL);

        if (length <= 0)
            break;
        sent += (size_t)length;
    }
    if (stays_open) {
        char byte;

        (void)!recv(fd, &byte, 1, 0); /* until the client goes */
    }
    (void)close(fd);
    return NULL;
}

static int start(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/control.sock", folder);
    memcpy(address.sun_path, path, strlen(path) + 1);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    part_size = 0;
    read_at_most = 0;
    stays_open = false;
    return bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
                   listen(listener, 4) < 0
               ? -1
               : 0;
}

static int stop(void **state)
{
    (void)state;
    (void)close(listener);
    (void)unlink(path);
    return rmdir(folder);
}

static void will_answer(const char *text)
{
    answer = text;
    answer_size = strlen(text);
    request[0] = '\0';
    assert_int_equal(pthread_create(&thread, NULL, serve_one, NULL), 0);
}

static void served(void)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_call_brings_the_answer(void **state)
{
    struct http_response response;
    struct error *error = NULL;

    (void)state;
    will_answer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(http_call(path, "PUT", "/v1/projects/a?x=1", "{\"a\":1}", &response, &error),
                     0);
    served();
    assert_int_equal(response.status, 200);
    assert_string_equal(response.content_type, "application/json");
    assert_string_equal(response.body, "{}");
    assert_int_equal(response.size, 2);
    assert_non_null(strstr(request, "PUT /v1/projects/a?x=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "\r\nHost: "));
    assert_non_null(strstr(request, "Content-Length: 7\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"a\":1}"));
    http_response_deinit(&response);
}

static void answers_come_in_all_framings(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(answers) / sizeof(answers[0]); i++) {
        struct http_response response;

        part_size = i % 2;
        will_answer(answers[i / 2]);
        assert_int_equal(http_call(path, "GET", "/", NULL, &response, NULL), 0);
        served();
        assert_string_equal(response.body, "hello world");
        http_response_deinit(&response);
    }
}

static void an_error_is_an_answer_too(void **state)
{
    struct http_response response;

    (void)state;
    will_answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(http_call(path, "GET", "/", NULL, &response, NULL), 0);
    served();
    assert_int_equal(response.status, 404);
    assert_string_equal(response.body, "");
    http_response_deinit(&response);
}

static void an_answer_may_come_before_the_request_was_sent(void **state)
{
    size_t size = (size_t)8 << 20;
    struct http_response response;
    char *body = malloc(size + 1);

    (void)state;
    assert_non_null(body);
    memset(body, ' ', size);
    body[size] = '\0';
    read_at_most = 1000;
    will_answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
    assert_int_equal(http_call(path, "PUT", "/", body, &response, NULL), 0);
    served();
    assert_int_equal(response.status, 413);
    assert_string_equal(response.body, "big");
    http_response_deinit(&response);
    free(body);
}

static void fails(const char *socket, uint64_t timeout_ms, int code, const char *text)
{
    struct http_response response;
    _cleanup_error_ struct error *error = NULL;

    assert_int_equal(http_call_within(socket, "GET", "/", NULL, timeout_ms, &response, &error),
                     -code);
    assert_int_equal(error->code, code);
    if (strstr(error->message, text) == NULL)
        fail_msg("%s", error->message);
}

static void broken_answers_are_told(void **state)
{
    static const struct {
        const char *answer, *text;
        int code;
    } table[] = {
        {"", "went away in the midst", ECONNRESET},
        {"HTTP/1.1 200 OK\r\nContent-Le", "went away in the midst", ECONNRESET},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "went away in the midst", ECONNRESET},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
         "went away in the midst", ECONNRESET},
        {"SSH-2.0-OpenSSH\r\n", "is no HTTP", EPROTO},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "is no HTTP", EPROTO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        will_answer(table[i].answer);
        fails(path, 5000, table[i].code, table[i].text);
        served();
    }
}

static void a_head_without_end_is_given_up(void **state)
{
    static char text[100000] = "HTTP/1.1 200 OK\r\nX: ";

    (void)state;
    memset(text + strlen(text), 'x', sizeof(text) - 1 - strlen(text));
    will_answer(text);
    fails(path, 5000, EPROTO, "is no HTTP");
    served();
}

static void silence_has_an_end(void **state)
{
    (void)state;
    stays_open = true;
    will_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    fails(path, 30, ETIMEDOUT, "does not answer in time");
    served();
}

static void nobody_there_is_told_with_the_path(void **state)
{
    char other[120];
    char text[200];

    (void)state;
    (void)snprintf(other, sizeof(other), "%s/none", folder);
    (void)snprintf(text, sizeof(text), "no daemon runs here: %s is not there", other);
    fails(other, 1000, ENOENT, text);

    assert_int_equal(close(listener), 0);
    listener = -1;
    fails(path, 1000, ECONNREFUSED, "no daemon runs here: nobody answers at");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fails(text, 1000, ENAMETOOLONG, "is no path of a socket");
}

static void a_socket_may_be_forbidden(void **state)
{
    (void)state;
    if (getuid() == 0)
        skip(); /* root may use any */
    assert_int_equal(chmod(path, 0), 0);
    fails(path, 1000, EACCES, "you may not use");
}

static const struct http_content none = {.fd = -1};

static void a_stream_is_read_as_it_comes(void **state)
{
    struct http_exchange *stream = NULL;
    struct error *error = NULL;
    char data[64];

    (void)state;
    stays_open = true;
    will_answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n");
    assert_int_equal(http_open(path, "GET", "/v1/events", &none, 5000, &stream, &error), 0);
    assert_int_equal(http_exchange_status(stream), 200);
    assert_int_equal(http_exchange_read(stream, data, sizeof(data), 5000, &error), 4);
    assert_memory_equal(data, "one\n", 4);
    assert_int_equal(http_exchange_read(stream, data, 1, 5000, &error), 1);
    assert_int_equal(http_exchange_read(stream, data + 1, sizeof(data) - 1, 5000, &error), 3);
    assert_memory_equal(data, "two\n", 4);
    assert_null(error);
    assert_int_equal(http_exchange_read(stream, data, sizeof(data), 10, NULL), -ETIMEDOUT);
    stream = http_exchange_close(stream);
    served();
}

static void a_stream_has_an_end(void **state)
{
    struct http_exchange *stream = NULL;
    char data[64];

    (void)state;
    will_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    assert_int_equal(http_open(path, "GET", "/", &none, 5000, &stream, NULL), 0);
    assert_int_equal(http_exchange_read(stream, data, sizeof(data), 5000, NULL), 1);
    assert_int_equal(http_exchange_read(stream, data, sizeof(data), 5000, NULL), 0);
    assert_int_equal(http_exchange_read(stream, data, sizeof(data), 5000, NULL), 0);
    stream = http_exchange_close(stream);
    served();
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_call_brings_the_answer),  TEST(answers_come_in_all_framings),
        TEST(an_error_is_an_answer_too), TEST(an_answer_may_come_before_the_request_was_sent),
        TEST(broken_answers_are_told),   TEST(a_head_without_end_is_given_up),
        TEST(silence_has_an_end),        TEST(nobody_there_is_told_with_the_path),
        TEST(a_socket_may_be_forbidden), TEST(a_stream_is_read_as_it_comes),
        TEST(a_stream_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
