/* SPDX-License-Identifier: Apache-2.0 */
/* A history as JSON: which series, and their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/history_text.h"

#define START UINT64_C(100000)

static const struct history_name listener = {HISTORY_LISTENER, "01", "public", NULL, NULL};
static const struct history_name group = {HISTORY_GROUP, "02", "web", "shop", NULL};
static const struct history_name service = {HISTORY_SERVICE, "web", "web", "shop", "web"};
static const struct history_name instance = {HISTORY_INSTANCE, "a1", "x-db-1", "x", "db"};

static void put_usage(struct history *history, const struct history_name *name, uint64_t step,
                      float cpu_percent, uint32_t kib)
{
    struct history_series *series = history_find(history, name, step);
    const struct history_usage usage = {cpu_percent, kib};

    assert_non_null(series);
    history_put_usage(series, step, &usage);
}

static void put_traffic(struct history *history, const struct history_name *name, uint64_t step,
                        const struct history_traffic *traffic)
{
    struct history_series *series = history_find(history, name, step);

    assert_non_null(series);
    history_put_traffic(series, step, traffic);
}

static void assert_text(const struct history *history, const struct history_selection *selection,
                        const char *wanted)
{
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, (size_t)1 << 20);
    history_write(&text, history, selection);
    assert_string_equal(strbuf_text(&text), wanted);
}

/* As the CPU of an instance. */
static void assert_number(double number, const char *wanted)
{
    const struct history_selection all = {START, START + 1, NULL, NULL, HISTORY_KINDS_ALL};
    struct history history = {0};
    _cleanup_strbuf_ struct strbuf text;
    const char *found;

    strbuf_init(&text, (size_t)1 << 20);
    put_usage(&history, &instance, START, (float)number, 0);
    history_write(&text, &history, &all);
    found = strstr(strbuf_text(&text), "\"cpu_percent\":[");
    assert_non_null(found);
    found = strchr(found, '[') + 1;
    if (strncmp(found, wanted, strlen(wanted)) != 0 || found[strlen(wanted)] != ']')
        fail_msg("%f is written as %.20s, not %s", number, found, wanted);
    history_deinit(&history);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_number(0, "0");
    assert_number(-1, "0");
    assert_number(0.0 / 0.0, "0");
    assert_number(0.004, "0");
    assert_number(0.005001, "0.01");
    assert_number(0.05, "0.05");
    assert_number(0.1, "0.1");
    assert_number(0.999, "1");
    assert_number(1, "1");
    assert_number(1.25, "1.25");
    assert_number(1.05, "1.05");
    assert_number(9.99, "9.99");
    assert_number(9.996, "10");
    assert_number(12.34, "12.3");
    assert_number(99.9, "99.9");
    assert_number(99.96, "100");
    assert_number(123.4, "123");
    assert_number(999.6, "1000");
    assert_number(1234, "1230");
    assert_number(1235.1, "1240");
    assert_number(99950, "100000");
    assert_number(8e9, "8000000000");
    assert_number(1e30, "1000000000000000000");
    assert_number(1.0 / 0.0, "1000000000000000000");
}

static void test_what_is_unknown_is_null(void **state)
{
    const struct history_traffic traffic = {120.0f, 0.5f, 812, 1520, 2213};
    const struct history_selection three = {START - 1, START + 2, NULL, NULL, HISTORY_KINDS_ALL};
    struct history history = {0};

    (void)state;
    put_traffic(&history, &listener, START, &traffic);
    assert_text(&history, &three,
                "[{\"kind\":\"listener\",\"id\":\"01\",\"name\":\"public\",\"project\":null,"
                "\"requests\":[null,120,null],\"errors\":[null,0.5,null],"
                "\"p50_us\":[null,812,null],\"p95_us\":[null,1520,null],"
                "\"p99_us\":[null,2210,null]}]");
    history_deinit(&history);
}

static void test_which_of_them(void **state)
{
    static const char shop[] = "{\"kind\":\"service\",\"id\":\"web\",\"name\":\"web\","
                               "\"project\":\"shop\",\"service\":\"web\",\"cpu_percent\":[2],"
                               "\"memory_bytes\":[3070]}";
    static const char other[] = "{\"kind\":\"instance\",\"id\":\"a1\",\"name\":\"x-db-1\","
                                "\"project\":\"x\",\"service\":\"db\",\"cpu_percent\":[1],"
                                "\"memory_bytes\":[1020]}";
    struct history_selection selection = {START, START + 1, NULL, NULL, HISTORY_KINDS_ALL};
    struct history history = {0};
    char both[sizeof(shop) + sizeof(other) + 3], one[sizeof(shop) + 3], last[sizeof(other) + 3];

    (void)state;
    put_usage(&history, &service, START, 2, 3);
    put_usage(&history, &instance, START, 1, 1);
    (void)snprintf(both, sizeof(both), "[%s,%s]", shop, other);
    (void)snprintf(one, sizeof(one), "[%s]", shop);
    (void)snprintf(last, sizeof(last), "[%s]", other);
    assert_text(&history, &selection, both);
    selection.project = "shop";
    assert_text(&history, &selection, one);
    selection.service = "db";
    assert_text(&history, &selection, "[]");
    selection.project = NULL;
    assert_text(&history, &selection, last);
    selection = (struct history_selection){START, START + 1, NULL, NULL, 1U << HISTORY_SERVICE};
    assert_text(&history, &selection, one);
    selection = (struct history_selection){START + 1, START + 2, NULL, NULL, HISTORY_KINDS_ALL};
    assert_text(&history, &selection, "[]"); /* nothing so new */
    history_deinit(&history);
}

static void test_projects_of_groups(void **state)
{
    const struct history_selection shop = {START, START + 1, "shop", NULL, HISTORY_KINDS_ALL};
    const struct history_traffic traffic = {0};
    struct history history = {0};

    (void)state;
    put_traffic(&history, &listener, START, &traffic); /* of several */
    put_traffic(&history, &group, START, &traffic);
    assert_text(&history, &shop,
                "[{\"kind\":\"group\",\"id\":\"02\",\"name\":\"web\",\"project\":\"shop\","
                "\"requests\":[0],\"errors\":[0],\"p50_us\":[0],\"p95_us\":[0],\"p99_us\":[0]}]");
    history_deinit(&history);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(history_read_kinds("listener"), 1);
    assert_int_equal(history_read_kinds("group"), 2);
    assert_int_equal(history_read_kinds("instance,service"), 12);
    assert_int_equal(history_read_kinds("listener,group,service,instance"), HISTORY_KINDS_ALL);
    assert_int_equal(history_read_kinds(""), 0);
    assert_int_equal(history_read_kinds("service,"), 0);
    assert_int_equal(history_read_kinds(",service"), 0);
    assert_int_equal(history_read_kinds("services"), 0);
    assert_int_equal(history_read_kinds("serv"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_what_is_unknown_is_null),
        cmocka_unit_test(test_which_of_them), cmocka_unit_test(test_projects_of_groups),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
