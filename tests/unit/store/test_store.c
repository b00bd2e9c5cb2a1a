/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept comes back, in the order and with the numbers that were promised. */
#include "store_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static const struct store_revision revision = {
    .created_unix_ns = 17,
    .author = "anna@build1",
    .note = "up",
    .spec = "{\"name\":\"shop\"}",
    .resolution = "{}",
    .spec_hash = "abc",
};

static void revisions_are_numbered_per_project(void **state)
{
    struct fixture *fixture = *state;
    struct store_revision got;
    struct store_project *projects;
    uint32_t number = 0, count = 0;

    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(store_add_revision(fixture->store, "shop", &revision, &number, NULL), 0);
        assert_int_equal(number, i);
    }
    assert_int_equal(store_add_revision(fixture->store, "blog", &revision, &number, NULL), 0);
    assert_int_equal(number, 1);

    fixture_open_again(fixture);
    assert_int_equal(store_get_revision(fixture->store, &fixture->arena, "shop", 2, &got, NULL), 0);
    assert_int_equal(got.number, 2);
    assert_string_equal(got.spec, revision.spec);
    assert_string_equal(got.author, revision.author);
    assert_int_equal(got.created_unix_ns, 17);
    assert_int_equal(store_list_projects(fixture->store, &fixture->arena, &projects, &count, NULL),
                     0);
    assert_int_equal(count, 2);
    assert_string_equal(projects[0].name, "blog");
    assert_int_equal(projects[1].newest, 3);
}

static void what_is_not_there_is_named(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_error_ struct error *error = NULL;
    struct store_project project;
    struct store_revision got;

    assert_int_equal(store_get_project(fixture->store, &fixture->arena, "shop", &project, &error),
                     -ENOENT);
    assert_non_null(strstr(error->message, "\"shop\""));
    assert_int_equal(store_get_revision(fixture->store, &fixture->arena, "shop", 1, &got, NULL),
                     -ENOENT);
    assert_int_equal(store_set_deploy_state(fixture->store, 9, STORE_DEPLOY_DONE, "", 1, NULL),
                     -ENOENT);
    assert_int_equal(store_end_step(fixture->store, 9, 1, STORE_STEP_DONE, "", 1, NULL), -ENOENT);
}

static void what_serves_and_what_a_deploy_names_is_not_trimmed(void **state)
{
    struct fixture *fixture = *state;
    struct store_deploy deploy = {.project = "shop", .from = 3, .to = 4, .kind = "up"};
    uint32_t *removed, number, count;
    uint64_t id;

    for (int i = 0; i < 8; i++)
        (void)store_add_revision(fixture->store, "shop", &revision, &number, NULL);
    (void)store_add_revision(fixture->store, "blog", &revision, &number, NULL);
    assert_int_equal(store_set_serving(fixture->store, "shop", 2, false, NULL), 0);
    assert_int_equal(store_add_deploy(fixture->store, &deploy, &id, NULL), 0);
    assert_int_equal(
        store_trim_revisions(fixture->store, &fixture->arena, "shop", 2, &removed, &count, NULL),
        0);
    assert_int_equal(count, 3); /* of 8: 7 and 8 are new, 2 serves, 3 and 4 are in the deploy */
    assert_int_equal(removed[0], 1);
    assert_int_equal(removed[1], 5);
    assert_int_equal(removed[2], 6);

    assert_int_equal(store_set_deploy_state(fixture->store, id, STORE_DEPLOY_DONE, "", 5, NULL), 0);
    assert_int_equal(
        store_trim_revisions(fixture->store, &fixture->arena, "shop", 2, &removed, &count, NULL),
        0);
    assert_int_equal(count, 2);
    assert_int_equal(store_add_revision(fixture->store, "shop", &revision, &number, NULL), 0);
    assert_int_equal(number, 9);
}

static void deploys_come_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct store_deploy deploy = {.project = "shop", .kind = "up", .author = "a", .options = "{}"};
    struct store_deploy *deploys;
    uint64_t ids[3];
    uint32_t count;

    for (int i = 0; i < 3; i++) {
        deploy.project = i == 1 ? "blog" : "shop";
        deploy.note = i == 2 ? "the old one was faster" : NULL;
        assert_int_equal(store_add_deploy(fixture->store, &deploy, &ids[i], NULL), 0);
    }
    assert_int_equal(
        store_set_deploy_state(fixture->store, ids[0], STORE_DEPLOY_RUNNING, NULL, 40, NULL), 0);
    assert_int_equal(
        store_set_deploy_state(fixture->store, ids[0], STORE_DEPLOY_FAILED, "no", 50, NULL), 0);
    assert_int_equal(store_list_deploys(fixture->store, &fixture->arena, "shop", false, 0, &deploys,
                                        &count, NULL),
                     0);
    assert_int_equal(count, 2);
    assert_int_equal(deploys[0].id, ids[2]);
    assert_string_equal(deploys[0].note, "the old one was faster");
    assert_string_equal(deploys[1].note, "");
    assert_int_equal(deploys[1].started_unix_ns, 40);
    assert_int_equal(deploys[1].finished_unix_ns, 50);
    assert_string_equal(deploys[1].message, "no");
    assert_int_equal(
        store_list_deploys(fixture->store, &fixture->arena, NULL, true, 0, &deploys, &count, NULL),
        0);
    assert_int_equal(count, 2);
    assert_int_equal(
        store_list_deploys(fixture->store, &fixture->arena, NULL, false, 1, &deploys, &count, NULL),
        0);
    assert_int_equal(count, 1);
}

static void a_journal_is_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct store_deploy deploy = {.project = "shop", .kind = "up"};
    struct store_step *steps;
    uint32_t sequence, count;
    uint64_t id;

    (void)store_add_deploy(fixture->store, &deploy, &id, NULL);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(store_begin_step(fixture->store, id, "{}", i, &sequence, NULL), 0);
        assert_int_equal(sequence, i);
    }
    assert_int_equal(store_end_step(fixture->store, id, 2, STORE_STEP_FAILED, "why", 9, NULL), 0);
    assert_int_equal(store_list_steps(fixture->store, &fixture->arena, id, &steps, &count, NULL),
                     0);
    assert_int_equal(count, 3);
    assert_int_equal(steps[0].state, STORE_STEP_BEGUN);
    assert_int_equal(steps[1].state, STORE_STEP_FAILED);
    assert_string_equal(steps[1].message, "why");
    assert_int_equal(steps[1].ended_unix_ns, 9);
}

static void the_rest_of_a_project_comes_back(void **state)
{
    struct fixture *fixture = *state;
    const char *text;
    const char *const *stopped;
    uint32_t count;

    assert_int_equal(store_get_rotation(fixture->store, &fixture->arena, "shop", &text, NULL), 0);
    assert_string_equal(text, "");
    assert_int_equal(store_set_rotation(fixture->store, "shop", "[1]", NULL), 0);
    assert_int_equal(store_set_rotation(fixture->store, "shop", "[2]", NULL), 0);
    assert_int_equal(store_set_stopped(fixture->store, "shop", "web", true, NULL), 0);
    assert_int_equal(store_set_stopped(fixture->store, "shop", "api", true, NULL), 0);
    assert_int_equal(store_set_stopped(fixture->store, "shop", "api", true, NULL), 0);
    assert_int_equal(store_set_stopped(fixture->store, "shop", "web", false, NULL), 0);

    fixture_open_again(fixture);
    assert_int_equal(store_get_rotation(fixture->store, &fixture->arena, "shop", &text, NULL), 0);
    assert_string_equal(text, "[2]");
    assert_int_equal(
        store_list_stopped(fixture->store, &fixture->arena, "shop", &stopped, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_string_equal(stopped[0], "api");
}

static void a_removed_project_leaves_its_events_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store_event event = {.project = "shop", .deploy = 1, .text = "{}"};
    struct store_event *events;
    struct store_deploy deploy = {.project = "shop", .kind = "down"};
    struct store_project project;
    struct store_deploy *deploys;
    uint64_t sequence;
    uint32_t number, count;

    (void)store_add_revision(fixture->store, "shop", &revision, &number, NULL);
    (void)store_add_deploy(fixture->store, &deploy, &sequence, NULL);
    (void)store_begin_step(fixture->store, sequence, "{}", 1, &number, NULL);
    (void)store_add_event(fixture->store, &event, &sequence, NULL);
    assert_int_equal(store_remove_project(fixture->store, "shop", NULL), 0);
    assert_int_equal(store_get_project(fixture->store, &fixture->arena, "shop", &project, NULL),
                     -ENOENT);
    assert_int_equal(
        store_list_deploys(fixture->store, &fixture->arena, NULL, false, 0, &deploys, &count, NULL),
        0);
    assert_int_equal(count, 0);
    assert_int_equal(
        store_list_events(fixture->store, &fixture->arena, "shop", 0, 0, 0, &events, &count, NULL),
        0);
    assert_int_equal(count, 1);
}

static void loopback_addresses_are_nobody_elses(void **state)
{
    struct fixture *fixture = *state;
    const char *first, *again, *other;

    assert_int_equal(
        store_get_loopback(fixture->store, &fixture->arena, "shop", "api", &first, NULL), 0);
    assert_int_equal(
        store_get_loopback(fixture->store, &fixture->arena, "shop", "web", &other, NULL), 0);
    assert_string_not_equal(first, other);
    fixture_open_again(fixture);
    assert_int_equal(
        store_get_loopback(fixture->store, &fixture->arena, "shop", "api", &again, NULL), 0);
    assert_string_equal(first, again);
    assert_int_equal(strncmp(first, "127.", 4), 0);
}

static void the_newest_events_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct store_event event = {.unix_ns = 3, .project = "shop", .deploy = 7, .text = "{\"a\":1}"};
    struct store_event *events;
    uint64_t sequence = 0;
    uint32_t count;

    fixture_exec(fixture, "PRAGMA synchronous = OFF");
    fixture_exec(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                          "i < 9999) INSERT INTO events (time, project, deploy, text) SELECT i, "
                          "'blog', 1, '{}' FROM n");
    for (int i = 0; i < 3; i++)
        assert_int_equal(store_add_event(fixture->store, &event, &sequence, NULL), 0);
    assert_int_equal(sequence, 10002);
    assert_int_equal(
        store_list_events(fixture->store, &fixture->arena, NULL, 0, 0, 0, &events, &count, NULL),
        0);
    assert_int_equal(count, 10000);
    assert_int_equal(events[0].sequence, 3);
    assert_int_equal(store_list_events(fixture->store, &fixture->arena, "shop", 7, 10000, 2,
                                       &events, &count, NULL),
                     0);
    assert_int_equal(count, 2);
    assert_int_equal(events[0].sequence, 10001);
    assert_string_equal(events[0].text, "{\"a\":1}");
}

static void the_files_are_for_us_alone(void **state)
{
    static const char *const names[] = {"slipway.db", "slipway.db-wal"};
    struct fixture *fixture = *state;
    uint32_t number;

    (void)store_add_revision(fixture->store, "shop", &revision, &number, NULL);
    for (size_t i = 0; i < 2; i++) {
        char path[256];
        struct stat found;

        (void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, names[i]);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
}

struct reading {
    struct store *store;
    struct arena *arena;
};

static void list_events(void *context)
{
    struct reading *reading = context;
    struct store_event *events;
    uint32_t count;

    (void)store_list_events(reading->store, reading->arena, NULL, 0, 0, 0, &events, &count, NULL);
    fail_msg("there was memory for it");
}

/* The arena's jump leaves nothing locked, and nothing half read. */
static void a_full_arena_does_no_harm(void **state)
{
    struct fixture *fixture = *state;
    struct store_event event = {.project = "shop", .text = "{}"};
    struct arena small;
    struct reading reading = {fixture->store, &small};
    struct store *other = fixture_open_other(fixture);
    uint64_t sequence;

    for (int i = 0; i < 200; i++)
        (void)store_add_event(fixture->store, &event, &sequence, NULL);
    arena_init(&small, 4096);
    assert_int_equal(arena_protect(&small, list_events, &reading), -E2BIG);
    arena_deinit(&small);
    assert_int_equal(store_add_event(other, &event, &sequence, NULL), 0);
    assert_int_equal(store_add_event(fixture->store, &event, &sequence, NULL), 0);
    assert_int_equal(sequence, 202);
    (void)store_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(revisions_are_numbered_per_project),
        fixture_test(what_is_not_there_is_named),
        fixture_test(what_serves_and_what_a_deploy_names_is_not_trimmed),
        fixture_test(deploys_come_newest_first),
        fixture_test(a_journal_is_in_order),
        fixture_test(the_rest_of_a_project_comes_back),
        fixture_test(a_removed_project_leaves_its_events_alone),
        fixture_test(loopback_addresses_are_nobody_elses),
        fixture_test(the_newest_events_are_kept),
        fixture_test(the_files_are_for_us_alone),
        fixture_test(a_full_arena_does_no_harm),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
