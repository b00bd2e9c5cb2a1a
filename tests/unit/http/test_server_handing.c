/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the server's hands: connections that become another protocol's, bodies that go to
 * files, and writers that wait for their readers. */
#include "serving.h"

#include <fcntl.h>
#include <unistd.h>

static int taken_fd;
static int body_result; /* of open_body */
static uint64_t body_max;
static char body[4096];
static size_t written, drained;

static int open_body(void *context, const struct http_request *request, uint64_t *ret_bytes_max)
{
    (void)context;
    if (strcmp(request->path, "/upload") != 0)
        return -ENOSYS;
    *ret_bytes_max = body_max;
    return body_result == 0 ? open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : body_result;
}

static void read_body(struct http_request *request)
{
    ssize_t length = pread(request->body_fd, body, sizeof(body) - 1, 0);

    assert_true(length >= 0);
    body[length] = '\0';
    assert_int_equal(request->body_size, length);
}

static void was_drained(struct http_request *request)
{
    drained = written;
    if (written < 300000) {
        static char text[100000];

        memset(text, 'x', sizeof(text));
        written += sizeof(text);
        assert_int_equal(http_stream_write(request, text, sizeof(text)), 0);
    } else {
        http_stream_end(request);
    }
}

static void handle(void *context, struct http_request *request)
{
    int r;

    (void)context;
    if (strcmp(request->path, "/raw") == 0) {
        r = http_request_take_over(request, "raw", &taken_fd);
        if (r < 0)
            http_respond_error(request, 426, "%d", r);
    } else if (strcmp(request->path, "/stream") == 0) {
        request->drained = was_drained;
        http_stream_begin(request, 200, "text/plain");
        written = 1;
        (void)http_stream_write(request, "x", 1);
    } else {
        const char *answer = request->body_fd >= 0 ? "file" : "memory";

        if (request->body_fd >= 0)
            read_body(request);
        http_respond(request, 200, "text/plain", answer, strlen(answer));
    }
}

static int setup(void **state)
{
    const struct http_server_options options = {.handle = handle, .open_body = open_body};

    (void)state;
    taken_fd = -1;
    body_result = 0;
    body_max = 1000;
    serve(&options);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    os_closep(&taken_fd);
    stop_serving();
    return 0;
}

static void a_connection_is_taken_over(void **state)
{
    char said[8] = {0};
    int fd = client_open();

    (void)state;
    client_send(fd, "POST /raw HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n");
    client_expect(fd, "\r\n\r\n");
    assert_non_null(strstr(received, "101 Switching Protocols\r\n"));
    assert_non_null(strstr(received, "Upgrade: raw\r\n"));
    assert_true(taken_fd >= 0);
    assert_int_equal(http_server_connection_count(server), 0);
    client_send(fd, "there");
    assert_int_equal(os_receive(taken_fd, said, sizeof(said)), 5);
    assert_int_equal(os_send(taken_fd, "back!", 5, false), 5);
    client_expect(fd, "back!");
    client_close(fd);
}

static void who_did_not_ask_for_it_keeps_http(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "POST /raw HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect(fd, "426");
    assert_int_equal(taken_fd, -1);
    client_close(fd);
    fd = client_open(); /* and who did not wait for the answer */
    client_send(fd,
                "POST /raw HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nmore");
    client_expect(fd, "426");
    client_close(fd);
}

static void a_body_goes_to_a_file(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    client_expect(fd, "file");
    assert_string_equal(body, "hello");
    received[received_size = 0] = 0;
    client_send(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nhel\r\n4\r\nlo 2\r\n0\r\n\r\n");
    client_expect(fd, "file");
    assert_string_equal(body, "hello 2");
    received[received_size = 0] = 0;
    client_send(fd, "POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    client_expect(fd, "memory");
    client_close(fd);
}

static void a_body_has_its_limit_in_a_file_too(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    client_expect(fd, "413");
    client_close(fd);
    body_max = 6;
    fd = client_open();
    client_send(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nhel\r\n4\r\nlo 2\r\n0\r\n\r\n");
    client_expect(fd, "413");
    client_close(fd);
}

static ssize_t write_no_more(int fd, const void *data, size_t size)
{
    (void)fd;
    (void)data;
    (void)size;
    errno = ENOSPC;
    return -1;
}

static void a_full_disk_is_said(void **state)
{
    struct os_ops ops = os_default_ops;
    int fd = client_open();

    (void)state;
    body_result = -ENOSPC;
    client_send(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    client_expect(fd, "507");
    client_close(fd);
    body_result = 0;
    ops.write = write_no_more;
    (void)os_set_ops(&ops);
    fd = client_open();
    client_send(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    client_expect(fd, "the disk is full");
    (void)os_set_ops(NULL);
    assert_non_null(strstr(received, "507"));
    client_close(fd);
}

static void a_writer_learns_that_all_has_left(void **state)
{
    int fd = client_open();

    (void)state;
    client_send(fd, "GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client_expect(fd, NULL);
    assert_int_equal(drained, 300001);
    assert_true(received_size > 300001);
    assert_int_equal(strcmp(received + received_size - 5, "0\r\n\r\n"), 0);
    client_close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_is_taken_over, setup, teardown),
        cmocka_unit_test_setup_teardown(who_did_not_ask_for_it_keeps_http, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_goes_to_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_has_its_limit_in_a_file_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_writer_learns_that_all_has_left, setup, teardown),
    };

    return cmocka_run_group_tests_name("http_server_handing", tests, NULL, NULL);
}
