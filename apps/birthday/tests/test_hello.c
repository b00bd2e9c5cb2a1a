/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers on a day of the tests' choice; the wire is for tests/e2e. */
#include "common/tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "birthday/hello.h"
#include "common/server_answer.h"

static struct date today = {2023, 6, 15};
static struct hello hello;

static struct date fake_today(void)
{
    return today;
}

static int set_up(void **state)
{
    (void)state;
    hello.today = fake_today;
    today = (struct date){2023, 6, 15};
    return users_open(&hello.users, "sqlite::memory:", NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    users_close(&hello.users);
    return 0;
}

static unsigned call(const char *method, const char *name, const char *body, char ret_body[200])
{
    struct server_request request = {
        .method = method,
        .parameters = {name},
        .body = body,
        .body_length = strlen(body),
        .context = &hello,
    };
    struct server_answer answer = {0};
    unsigned status = 0;

    for (size_t i = 0; i < HELLO_ROUTE_COUNT; i++) {
        if (strcmp(hello_routes[i].method, method) == 0 &&
            strncmp(hello_routes[i].pattern, "/hello/", 7) == 0)
            hello_routes[i].handle(&request, &answer);
    }
    status = answer.status;
    (void)snprintf(ret_body, 200, "%.*s", (int)answer.body_length,
                   answer.body != NULL ? answer.body : "");
    server_answer_deinit(&answer);
    return status;
}

static unsigned put(const char *name, const char *date)
{
    char body[100];
    char answer[200];

    (void)snprintf(body, sizeof(body), "{\"dateOfBirth\": \"%s\"}", date);
    return call("PUT", name, body, answer);
}

static void assert_greeting(const char *name, const char *expected)
{
    char body[200];

    assert_int_equal(call("GET", name, "", body), 200);
    assert_string_equal(body, expected);
}

static void greets_as_typed(void **state)
{
    (void)state;
    assert_int_equal(put("Anna", "1990-06-16"), 204);
    assert_greeting("anna", "{\"message\": \"Hello, anna! Your birthday is in 1 day(s)\"}\n");
    assert_greeting("ANNA", "{\"message\": \"Hello, ANNA! Your birthday is in 1 day(s)\"}\n");
    assert_int_equal(put("aNNa", "1990-06-15"), 204);
    assert_greeting("Anna", "{\"message\": \"Hello, Anna! Happy birthday!\"}\n");
    assert_int_equal(put("anna", "1990-06-14"), 204);
    assert_greeting("Anna", "{\"message\": \"Hello, Anna! Your birthday is in 365 day(s)\"}\n");
}

static void born_on_a_leap_day(void **state)
{
    (void)state;
    assert_int_equal(put("Lea", "2000-02-29"), 204);
    today = (struct date){2023, 2, 28};
    assert_greeting("Lea", "{\"message\": \"Hello, Lea! Happy birthday!\"}\n");
    today = (struct date){2024, 2, 28};
    assert_greeting("Lea", "{\"message\": \"Hello, Lea! Your birthday is in 1 day(s)\"}\n");
}

static void only_the_past_counts(void **state)
{
    (void)state;
    assert_int_equal(put("a", "2023-06-14"), 204);
    assert_int_equal(put("a", "2023-06-15"), 400);
    assert_int_equal(put("a", "2023-06-16"), 400);
    assert_int_equal(put("a", "9999-12-31"), 400);
    /* What was refused has changed nothing. */
    assert_greeting("a", "{\"message\": \"Hello, a! Your birthday is in 365 day(s)\"}\n");
}

static void bad_requests_are_400_with_a_reason(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"dateOfBirth\": null}",
        "{\"dateOfBirth\": 20000101}",
        "{\"dateOfBirth\": \"2000-01-01\", \"more\": 1}",
        "{\"dateofbirth\": \"2000-01-01\"}",
        "{\"dateOfBirth\": \"2000-02-30\"}",
        "{\"dateOfBirth\": \"1582-10-14\"}",
    };
    char body[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(call("PUT", "a", bodies[i], body), 400);
        assert_memory_equal(body, "{\"error\": \"", 11);
    }
    assert_int_equal(call("PUT", "a1", "{\"dateOfBirth\": \"2000-01-01\"}", body), 400);
    assert_string_equal(body, "{\"error\": \"the name may hold letters only\"}\n");
    assert_int_equal(call("GET", "a1", "", body), 400);
    assert_int_equal(call("GET", "a", "", body), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(greets_as_typed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(born_on_a_leap_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_past_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_requests_are_400_with_a_reason, set_up, tear_down),
    };

    check_move_log();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
