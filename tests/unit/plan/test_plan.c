/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_fixture.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"

#define WEB(image, replicas)                                                                       \
    "{'services': {'web': {'image': '" image                                                       \
    "', 'expose': ['80'], 'deploy': {'replicas': " replicas "}}}}"

static void starts_in_dependency_order(void **state)
{
    const struct desired *to = plan_desire(
        1,
        "{'services': {"
        "'app': {'depends_on': {'db': {'condition': 'service_healthy'}, 'job': {'condition': "
        "'service_completed_successfully'}, 'cache': {'condition': 'service_started'}}},"
        "'cache': {}, 'db': {}, 'job': {'depends_on': {'db': {'condition': 'service_healthy'}}}}}");

    (void)state;
    assert_plan(to, NULL,
                "prepare; start db-1, start cache-1; await db; start job-1; await job; "
                "start app-1; await cache, await app; switch");
}

static void has_nothing_to_do(void **state)
{
    const struct desired *one = plan_desire(1, WEB("a", "2"));
    const struct desired *two = plan_desire(2, WEB("a", "2"));

    (void)state;
    plan_run(one, "web", 1, ROTATION_SERVING);
    plan_run(one, "web", 2, ROTATION_SERVING);
    assert_plan(two, one, "");
}

static void starts_all_then_switches_then_bakes(void **state)
{
    const struct desired *one = plan_desire(1, WEB("a", "2"));
    const struct desired *two = plan_desire(
        2, "{'services': {'web': {'image': 'b', 'expose': ['80'], 'deploy': {'replicas': 2}}},"
           "'x-slipway': {'deploy': {'bake': '1m30s'}}}");

    (void)state;
    plan_run(one, "web", 1, ROTATION_SERVING);
    plan_run(one, "web", 2, ROTATION_SERVING);
    assert_plan(two, one,
                "prepare; start web-3, start web-4; await web; switch; bake; "
                "retire web-1, retire web-2; stop web-1, stop web-2; remove web-1, remove web-2");
}

static void goes_on_in_the_middle(void **state)
{
    const struct desired *one = plan_desire(1, WEB("a", "1"));
    const struct desired *two = plan_desire(2, WEB("b", "1"));

    (void)state;
    plan_run(one, "web", 1, ROTATION_STANDBY);
    plan_run(two, "web", 2, ROTATION_SERVING);
    plan_rotation.base = 2;
    assert_plan(two, one, "retire web-1; stop web-1; remove web-1");
    plan_rotation.count = 0;
    plan_rotation.base = 1;
    assert_plan(two, one, "await web; switch; stop web-1; remove web-1");
}

static void scales_without_touching_the_rest(void **state)
{
    const struct desired *two = plan_desire(1, WEB("a", "2"));
    const struct desired *three = plan_desire(2, WEB("a", "3"));
    const struct desired *one = plan_desire(3, WEB("a", "1"));

    (void)state;
    plan_run(two, "web", 1, ROTATION_SERVING);
    plan_run(two, "web", 2, ROTATION_SERVING);
    assert_plan(three, two, "prepare; start web-3; await web; switch");
    assert_plan(one, two, "switch; retire web-2; stop web-2; remove web-2");
}

#define DB(image)                                                                                  \
    "{'services': {'db': {'image': '" image "', 'expose': ['5432'], 'volumes': [{'type': "         \
    "'volume', 'source': 'data', 'target': '/d'}]}, 'web': {'image': '" image "', 'depends_on': "  \
    "{'db': {'condition': 'service_healthy'}}}}}"

static void stops_first_what_cannot_overlap(void **state)
{
    const struct desired *one = plan_desire(1, DB("a"));
    const struct desired *two = plan_desire(2, DB("b"));

    (void)state;
    assert_string_equal(desired_find(two, "db")->why_overlap, "it writes the volume \"data\"");
    plan_run(one, "db", 1, ROTATION_SERVING);
    plan_run(one, "web", 1, ROTATION_SERVING);
    assert_plan(two, one,
                "prepare; hold db; retire db-1; stop db-1; start db-2; await db; admit db; "
                "start web-2; await web; switch; retire web-1; stop web-1; "
                "remove db-1, remove web-1");
}

static void stops_first_what_could_not_overlap_before(void **state)
{
    const struct desired *one = plan_desire(
        1, "{'services': {'db': {'image': 'a', 'volumes': [{'type': 'volume', 'source': 'data', "
           "'target': '/d'}]}}}");
    const struct desired *two = plan_desire(2, "{'services': {'db': {'image': 'a'}}}");

    (void)state;
    plan_run(one, "db", 1, ROTATION_SERVING);
    assert_plan(two, one,
                "prepare; retire db-1; stop db-1; start db-2; await db; admit db; switch; "
                "remove db-1");
}

static void bakes_unless_nobody_waits(void **state)
{
    static const char before[] = "{'services': {'web': {'image': 'a'}}}";
    static const char after[] =
        "{'services': {'web': {'image': 'b'}}, 'x-slipway': {'deploy': {'bake': '1m0s'}}}";
    const struct desired *one = plan_desire(1, before), *two = plan_desire(2, after);

    (void)state;
    plan_run(one, "web", 1, ROTATION_SERVING);
    assert_plan(two, one,
                "prepare; start web-2; await web; switch; bake; retire web-1; stop web-1; "
                "remove web-1");
    plan_input.no_bake = true;
    assert_plan(two, one,
                "prepare; start web-2; await web; switch; retire web-1; stop web-1; remove web-1");
}

static void undoes_by_starting_what_was_kept(void **state)
{
    const struct desired *one = plan_desire(1, DB("a"));
    const struct desired *two = plan_desire(2, DB("b"));

    (void)state;
    plan_run(one, "db", 1, ROTATION_NONE)->state = INSTANCE_EXITED;
    plan_run(two, "db", 2, ROTATION_STANDBY);
    plan_run(one, "web", 1, ROTATION_SERVING);
    plan_rotation.base = 1;
    plan_input.is_undo = true;
    assert_plan(one, two,
                "hold db; retire db-2; stop db-2; restart db-1; await db; admit db; remove db-2");
}

#define ROLL(image, order)                                                                         \
    "{'services': {'web': {'image': '" image "', 'deploy': {'replicas': 3, 'update_config': "      \
    "{'parallelism': 2, 'monitor': '0s', 'order': '" order "'}}}}}"

static void rolls_within_its_capacity(void **state)
{
    const struct desired *one = plan_desire(1, ROLL("a", "start-first"));
    const struct desired *two = plan_desire(2, ROLL("b", "start-first"));
    const struct desired *three = plan_desire(3, ROLL("b", "stop-first"));

    (void)state;
    for (uint32_t i = 1; i <= 3; i++)
        plan_run(one, "web", i, ROTATION_SERVING);
    assert_plan(two, one,
                "prepare; start web-4, start web-5; await web; admit web; "
                "retire web-1, retire web-2; stop web-1, stop web-2; "
                "start web-6; await web; admit web; retire web-3; stop web-3; "
                "switch; remove web-1, remove web-2, remove web-3");
    assert_plan(three, one,
                "prepare; retire web-1, retire web-2; stop web-1, stop web-2; "
                "start web-4, start web-5; await web; admit web; retire web-3; stop web-3; "
                "start web-6; await web; admit web; switch; "
                "remove web-1, remove web-2, remove web-3");
}

#define JOB(image)                                                                                 \
    "{'services': {'job': {'image': '" image "'}, 'web': {'depends_on': {'job': {'condition': "    \
    "'service_completed_successfully'}}}}}"

static void runs_jobs_once_for_a_configuration(void **state)
{
    const struct desired *one = plan_desire(1, JOB("a"));
    const struct desired *two = plan_desire(2, JOB("b"));
    struct observed_instance *job;

    (void)state;
    job = plan_run(one, "job", 1, ROTATION_NONE);
    job->state = INSTANCE_EXITED;
    plan_run(one, "web", 1, ROTATION_SERVING);
    assert_plan(one, one, "");
    job->exit_code = 1;
    assert_plan(one, one, "prepare; start job-2; await job; remove job-1");
    plan_input.is_heal = true;
    assert_plan(one, one, "remove job-1");
    plan_input.is_heal = false;
    job->exit_code = 0;
    assert_plan(two, one, "prepare; start job-2; await job; switch; remove job-1");
}

static void heals_what_died_failed_and_is_gone(void **state)
{
    const struct desired *one = plan_desire(1, WEB("a", "3"));
    static const char *const failed[] = {"web-2"};

    (void)state;
    plan_run(one, "web", 1, ROTATION_NONE)->state = INSTANCE_EXITED;
    plan_run(one, "web", 2, ROTATION_SERVING);
    plan_input.is_heal = true;
    plan_input.failed = failed;
    plan_input.failed_count = 1;
    plan_rotation.base = 1;
    assert_plan(one, NULL,
                "prepare; restart web-1, start web-3, start web-4; await web; admit web; "
                "retire web-2; stop web-2; remove web-2");
}

static void adopts_what_another_tool_made(void **state)
{
    const struct desired *to = plan_desire(1, WEB("a", "1"));

    (void)state;
    plan_run(NULL, "web", 1, ROTATION_NONE);
    plan_run(NULL, "web", 7, ROTATION_NONE)->is_oneoff = true;
    assert_plan(to, NULL, "prepare; start web-2; await web; switch; stop web-1; remove web-1");
    plan_input.is_heal = true;
    assert_plan(to, NULL, "prepare; start web-2; await web; admit web");
}

static void leaves_stopped_services_stopped(void **state)
{
    const struct desired *one = plan_desire(1, WEB("a", "1"));
    static const char *const stopped[] = {"web"};

    (void)state;
    plan_run(one, "web", 1, ROTATION_SERVING);
    plan_input.stopped_services = stopped;
    plan_input.stopped_count = 1;
    assert_plan(one, one, "retire web-1; stop web-1");
}

static void removes_services_that_are_gone(void **state)
{
    const struct desired *one = plan_desire(1, DB("a"));
    const struct desired *two = plan_desire(2, "{'services': {}}");

    (void)state;
    plan_run(one, "db", 1, ROTATION_SERVING);
    plan_run(one, "web", 1, ROTATION_SERVING);
    assert_plan(two, one,
                "switch; retire web-1; stop web-1; retire db-1; stop db-1; "
                "remove db-1, remove web-1; clean");
}

static void makes_all_anew_when_asked(void **state)
{
    const struct desired *one = plan_desire(1, WEB("a", "1"));
    const struct desired *two = plan_desire(2, WEB("a", "1"));

    (void)state;
    plan_run(one, "web", 1, ROTATION_SERVING);
    plan_input.force_recreate = true;
    assert_plan(two, one,
                "prepare; start web-2; await web; switch; retire web-1; stop web-1; remove web-1");
}

static void changes_only_what_it_may(void **state)
{
    static const char two[] = "{'services': {'a': {'image': '2'}, 'b': {'image': '2'}}}";
    const struct desired *from =
        plan_desire(1, "{'services': {'a': {'image': '1'}, 'b': {'image': '1'}}}");
    static const char *const only[] = {"b"};

    (void)state;
    plan_run(from, "a", 1, ROTATION_SERVING);
    plan_run(from, "b", 1, ROTATION_SERVING);
    plan_input.only = only;
    plan_input.only_count = 1;
    assert_plan(plan_desire(2, two), from,
                "prepare; start b-2; await b; switch; retire b-1; stop b-1; remove b-1");
}

static void plans_a_hundred_services_in_no_time(void **state)
{
    struct strbuf text;
    struct timespec before, after;
    const struct desired *desired;
    char names[100][16];

    (void)state;
    strbuf_init(&text, 1 << 20);
    strbuf_append_string(&text, "{'services': {");
    for (uint32_t i = 0; i < 100; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "s%u", i);
        strbuf_printf(&text, "%s'%s': {'expose': ['80'], 'deploy': {'replicas': 3}}",
                      i > 0 ? ", " : "", names[i]);
    }
    strbuf_append_string(&text, "}}");
    desired = plan_desire(1, strbuf_text(&text));
    strbuf_deinit(&text);
    for (uint32_t i = 0; i < 300; i++)
        plan_run(desired, names[i / 3], i % 3 + 1, ROTATION_SERVING);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    assert_plan(desired, desired, "");
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    print_message("# %ld us\n", (long)((after.tv_sec - before.tv_sec) * 1000000 +
                                       (after.tv_nsec - before.tv_nsec) / 1000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, plan_start, plan_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_in_dependency_order),
        TEST(has_nothing_to_do),
        TEST(starts_all_then_switches_then_bakes),
        TEST(goes_on_in_the_middle),
        TEST(scales_without_touching_the_rest),
        TEST(stops_first_what_cannot_overlap),
        TEST(stops_first_what_could_not_overlap_before),
        TEST(bakes_unless_nobody_waits),
        TEST(undoes_by_starting_what_was_kept),
        TEST(rolls_within_its_capacity),
        TEST(runs_jobs_once_for_a_configuration),
        TEST(heals_what_died_failed_and_is_gone),
        TEST(adopts_what_another_tool_made),
        TEST(leaves_stopped_services_stopped),
        TEST(removes_services_that_are_gone),
        TEST(makes_all_anew_when_asked),
        TEST(changes_only_what_it_may),
        TEST(plans_a_hundred_services_in_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
