/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, from the edge's counters; the wall clock only says when. */
#include "node.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/live/meter.h"
#include "base/histogram.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "os/os.h"
#include "route/identity.h"

#define START (UINT64_C(1000) * TIME_SECOND)

static const char project[] =
    "{'x-slipway': {'listeners': {'web': {'address': ':8080', 'protocol': 'http', "
    "'default': {'forward': 'app'}}}, 'target_groups': {'app': {'targets': ['10.0.0.1:80']}}}}";

static struct os_ops ops;
static uint64_t real_ns;

static int fake_clock(clockid_t clock, struct timespec *time)
{
    if (clock != CLOCK_REALTIME)
        return os_default_ops.clock_gettime(clock, time);
    *time = time_to_timespec(real_ns);
    return 0;
}

static struct meter meter;
static struct strbuf text;

static int start(void **state)
{
    if (node_start(state) < 0)
        return -1;
    node_wait_ready();
    node_edge_lives();
    node_expect(node_call("PUT", "/v1/projects/shop", project), 200, "");
    strbuf_init(&text, (size_t)1 << 20);
    ops = os_default_ops;
    ops.clock_gettime = fake_clock;
    return 0;
}

static int stop(void **state)
{
    (void)os_set_ops(NULL);
    meter_deinit(&meter);
    strbuf_deinit(&text);
    return node_stop(state);
}

static uint64_t target(void)
{
    return identity_of_target("shop", "app", "10.0.0.1:80");
}

static struct state_counters *counters(void)
{
    return state_counters_of(&node_state, 0, state_take(&node_state, target(), STATE_KIND_TARGET));
}

/* Looks after so many seconds of the monotonic clock, with the wall clock there. */
static const char *look(unsigned int seconds, uint64_t wall_s)
{
    real_ns = time_from_seconds(wall_s);
    (void)os_set_ops(&ops);
    assert_int_equal(meter_take(&meter, &node_control, START + time_from_seconds(seconds), &text),
                     0);
    (void)os_set_ops(NULL);
    return strbuf_text(&text);
}

static void assert_item(const char *found, uint64_t wall_s, const char *item)
{
    char wanted[300];

    (void)snprintf(wanted, sizeof(wanted), "{\"time\":%" PRIu64 "000,\"items\":{", wall_s);
    if (strncmp(found, wanted, strlen(wanted)) != 0)
        fail_msg("%s does not begin with %s", found, wanted);
    (void)snprintf(wanted, sizeof(wanted), "\"%016" PRIx64 "\":%s", target(), item);
    if (strstr(found, wanted) == NULL)
        fail_msg("%s is not in %s", wanted, found);
}

static void the_wall_clock_may_jump(void **state)
{
    (void)state;
    counters()->requests = 1000; /* of before, which is nobody's rate */
    assert_string_equal(look(0, 50000), "");
    counters()->requests += 20;
    counters()->target_responses[5] += 4;
    counters()->received_bytes += 2000;
    counters()->latency[histogram_bucket(40)] += 20;
    assert_item(look(2, 100), 100, "[10.0,2.0,");
    counters()->requests += 30;
    assert_item(look(3, 900000), 900000, "[30.0,0.0,0,0,0,0,0,0,0]");
}

static void rest_is_told_once(void **state)
{
    char name[20];

    (void)state;
    (void)look(0, 1);
    counters()->requests += 5;
    assert_item(look(1, 2), 2, "[5.0,");
    assert_item(look(2, 3), 3, "[0.0,0.0,0,0,0,0,0,0,0]");
    (void)snprintf(name, sizeof(name), "%016" PRIx64, target());
    assert_null(strstr(look(3, 4), name));
    counters()->requests += 1;
    assert_item(look(4, 5), 5, "[1.0,");
}

static void percentiles_are_of_what_was_added(void **state)
{
    const char *found;
    char item[20];
    double requests, errors;
    unsigned long p50, p95, p99;

    (void)state;
    counters()->latency[histogram_bucket(1000000)] = 1000;
    (void)look(0, 1);
    counters()->requests += 100;
    counters()->latency[histogram_bucket(100)] += 90;
    counters()->latency[histogram_bucket(5000)] += 7;
    counters()->latency[histogram_bucket(90000)] += 3;
    found = look(1, 2);
    (void)snprintf(item, sizeof(item), "%016" PRIx64, target());
    found = strstr(found, item);
    assert_non_null(found);
    assert_int_equal(
        sscanf(strchr(found, '['), "[%lf,%lf,%lu,%lu,%lu", &requests, &errors, &p50, &p95, &p99),
        5);
    assert_in_range(p50, 50, 200);
    assert_in_range(p95, 4000, 6000);
    assert_in_range(p99, 80000, 100000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_wall_clock_may_jump),
        TEST(rest_is_told_once),
        TEST(percentiles_are_of_what_was_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
