/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/base64_priv.h"
#include "engine/credentials.h"

static char folder[40];
static struct error *error;

static void put(const char *name, const char *content, mode_t mode)
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

static int start(void **state)
{
    char path[256];

    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/slipway-docker-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s:/usr/bin:/bin", folder);
    return setenv("PATH", path, 1);
}

static int finish(void **state)
{
    char command[64];

    (void)state;
    error = error_free(error);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

/* What the engine would get, decoded. */
static void expect(const char *reference, const char *wanted)
{
    _cleanup_free_ char *found = NULL;
    _cleanup_free_ char *text = NULL;
    int r = engine_find_credentials(folder, reference, -1, &found, &error);

    if (r < 0)
        fail_msg("%s: %s", reference, error->message);
    if (wanted == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    text = base64_decode(found);
    assert_string_equal(text, wanted);
}

static void refuse(const char *reference, int code, const char *message)
{
    _cleanup_free_ char *found = NULL;

    assert_int_equal(engine_find_credentials(folder, reference, -1, &found, &error), code);
    if (strstr(error->message, message) == NULL)
        fail_msg("%s", error->message);
    error = error_free(error);
}

static void test_none(void **state)
{
    (void)state;
    expect("nginx", NULL);
    put("config.json", "{}", 0600);
    expect("nginx", NULL);
    put("config.json", "{\"auths\":{\"other\":{\"auth\":\"dTpw\"},\"docker.io\":{}}}", 0600);
    expect("nginx", NULL);
}

static void test_from_the_file(void **state)
{
    (void)state;
    /* u:p, and a password with colons */
    put("config.json",
        "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"},"
        "\"http://reg.example:5000/v2/\":{\"auth\":\"dTphOmI6Yw==\"},"
        "\"token.example\":{\"identitytoken\":\"T\",\"auth\":\"dTpw\"},"
        "\"plain.example\":{\"username\":\"x\",\"password\":\"y\"},"
        "\"bad.example\":{\"auth\":\"!!\"}}}",
        0600);
    expect("nginx", "{\"username\":\"u\",\"password\":\"p\",\"serveraddress\":"
                    "\"https://index.docker.io/v1/\"}");
    expect("docker.io/library/nginx:1", "{\"username\":\"u\",\"password\":\"p\","
                                        "\"serveraddress\":\"https://index.docker.io/v1/\"}");
    expect("reg.example:5000/a/b", "{\"username\":\"u\",\"password\":\"a:b:c\","
                                   "\"serveraddress\":\"reg.example:5000\"}");
    expect("token.example/a@sha256:00",
           "{\"identitytoken\":\"T\",\"serveraddress\":\"token.example\"}");
    expect("plain.example/a",
           "{\"username\":\"x\",\"password\":\"y\",\"serveraddress\":\"plain.example\"}");
    expect("bad.example/a", NULL);
    expect("reg.example/a", NULL);
}

static void test_from_helpers(void **state)
{
    (void)state;
    put("docker-credential-good",
        "#!/bin/sh\nread -r server\n"
        "case $1 in\nlist) echo '{\"listed.example\":\"me\"}' ;;\n"
        "get) [ \"$server\" = none.example ] && "
        "{ echo 'credentials not found in native keychain'; exit 1; }\n"
        "echo '{\"Username\":\"me\",\"Secret\":\"of '\"$server\"'\"}' ;;\nesac\n",
        0700);
    put("docker-credential-token",
        "#!/bin/sh\necho '{\"Username\":\"<token>\",\"Secret\":\"S\"}'\n", 0700);
    put("docker-credential-bad", "#!/bin/sh\necho 'the vault is locked'; exit 1\n", 0700);
    put("docker-credential-odd", "#!/bin/sh\necho nonsense\n", 0700);
    put("docker-credential-big", "#!/bin/sh\nexec cat /dev/zero\n", 0700);
    put("config.json",
        "{\"credsStore\":\"good\",\"auths\":{\"none.example\":{\"auth\":\"dTpw\"}},"
        "\"credHelpers\":{\"t.example\":\"token\",\"b.example\":\"bad\",\"o.example\":\"odd\","
        "\"g.example\":\"gone\",\"x.example\":\"../bad\",\"z.example\":\"big\"}}",
        0600);
    expect("any.example/a", "{\"username\":\"me\",\"password\":\"of any.example\","
                            "\"serveraddress\":\"any.example\"}");
    expect("nginx", "{\"username\":\"me\",\"password\":\"of https://index.docker.io/v1/\","
                    "\"serveraddress\":\"https://index.docker.io/v1/\"}");
    expect("none.example/a",
           "{\"username\":\"u\",\"password\":\"p\",\"serveraddress\":\"none.example\"}");
    expect("t.example/a", "{\"identitytoken\":\"S\",\"serveraddress\":\"t.example\"}");
    refuse("b.example/a", -EACCES, "docker-credential-bad failed: the vault is locked");
    refuse("o.example/a", -EPROTO, "docker-credential-odd");
    refuse("g.example/a", -ENOENT, "docker-credential-gone");
    refuse("x.example/a", -EINVAL, "../bad");
    refuse("z.example/a", -EFBIG, "docker-credential-big");
}

static void test_all(void **state)
{
    _cleanup_free_ char *found = NULL;
    _cleanup_free_ char *text = NULL;

    (void)state;
    assert_int_equal(engine_find_all_credentials(folder, -1, &found, &error), 0);
    assert_null(found);
    put("docker-credential-good",
        "#!/bin/sh\nread -r server\n"
        "case $1 in\nlist) echo '{\"listed.example\":\"me\"}' ;;\n"
        "get) [ \"$server\" = listed.example ] && "
        "echo '{\"Username\":\"me\",\"Secret\":\"s\"}' || "
        "{ echo 'credentials not found'; exit 1; } ;;\nesac\n",
        0700);
    put("config.json",
        "{\"credsStore\":\"good\",\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"}}}",
        0600);
    assert_int_equal(engine_find_all_credentials(folder, -1, &found, &error), 0);
    text = base64_decode(found);
    assert_string_equal(
        text, "{\"listed.example\":{\"username\":\"me\",\"password\":\"s\",\"serveraddress\":"
              "\"listed.example\"},\"https://index.docker.io/v1/\":{\"username\":\"u\","
              "\"password\":\"p\",\"serveraddress\":\"https://index.docker.io/v1/\"}}");
}

static void test_broken_files(void **state)
{
    (void)state;
    put("config.json", "{\"auths\":", 0600);
    refuse("nginx", -EINVAL, "config.json:1");
    put("config.json", "{\"auths\":[],\"credHelpers\":5,\"credsStore\":{}}", 0600);
    expect("nginx", NULL);
}

static void test_registries(void **state)
{
    static const struct {
        const char *reference, *registry;
    } table[] = {
        {"nginx", "docker.io"},
        {"nginx:1.2", "docker.io"},
        {"a/b", "docker.io"},
        {"docker.io/a", "docker.io"},
        {"index.docker.io/a/b", "docker.io"},
        {"localhost/a", "localhost"},
        {"localhost:5000/a:1", "localhost:5000"},
        {"reg.example/a/b@sha256:0", "reg.example"},
        {"[::1]:5000/a", "[::1]:5000"},
    };
    static const char *const bad[] = {"", "a b", "a\nb", ":x", "@sha256:0", "a:", "a%2f"};
    char registry[64];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(engine_registry_of(table[i].reference, registry, sizeof(registry), &error),
                         0);
        assert_string_equal(registry, table[i].registry);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(engine_registry_of(bad[i], registry, sizeof(registry), &error), -EINVAL);
        error = error_free(error);
    }
}

static void test_base64(void **state)
{
    static const char *const bad[] = {"a", "a===x", "!!!!", "AA==", "abcde", "ab c"};

    (void)state;
    for (size_t length = 0; length < 40; length++) {
        char data[41];
        _cleanup_free_ char *text = NULL;
        _cleanup_free_ char *back = NULL;

        for (size_t i = 0; i < length; i++)
            data[i] = (char)(0x81 + 7 * i % 120);
        data[length] = '\0';
        text = base64_encode_for_url(data, length);
        assert_int_equal(strlen(text) % 4, 0);
        back = base64_decode(text);
        assert_string_equal(back, data);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(base64_decode(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none, start, finish),
        cmocka_unit_test_setup_teardown(test_from_the_file, start, finish),
        cmocka_unit_test_setup_teardown(test_from_helpers, start, finish),
        cmocka_unit_test_setup_teardown(test_all, start, finish),
        cmocka_unit_test_setup_teardown(test_broken_files, start, finish),
        cmocka_unit_test_setup_teardown(test_registries, start, finish),
        cmocka_unit_test_setup_teardown(test_base64, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
