/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>

#include "tls_fixture.h"

static void check_refused(struct tls_pem pem, const char *message)
{
    struct error *error = NULL;

    assert_true(tls_check_certificate(&pem, NULL, &error) < 0);
    assert_non_null(error);
    if (strstr(error->message, message) == NULL)
        print_error("\"%s\" is not in \"%s\"\n", message, error->message);
    assert_non_null(strstr(error->message, message));
    error_free(error);
}

static struct tls_certificate_facts check_accepted(struct tls_pem pem)
{
    struct tls_certificate_facts facts = {0};
    struct error *error = NULL;

    (void)tls_check_certificate(&pem, &facts, &error);
    if (error != NULL)
        print_error("%s\n", error->message);
    assert_null(error);
    return facts;
}

static void check_names(struct tls_pem pem, size_t count, const char *const *names)
{
    struct tls_certificate_facts facts = check_accepted(pem);

    assert_int_equal(facts.name_count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(facts.names[i], names[i]);
    free(facts.names);
}

static void names_are_the_alternatives_of_the_dns(void **state)
{
    const char *const names[] = {"a.example", "*.b.example"};

    (void)state;
    check_names(fixture_simple("cn.example",
                               "DNS:A.Example,IP:10.0.0.1,DNS:*.b.example,DNS:a.example,"
                               "DNS:f*o.example,DNS:a.*.example,email:x@y.example"),
                2, names);
}

static void the_common_name_counts_without_alternatives_only(void **state)
{
    const char *const names[] = {"cn.example"};

    (void)state;
    check_names(fixture_simple("CN.example", NULL), 1, names);
    check_names(fixture_simple("cn.example", "IP:10.0.0.1"), 0, NULL);
    check_names(fixture_simple("not a host's name", NULL), 0, NULL);
}

static void an_expired_one_is_taken_and_says_when_it_ended(void **state)
{
    struct tls_certificate_facts facts;
    time_t now = time(NULL);

    (void)state;
    facts = check_accepted(fixture_pem(
        "old", (struct fixture_certificate){.alternatives = "DNS:a.example", .days = -2}));
    assert_true(facts.not_after > now - 2 * 86400 - 3600 && facts.not_after < now - 86400);
    assert_true(facts.not_before < facts.not_after);
    free(facts.names);
}

static void all_kinds_of_keys_are_taken(void **state)
{
    (void)state;
    for (int kind = FIXTURE_ECDSA; kind <= FIXTURE_ED25519; kind++) {
        if (kind != FIXTURE_RSA_SMALL)
            free(
                check_accepted(
                    fixture_pem("key", (struct fixture_certificate){.kind = (enum fixture_key)kind,
                                                                    .alternatives = "DNS:a.example",
                                                                    .days = 9}))
                    .names);
    }
}

static void a_key_that_is_too_weak_is_refused(void **state)
{
    (void)state;
    check_refused(fixture_pem("weak", (struct fixture_certificate){.kind = FIXTURE_RSA_SMALL,
                                                                   .alternatives = "DNS:a.example",
                                                                   .days = 9}),
                  "key too small");
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    struct tls_pem pem = fixture_simple("one", "DNS:a.example");
    struct tls_pem other = fixture_simple("two", "DNS:a.example");

    (void)state;
    pem.key = other.key;
    pem.key_size = other.key_size;
    check_refused(pem, "does not belong to the certificate");
}

static struct tls_pem join(struct tls_pem first, struct tls_pem second, char *text, size_t size)
{
    int length = snprintf(text, size, "%s%s", first.certificate, second.certificate);

    assert_true(length > 0 && (size_t)length < size);
    first.certificate = text;
    first.certificate_size = (size_t)length;
    return first;
}

static void a_chain_must_begin_with_the_key_s_own(void **state)
{
    struct tls_pem own = fixture_simple("own", "DNS:a.example");
    struct tls_pem root = fixture_simple("root", NULL);
    struct tls_pem chain;
    char text[8192];

    (void)state;
    free(check_accepted(join(own, root, text, sizeof(text))).names);
    chain = join(root, own, text, sizeof(text));
    chain.key = own.key;
    chain.key_size = own.key_size;
    check_refused(chain, "belongs to certificate 2, which must be the first");
}

static void damage_is_refused_by_what_it_is(void **state)
{
    struct tls_pem good = fixture_simple("good", "DNS:a.example");
    struct tls_pem pem = good;
    char text[8192];

    (void)state;
    pem.certificate_size = 0;
    check_refused(pem, "there is no certificate");
    pem = good;
    pem.certificate = "hello";
    pem.certificate_size = 5;
    check_refused(pem, "there is no certificate");
    pem = good;
    pem.key_size = 0;
    check_refused(pem, "there is no private key");
    pem.key = good.certificate;
    pem.key_size = good.certificate_size;
    check_refused(pem, "there is no private key");

    pem = join(good, good, text, sizeof(text));
    text[good.certificate_size + 60] = '!';
    check_refused(pem, "certificate 2 cannot be read");
    pem = good;
    (void)snprintf(text, sizeof(text), "%s", good.key);
    text[80] = '!';
    pem.key = text;
    check_refused(pem, "the private key cannot be read");
}

static void an_encrypted_key_is_refused(void **state)
{
    struct tls_pem pem = fixture_simple("one", "DNS:a.example");
    BIO *from = BIO_new_mem_buf(pem.key, (int)pem.key_size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(from, NULL, NULL, NULL);
    char *data;

    (void)state;
    for (int is_traditional = 0; is_traditional < 2; is_traditional++) {
        BIO *to = BIO_new(BIO_s_mem());
        int r = is_traditional
                    ? PEM_write_bio_PrivateKey_traditional(
                          to, key, EVP_aes_128_cbc(), (const unsigned char *)"pw", 2, NULL, NULL)
                    : PEM_write_bio_PrivateKey(to, key, EVP_aes_128_cbc(),
                                               (const unsigned char *)"pw", 2, NULL, NULL);

        assert_int_equal(r, 1);
        pem.key_size = (size_t)BIO_get_mem_data(to, &data);
        pem.key = data;
        check_refused(pem, "is encrypted");
        BIO_free(to);
    }
    EVP_PKEY_free(key);
    BIO_free(from);
}

static void a_key_may_stand_after_other_blocks(void **state)
{
    struct tls_pem pem = fixture_simple("one", "DNS:a.example");
    char text[8192];
    int length;

    (void)state;
    length = snprintf(text, sizeof(text),
                      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                      "-----END EC PARAMETERS-----\n%s%s",
                      pem.certificate, pem.key);
    pem.certificate = text;
    pem.certificate_size = (size_t)length;
    pem.key = text;
    pem.key_size = (size_t)length;
    free(check_accepted(pem).names);
}

static void a_server_names_the_certificate_to_blame(void **state)
{
    struct tls_pem pems[2] = {fixture_simple("good", "DNS:a.example"),
                              fixture_simple("bad", "DNS:b.example")};
    struct tls_server_options options = {.certificates = pems, .certificate_count = 2};
    struct tls_thread *thread = fixture_thread();
    struct tls_server *server = NULL;
    struct error *error = NULL;

    (void)state;
    pems[1].key = pems[0].key;
    pems[1].key_size = pems[0].key_size;
    assert_int_equal(tls_server_new(thread, &options, &server, &error), -EINVAL);
    assert_string_equal(error->message, "bad: the private key does not belong to the certificate");
    error = error_free(error);

    pems[1] = fixture_pem("weak", (struct fixture_certificate){.kind = FIXTURE_RSA_SMALL,
                                                               .alternatives = "DNS:b.example"});
    assert_int_equal(tls_server_new(thread, &options, &server, &error), -EINVAL);
    assert_string_equal(error->message, "weak: the certificate cannot be used: ee key too small");
    error = error_free(error);

    options.certificate_count = 0;
    assert_int_equal(tls_server_new(thread, &options, &server, &error), -EINVAL);
    error_free(error);
    assert_null(server);
    tls_thread_free(thread);
}

static int clear(void **state)
{
    (void)state;
    fixture_clear();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_alternatives_of_the_dns),
        cmocka_unit_test(the_common_name_counts_without_alternatives_only),
        cmocka_unit_test(an_expired_one_is_taken_and_says_when_it_ended),
        cmocka_unit_test(all_kinds_of_keys_are_taken),
        cmocka_unit_test(a_key_that_is_too_weak_is_refused),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
        cmocka_unit_test(a_chain_must_begin_with_the_key_s_own),
        cmocka_unit_test(damage_is_refused_by_what_it_is),
        cmocka_unit_test(an_encrypted_key_is_refused),
        cmocka_unit_test(a_key_may_stand_after_other_blocks),
        cmocka_unit_test(a_server_names_the_certificate_to_blame),
    };

    return cmocka_run_group_tests_name("tls_certificate", tests, NULL, clear);
}
