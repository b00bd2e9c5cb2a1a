/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a token count, with a store beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/time.h"
#include "control/tokens.h"
#include "os/os.h"
#include "store/store.h"

static char folder[64];
static struct store *store;
static struct arena arena;
static struct tokens *tokens;

static int setup(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/slipway-tokens-XXXXXX", sizeof("/tmp/slipway-tokens-XXXXXX"));
    if (mkdtemp(folder) == NULL || store_open(folder, &store, NULL) < 0)
        return -1;
    arena_init(&arena, (size_t)64 << 20);
    tokens = tokens_new();
    return tokens == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"slipway.db", "slipway.db-wal", "slipway.db-shm"};
    char path[128];

    (void)state;
    tokens = tokens_free(tokens);
    store = store_close(store);
    arena_deinit(&arena);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static const char *add(const char *name, const char *role, uint64_t life_s, struct token *ret)
{
    const char *text;

    assert_int_equal(tokens_add(tokens, store, &arena, name, role, life_s, ret, &text, NULL), 0);
    return text;
}

static enum tokens_verdict look_at(const char *text, uint64_t now_s, struct token *ret)
{
    return tokens_open(tokens, text, strlen(text), now_s, ret);
}

static void a_token_says_who_it_is(void **state)
{
    struct token made, opened;
    const char *text = add("anna", "operator", 3600, &made);

    (void)state;
    assert_int_equal(look_at(text, made.created_unix_s, &opened), TOKENS_GOOD);
    assert_string_equal(opened.name, "anna");
    assert_int_equal(opened.role, ACCESS_OPERATOR);
    assert_string_equal(opened.id, made.id);
    assert_int_equal(tokens_look(tokens, made.id, made.created_unix_s), TOKENS_GOOD);
}

static void time_ends_it(void **state)
{
    struct token made, opened;
    const char *text = add("anna", "viewer", 60, &made);

    (void)state;
    assert_int_equal(look_at(text, made.expires_unix_s - 1, &opened), TOKENS_GOOD);
    assert_int_equal(look_at(text, made.expires_unix_s, &opened), TOKENS_EXPIRED);
    assert_int_equal(look_at(text, UINT64_MAX, &opened), TOKENS_EXPIRED);
    assert_int_equal(look_at(text, 0, &opened), TOKENS_GOOD); /* a clock that went back */
    assert_int_equal(tokens_look(tokens, made.id, made.expires_unix_s), TOKENS_EXPIRED);
}

static void revoking_ends_it(void **state)
{
    struct token made, other, gone, opened;
    const char *text = add("anna", "viewer", 60, &made);
    const char *kept = add("otto", "viewer", 60, &other);
    struct error *error = NULL;

    (void)state;
    assert_int_equal(tokens_revoke(tokens, store, &arena, made.id, &gone, NULL), 0);
    assert_string_equal(gone.name, "anna");
    assert_true(gone.revoked_unix_s > 0);
    assert_int_equal(look_at(text, made.created_unix_s, &opened), TOKENS_REVOKED);
    assert_int_equal(look_at(kept, made.created_unix_s, &opened), TOKENS_GOOD);
    assert_int_equal(tokens_revoke(tokens, store, &arena, "none", &gone, &error), -ENOENT);
    error = error_free(error);
    assert_int_equal(tokens_revoke(tokens, store, &arena, "0000000000000000", &gone, &error),
                     -ENOENT);
    error_free(error);
}

static void nothing_counts_before_they_are_read(void **state)
{
    struct token made, opened;
    const char *text = add("anna", "viewer", 60, &made);

    (void)state;
    tokens = tokens_free(tokens);
    tokens = tokens_new();
    assert_int_equal(look_at(text, made.created_unix_s, &opened), TOKENS_UNKNOWN);
    assert_int_equal(tokens_load(tokens, store, &arena, NULL), 0);
    assert_int_equal(look_at(text, made.created_unix_s, &opened), TOKENS_GOOD);
    assert_int_equal(tokens_load(tokens, store, &arena, NULL), 0);
}

/* Neither what another node sealed, nor what is not in the table. */
static void other_nodes_tokens_do_not_count(void **state)
{
    struct token made, opened;
    const char *text = add("anna", "admin", 60, &made);
    char copy[4200];

    (void)state;
    (void)snprintf(copy, sizeof(copy), "%s", text);
    (void)teardown(NULL);
    assert_int_equal(setup(NULL), 0);
    assert_int_equal(tokens_load(tokens, store, &arena, NULL), 0);
    assert_int_equal(look_at(copy, made.created_unix_s, &opened), TOKENS_INVALID);
    assert_int_equal(tokens_look(tokens, made.id, made.created_unix_s), TOKENS_INVALID);
    assert_int_equal(tokens_look(tokens, "", 0), TOKENS_INVALID);
    assert_int_equal(tokens_look(tokens, "a very long text that is no id", 0), TOKENS_INVALID);
}

static void assert_not_made(const char *name, const char *role, uint64_t life_s, const char *said)
{
    struct error *error = NULL;
    struct token made;
    const char *text;

    assert_int_equal(tokens_add(tokens, store, &arena, name, role, life_s, &made, &text, &error),
                     -EINVAL);
    if (strstr(error->message, said) == NULL)
        fail_msg("\"%s\" is not in: %s", said, error->message);
    error_free(error);
}

static void what_cannot_be_one(void **state)
{
    static const char characters64[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    struct token made;
    char name[70];

    (void)state;
    (void)add(characters64, "viewer", 60, &made);
    (void)snprintf(name, sizeof(name), "%s4", characters64);
    assert_not_made(name, "viewer", 60, "64 characters");
    assert_not_made("", "viewer", 60, "64 characters");
    assert_not_made(NULL, "viewer", 60, "64 characters");
    assert_not_made("a\x01", "viewer", 60, "cannot be shown");
    assert_not_made("a\xff", "viewer", 60, "cannot be shown");
    assert_not_made("a\xc2\x85", "viewer", 60, "cannot be shown");     /* a C1 control */
    assert_not_made("a\xe2\x80\xae", "viewer", 60, "cannot be shown"); /* turns text */
    assert_not_made("a\xef\xbb\xbf", "viewer", 60, "cannot be shown"); /* invisible */
    assert_not_made("a", "root", 60, "viewer, operator or admin");
    assert_not_made("a", "nobody", 60, "viewer, operator or admin");
    assert_not_made("a", NULL, 60, "viewer, operator or admin");
    assert_not_made("a", "viewer", 59, "expires_s");
    assert_not_made("a", "viewer", TOKENS_LIFE_S_MAX + 1, "expires_s");
    assert_not_made("a", "viewer", UINT64_MAX, "expires_s");
}

/* It is looked at with each request, in the loop. */
static void looking_takes_no_time(void **state)
{
    struct token made, opened;
    const char *text = NULL;
    uint64_t began_ns;

    (void)state;
    for (int i = 0; i < 50; i++)
        text = add("anna", "viewer", 60, &made);
    began_ns = os_monotonic_time_ns();
    for (int i = 0; i < 10000; i++)
        assert_int_equal(look_at(text, made.created_unix_s, &opened), TOKENS_GOOD);
    print_message("# %.2f us for a token\n",
                  (double)(os_monotonic_time_ns() - began_ns) / 10000 / TIME_MICROSECOND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_token_says_who_it_is),
        TEST(time_ends_it),
        TEST(revoking_ends_it),
        TEST(nothing_counts_before_they_are_read),
        TEST(other_nodes_tokens_do_not_count),
        TEST(what_cannot_be_one),
        TEST(looking_takes_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
