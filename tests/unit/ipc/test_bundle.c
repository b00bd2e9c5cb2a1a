/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/bundle.h"
#include "os/memory.h"

static const struct bundle_pair web_pairs[] = {
    {.certificate = "WEB", .certificate_size = 3, .key = "web key", .key_size = 7},
    {.certificate = "WILD", .certificate_size = 4, .key = "wild key", .key_size = 8},
};

static const struct bundle_pair mail_pairs[] = {
    {.certificate = "MAIL", .certificate_size = 4, .key = "", .key_size = 0},
};

static const struct bundle_listener listeners[] = {
    {.id = 11, .pairs = web_pairs, .pair_count = 2},
    {.id = 12},
    {.id = 13, .pairs = mail_pairs, .pair_count = 1},
};

static const struct bundle_ticket_keys keys = {.current = "new", .previous = "old"};

static int build(void)
{
    int fd = bundle_build(listeners, 3, &keys);

    assert_true(fd >= 0);
    return fd;
}

static void what_goes_in_comes_out(void **state)
{
    struct bundle_ticket_keys read_keys;
    struct bundle_pair pair;
    struct bundle bundle;
    int fd = build();

    (void)state;
    assert_int_equal(bundle_open(fd, &bundle), 0);
    (void)close(fd);
    assert_int_equal(bundle_count(&bundle, 11), 2);
    assert_int_equal(bundle_count(&bundle, 12), 0);
    assert_int_equal(bundle_count(&bundle, 13), 1);
    assert_int_equal(bundle_count(&bundle, 14), 0);
    assert_true(bundle_get(&bundle, 11, 1, &pair));
    assert_int_equal(pair.certificate_size, 4);
    assert_memory_equal(pair.certificate, "WILD", 4);
    assert_int_equal(pair.key_size, 8);
    assert_memory_equal(pair.key, "wild key", 8);
    assert_true(bundle_get(&bundle, 13, 0, &pair));
    assert_memory_equal(pair.certificate, "MAIL", 4);
    assert_int_equal(pair.key_size, 0);
    assert_false(bundle_get(&bundle, 11, 2, &pair));
    assert_false(bundle_get(&bundle, 12, 0, &pair));
    assert_false(bundle_get(&bundle, 14, 0, &pair));
    bundle_get_ticket_keys(&bundle, &read_keys);
    assert_memory_equal(&read_keys, &keys, sizeof(keys));
    bundle_close(&bundle);
}

static void an_empty_one_holds_the_ticket_keys(void **state)
{
    struct bundle_ticket_keys read_keys;
    struct bundle bundle;
    int fd = bundle_build(NULL, 0, &keys);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(bundle_open(fd, &bundle), 0);
    assert_int_equal(bundle_count(&bundle, 11), 0);
    bundle_get_ticket_keys(&bundle, &read_keys);
    assert_memory_equal(&read_keys, &keys, sizeof(keys));
    bundle_close(&bundle);
    (void)close(fd);
}

static void one_that_is_too_large_is_refused(void **state)
{
    struct bundle_pair pair = {.certificate_size = BUNDLE_SIZE_MAX, .key_size = 1};
    struct bundle_listener listener = {.id = 1, .pairs = &pair, .pair_count = 1};

    (void)state;
    assert_int_equal(bundle_build(&listener, 1, &keys), -EFBIG);
    pair.certificate_size = SIZE_MAX;
    assert_int_equal(bundle_build(&listener, 1, &keys), -EFBIG);
    listener.pair_count = SIZE_MAX;
    assert_int_equal(bundle_build(&listener, 1, &keys), -EFBIG);
    assert_int_equal(bundle_build(&listener, BUNDLE_LISTENERS_MAX + 1, &keys), -EFBIG);
}

static void what_can_still_change_is_refused(void **state)
{
    struct bundle bundle;
    int fd = os_memory_file("test", 4096);

    (void)state;
    assert_int_equal(bundle_open(fd, &bundle), -EBADMSG);
    (void)close(fd);
}

/* Reads all that can be read, for a memory checker to watch. */
static unsigned int touch(const struct bundle *bundle)
{
    unsigned int sum = 0;

    for (uint64_t id = 0; id < 32; id++) {
        for (size_t n = 0; n < bundle_count(bundle, id); n++) {
            struct bundle_pair pair;

            assert_true(bundle_get(bundle, id, n, &pair));
            for (size_t i = 0; i < pair.certificate_size; i++)
                sum += (unsigned char)pair.certificate[i];
            for (size_t i = 0; i < pair.key_size; i++)
                sum += (unsigned char)pair.key[i];
        }
    }
    return sum;
}

static size_t read_whole(unsigned char **ret_data)
{
    int fd = build();
    off_t size = lseek(fd, 0, SEEK_END);
    unsigned char *data = malloc((size_t)size);

    assert_non_null(data);
    assert_int_equal(pread(fd, data, (size_t)size, 0), size);
    (void)close(fd);
    *ret_data = data;
    return (size_t)size;
}

static bool opens(const void *data, size_t size)
{
    struct bundle bundle;
    int fd = os_memory_file_of("test", data, size);
    bool is_good = bundle_open(fd, &bundle) == 0;

    if (is_good) {
        (void)touch(&bundle);
        bundle_close(&bundle);
    }
    (void)close(fd);
    return is_good;
}

static void a_cut_one_is_refused(void **state)
{
    unsigned char *data;
    size_t size = read_whole(&data);

    (void)state;
    assert_true(opens(data, size));
    for (size_t length = 0; length < size; length++)
        assert_false(opens(data, length));
    free(data);
}

/* Each byte of the tables takes a few values; what is accepted can be read without harm. */
static void damage_is_refused_or_harmless(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    unsigned char *data;
    size_t size = read_whole(&data);
    unsigned int refused = 0;

    (void)state;
    for (size_t at = 0; at < size; at++) {
        unsigned char before = data[at];

        for (size_t i = 0; i < sizeof(values); i++) {
            data[at] = values[i];
            refused += !opens(data, size);
        }
        data[at] = before;
    }
    assert_true(refused > 100);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(an_empty_one_holds_the_ticket_keys),
        cmocka_unit_test(one_that_is_too_large_is_refused),
        cmocka_unit_test(what_can_still_change_is_refused),
        cmocka_unit_test(a_cut_one_is_refused),
        cmocka_unit_test(damage_is_refused_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
