/* SPDX-License-Identifier: Apache-2.0 */
/* From two answers of the daemon to what "slipway top" shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/daemon/top_sample.h"
#include "cli/daemon/top_view.h"

static struct arena arena;
static struct strbuf out;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 16 << 20);
    strbuf_init(&out, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_deinit(&out);
    arena_deinit(&arena);
    return 0;
}

static struct sample read_text(const char *text)
{
    json_t *document = json_loads(text, 0, NULL);
    struct sample sample;

    if (document == NULL)
        fail_msg("no JSON: %s", text);
    sample_read(&arena, document, &sample);
    json_decref(document);
    return sample;
}

static const char before_text[] =
    "{\"time_ns\": 1000000000, \"listeners\": [{\"id\": \"01\", \"address\": \":80\", "
    "\"requests\": 100, \"responses\": [0, 0, 100, 0, 0, 0], \"connections\": 10}],"
    " \"groups\": [{\"id\": \"02\", \"project\": \"shop\", \"name\": \"web\", \"requests\": 100, "
    "\"responses\": [0, 0, 100, 0, 0, 0], \"latency\": [[10, 100]]}],"
    " \"targets\": [{\"id\": \"03\", \"project\": \"shop\", \"group\": \"web\", \"address\": "
    "\"10.0.0.7:9001\", \"requests\": 100, \"target_responses\": [0, 0, 100, 0, 0, 0]}]}";

/* Two seconds later. */
static const char after_text[] =
    "{\"time_ns\": 3000000000, \"listeners\": [{\"id\": \"01\", \"address\": \":80\", "
    "\"requests\": 500, \"responses\": [2, 0, 492, 0, 0, 6], \"connections\": 14, "
    "\"open_connections\": 7, \"rejected\": 4, \"received_bytes\": 4096, \"sent_bytes\": "
    "4194304}],"
    " \"groups\": [{\"id\": \"02\", \"project\": \"shop\", \"name\": \"web\", \"requests\": 500, "
    "\"responses\": [0, 0, 496, 0, 0, 4], \"active\": 3, \"latency\": [[10, 100], [80, 390], "
    "[120, 10]]}],"
    " \"targets\": [{\"id\": \"03\", \"project\": \"shop\", \"group\": \"web\", \"address\": "
    "\"10.0.0.7:9001\", \"requests\": 300, \"target_responses\": [0, 0, 299, 0, 0, 1], "
    "\"connection_errors\": 3}, {\"id\": \"04\", \"project\": \"shop\", \"group\": \"web\", "
    "\"address\": \"10.0.0.8:9001\", \"requests\": 200}]}";

static void rates_are_differences_over_time(void **state)
{
    struct sample before = read_text(before_text), after = read_text(after_text);
    struct sample_rates *rates = sample_compare(&arena, &before, &after);

    (void)state;
    assert_int_equal(after.count, 4);
    assert_int_equal(rates[0].item->kind, SAMPLE_LISTENER);
    assert_true(rates[0].requests == 200);
    assert_true(rates[0].failures == 4);
    assert_true(rates[0].connections == 2);
    assert_true(rates[0].rejected == 2);
    assert_true(rates[0].received_bytes == 2048);
    assert_int_equal(rates[0].item->open_connections, 7);
    assert_int_equal(rates[1].item->kind, SAMPLE_GROUP);
    assert_true(rates[1].failures == 2);
    assert_int_equal(rates[1].item->active, 3);
    assert_true(rates[2].requests == 100);
    assert_true(rates[2].failures == 2);
    assert_true(rates[3].requests == 100); /* new: from nothing */
}

static void percentiles_are_of_the_interval_alone(void **state)
{
    struct sample before = read_text(before_text), after = read_text(after_text);
    struct sample_rates *rates = sample_compare(&arena, &before, &after);
    uint64_t start = histogram_bucket_start_us(80), end = histogram_bucket_start_us(81);

    (void)state;
    /* The hundred of bucket 10 were there before. */
    assert_in_range(rates[1].p50_us, start, end);
    assert_in_range(rates[1].p90_us, start, end);
    assert_in_range(rates[1].p99_us, histogram_bucket_start_us(80), histogram_bucket_start_us(121));
    assert_true(rates[1].p99_us > rates[1].p50_us);
    assert_int_equal(rates[2].p50_us, 0);
}

static void counters_that_went_back_start_anew(void **state)
{
    struct sample before = read_text(after_text), after = read_text(before_text);
    struct sample_rates *rates;

    (void)state;
    after.time_ns = before.time_ns + 1000000000;
    rates = sample_compare(&arena, &before, &after);
    assert_true(rates[0].requests == 100);
    assert_true(rates[1].failures == 0);
}

static void what_is_no_answer_does_no_harm(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"listeners\": 5, \"groups\": {}, \"targets\": [5, null, []]}",
        ("{\"groups\": [{\"latency\": [[5000, 1], [-1, 1], 7, [1], [\"a\", \"b\"]], \"requests\": "
         "-5, \"responses\": [1]}]}"),
        "{\"time_ns\": \"x\", \"groups\": [{\"name\": \"a\\u001b[31m\", \"requests\": 1e300}]}",
    };
    const struct terminal plain = {.width = 80};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct sample before = read_text("{}"), after = read_text(texts[i]);
        struct sample_rates *rates = sample_compare(&arena, &before, &after);

        top_view_write(&arena, &out, &plain, rates, after.count, SIZE_MAX);
        top_view_write_json(&arena, &out, rates, after.count, 1);
    }
    assert_int_equal(strbuf_failure(&out), 0);
    assert_null(strchr(strbuf_text(&out), '\033'));
}

static void targets_stand_below_their_group(void **state)
{
    struct sample before = read_text(before_text), after = read_text(after_text);
    struct sample_rates *rates = sample_compare(&arena, &before, &after);
    const struct terminal plain = {.width = 80};

    (void)state;
    top_view_write(&arena, &out, &plain, rates, after.count, SIZE_MAX);
    assert_string_equal(
        strbuf_text(&out),
        "LISTENER  CONNECTIONS  NEW/S  REJECTED/S  REQ/S  FAIL/S  IN/S  OUT/S\n"
        ":80                 7    2.0         2.0    200     4.0  2.0k   2.0M\n"
        "\n"
        "GROUP AND TARGET  REQ/S  FAIL/S  ACTIVE    P50    P90    P99  IN/S  OUT/S\n"
        "web                 200     2.0       3  4.4ms  4.6ms  141ms     0      0\n"
        "  10.0.0.7:9001     100     2.0       0      -      -      -     0      0\n"
        "  10.0.0.8:9001     100       0       0      -      -      -     0      0\n");
}

static void what_does_not_fit_is_counted(void **state)
{
    struct sample before = read_text(before_text), after = read_text(after_text);
    struct sample_rates *rates = sample_compare(&arena, &before, &after);
    const struct terminal plain = {.width = 80};
    size_t lines = 0;

    (void)state;
    top_view_write(&arena, &out, &plain, rates, after.count, 6);
    for (const char *at = strbuf_text(&out); *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 6);
    assert_non_null(strstr(strbuf_text(&out), "and 2 more\n"));
    strbuf_reset(&out);
    top_view_write(&arena, &out, &plain, rates, after.count, 0);
    assert_string_equal(strbuf_text(&out), "");
}

static void programs_get_an_object_a_line(void **state)
{
    struct sample before = read_text(before_text), after = read_text(after_text);
    struct sample_rates *rates = sample_compare(&arena, &before, &after);
    json_t *root;

    (void)state;
    top_view_write_json(&arena, &out, rates, after.count, 2000000000);
    assert_ptr_equal(strchr(strbuf_text(&out), '\n'), strbuf_text(&out) + out.length - 1);
    root = json_loads(strbuf_text(&out), 0, NULL);
    assert_non_null(root);
    assert_true(json_number_value(json_object_get(root, "seconds")) == 2);
    assert_int_equal(json_array_size(json_object_get(root, "targets")), 2);
    assert_true(json_number_value(json_object_get(
                    json_array_get(json_object_get(root, "groups"), 0), "requests")) == 200);
    json_decref(root);
}

static void figures_are_short(void **state)
{
    (void)state;
    assert_string_equal(top_view_rate(&arena, 0), "0");
    assert_string_equal(top_view_rate(&arena, 0.5), "0.5");
    assert_string_equal(top_view_rate(&arena, 99.94), "99.9");
    assert_string_equal(top_view_rate(&arena, 99.96), "100");
    assert_string_equal(top_view_rate(&arena, 123456.7), "123457");
    assert_string_equal(top_view_latency(&arena, 0), "-");
    assert_string_equal(top_view_latency(&arena, 999), "999us");
    assert_string_equal(top_view_latency(&arena, 12345), "12.3ms");
    assert_string_equal(top_view_latency(&arena, 999499), "999ms");
    assert_string_equal(top_view_latency(&arena, 1250000), "1.25s");
    assert_string_equal(top_view_bytes(&arena, 0), "0");
    assert_string_equal(top_view_bytes(&arena, 999), "999");
    assert_string_equal(top_view_bytes(&arena, 1536), "1.5k");
    assert_string_equal(top_view_bytes(&arena, 20971520), "20M");
    assert_string_equal(top_view_bytes(&arena, 1e30), "888178419700125P");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rates_are_differences_over_time),    TEST(percentiles_are_of_the_interval_alone),
        TEST(counters_that_went_back_start_anew), TEST(what_is_no_answer_does_no_harm),
        TEST(targets_stand_below_their_group),    TEST(what_does_not_fit_is_counted),
        TEST(programs_get_an_object_a_line),      TEST(figures_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
