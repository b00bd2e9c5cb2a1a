/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and status files that were not written by us: refused, whatever is in them. */
#include "process_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "os/file.h"
#include "shim/orders.h"
#include "shim/protocol.h"

#define PARSED(text) parse(text, sizeof(text))

static struct orders orders;

/* With the NUL that ends the literal. */
static const char *parse(const char *text, size_t size)
{
    char *data = malloc(size); /* exactly that much, so that a sanitizer sees more */
    const char *problem;

    assert_non_null(data);
    memcpy(data, text, size);
    memset(&orders, 0, sizeof(orders));
    problem = orders_parse(&orders, data, size);
    free(data);
    return problem;
}

static void test_good_orders(void **state)
{
    (void)state;
    assert_null(PARSED("version=1\0log_bytes=5000\0log_files=2\0x-any=thing\0program=main\0"
                       "argument=a\0argument=\0environment=A=\0environment=B=c=d\0program=health\0"
                       "argument=h\0program=pre_stop\0argument=p\0end=1"));
}

static void test_bad_orders(void **state)
{
    static const struct {
        const char *about, *text;
        size_t size;
    } cases[] = {
#define CASE(about, text) {about, text, sizeof(text)}
#define START             "version=1\0log_bytes=5000\0log_files=2\0"
        CASE("empty", ""),
        CASE("no end", START "program=main\0argument=a"),
        CASE("behind the end", START "program=main\0argument=a\0end=1\0argument=b"),
        CASE("no value", START "program=main\0argument\0end=1"),
        CASE("no command", START "program=main\0end=1"),
        CASE("empty command", START "program=main\0argument=\0end=1"),
        CASE("version", "version=2\0program=main\0argument=a\0end=1"),
        CASE("unknown key", START "colour=red\0program=main\0argument=a\0end=1"),
        CASE("unknown section", START "program=other\0argument=a\0end=1"),
        CASE("number", START "stop_grace=1x\0program=main\0argument=a\0end=1"),
        CASE("too large", START "stop_grace=99999999999999999999\0program=main\0argument=a\0end=1"),
        CASE("signal", START "stop_signal=65\0program=main\0argument=a\0end=1"),
        CASE("negative", START "umask=-1\0program=main\0argument=a\0end=1"),
        CASE("limit", START "limit=1:2\0program=main\0argument=a\0end=1"),
        CASE("limit turned", START "limit=1:3:2\0program=main\0argument=a\0end=1"),
        CASE("limit unknown", START "limit=99:1:2\0program=main\0argument=a\0end=1"),
        CASE("bind without place", START "bind=x\0program=main\0argument=a\0end=1"),
        CASE("place without bind", START "at=/x\0program=main\0argument=a\0end=1"),
        CASE("relative place", START "bind=x\0at=y\0program=main\0argument=a\0end=1"),
        CASE("variable", START "program=main\0argument=a\0environment=A\0end=1"),
        CASE("no name", START "program=main\0argument=a\0environment==A\0end=1"),
        CASE("list in pieces",
             START "program=main\0argument=a\0environment=A=b\0argument=c\0end=1"),
        CASE("group", START "cgroup=x\0program=main\0argument=a\0end=1"),
        CASE("user", START "program=main\0argument=a\0uid=4294967295\0end=1"),
        CASE("restart", START "restart=perhaps\0program=main\0argument=a\0end=1"),
        CASE("port", START "listen=65536\0program=main\0argument=a\0end=1"),
        CASE("no log", "version=1\0program=main\0argument=a\0end=1"),
        CASE("hook", START "program=main\0argument=a\0program=pre_stop\0end=1"),
#undef START
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (parse(cases[i].text, cases[i].size) == NULL)
            fail_msg("taken: %s", cases[i].about);
    }
}

/* Each prefix, and each byte changed: never more than what is there is read. */
static void test_damaged_orders(void **state)
{
    static const char good[] =
        "version=1\0log_bytes=5000\0log_files=2\0limit=7:1:2\0bind=a\0at=/b\0program=main\0"
        "argument=a\0environment=A=b\0uid=1\0group=2\0end=1";
    static const char start[] = "version=1\0log_bytes=5000\0log_files=2\0program=main";
    static const char word[] = "argument=a", end[] = "end=1";
    char text[sizeof(good)];

    (void)state;
    for (size_t size = 0; size < sizeof(good); size++)
        assert_non_null(parse(good, size));
    for (size_t i = 0; i < sizeof(good); i++) {
        static const char changes[] = {'\0', '=', '\xff', '/', ':'};

        for (size_t k = 0; k < sizeof(changes); k++) {
            memcpy(text, good, sizeof(good));
            text[i] = changes[k];
            (void)parse(text, sizeof(text));
        }
    }
    for (unsigned int count = 1; count <= 10000; count *= 10) {
        struct strbuf many;

        strbuf_init(&many, (size_t)1 << 24);
        strbuf_append(&many, start, sizeof(start));
        for (unsigned int i = 0; i < count; i++)
            strbuf_append(&many, word, sizeof(word));
        strbuf_append(&many, end, sizeof(end));
        assert_true((parse(many.data, many.length) == NULL) == (count < ORDERS_WORDS_MAX));
        strbuf_deinit(&many);
    }
}

static void test_hostile_status(void **state)
{
    static const char *const texts[] = {
        "",
        "end\n",
        "state\nend\n",
        "state running",
        "state running\n",
        "state odd\nend\n",
        "state running\npid x\nend\n",
        "state running\npid 99999999999999999999\nend\n",
        "state running\nexit_code 4294967296\nend\n",
        "state running\nhealth odd\nend\n",
        "\n\n\n",
        "state created\nend\n",
        " \nend\n",
    };
    struct process_status status = {.pid = 77};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (instance_parse_status(texts[i], &status))
            fail_msg("taken: %s", texts[i]);
    }
    assert_int_equal(status.pid, 77);
    assert_true(instance_parse_status("state exited\nexit_code 3\nnote a b c\nend\n", &status));
    assert_int_equal(status.exit_code, 3);
}

#define SLEEPS "services: {api: {x-slipway: {runtime: process}, command: [/bin/sleep, '1000']}}"

/* The folder of an instance in which others have been. */
static void test_spoilt_folders(void **state)
{
    const char *id = process_created(SLEEPS);
    struct error *error = NULL;

    (void)state;
    assert_int_equal(os_write_file_atomically(process_file(id, "status"), "junk", 4, 0600, NULL),
                     0);
    assert_int_equal(process_observed().instances[0].state, INSTANCE_EXITED);
    process_start_it(id);
    assert_int_equal(process_status_of(id).state, INSTANCE_RUNNING);
    process_stop_it(id, 0);
    assert_int_equal(
        os_write_file_atomically(process_file(id, "orders"), "junk=1\0end=1\0", 13, 0600, NULL), 0);
    assert_true(process_runtime->class->start(process_runtime, PROJECT, id, &error) < 0);
    fixture_assert_mentions("orders", error->message, "orders are wrong");
    error = error_free(error);
    assert_int_equal(os_write_file_atomically(process_file(id, "orders"), "junk", 4, 0600, NULL),
                     0);
    assert_true(process_runtime->class->start(process_runtime, PROJECT, id, &error) < 0);
    fixture_assert_mentions("orders", error->message, "not complete");
    error = error_free(error);
    assert_true(process_runtime->class->start(process_runtime, PROJECT, "../../../etc", &error) <
                0);
    error = error_free(error);
    assert_true(process_runtime->class->start(process_runtime, "../x", id, &error) < 0);
    (void)error_free(error);
}

/* Requests that no runtime would send: the shim and its instance go on. */
static void test_hostile_requests(void **state)
{
    static char large[SHIM_MESSAGE_MAX + 100];
    const char *id = process_started(SLEEPS);
    struct instance *instance = process_loaded(id);
    struct shim_request odd[] = {
        {.order = 0},
        {.order = 99},
        {.order = SHIM_ORDER_KILL, .signal = -1},
        {.order = SHIM_ORDER_KILL, .signal = 1000},
        {.order = SHIM_ORDER_EXEC},
    };
    struct shim_reply_text reply;
    int fds[SHIM_CLIENT_MAX + 8];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        int fd = connection_open(instance);

        assert_true(fd >= 0);
        assert_int_equal(send(fd, &odd[i], sizeof(odd[i]), 0), sizeof(odd[i]));
        assert_int_equal(connection_receive(fd, -1, DEADLINE_NS, &reply), 0);
        assert_true(reply.answer == SHIM_ANSWER_DONE && reply.value < 0);
        (void)close(fd);
    }
    for (size_t size = 1; size < sizeof(large); size += 21839) {
        int fd = connection_open(instance);

        assert_true(fd >= 0);
        (void)send(fd, large, size, MSG_NOSIGNAL);
        (void)connection_receive(fd, -1, DEADLINE_NS, &reply);
        (void)close(fd);
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        fds[i] = connection_open(instance);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    assert_int_equal(process_status_of(id).state, INSTANCE_RUNNING);
    process_stop_it(id, 0);
    instance_deinit(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_orders),    cmocka_unit_test(test_bad_orders),
        cmocka_unit_test(test_damaged_orders), cmocka_unit_test(test_hostile_status),
        PROCESS_TEST(test_spoilt_folders),     PROCESS_TEST(test_hostile_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
