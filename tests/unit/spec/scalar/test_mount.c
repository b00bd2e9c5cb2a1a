/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/mount.h"

static bool read_mount(const char *text, struct mount *ret_mount, const char **ret_message)
{
    return mount_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_mount, ret_message);
}

/* "TYPE SOURCE TARGET" and whatever is set besides. */
static const char *describe(const struct mount *mount)
{
    return arena_printf(
        &fixture_arena, "%s %s %s%s%s%s%s%s%s%s%s%s", mount->type,
        mount->source != NULL ? mount->source : "-", mount->target, mount->read_only ? " ro" : "",
        mount->has_bind ? " bind" : "", mount->create_host_path ? "+create" : "",
        mount->propagation != NULL ? "+" : "", mount->propagation != NULL ? mount->propagation : "",
        mount->selinux != NULL ? "+" : "", mount->selinux != NULL ? mount->selinux : "",
        mount->has_volume ? " volume" : "", mount->nocopy ? "+nocopy" : "");
}

static void reads_the_short_syntax(void **state)
{
    static const struct {
        const char *text;
        const char *mount;
    } cases[] = {
        /* Anonymous volumes; up to two bytes there is no section "volume". */
        {"/", "volume - /"},
        {"/a", "volume - /a"},
        {"d:", "volume - d:"},
        {"/path", "volume - /path volume"},
        {"C:\\path", "volume - C:\\path volume"},
        {"d:\\path with space", "volume - d:\\path with space volume"},
        {"a:/data", "volume - a:/data volume"},
        /* Named volumes. */
        {"data:/var/lib", "volume data /var/lib volume"},
        {"data:/var/lib:ro", "volume data /var/lib ro volume"},
        {"data:/t:rw", "volume data /t volume"},
        {"data:/t:nocopy", "volume data /t volume+nocopy"},
        {"data:/t:ro,nocopy", "volume data /t ro volume+nocopy"},
        {"data:/t:z", "volume data /t bind+z volume"},
        {"name:d:", "volume name d: volume"},
        {"name:D::rw", "volume name D: volume"},
        {"0name:d:\\x", "volume 0name d:\\x volume"},
        /* Binds, by how the source begins. */
        {"./foo:/t", "bind ./foo /t bind+create"},
        {"../foo:/t", "bind ../foo /t bind+create"},
        {".:/t", "bind . /t bind+create"},
        {"~/foo:/t", "bind ~/foo /t bind+create"},
        {"~:/t", "bind ~ /t bind+create"},
        {"/foo:/t:ro", "bind /foo /t ro bind+create"},
        {"/foo:/t:ro,rw", "bind /foo /t bind+create"},
        {"/foo:/t:slave", "bind /foo /t bind+create+slave"},
        {"/foo:/t:ro,z", "bind /foo /t ro bind+create+z"},
        {"/foo:/t:ro,Z,rshared", "bind /foo /t ro bind+create+rshared+Z"},
        {"/foo:/t:nocopy", "bind /foo /t bind+create volume+nocopy"},
        {"D:\\path:d:\\target", "bind D:\\path d:\\target bind+create"},
        {"c:\\:d:\\:ro", "bind c:\\ d:\\ ro bind+create"},
        {"C:\\src:D:\\dst:ro,rprivate", "bind C:\\src D:\\dst ro bind+create+rprivate"},
        {"\\\\.\\pipe\\engine:\\\\.\\pipe\\inside",
         "bind \\\\.\\pipe\\engine \\\\.\\pipe\\inside bind+create"},
        /* Without effect. */
        {"/foo:/t:cached", "bind /foo /t bind+create"},
        {"/foo:/t:delegated,ro", "bind /foo /t ro bind+create"},
        {"/foo:/t:consistent", "bind /foo /t bind+create"},
        /* A variable that was left as it is may hold colons. */
        {"${DIR:-/srv:x}:/t", "volume ${DIR:-/srv:x} /t volume"},
        {"./${A:-${B:-c}}:/t:ro", "bind ./${A:-${B:-c}} /t ro bind+create"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct mount mount;

        if (!read_mount(cases[i].text, &mount, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, describe(&mount), cases[i].mount);
        assert_null(mount.unknown_option);
    }
}

static void cleans_the_target(void **state)
{
    static const struct {
        const char *text;
        const char *target;
    } cases[] = {
        {"src:/a//b/", "/a/b"},
        {"src:/a/./b/.", "/a/b"},
        {"src:/a/../b", "/b"},
        {"src:/../..", "/"},
        {"src:/a/b/../..", "/"},
        {"src:./a", "a"},
        {"src:a/..", "."},
        {"src:../../a/..", "../.."},
        {"src:a/../../b", "../b"},
        {"src:../a/../b", "../b"},
        {"src:/..a/...", "/..a/..."},
        {"/a/", "/a"},
        {"./", "."},
        {"//", "/"},
        {"src://x//..//y:ro", "/y"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct mount mount;

        if (!read_mount(cases[i].text, &mount, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, mount.target, cases[i].target);
    }
}

static void keeps_the_first_unknown_option_for_a_warning(void **state)
{
    const char *message = NULL;
    struct mount mount;

    (void)state;
    assert_true(read_mount("data:/t:ro,bogus,other", &mount, &message));
    assert_string_equal(mount.unknown_option, "bogus");
    assert_true(mount.read_only);
    assert_true(read_mount("data:/t:,ro", &mount, &message));
    assert_string_equal(mount.unknown_option, "");
}

static void refuses_what_is_no_mount(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "\"\" is no mount: expected [SOURCE:]TARGET"},
        {":foo", "a section between colons is empty"},
        {"/foo::ro", "a section between colons is empty"},
        {"/foo:", "a section between colons is empty"},
        {"/foo:/bar:", "a section between colons is empty"},
        {":C:\\foo:d:", "a section between colons is empty"},
        {"/foo:/foo:ro:foo", "too many colons"},
        {"${A:/t", "${ is not closed"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct mount mount;

        if (read_mount(cases[i].text, &mount, &message))
            fail_msg("\"%s\" was read as %s", cases[i].text, describe(&mount));
        fixture_assert_mentions(message, cases[i].reason);
    }
}

static void prints_what_reads_back(void **state)
{
    static const struct {
        const char *text;
        const char *printed;
    } cases[] = {
        {"/path", "/path"},
        {"/a", "/a"},
        {"/a/", "/a/."},
        {"data:/t", "data:/t:rw"},
        {"data:./t", "data:t/.:rw"},
        {"/foo:/t:ro,Z,rshared", "/foo:/t:ro,Z,rshared"},
        {"data:/t:nocopy", "data:/t:rw,nocopy"},
        {"name:D::ro", "name:D::ro"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL, *printed;
        struct mount mount, again;

        assert_true(read_mount(cases[i].text, &mount, &message));
        printed = mount_print(&fixture_arena, &mount);
        fixture_assert_text(cases[i].text, printed, cases[i].printed);
        assert_true(read_mount(printed, &again, &message));
        fixture_assert_text(printed, describe(&again), describe(&mount));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_the_short_syntax),
        FIXTURE_TEST(cleans_the_target),
        FIXTURE_TEST(keeps_the_first_unknown_option_for_a_warning),
        FIXTURE_TEST(refuses_what_is_no_mount),
        FIXTURE_TEST(prints_what_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
