/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "cli/deploy/progress.h"

static struct arena arena;
static struct strbuf text, out;
static struct progress progress;
static const struct terminal plain = {.width = 80};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    strbuf_init(&text, 1 << 20);
    strbuf_init(&out, 1 << 20);
    progress_init(&progress, &arena, &text, "shop", TIME_SECOND);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    progress_deinit(&progress);
    strbuf_deinit(&text);
    strbuf_deinit(&out);
    arena_deinit(&arena);
    return 0;
}

static void take(const char *event, uint64_t now_ns)
{
    json_t *object = json_loads(event, 0, NULL);

    assert_non_null(object);
    progress_take(&progress, object, now_ns, &out, &plain);
    json_decref(object);
}

/* So many steps, each for a service of its own. */
static void take_plan(int count)
{
    _cleanup_strbuf_ struct strbuf event;

    strbuf_init(&event, 1 << 20);
    strbuf_append_string(&event, "{\"type\": \"plan\", \"steps\": [");
    for (int i = 1; i <= count; i++)
        strbuf_printf(&event,
                      "%s{\"id\": %d, \"step\": \"start\", \"service\": \"s%d\", \"number\": 1}",
                      i > 1 ? "," : "", i, i);
    strbuf_append_string(&event, "]}");
    take(strbuf_text(&event), TIME_SECOND);
}

static void take_step(int id, const char *state)
{
    char event[200];

    (void)snprintf(event, sizeof(event),
                   "{\"type\": \"step\", \"id\": %d, \"state\": \"%s\", \"message\": \"m%d\"}", id,
                   state, id);
    take(event, 2 * TIME_SECOND);
}

static size_t lines_of(const char *drawn)
{
    size_t count = 0;

    for (; *drawn != '\0'; drawn++)
        count += *drawn == '\n';
    return count;
}

static void steps_are_lines_for_who_reads_later(void **state)
{
    (void)state;
    take(
        "{\"type\": \"plan\", \"steps\": [{\"id\": 1, \"step\": \"resolve\", \"service\": \"api\"},"
        "{\"id\": 2, \"step\": \"start\", \"service\": \"api\", \"number\": 2},"
        "{\"id\": 3, \"step\": \"retire\", \"service\": \"api\", \"instance\": "
        "\"0123456789abcdef0123\"}]}",
        0);
    take("{\"type\": \"change\", \"text\": \"group api: target added\"}", 0);
    take("{\"type\": \"step\", \"id\": 1, \"state\": \"begun\"}", 0);
    take("{\"type\": \"progress\", \"id\": 1, \"text\": \"x\", \"done\": 1, \"total\": 2}", 0);
    take("{\"type\": \"step\", \"id\": 1, \"state\": \"done\", \"duration_ms\": 1500}", 0);
    take("{\"type\": \"step\", \"id\": 2, \"state\": \"begun\"}", 0);
    take("{\"type\": \"step\", \"id\": 2, \"state\": \"done\"}", 0);
    take("{\"type\": \"step\", \"id\": 3, \"state\": \"failed\", \"message\": \"no\"}", 0);
    assert_string_equal(strbuf_text(&out), "shop: get api: done in 1.5s\n"
                                           "shop: start api-2: done\n"
                                           "shop: drain api (0123456789ab): failed: no\n");
}

static void what_takes_long_is_told_once(void **state)
{
    (void)state;
    take("{\"type\": \"plan\", \"steps\": [{\"id\": 1, \"step\": \"prepare\"},"
         "{\"id\": 2, \"step\": \"stop\", \"service\": \"api\", \"number\": 3, "
         "\"name\": \"shop-api-3\", \"instance\": \"0123456789abcdef0123\"}]}",
         0);
    take("{\"type\": \"step\", \"id\": 1, \"state\": \"begun\"}", 0);
    take("{\"type\": \"step\", \"id\": 1, \"state\": \"done\", \"duration_ms\": 900}", 0);
    take("{\"type\": \"step\", \"id\": 2, \"state\": \"begun\"}", TIME_SECOND);
    progress_tell_slow(&progress, 2 * TIME_SECOND, &out);
    assert_string_equal(strbuf_text(&out), "");
    progress_tell_slow(&progress, 3 * TIME_SECOND, &out);
    progress_tell_slow(&progress, 4 * TIME_SECOND, &out);
    take("{\"type\": \"step\", \"id\": 2, \"state\": \"done\", \"duration_ms\": 900}", 0);
    assert_string_equal(strbuf_text(&out), "shop: stop api-3 ...\n"
                                           "shop: stop api-3: done\n");
}

static void what_is_waited_for_is_told_and_when_it_is_another(void **state)
{
    static const char refused[] = "{\"type\": \"progress\", \"id\": 1, \"text\": "
                                  "\"shop-api-1: Connection refused (127.0.0.1:8000)\"}";

    (void)state;
    take("{\"type\": \"plan\", \"steps\": [{\"id\": 1, \"step\": \"await\", \"service\": \"api\"},"
         "{\"id\": 2, \"step\": \"resolve\", \"service\": \"api\"}]}",
         0);
    take("{\"type\": \"step\", \"id\": 1, \"state\": \"begun\"}", 0);
    take("{\"type\": \"step\", \"id\": 2, \"state\": \"begun\"}", 0);
    take("{\"type\": \"progress\", \"id\": 2, \"text\": \"1 of 2 layers\"}", 0);
    take("{\"type\": \"progress\", \"id\": 1, \"text\": \"shop-api-1: it does not run\"}", 0);
    progress_tell_slow(&progress, 2 * TIME_SECOND, &out);
    take(refused, 2 * TIME_SECOND);
    progress_tell_slow(&progress, 3 * TIME_SECOND, &out);
    progress_tell_slow(&progress, 4 * TIME_SECOND, &out);
    take(refused, 7 * TIME_SECOND);
    progress_tell_slow(&progress, 9 * TIME_SECOND, &out);
    assert_string_equal(
        strbuf_text(&out),
        "shop: wait until api is healthy ... shop-api-1: it does not run\n"
        "shop: get api ...\n"
        "shop: wait until api is healthy ... shop-api-1: Connection refused (127.0.0.1:8000)\n");
}

static void who_is_waited_for_can_be_cancelled(void **state)
{
    (void)state;
    take("{\"type\": \"waiting\", \"for\": {\"deploy\": 6, \"kind\": \"image\", \"author\": "
         "\"bob\"}}",
         0);
    progress_tell_waiting(&progress, TIME_SECOND, &out);
    assert_string_equal(strbuf_text(&out),
                        "shop: waiting for the deploy of bob; 'slipway cancel 6' ends that one\n");
}

static void a_terminal_is_left_with_what_has_changed(void **state)
{
    json_t *result = json_loads("{\"type\": \"result\", \"state\": \"done\", \"revision\": 4, "
                                "\"ok\": 50, \"changed\": 3}",
                                0, NULL);

    (void)state;
    progress.is_live = true;
    take_plan(50);
    take_step(7, "done");
    take("{\"type\": \"step\", \"id\": 51, \"step\": \"stop\", \"service\": \"s7\", "
         "\"state\": \"done\"}",
         0);
    take("{\"type\": \"step\", \"id\": 52, \"step\": \"remove\", \"service\": \"s7\", "
         "\"state\": \"done\"}",
         0);
    take("{\"type\": \"step\", \"id\": 53, \"step\": \"stop\", \"service\": \"s9\", "
         "\"state\": \"done\"}",
         0);
    progress_take(&progress, result, TIME_SECOND, &out, &plain);
    progress_write_recap(&progress, result, &out, &plain, TIME_SECOND + TIME_MILLISECOND);
    json_decref(result);
    assert_string_equal(strbuf_text(&out), "shop: s7: 1 started, 1 removed\n"
                                           "shop: s9: 1 stopped\n"
                                           "shop: revision 4 serves: ok=50 changed=3 failed=0\n");
}

static void what_begins_is_told_in_words(void **state)
{
    (void)state;
    take("{\"type\": \"started\", \"kind\": \"up\"}", 0);
    take("{\"type\": \"started\", \"kind\": \"rollback\", \"from\": 2, \"to\": 1}", 0);
    take("{\"type\": \"started\", \"kind\": \"scale\", \"to\": 2}", 0);
    take("{\"type\": \"started\", \"kind\": \"image\", \"to\": 3}", 0);
    take("{\"type\": \"started\", \"kind\": \"rm\", \"to\": 3}", 0);
    assert_string_equal(strbuf_text(&out), "shop: up begins\n"
                                           "shop: rollback to revision 1 begins\n"
                                           "shop: scale begins (revision 2)\n"
                                           "shop: deploy begins (revision 3)\n"
                                           "shop: removal begins (revision 3)\n");
}

static void on_a_terminal_only_what_is_under_way_is_drawn(void **state)
{
    const struct terminal terminal = {.is_terminal = true, .width = 100};

    (void)state;
    progress.is_live = true;
    take("{\"type\": \"started\", \"kind\": \"up\", \"to\": 4}", TIME_SECOND);
    take_plan(50);
    take_step(1, "begun");
    take_step(1, "done");
    take_step(2, "begun");
    assert_string_equal(strbuf_text(&out), "");
    progress_write(&progress, &out, &terminal, 24, 5 * TIME_SECOND);
    assert_string_equal(strbuf_text(&out),
                        "shop: up (revision 4): 1 of 50 steps, 1 under way, 4.0s\n"
                        "  start s2-1  3.0s\n");
}

static void fifty_services_fit_any_screen(void **state)
{
    (void)state;
    progress.is_live = true;
    take_plan(50);
    for (int i = 1; i <= 50; i++)
        take_step(i, "begun");
    take_step(50, "failed");
    for (size_t rows = 1; rows < 60; rows++)
        for (size_t width = 1; width < 90; width += 11) {
            const struct terminal terminal = {.is_terminal = true, .width = width};
            const char *line;

            strbuf_reset(&out);
            progress_write(&progress, &out, &terminal, rows, 3 * TIME_SECOND);
            assert_true(lines_of(strbuf_text(&out)) <= (rows > 2 ? rows - 1 : 1));
            for (line = strbuf_text(&out); *line != '\0'; line = strchr(line, '\n') + 1)
                assert_true(strcspn(line, "\n") <= (width > 8 ? width - 1 : 8));
            if (rows > 4 && width > 60)
                assert_non_null(strstr(strbuf_text(&out), "start s50-1: failed  m50"));
        }
}

static void a_failure_names_service_step_reason_and_log(void **state)
{
    json_t *result = json_loads(
        "{\"type\": \"result\", \"state\": \"failed\", \"revision\": 3, \"ok\": 1, \"failed\": 1, "
        "\"service\": \"s1\", \"message\": \"it exited with 1\", \"instance\": \"shop-s1-1\", "
        "\"log\": [\"one\", \"two\\u001b[2J\\n\"]}",
        0, NULL);

    (void)state;
    take_plan(1);
    take_step(1, "failed");
    strbuf_reset(&out);
    progress_take(&progress, result, 0, &out, &plain);
    assert_true(progress.is_ended);
    assert_false(progress.is_done);
    assert_string_equal(strbuf_text(&progress.reason),
                        "s1: start s1-1: it exited with 1\n"
                        "The last lines of shop-s1-1:\n    one\n    two\\x1b[2J\n"
                        "Revision 3 serves on.");
    progress_write_recap(&progress, result, &out, &plain, 3 * TIME_SECOND);
    assert_string_equal(strbuf_text(&out),
                        "shop: revision 3 serves: ok=1 changed=0 failed=1 in 2.0s\n");
    json_decref(result);
}

static void a_failure_names_the_service_once(void **state)
{
    (void)state;
    take("{\"type\": \"plan\", \"steps\": [{\"id\": 1, \"step\": \"resolve\", "
         "\"service\": \"api\"}]}",
         0);
    take("{\"type\": \"step\", \"id\": 1, \"state\": \"failed\", "
         "\"message\": \"service \\\"api\\\": no such image\"}",
         0);
    take("{\"type\": \"result\", \"state\": \"failed\", \"service\": \"api\", "
         "\"message\": \"service \\\"api\\\": no such image\"}",
         0);
    assert_string_equal(strbuf_text(&out), "shop: get api: failed: no such image\n");
    assert_string_equal(strbuf_text(&progress.reason), "get api: no such image");
}

static void events_of_any_form_do_no_harm(void **state)
{
    static const char *const events[] = {
        "{}",
        "[]",
        "{\"type\": 5}",
        "{\"type\": \"plan\"}",
        "{\"type\": \"plan\", \"steps\": [1, {}, {\"id\": null}, []]}",
        "{\"type\": \"step\"}",
        "{\"type\": \"step\", \"id\": {}, \"state\": \"done\"}",
        "{\"type\": \"step\", \"id\": \"x\", \"step\": \"%s%n\", \"service\": \"%s\"}",
        "{\"type\": \"progress\", \"id\": \"x\", \"text\": \"\\u001b[0m\", \"done\": -1}",
        "{\"type\": \"output\", \"text\": \"\\r\\n\\r\"}",
        "{\"type\": \"waiting\", \"for\": 3}",
        "{\"type\": \"started\", \"kind\": [], \"to\": -3}",
        "{\"type\": \"note\"}",
        "{\"type\": \"result\", \"log\": [1, null, \"\"]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        take(events[i], 0);
    progress_write(&progress, &out, &plain, 24, 0);
    assert_null(strchr(strbuf_text(&out), '\033'));
}

static void durations_are_short(void **state)
{
    (void)state;
    progress_write_duration(&out, 1234 * TIME_MILLISECOND);
    strbuf_append_char(&out, ' ');
    progress_write_duration(&out, 59 * TIME_SECOND);
    strbuf_append_char(&out, ' ');
    progress_write_duration(&out, 185 * TIME_SECOND);
    assert_string_equal(strbuf_text(&out), "1.2s 59s 3m 5s");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_are_lines_for_who_reads_later),
        TEST(what_takes_long_is_told_once),
        TEST(what_is_waited_for_is_told_and_when_it_is_another),
        TEST(who_is_waited_for_can_be_cancelled),
        TEST(a_terminal_is_left_with_what_has_changed),
        TEST(what_begins_is_told_in_words),
        TEST(on_a_terminal_only_what_is_under_way_is_drawn),
        TEST(fifty_services_fit_any_screen),
        TEST(a_failure_names_service_step_reason_and_log),
        TEST(a_failure_names_the_service_once),
        TEST(events_of_any_form_do_no_harm),
        TEST(durations_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
