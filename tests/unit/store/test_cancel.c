/* SPDX-License-Identifier: Apache-2.0 */
/* Deploys that are cancelled: what the store lets happen after that, and what not. */
#include "store_fixture.h"

#include <errno.h>

static const char by[] = "anna@build1";
static const char message[] = "it was cancelled by anna@build1";

/* One from revision 1, which serves, to 2. */
static uint64_t add(struct fixture *fixture, enum store_deploy_state state)
{
    const struct store_revision revision = {
        .author = "a", .note = "", .spec = "{}", .resolution = "{}", .spec_hash = ""};
    struct store_deploy deploy = {.project = "shop",
                                  .kind = "up",
                                  .from = 1,
                                  .to = 2,
                                  .author = "a",
                                  .options = "{}",
                                  .message = ""};
    uint32_t number;
    uint64_t id;

    for (int i = 0; i < 2; i++)
        assert_int_equal(store_add_revision(fixture->store, "shop", &revision, &number, NULL), 0);
    assert_int_equal(store_set_serving(fixture->store, "shop", 1, false, NULL), 0);
    assert_int_equal(store_add_deploy(fixture->store, &deploy, &id, NULL), 0);
    if (state != STORE_DEPLOY_WAITING)
        assert_int_equal(store_set_deploy_state(fixture->store, id, state, "", 10, NULL), 0);
    return id;
}

static int cancel(struct fixture *fixture, uint64_t id, bool may_have_begun)
{
    return store_cancel_deploy(fixture->store, id, by, message, may_have_begun, 20, NULL);
}

static struct store_deploy get(struct fixture *fixture, uint64_t id)
{
    struct store_deploy deploy;

    assert_int_equal(store_get_deploy(fixture->store, &fixture->arena, id, &deploy, NULL), 0);
    return deploy;
}

static uint32_t serving(struct fixture *fixture)
{
    struct store_project project;

    assert_int_equal(store_get_project(fixture->store, &fixture->arena, "shop", &project, NULL), 0);
    return project.serving;
}

static void one_that_waits_has_ended_with_it(void **state)
{
    struct fixture *fixture = *state;
    uint64_t id = add(fixture, STORE_DEPLOY_WAITING);
    struct store_revision revision;
    struct store_deploy deploy;

    assert_int_equal(cancel(fixture, id, false), 1);
    deploy = get(fixture, id);
    assert_int_equal(deploy.state, STORE_DEPLOY_FAILED);
    assert_string_equal(deploy.cancelled_by, by);
    assert_string_equal(deploy.message, message);
    assert_int_equal(deploy.finished_unix_ns, 20);
    assert_int_equal(
        store_get_revision(fixture->store, &fixture->arena, "shop", 2, &revision, NULL), 0);
    assert_int_equal(revision.state, STORE_REVISION_FAILED);
    /* Who was about to begin it does not. */
    assert_int_equal(store_set_deploy_state(fixture->store, id, STORE_DEPLOY_RUNNING, "", 30, NULL),
                     -ENOENT);
    assert_int_equal(cancel(fixture, id, true), 0);
    assert_string_equal(get(fixture, id).cancelled_by, by);
}

static void one_that_is_under_way_never_serves_for_good(void **state)
{
    struct fixture *fixture = *state;
    uint64_t id = add(fixture, STORE_DEPLOY_RUNNING);
    struct store_deploy deploy;

    assert_int_equal(cancel(fixture, id, false), 0);
    assert_string_equal(get(fixture, id).cancelled_by, "");
    assert_int_equal(cancel(fixture, id, true), 1);
    assert_int_equal(cancel(fixture, id, true), 0);
    deploy = get(fixture, id);
    assert_int_equal(deploy.state, STORE_DEPLOY_RUNNING);
    assert_string_equal(deploy.cancelled_by, by);
    assert_int_equal(store_settle_deploy(fixture->store, &deploy, NULL), 0);
    assert_int_equal(serving(fixture), 1);
}

static void what_serves_for_good_is_not_cancelled(void **state)
{
    struct fixture *fixture = *state;
    uint64_t id = add(fixture, STORE_DEPLOY_SWITCHED);
    struct store_deploy deploy = get(fixture, id);

    assert_int_equal(store_settle_deploy(fixture->store, &deploy, NULL), 1);
    assert_int_equal(serving(fixture), 2);
    assert_int_equal(cancel(fixture, id, true), 0);
    assert_string_equal(get(fixture, id).cancelled_by, "");
}

static void a_bake_is_cancelled(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(cancel(fixture, add(fixture, STORE_DEPLOY_SWITCHED), true), 1);
}

static void what_has_ended_or_goes_back_is_not_cancelled(void **state)
{
    static const enum store_deploy_state states[] = {STORE_DEPLOY_UNDOING, STORE_DEPLOY_DONE,
                                                     STORE_DEPLOY_FAILED};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        uint64_t id = add(fixture, states[i]);

        assert_int_equal(cancel(fixture, id, true), 0);
        assert_int_equal(get(fixture, id).state, states[i]);
        assert_string_equal(get(fixture, id).cancelled_by, "");
    }
    assert_int_equal(cancel(fixture, 77, true), 0);
}

static void what_was_done_all_the_same_was_not_cancelled(void **state)
{
    struct fixture *fixture = *state;
    uint64_t id = add(fixture, STORE_DEPLOY_RUNNING);

    assert_int_equal(cancel(fixture, id, true), 1);
    assert_int_equal(store_set_deploy_state(fixture->store, id, STORE_DEPLOY_DONE, "", 30, NULL),
                     0);
    assert_string_equal(get(fixture, id).cancelled_by, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(one_that_waits_has_ended_with_it),
        fixture_test(one_that_is_under_way_never_serves_for_good),
        fixture_test(what_serves_for_good_is_not_cancelled),
        fixture_test(a_bake_is_cancelled),
        fixture_test(what_has_ended_or_goes_back_is_not_cancelled),
        fixture_test(what_was_done_all_the_same_was_not_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
