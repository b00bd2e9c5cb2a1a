/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/device.h"

static bool read_device(const char *text, struct device *ret_device, const char **ret_message)
{
    return device_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_device, ret_message);
}

static void fills_in_what_was_left_out(void **state)
{
    static const struct {
        const char *text;
        const char *device;
    } cases[] = {
        {"/dev/fuse", "/dev/fuse:/dev/fuse:rwm"},
        {"/dev/a:/dev/b", "/dev/a:/dev/b:rwm"},
        {"/dev/a:/dev/b:r", "/dev/a:/dev/b:r"},
        {"/dev/a::rw", "/dev/a:/dev/a:rw"},
        {"/dev/a:", "/dev/a:/dev/a:rwm"},
        {"/dev/a:/dev/b:", "/dev/a:/dev/b:"},
        {"vendor.com/gpu=0", "vendor.com/gpu=0:vendor.com/gpu=0:rwm"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct device device;

        if (!read_device(cases[i].text, &device, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, device_print(&fixture_arena, &device), cases[i].device);
    }
}

static void refuses_what_is_no_device(void **state)
{
    static const char *const texts[] = {"", ":", ":/dev/b", "/dev/a:/dev/b:rw:x", "a:b:c:"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *message = NULL;
        struct device device;

        if (read_device(texts[i], &device, &message))
            fail_msg("\"%s\" was read", texts[i]);
        fixture_assert_mentions(message, "expected SOURCE[:TARGET[:PERMISSIONS]]");
    }
}

static void tells_cdi_names_from_paths(void **state)
{
    static const char *const names[] = {"vendor.com/gpu=0", "nvidia.com/gpu=all", "v/c=a.b_c-1",
                                        "intel-a.com/net_x=gpu0"};
    static const char *const others[] = {
        "/dev/fuse",        "vendor.com/gpu",    "vendor.com/gpu=", "vendor.com=0",
        "/gpu=0",           "1v/gpu=0",          "v./gpu=0",        "vendor.com/g/u=0",
        "vendor.com/gpu=-", "vendor.com/gpu=0:x"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct device device = {.source = names[i], .target = names[i], .permissions = "rwm"};

        if (!device_is_cdi(&device))
            fail_msg("%s", names[i]);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const char *message = NULL;
        struct device device;

        assert_true(read_device(others[i], &device, &message));
        if (device_is_cdi(&device))
            fail_msg("%s", others[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(fills_in_what_was_left_out),
        FIXTURE_TEST(refuses_what_is_no_device),
        FIXTURE_TEST(tells_cdi_names_from_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
