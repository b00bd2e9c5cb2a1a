/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, secrets and the audit, and a file of the format before them. */
#include "store_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const struct store_token token = {
    .id = "00000000000000aa",
    .name = "anna <b>",
    .role = "viewer",
    .created_unix_s = 1000,
    .expires_unix_s = 2000,
};

static const struct store_action action = {
    .unix_ns = 5,
    .name = "anna",
    .role = "operator",
    .token = "00000000000000aa",
    .via = "dashboard",
    .method = "POST",
    .path = "/v1/projects/shop/deploys",
    .detail = "rollback to revision 3",
};

static void tokens_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct store_token other = token, *tokens;
    uint32_t count = 0;

    other.id = "0000000000000001";
    other.created_unix_s = 1001;
    assert_int_equal(store_add_token(fixture->store, &token, NULL), 0);
    assert_int_equal(store_add_token(fixture->store, &other, NULL), 0);
    assert_int_equal(store_add_token(fixture->store, &token, NULL), -EEXIST);
    fixture_open_again(fixture);
    assert_int_equal(store_list_tokens(fixture->store, &fixture->arena, &tokens, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(tokens[0].id, other.id);
    assert_string_equal(tokens[1].id, token.id);
    assert_string_equal(tokens[1].name, token.name);
    assert_string_equal(tokens[1].role, token.role);
    assert_int_equal(tokens[1].created_unix_s, 1000);
    assert_int_equal(tokens[1].expires_unix_s, 2000);
    assert_int_equal(tokens[1].revoked_unix_s, 0);
}

static void a_token_is_revoked_once(void **state)
{
    struct fixture *fixture = *state;
    struct store_token *tokens;
    struct error *error = NULL;
    uint32_t count;

    assert_int_equal(store_add_token(fixture->store, &token, NULL), 0);
    assert_int_equal(store_revoke_token(fixture->store, token.id, 1500, NULL), 0);
    assert_int_equal(store_revoke_token(fixture->store, token.id, 1700, NULL), 0);
    assert_int_equal(store_list_tokens(fixture->store, &fixture->arena, &tokens, &count, NULL), 0);
    assert_int_equal(tokens[0].revoked_unix_s, 1500);
    assert_int_equal(store_revoke_token(fixture->store, "beef", 1500, &error), -ENOENT);
    assert_string_equal(error->message, "there is no token \"beef\"");
    error_free(error);
}

static void there_is_a_limit_to_live_tokens(void **state)
{
    struct fixture *fixture = *state;
    struct error *error = NULL;

    fixture_exec(fixture,
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                 "i < 1000) INSERT INTO tokens SELECT i, printf('%016x', i), 'a', 'viewer', "
                 "900, 3000, 0 FROM n");
    assert_int_equal(store_add_token(fixture->store, &token, &error), -EBUSY);
    assert_non_null(strstr(error->message, "1000 tokens already"));
    error_free(error);
    assert_int_equal(store_revoke_token(fixture->store, "0000000000000001", 950, NULL), 0);
    assert_int_equal(store_add_token(fixture->store, &token, NULL),
                     -EEXIST); /* aa is one of them */
}

static void what_expired_long_ago_goes(void **state)
{
    struct fixture *fixture = *state;
    struct store_token late = token, *tokens;
    uint32_t count;

    late.id = "0000000000000002";
    late.created_unix_s = token.expires_unix_s + 30 * 86400 + 1;
    late.expires_unix_s = late.created_unix_s + 60;
    assert_int_equal(store_add_token(fixture->store, &token, NULL), 0);
    assert_int_equal(store_add_token(fixture->store, &late, NULL), 0);
    assert_int_equal(store_list_tokens(fixture->store, &fixture->arena, &tokens, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_string_equal(tokens[0].id, late.id);
}

/* Making and revoking them for ever does not fill the disk. */
static void there_is_a_limit_to_all_of_them(void **state)
{
    struct fixture *fixture = *state;
    struct store_token *tokens;
    uint32_t count;

    fixture_exec(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                          "i < 12000) INSERT INTO tokens SELECT i, printf('%016x', i + 4096), 'a', "
                          "'viewer', i % 900, 3000, 901 FROM n");
    assert_int_equal(store_add_token(fixture->store, &token, NULL), 0);
    assert_int_equal(store_list_tokens(fixture->store, &fixture->arena, &tokens, &count, NULL), 0);
    assert_int_equal(count, STORE_TOKENS_MAX);
    assert_string_equal(tokens[0].id, token.id);
}

static void a_secret_stays_what_it_was_first(void **state)
{
    struct fixture *fixture = *state;
    const char *value;

    assert_int_equal(store_need_secret(fixture->store, &fixture->arena, "key", "aa", &value, NULL),
                     0);
    assert_string_equal(value, "aa");
    fixture_open_again(fixture);
    assert_int_equal(store_need_secret(fixture->store, &fixture->arena, "key", "bb", &value, NULL),
                     0);
    assert_string_equal(value, "aa");
}

static void actions_come_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct store_action *actions;
    uint64_t first = 0, second = 0;
    uint32_t count;

    assert_int_equal(store_add_action(fixture->store, &action, &first, NULL), 0);
    assert_int_equal(store_add_action(fixture->store, &action, &second, NULL), 0);
    assert_int_equal(store_set_action_status(fixture->store, first, 202, NULL), 0);
    fixture_open_again(fixture);
    assert_int_equal(
        store_list_actions(fixture->store, &fixture->arena, 0, 0, 100, &actions, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_int_equal(actions[0].sequence, second);
    assert_int_equal(actions[0].status, 0);
    assert_int_equal(actions[1].status, 202);
    assert_string_equal(actions[1].name, action.name);
    assert_string_equal(actions[1].role, action.role);
    assert_string_equal(actions[1].token, action.token);
    assert_string_equal(actions[1].via, action.via);
    assert_string_equal(actions[1].method, action.method);
    assert_string_equal(actions[1].path, action.path);
    assert_string_equal(actions[1].detail, action.detail);
    assert_int_equal(
        store_list_actions(fixture->store, &fixture->arena, second, 0, 100, &actions, &count, NULL),
        0);
    assert_int_equal(count, 1);
    assert_int_equal(actions[0].sequence, first);
    assert_int_equal(
        store_list_actions(fixture->store, &fixture->arena, 0, first, 100, &actions, &count, NULL),
        0);
    assert_int_equal(count, 1);
    assert_int_equal(actions[0].sequence, second);
}

static void the_newest_actions_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct store_action *actions;
    uint64_t sequence = 0;
    uint32_t count;

    fixture_exec(fixture,
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
                 "INSERT INTO audit (time, name, role, token, via, method, path, detail, status) "
                 "SELECT i, 'a', 'admin', '', 'socket', 'POST', '/', '', 200 FROM n");
    for (int i = 0; i < 3; i++)
        assert_int_equal(store_add_action(fixture->store, &action, &sequence, NULL), 0);
    assert_int_equal(sequence, 10002);
    assert_int_equal(
        store_list_actions(fixture->store, &fixture->arena, 0, 0, 20000, &actions, &count, NULL),
        0);
    assert_int_equal(count, 10000);
    assert_int_equal(actions[count - 1].sequence, 3);
}

/* Who asks for what he must not do cannot make the node forget what was done. */
static void what_was_refused_is_kept_apart(void **state)
{
    struct fixture *fixture = *state;
    struct store_action refused = action, *actions;
    uint64_t done = 0, sequence = 0;
    uint32_t count;

    refused.status = 403;
    assert_int_equal(store_add_action(fixture->store, &action, &done, NULL), 0);
    fixture_exec(fixture,
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) "
                 "INSERT INTO audit (time, name, role, token, via, method, path, detail, status) "
                 "SELECT i, 'a', 'viewer', 't', 'dashboard', 'POST', '/', '', 403 FROM n");
    assert_int_equal(store_add_action(fixture->store, &refused, &sequence, NULL), 0);
    assert_int_equal(
        store_list_actions(fixture->store, &fixture->arena, 0, 0, 20000, &actions, &count, NULL),
        0);
    assert_int_equal(count, 1001);
    assert_int_equal(actions[0].sequence, sequence);
    assert_int_equal(actions[count - 1].sequence, done);
}

/* A file as the first release wrote it keeps what it has, and takes what is new. */
static void a_file_of_the_first_format_is_brought_up_to_date(void **state)
{
    static const struct store_event event = {.project = "shop", .text = "{}"};
    struct fixture *fixture = *state;
    struct store_event *events;
    const char *value;
    uint64_t sequence;
    uint32_t count;

    assert_int_equal(store_add_event(fixture->store, &event, &sequence, NULL), 0);
    fixture_exec(fixture, "DROP TABLE tokens; DROP TABLE audit; DROP TABLE secrets;"
                          "ALTER TABLE deploys DROP COLUMN note;"
                          "ALTER TABLE deploys DROP COLUMN cancelled_by;"
                          "PRAGMA user_version = 1");
    fixture_open_again(fixture);
    assert_int_equal(
        store_list_events(fixture->store, &fixture->arena, NULL, 0, 0, 0, &events, &count, NULL),
        0);
    assert_int_equal(count, 1);
    assert_int_equal(store_add_token(fixture->store, &token, NULL), 0);
    assert_int_equal(store_add_action(fixture->store, &action, &sequence, NULL), 0);
    assert_int_equal(store_need_secret(fixture->store, &fixture->arena, "key", "aa", &value, NULL),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(tokens_come_back),
        fixture_test(a_token_is_revoked_once),
        fixture_test(there_is_a_limit_to_live_tokens),
        fixture_test(what_expired_long_ago_goes),
        fixture_test(there_is_a_limit_to_all_of_them),
        fixture_test(a_secret_stays_what_it_was_first),
        fixture_test(actions_come_newest_first),
        fixture_test(the_newest_actions_are_kept),
        fixture_test(what_was_refused_is_kept_apart),
        fixture_test(a_file_of_the_first_format_is_brought_up_to_date),
    };

    return cmocka_run_group_tests_name("store access", tests, NULL, NULL);
}
