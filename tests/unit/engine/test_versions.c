/* SPDX-License-Identifier: Apache-2.0 */
/* Which version is spoken, and how answers differ from one to another. */
#include "fake_engine.h"

#include "engine/container.h"
#include "engine/image.h"
#include "engine/network.h"

static void ping(const char *answer, int wanted, unsigned int version, const char *message)
{
    fake_add_ping(answer);
    fake_start();
    assert_int_equal(engine_ping(&engine, &error), wanted);
    assert_int_equal(engine_version(&engine), version);
    if (message != NULL && strstr(error->message, message) == NULL)
        fail_msg("%s", error->message);
    fake_stop();
}

static void test_version_is_agreed_on(void **state)
{
    (void)state;
    ping(FAKE_PING("1.41"), 0, 41, NULL);
    ping(FAKE_PING("1.47"), 0, 47, NULL);
    ping(FAKE_PING("1.52"), 0, 52, NULL);
    ping(FAKE_PING("1.40"), -EPROTONOSUPPORT, 0, "update Docker");
    ping(FAKE_PING("1.4"), -EPROTONOSUPPORT, 0, "1.41");
    ping(FAKE_PING("2.0"), -EPROTONOSUPPORT, 0, "2.0");
    ping(FAKE_PING("1.x1"), -EPROTONOSUPPORT, 0, NULL);
    ping(FAKE_PING("1.99999999999"), -EPROTONOSUPPORT, 0, NULL);
    ping("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", -EPROTO, 0, "no Docker Engine");
    ping("SSH-2.0-nonsense\r\n", -EPROTO, 0, "is no HTTP");
    ping("HTTP/1.1 200 OK\r\nApi-Ver", -ECONNRESET, 0, "went away");
    /* One that is only starting speaks its version all the same. */
    ping("HTTP/1.1 500 Error\r\nApi-Version: 1.43\r\nContent-Length: 0\r\n\r\n", 0, 43, NULL);
}

static void test_newer_engines(void **state)
{
    (void)state;
    fake_add("GET /version ", FAKE_OK("{\"ApiVersion\":\"1.60\",\"MinAPIVersion\":\"1.44\"}"));
    fake_answers[1] = fake_answers[0];
    fake_answers[0] = (struct fake_answer){.wants = "GET /_ping ", .data = FAKE_PING("1.60")};
    fake_count = 2;
    fake_start();
    assert_int_equal(engine_ping(&engine, &error), 0);
    assert_int_equal(engine_version(&engine), ENGINE_VERSION_MAX);
    fake_stop();

    fake_add_ping(FAKE_PING("1.70"));
    fake_add("GET /version ", FAKE_OK("{\"ApiVersion\":\"1.70\",\"MinAPIVersion\":\"1.65\"}"));
    fake_start();
    assert_int_equal(engine_ping(&engine, &error), -EPROTONOSUPPORT);
    assert_non_null(strstr(error->message, "update Slipway"));
    fake_stop();
}

/* The engine was replaced by an older one, or a newer one, while we ran. */
static void test_version_changes(void **state)
{
    struct engine_information information;

    (void)state;
    fake_add_ping(FAKE_PING("1.47"));
    fake_add("GET /v1.47/info ", FAKE_OK("{}"));
    fake_add("GET /v1.47/info ",
             "HTTP/1.1 400 Bad Request\r\n\r\n{\"message\":\"client version 1.47 is too new. "
             "Maximum supported API version is 1.43\"}");
    fake_add_ping(FAKE_PING("1.43"));
    fake_add("GET /v1.43/info ", FAKE_OK("{\"ServerVersion\":\"24\"}"));
    fake_start();
    assert_int_equal(engine_get_information(&engine, &arena, &information, &error), 0);
    assert_string_equal(information.server_version, "");
    assert_int_equal(engine_get_information(&engine, &arena, &information, &error), 0);
    assert_string_equal(information.server_version, "24");
    fake_stop();
}

static void expect_body(size_t request, const char *text, bool is_there)
{
    if ((strstr(fake_requests[request], text) != NULL) != is_there)
        fail_msg("%s: %s in %s", text, is_there ? "not" : "is", fake_requests[request]);
}

static const struct engine_endpoint two_endpoints[] = {
    {.network = "front", .ipv4_address = "10.0.0.5", .gateway_priority = 7},
    {.network = "back"},
};
static const struct engine_container_config two_networks = {
    .image = "x",
    .network_mode = "front",
    .endpoints = two_endpoints,
    .endpoint_count = 2,
    .mac_address = "02:00:00:00:00:01",
};

static void test_create_by_1_41(void **state)
{
    const char *id;

    (void)state;
    fake_add_ping(FAKE_PING("1.41"));
    fake_add("POST /v1.41/containers/create?name=a%20b&platform=linux%2Farm64 ",
             "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"c1\",\"Warnings\":null}");
    fake_add("POST /v1.41/networks/back/connect ", FAKE_OK(""));
    fake_start();
    assert_int_equal(engine_create_container(&engine, &arena, "a b", "linux/arm64", &two_networks,
                                             &id, NULL, &error),
                     0);
    assert_string_equal(id, "c1");
    expect_body(
        1, "\"EndpointsConfig\":{\"front\":{\"IPAMConfig\":{\"IPv4Address\":\"10.0.0.5\"}}}", true);
    expect_body(1, "\"back\"", false);
    expect_body(1, "GwPriority", false);
    expect_body(1, "\"MacAddress\":\"02:00:00:00:00:01\"", true);
    expect_body(2, "\"Container\":\"c1\"", true);
    fake_stop();
}

static void test_create_by_1_48(void **state)
{
    const char *const *warnings;
    const char *id;

    (void)state;
    fake_add_ping(FAKE_PING("1.48"));
    fake_add("POST /v1.48/containers/create ",
             "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"c1\",\"Warnings\":[\"look out\"]}");
    fake_start();
    assert_int_equal(
        engine_create_container(&engine, &arena, NULL, NULL, &two_networks, &id, &warnings, &error),
        0);
    assert_string_equal(warnings[0], "look out");
    assert_null(warnings[1]);
    expect_body(1, "\"back\":{}", true);
    expect_body(1, "\"GwPriority\":7", true);
    expect_body(1, "\"MacAddress\":\"02:00:00:00:00:01\"", true);
    fake_stop();
}

/* A container that cannot have all its networks is not left behind. */
static void test_create_that_fails_half_way(void **state)
{
    const char *id;

    (void)state;
    fake_add_ping(FAKE_PING("1.43"));
    fake_add("POST /v1.43/containers/create ", "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"c1\"}");
    fake_add("POST /v1.43/networks/back/connect ",
             "HTTP/1.1 404 Not Found\r\n\r\n{\"message\":\"network back not found\"}");
    fake_add("DELETE /v1.43/containers/c1?force=1&v=1 ", "HTTP/1.1 204 No Content\r\n\r\n");
    fake_start();
    assert_int_equal(
        engine_create_container(&engine, &arena, NULL, NULL, &two_networks, &id, NULL, &error),
        -ENOENT);
    assert_string_equal(error->message, "network back: network back not found");
    fake_stop();
}

/* What a version does not know is refused before anything is asked, and later ones take it. */
static void test_options_by_version(void **state)
{
    static const char *const test[] = {"CMD", "true", NULL};
    static const struct engine_pair annotation = {"a", "b"};
    static const struct engine_health_check health = {.test = test, .start_interval_ns = 5};
    static const struct engine_mount image_mount = {.type = "image", .source = "i", .target = "/i"};
    static const struct engine_mount subpath = {
        .type = "volume", .source = "v", .target = "/v", .subpath = "s"};
    static const struct engine_mount recursion = {
        .type = "bind", .source = "/b", .target = "/b", .recursion = ENGINE_RECURSION_WRITABLE};
    static const struct engine_mount bind = {
        .type = "bind", .source = "/b", .target = "/b", .creates_host_path = true};
    static const struct {
        struct engine_container_config config;
        const char *before, *since, *text;
    } table[] = {
        {{.image = "x", .annotations = {&annotation, 1}},
         FAKE_PING("1.42"),
         FAKE_PING("1.43"),
         "\"Annotations\":{\"a\":\"b\"}"},
        {{.image = "x", .health = &health},
         FAKE_PING("1.43"),
         FAKE_PING("1.44"),
         "\"StartInterval\":5"},
        {{.image = "x", .mounts = &image_mount, .mount_count = 1},
         FAKE_PING("1.47"),
         FAKE_PING("1.48"),
         "\"Type\":\"image\""},
        {{.image = "x", .mounts = &subpath, .mount_count = 1},
         FAKE_PING("1.44"),
         FAKE_PING("1.45"),
         "\"VolumeOptions\":{\"Subpath\":\"s\"}"},
        {{.image = "x", .mounts = &recursion, .mount_count = 1},
         FAKE_PING("1.43"),
         FAKE_PING("1.44"),
         "\"BindOptions\":{\"ReadOnlyNonRecursive\":true}"},
        {{.image = "x", .mounts = &bind, .mount_count = 1},
         FAKE_PING("1.41"),
         FAKE_PING("1.42"),
         "\"BindOptions\":{\"CreateMountpoint\":true}"},
    };
    const char *id;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fake_add_ping(table[i].before);
        fake_start();
        assert_int_equal(engine_create_container(&engine, &arena, NULL, NULL, &table[i].config, &id,
                                                 NULL, &error),
                         -EOPNOTSUPP);
        fake_stop();
        fake_add_ping(table[i].since);
        fake_add("POST ", "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"c1\"}");
        fake_start();
        assert_int_equal(engine_create_container(&engine, &arena, NULL, NULL, &table[i].config, &id,
                                                 NULL, &error),
                         0);
        expect_body(1, table[i].text, true);
        fake_stop();
    }
}

/* 1.41 tells aliases with the short id, and much at the top that 1.52 does not. */
static void test_inspect_by_version(void **state)
{
    static const char *const answers[] = {
        FAKE_OK(
            "{\"Id\":\"0123456789abcdef\",\"Name\":\"/web\",\"Created\":"
            "\"2024-02-29T12:00:00.5Z\",\"Image\":\"sha256:i\",\"State\":{\"Status\":\"running\","
            "\"Pid\":7,\"StartedAt\":\"2024-02-29T13:00:01+01:00\",\"FinishedAt\":"
            "\"0001-01-01T00:00:00Z\",\"Health\":{\"Status\":\"healthy\",\"Log\":[{\"Output\":"
            "\"one\"},{\"Output\":\"two\"}]}},\"Config\":{\"Image\":\"nginx\",\"Labels\":"
            "{\"a\":\"b\"},\"Env\":[\"X=1\"],\"Entrypoint\":null},\"NetworkSettings\":"
            "{\"IPAddress\":\"172.17.0.2\",\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\","
            "\"HostPort\":\"8080\"},{\"HostIp\":\"::\",\"HostPort\":\"8080\"}],\"90/udp\":null},"
            "\"Networks\":{\"front\":{\"IPAMConfig\":null,\"Aliases\":[\"www\","
            "\"0123456789ab\"],\"IPAddress\":\"10.0.0.5\",\"NetworkID\":\"n1\"}}}}"),
        FAKE_OK(
            "{\"Id\":\"0123456789abcdef\",\"Name\":\"/web\",\"Created\":"
            "\"2024-02-29T12:00:00.5Z\",\"Image\":\"sha256:i\",\"State\":{\"Status\":\"running\","
            "\"Pid\":7,\"StartedAt\":\"2024-02-29T12:00:01Z\",\"Health\":{\"Status\":\"healthy\","
            "\"Log\":[{\"Output\":\"two\"}]}},\"Config\":{\"Image\":\"nginx\",\"Labels\":"
            "{\"a\":\"b\"},\"Env\":[\"X=1\"]},\"NetworkSettings\":{\"Ports\":{\"90/udp\":[],"
            "\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"},{\"HostIp\":\"::\","
            "\"HostPort\":\"8080\"}]},\"Networks\":{\"front\":{\"Aliases\":[\"www\"],"
            "\"DNSNames\":[\"web\",\"www\",\"0123456789ab\"],\"IPAddress\":\"10.0.0.5\","
            "\"NetworkID\":\"n1\",\"GwPriority\":0}}},\"ImageManifestDescriptor\":{}}"),
    };
    static const char *const pings[] = {FAKE_PING("1.41"), FAKE_PING("1.52")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct engine_container container;

        fake_add_ping(pings[i]);
        fake_add(NULL, answers[i]);
        fake_start();
        assert_int_equal(engine_inspect_container(&engine, &arena, "web", &container, &error), 0);
        assert_string_equal(container.name, "web");
        assert_int_equal(container.state, ENGINE_CONTAINER_RUNNING);
        assert_int_equal(container.health, ENGINE_HEALTH_HEALTHY);
        assert_string_equal(container.health_output, "two");
        assert_true(container.created_unix_ns == UINT64_C(1709208000500000000));
        assert_true(container.started_unix_ns == UINT64_C(1709208001000000000));
        assert_true(container.finished_unix_ns == 0);
        assert_string_equal(container.image, "nginx");
        assert_null(container.entrypoint[0]);
        assert_int_equal(container.endpoint_count, 1);
        assert_string_equal(container.endpoints[0].network, "front");
        assert_string_equal(container.endpoints[0].aliases[0], "www");
        assert_null(container.endpoints[0].aliases[1]);
        assert_string_equal(container.endpoints[0].ipv4_address, "");
        assert_int_equal(container.port_count, 3);
        fake_stop();
    }
}

/* "<none>:<none>" up to 1.42, lists that are null, and counts that are not told. */
static void test_images_by_version(void **state)
{
    static const char *const answers[] = {
        FAKE_OK("[{\"Id\":\"sha256:a\",\"RepoTags\":[\"<none>:<none>\"],\"RepoDigests\":"
                "[\"<none>@<none>\"],\"Created\":1700000000,\"Size\":5,\"VirtualSize\":5,"
                "\"Labels\":null,\"Containers\":-1}]"),
        FAKE_OK("[{\"Id\":\"sha256:a\",\"RepoTags\":null,\"RepoDigests\":[],\"Created\":"
                "1700000000,\"Size\":5,\"Labels\":{},\"Containers\":-1,\"Descriptor\":{}}]"),
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct engine_image *images;
        uint32_t count;

        fake_add_ping(i == 0 ? FAKE_PING("1.41") : FAKE_PING("1.52"));
        fake_add(NULL, answers[i]);
        fake_start();
        assert_int_equal(
            engine_list_images(&engine, &arena, (struct engine_pairs){0}, &images, &count, &error),
            0);
        assert_int_equal(count, 1);
        assert_null(images[0].names[0]);
        assert_null(images[0].digests[0]);
        assert_true(images[0].created_unix_ns == UINT64_C(1700000000000000000));
        assert_int_equal(images[0].size_bytes, 5);
        assert_int_equal(images[0].container_count, -1);
        fake_stop();
    }
}

static void test_stop_with_a_signal(void **state)
{
    (void)state;
    fake_add_ping(FAKE_PING("1.41"));
    fake_add("POST /v1.41/containers/c/kill?signal=SIGINT ", "HTTP/1.1 204 No Content\r\n\r\n");
    fake_add("POST /v1.41/containers/c/stop?t=3 ", "HTTP/1.1 204 No Content\r\n\r\n");
    fake_start();
    assert_int_equal(engine_stop_container(&engine, "c", "SIGINT", 3, &error), 0);
    fake_stop();
    fake_add_ping(FAKE_PING("1.42"));
    fake_add("POST /v1.42/containers/c/stop?t=3&signal=SIGINT ",
             "HTTP/1.1 304 Not Modified\r\n\r\n");
    fake_start();
    assert_int_equal(engine_stop_container(&engine, "c", "SIGINT", 3, &error), 0);
    fake_stop();
}

static void test_networks_by_version(void **state)
{
    const struct engine_network_config config = {.name = "n"};
    const struct engine_network_config without = {.name = "n", .has_ipv4 = ENGINE_NO};
    const char *id;

    (void)state;
    fake_add_ping(FAKE_PING("1.43"));
    fake_add("POST /v1.43/networks/create ", FAKE_OK("{\"Id\":\"n1\"}"));
    fake_start();
    assert_int_equal(engine_create_network(&engine, &arena, &config, &id, &error), 0);
    expect_body(1, "\"CheckDuplicate\":true", true);
    assert_int_equal(engine_create_network(&engine, &arena, &without, &id, &error), -EOPNOTSUPP);
    fake_stop();
    fake_add_ping(FAKE_PING("1.48"));
    fake_add("POST /v1.48/networks/create ", FAKE_OK("{\"Id\":\"n1\"}"));
    fake_start();
    assert_int_equal(engine_create_network(&engine, &arena, &without, &id, &error), 0);
    expect_body(1, "CheckDuplicate", false);
    expect_body(1, "\"EnableIPv4\":false", true);
    fake_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_is_agreed_on),
        cmocka_unit_test(test_newer_engines),
        cmocka_unit_test(test_version_changes),
        cmocka_unit_test(test_create_by_1_41),
        cmocka_unit_test(test_create_by_1_48),
        cmocka_unit_test(test_create_that_fails_half_way),
        cmocka_unit_test(test_options_by_version),
        cmocka_unit_test(test_inspect_by_version),
        cmocka_unit_test(test_images_by_version),
        cmocka_unit_test(test_stop_with_a_signal),
        cmocka_unit_test(test_networks_by_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
