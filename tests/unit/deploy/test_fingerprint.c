/* SPDX-License-Identifier: Apache-2.0 */
/* Names that tell nothing of what they stand for. */
#include <errno.h>
#include <string.h>

#include "../store/store_fixture.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "deploy/deploy.h"
#include "deploy/fingerprint.h"

static const char text[] = "{\"DB_PASSWORD\":\"hunter2\"}";

static void load_key(struct fixture *fixture, struct fingerprint_key *ret)
{
    assert_int_equal(fingerprint_load_key(fixture->store, &fixture->arena, ret, NULL), 0);
}

static void make(const struct fingerprint_key *key, const char *of, char ret[FINGERPRINT_SIZE])
{
    assert_int_equal(fingerprint_text(key, of, ret, NULL), 0);
    assert_int_equal(strlen(ret), FINGERPRINT_SIZE - 1);
    assert_int_equal(strspn(ret, "0123456789abcdef"), FINGERPRINT_SIZE - 1);
}

/* HMAC-SHA256, as others make it too. */
static void it_is_made_with_the_key(void **state)
{
    static const struct fingerprint_key key = {
        "0000000000000000000000000000000000000000000000000000000000000000"};
    char made[FINGERPRINT_SIZE];

    (void)state;
    make(&key, "abc", made);
    assert_string_equal(made, "b9b8a3853242a22008699105b29b0028");
}

static void equal_texts_have_equal_names_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct fingerprint_key key, again;
    char made[FINGERPRINT_SIZE], same[FINGERPRINT_SIZE], other[FINGERPRINT_SIZE];

    load_key(fixture, &key);
    make(&key, text, made);
    make(&key, "{}", other);
    fixture_open_again(fixture);
    load_key(fixture, &again);
    make(&again, text, same);
    assert_string_equal(made, same);
    assert_string_not_equal(made, other);
    assert_string_not_equal(made, content_hash_bytes(text, strlen(text)).text);
}

static void another_store_has_another_key(void **state)
{
    struct fixture *fixture = *state;
    struct fingerprint_key key, other;

    load_key(fixture, &key);
    fixture_exec(fixture, "DELETE FROM secrets");
    load_key(fixture, &other);
    assert_string_not_equal(key.text, other.text);
}

static void a_damaged_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fingerprint_key key;
    struct error *error = NULL;

    load_key(fixture, &key);
    fixture_exec(fixture, "UPDATE secrets SET value = 'ab'");
    assert_int_equal(fingerprint_load_key(fixture->store, &fixture->arena, &key, &error), -EUCLEAN);
    assert_non_null(strstr(error->message, "fingerprints"));
    error_free(error);
}

static void of_contents_only_ids_of_images_are_shown(void **state)
{
    (void)state;
    assert_string_equal(deploy_shown_content("sha256:ab12"), "sha256:ab12");
    assert_string_equal(deploy_shown_content("99aa06d3014798d86001c324468d497f"), "");
    assert_string_equal(deploy_shown_content(""), "");
    assert_string_equal(deploy_shown_content(NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_made_with_the_key),
        fixture_test(equal_texts_have_equal_names_for_ever),
        fixture_test(another_store_has_another_key),
        fixture_test(a_damaged_key_is_refused),
        cmocka_unit_test(of_contents_only_ids_of_images_are_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
