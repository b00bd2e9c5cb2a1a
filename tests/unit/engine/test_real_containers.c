/* SPDX-License-Identifier: Apache-2.0 */
/* Containers, networks and volumes of an engine that runs. */
#include "real_engine.h"

static void test_agrees_on_a_version(void **state)
{
    struct engine_information information;

    (void)state;
    needs_engine();
    assert_int_equal(engine_version(&engine), 0);
    expect(engine_get_information(&engine, &arena, &information, &error), 0);
    assert_true(engine_version(&engine) >= ENGINE_VERSION_MIN);
    assert_string_equal(information.platform_os, "linux");
    assert_true(information.memory_bytes > 0);
    assert_true(information.cpu_count > 0);
    assert_true(strlen(information.server_version) > 0);
}

static void test_life_of_a_container(void **state)
{
    const char *command[] = {"sh", "-c",
                             "trap 'exit 7' USR1 TERM; echo up; while :; do sleep 0.1; done", NULL};
    const struct engine_pair labels[] = {{"test", mark}, {"a.b", "c d"}};
    const struct engine_container_config config = {
        .image = BASE, .command = command, .labels = {labels, 2}, .stop_signal = "SIGTERM"};
    struct engine_container container;
    int64_t code = -1;
    const char *id;

    (void)state;
    needs_engine();
    id = create(named("life"), &config);
    expect(engine_inspect_container(&engine, &arena, id, &container, &error), 0);
    assert_int_equal(container.state, ENGINE_CONTAINER_CREATED);
    assert_string_equal(container.name, named("life"));
    assert_string_equal(engine_pairs_find(container.labels, "a.b"), "c d");
    assert_int_equal(container.started_unix_ns, 0);
    assert_true(container.created_unix_ns > 0);

    expect(engine_start_container(&engine, id, &error), 0);
    expect(engine_start_container(&engine, id, &error), 0); /* again is no error */
    expect(engine_inspect_container(&engine, &arena, named("life"), &container, &error), 0);
    assert_int_equal(container.state, ENGINE_CONTAINER_RUNNING);
    assert_true(container.pid > 0);
    assert_true(container.endpoint_count == 1);
    assert_string_equal(container.endpoints[0].network, "bridge");
    assert_true(strlen(container.endpoints[0].address) > 0);

    expect(engine_pause_container(&engine, id, &error), 0);
    expect(engine_inspect_container(&engine, &arena, id, &container, &error), 0);
    assert_int_equal(container.state, ENGINE_CONTAINER_PAUSED);
    expect(engine_unpause_container(&engine, id, &error), 0);
    expect(engine_rename_container(&engine, id, named("other"), &error), 0);
    expect(engine_stop_container(&engine, id, NULL, 30, &error), 0);
    expect(engine_stop_container(&engine, id, NULL, 30, &error), 0);
    expect(engine_wait_container(&engine, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), 0);
    assert_int_equal(code, 7);
    expect(engine_kill_container(&engine, id, "SIGKILL", &error), -EBUSY);
    expect(engine_inspect_container(&engine, &arena, id, &container, &error), 0);
    assert_string_equal(container.name, named("other"));
    assert_int_equal(container.exit_code, 7);
    assert_true(container.finished_unix_ns >= container.started_unix_ns);
    drop(id);
    expect(engine_remove_container(&engine, id, true, true, &error), -ENOENT);
    expect(engine_inspect_container(&engine, &arena, id, &container, &error), -ENOENT);
}

static void test_lists_by_label(void **state)
{
    const struct engine_pair labels[] = {{"lists", mark}};
    const struct engine_pair filters[] = {{"label", ""}, {"label", "lists"}};
    struct engine_pair wanted[2];
    struct engine_container_summary *summaries;
    uint32_t count;
    char text[64];
    const char *id;

    (void)state;
    needs_engine();
    id = create(named("listed"),
                &(struct engine_container_config){.image = BASE, .labels = {labels, 1}});
    (void)snprintf(text, sizeof(text), "lists=%s", mark);
    memcpy(wanted, filters, sizeof(filters));
    wanted[0].value = text;
    expect(engine_list_containers(&engine, &arena, false, (struct engine_pairs){wanted, 2},
                                  &summaries, &count, &error),
           0);
    assert_int_equal(count, 0);
    expect(engine_list_containers(&engine, &arena, true, (struct engine_pairs){wanted, 2},
                                  &summaries, &count, &error),
           0);
    assert_int_equal(count, 1);
    assert_string_equal(summaries[0].id, id);
    assert_string_equal(summaries[0].name, named("listed"));
    assert_int_equal(summaries[0].state, ENGINE_CONTAINER_CREATED);
    drop(id);
}

static void test_names_are_taken_once(void **state)
{
    const struct engine_container_config config = {.image = BASE};
    const char *id, *other;

    (void)state;
    needs_engine();
    id = create(named("taken"), &config);
    expect(engine_create_container(&engine, &arena, named("taken"), NULL, &config, &other, NULL,
                                   &error),
           -EEXIST);
    expect(engine_create_container(&engine, &arena, NULL, NULL,
                                   &(struct engine_container_config){.image = "no.such/image:1"},
                                   &other, NULL, &error),
           -ENOENT);
    drop(id);
}

static void test_create_says_all(void **state)
{
    const char *environment[] = {"A=1", "B=two words", NULL};
    const char *capabilities[] = {"NET_ADMIN", NULL};
    const char *dropped[] = {"MKNOD", NULL};
    const char *hosts[] = {"db:10.0.0.7", NULL};
    const char *test[] = {"CMD-SHELL", "true", NULL};
    const char *dns[] = {"10.9.8.7", NULL};
    const struct engine_pair sysctls[] = {{"net.core.somaxconn", "1024"}};
    const struct engine_pair tmpfs[] = {{"/run", "size=1m"}};
    const struct engine_pair log_options[] = {{"max-size", "1m"}};
    const struct engine_limit limits[] = {{"nofile", 1000, 2000}};
    const struct engine_mount mounts[] = {
        {.type = "tmpfs", .target = "/scratch", .size_bytes = 65536, .mode = 01777},
        {.type = "bind", .source = "/tmp", .target = "/host", .is_read_only = true}};
    const struct engine_port_binding bindings[] = {{"80/tcp", "127.0.0.1", ""}};
    const int64_t timeout = 3;
    const struct engine_health_check health = {
        .test = test, .interval_ns = INT64_C(2000000000), .retries = 4};
    const struct engine_container_config config = {
        .image = BASE,
        .hostname = "hosty",
        .domain_name = "example.test",
        .environment = environment,
        .user = "65534",
        .working_directory = "/tmp",
        .added_capabilities = capabilities,
        .dropped_capabilities = dropped,
        .extra_hosts = hosts,
        .health = &health,
        .dns_servers = dns,
        .sysctls = {sysctls, 1},
        .tmpfs = {tmpfs, 1},
        .log_driver = "json-file",
        .log_options = {log_options, 1},
        .limits = limits,
        .limit_count = 1,
        .mounts = mounts,
        .mount_count = 2,
        .port_bindings = bindings,
        .port_binding_count = 1,
        .stop_timeout_s = &timeout,
        .restart_policy = "on-failure",
        .restart_retries = 5,
        .memory_bytes = 64 << 20,
        .nano_cpus = 500000000,
        .pids_limit = 50,
        .has_read_only_root = true,
        .has_init = ENGINE_NO,
        .shared_memory_bytes = 1 << 20,
        .oom_score_adjustment = 100,
    };
    static const char *const said[] = {
        "\"Hostname\":\"hosty\"",
        "\"Domainname\":\"example.test\"",
        "\"B=two words\"",
        "\"CapAdd\":[\"NET_ADMIN\"]",
        "\"CapDrop\":[\"MKNOD\"]",
        "\"db:10.0.0.7\"",
        "\"Retries\":4",
        "\"Interval\":2000000000",
        "\"10.9.8.7\"",
        "\"net.core.somaxconn\":\"1024\"",
        "\"/run\":\"size=1m\"",
        "\"max-size\":\"1m\"",
        "\"Name\":\"nofile\"",
        "\"Hard\":2000",
        "\"/scratch\"",
        "\"SizeBytes\":65536",
        "\"Source\":\"/tmp\"",
        "\"HostIp\":\"127.0.0.1\"",
        "\"StopTimeout\":3",
        "\"MaximumRetryCount\":5",
        "\"Memory\":67108864",
        "\"NanoCpus\":500000000",
        "\"PidsLimit\":50",
        "\"ReadonlyRootfs\":true",
        "\"Init\":false",
        "\"ShmSize\":1048576",
        "\"OomScoreAdj\":100",
        "\"User\":\"65534\"",
        "\"WorkingDir\":\"/tmp\"",
    };
    const char *id, *json;

    (void)state;
    needs_engine();
    id = create(NULL, &config);
    expect(engine_inspect_container_text(&engine, &arena, id, &json, &error), 0);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        if (strstr(json, said[i]) == NULL)
            fail_msg("%s is not in %s", said[i], json);
    }
    drop(id);
}

/* What an engine does not know yet is not left out in silence. */
static void test_unknown_options_are_refused(void **state)
{
    const struct engine_pair annotations[] = {{"a", "b"}};
    const struct engine_container_config config = {.image = BASE, .annotations = {annotations, 1}};
    const char *id;
    int r;

    (void)state;
    needs_engine();
    r = engine_create_container(&engine, &arena, NULL, NULL, &config, &id, NULL, &error);
    if (engine_version(&engine) >= 43) {
        expect(r, 0);
        drop(id);
    } else {
        expect(r, -EOPNOTSUPP);
    }
}

static void test_logs(void **state)
{
    struct lines lines = {.count = 0};
    struct engine_log_options options = {.has_output = true, .has_errors = true, .tail = -1};
    int64_t code;
    const char *id;

    (void)state;
    needs_engine();
    strbuf_init(&lines.text, 1 << 20);
    id = run(NULL, "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo; printf three");
    expect(engine_wait_container(&engine, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), 0);
    options.follows = true; /* ends by itself, as it has ended */
    expect(engine_read_logs(&engine, id, &options, take_line, &lines, &error), 0);
    assert_string_equal(strbuf_text(&lines.text), "O:one\nE:two\nO:\nO:three\n");

    strbuf_reset(&lines.text);
    options.follows = false;
    options.tail = 1;
    expect(engine_read_logs(&engine, id, &options, take_line, &lines, &error), 0);
    assert_string_equal(strbuf_text(&lines.text), "O:three\n");

    strbuf_reset(&lines.text);
    options.tail = -1;
    options.has_output = false;
    lines.count = 0;
    lines.stop_after = 1;
    expect(engine_read_logs(&engine, id, &options, take_line, &lines, &error), 1);
    assert_string_equal(strbuf_text(&lines.text), "E:two\n");

    strbuf_reset(&lines.text);
    options.has_output = true;
    lines.stop_after = 0;
    options.since_unix_ns = lines.latest_ns + 1;
    expect(engine_read_logs(&engine, id, &options, take_line, &lines, &error), 0);
    assert_string_equal(strbuf_text(&lines.text), "O:\nO:three\n");
    strbuf_deinit(&lines.text);
    drop(id);
}

static void test_long_lines_come_in_parts(void **state)
{
    struct lines lines = {.count = 0};
    const struct engine_log_options options = {.has_output = true, .has_errors = true, .tail = -1};
    int64_t code;
    const char *id;

    (void)state;
    needs_engine();
    strbuf_init(&lines.text, 1 << 20);
    id = run(NULL, "head -c 40000 /dev/zero | tr '\\0' x; echo");
    expect(engine_wait_container(&engine, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), 0);
    expect(engine_read_logs(&engine, id, &options, take_line, &lines, &error), 0);
    assert_true(lines.count >= 2);
    assert_int_equal(lines.text.length, 40000 + 3 * lines.count);
    strbuf_deinit(&lines.text);
    drop(id);
}

/* All of what it says, until its end. */
static void hear(struct engine_conversation *conversation, struct strbuf *output,
                 struct strbuf *errors)
{
    char part[7]; /* small, so that frames are cut */

    for (;;) {
        bool is_errors = false;
        long length =
            engine_conversation_read(conversation, part, sizeof(part), &is_errors, &error);
        struct pollfd poll_fd = {.fd = engine_conversation_fd(conversation), .events = POLLIN};

        if (length == 0)
            return;
        if (length == -EAGAIN)
            assert_int_equal(poll(&poll_fd, 1, 30000), 1);
        else if (length < 0)
            expect((int)length, 0);
        else
            strbuf_append(is_errors ? errors : output, part, (size_t)length);
    }
}

static void test_exec(void **state)
{
    const char *arguments[] = {"sh", "-c", "cat; echo \"$X\" >&2; exit 5", NULL};
    const char *environment[] = {"X=from exec", NULL};
    struct engine_conversation *conversation;
    struct engine_exec_state exec_state;
    struct strbuf output, errors;
    const char *id, *exec;

    (void)state;
    needs_engine();
    strbuf_init(&output, 1 << 20);
    strbuf_init(&errors, 1 << 20);
    id = run(NULL, "sleep 1000");
    expect(engine_create_exec(&engine, &arena, id,
                              &(struct engine_exec){.arguments = arguments,
                                                    .environment = environment,
                                                    .has_input = true},
                              &exec, &error),
           0);
    expect(engine_start_exec(&engine, exec, false, &conversation, &error), 0);
    assert_int_equal(engine_conversation_write(conversation, "hello there", 11, &error), 11);
    assert_int_equal(engine_conversation_end_input(conversation), 0);
    hear(conversation, &output, &errors);
    assert_string_equal(strbuf_text(&output), "hello there");
    assert_string_equal(strbuf_text(&errors), "from exec\n");
    (void)engine_conversation_close(conversation);
    expect(engine_inspect_exec(&engine, exec, &exec_state, &error), 0);
    assert_false(exec_state.is_running);
    assert_int_equal(exec_state.exit_code, 5);
    strbuf_deinit(&output);
    strbuf_deinit(&errors);
    drop(id);
}

static void test_exec_with_a_terminal(void **state)
{
    const char *arguments[] = {"sh", "-c", "read x; stty size; tty -s && echo \"tty $x\"", NULL};
    struct engine_conversation *conversation;
    struct strbuf output, errors;
    const char *id, *exec;

    (void)state;
    needs_engine();
    strbuf_init(&output, 1 << 20);
    strbuf_init(&errors, 1 << 20);
    id = run(NULL, "sleep 1000");
    expect(engine_create_exec(&engine, &arena, id,
                              &(struct engine_exec){
                                  .arguments = arguments, .has_input = true, .has_terminal = true},
                              &exec, &error),
           0);
    expect(engine_start_exec(&engine, exec, true, &conversation, &error), 0);
    expect(engine_resize_exec(&engine, exec, 33, 99, &error), 0);
    assert_int_equal(engine_conversation_write(conversation, "yes\n", 4, &error), 4);
    hear(conversation, &output, &errors);
    assert_non_null(strstr(strbuf_text(&output), "33 99"));
    assert_non_null(strstr(strbuf_text(&output), "tty yes"));
    (void)engine_conversation_close(conversation);
    strbuf_deinit(&output);
    strbuf_deinit(&errors);
    drop(id);
}

static void test_attach(void **state)
{
    const char *command[] = {"sh", "-c", "read x; echo \"got $x\"; exit 3", NULL};
    const struct engine_container_config config = {.image = BASE,
                                                   .command = command,
                                                   .has_input = true,
                                                   .input_ends_once = true,
                                                   .attaches_input = true,
                                                   .attaches_output = true,
                                                   .attaches_errors = true};
    struct engine_conversation *conversation;
    struct strbuf output, errors;
    int64_t code;
    const char *id;

    (void)state;
    needs_engine();
    strbuf_init(&output, 1 << 20);
    strbuf_init(&errors, 1 << 20);
    id = create(NULL, &config);
    expect(engine_attach_container(&engine, id, &(struct engine_attach){.has_input = true},
                                   &conversation, &error),
           0);
    expect(engine_start_container(&engine, id, &error), 0);
    assert_int_equal(engine_conversation_write(conversation, "it\n", 3, &error), 3);
    hear(conversation, &output, &errors);
    assert_string_equal(strbuf_text(&output), "got it\n");
    (void)engine_conversation_close(conversation);
    expect(engine_wait_container(&engine, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), 0);
    assert_int_equal(code, 3);
    strbuf_deinit(&output);
    strbuf_deinit(&errors);
    drop(id);
}

static void test_networks(void **state)
{
    const struct engine_pair labels[] = {{"net", mark}};
    struct engine_pool pools[] = {{.subnet = "10.77.0.0/24", .gateway = "10.77.0.1"}};
    struct engine_network_config config = {.name = named("net"), .labels = {labels, 1}};
    const char *aliases[] = {"web", "www", NULL};
    struct engine_endpoint endpoint = {
        .network = named("net"), .ipv4_address = "10.77.0.20", .aliases = aliases};
    struct engine_container_config container_config = {.image = BASE, .network_mode = named("net")};
    const char *command[] = {"sleep", "1000", NULL};
    struct engine_container container;
    struct engine_network network;
    const char *id, *container_id, *other;

    (void)state;
    needs_engine();
    expect(engine_create_network(&engine, &arena, &config, &id, &error), 0);
    expect(engine_create_network(&engine, &arena, &config, &other, &error), -EEXIST);
    expect(engine_inspect_network(&engine, &arena, named("net"), &network, &error), 0);
    assert_string_equal(network.id, id);
    assert_int_equal(network.pool_count, 1);
    assert_true(strchr(network.pools[0].subnet, '/') != NULL);
    expect(engine_remove_network(&engine, id, &error), 0);
    expect(engine_remove_network(&engine, id, &error), -ENOENT);

    config.pools = pools;
    config.pool_count = 1;
    expect(engine_create_network(&engine, &arena, &config, &id, &error), 0);
    container_config.command = command;
    container_config.endpoints = &endpoint;
    container_config.endpoint_count = 1;
    container_id = create(named("member"), &container_config);
    expect(engine_start_container(&engine, container_id, &error), 0);
    expect(engine_inspect_container(&engine, &arena, container_id, &container, &error), 0);
    assert_int_equal(container.endpoint_count, 1);
    assert_string_equal(container.endpoints[0].address, "10.77.0.20");
    assert_string_equal(container.endpoints[0].aliases[0], "web");
    assert_string_equal(container.endpoints[0].aliases[1], "www");
    assert_null(container.endpoints[0].aliases[2]);
    expect(engine_remove_network(&engine, id, &error), -EBUSY);
    expect(engine_connect_network(&engine, container_id, &endpoint, &error), -EEXIST);
    expect(engine_disconnect_network(&engine, named("net"), container_id, true, &error), 0);
    /* As it was inspected, so it is connected again. */
    expect(engine_connect_network(&engine, container_id, &container.endpoints[0], &error), 0);
    expect(engine_inspect_network(&engine, &arena, id, &network, &error), 0);
    assert_int_equal(network.member_count, 1);
    assert_string_equal(network.members[0].container_id, container_id);
    assert_string_equal(network.members[0].address, "10.77.0.20/24");
    drop(container_id);
    expect(engine_remove_network(&engine, id, &error), 0);
}

static void test_two_networks_at_once(void **state)
{
    const char *id[2], *container_id;
    struct engine_endpoint endpoints[2] = {{.network = named("one")}, {.network = named("two")}};
    const struct engine_container_config config = {
        .image = BASE, .network_mode = named("one"), .endpoints = endpoints, .endpoint_count = 2};
    struct engine_container container;
    int r;

    (void)state;
    needs_engine();
    for (int i = 0; i < 2; i++)
        expect(engine_create_network(&engine, &arena,
                                     &(struct engine_network_config){.name = endpoints[i].network},
                                     &id[i], &error),
               0);
    container_id = create(named("both"), &config);
    expect(engine_inspect_container(&engine, &arena, container_id, &container, &error), 0);
    assert_int_equal(container.endpoint_count, 2);
    drop(container_id);
    endpoints[1].network = "no-such-network";
    /* Older engines say so at the start only. */
    r = engine_create_container(&engine, &arena, named("both"), NULL, &config, &container_id, NULL,
                                &error);
    if (r == 0) {
        expect(engine_start_container(&engine, container_id, &error), -ENOENT);
        drop(container_id);
    } else {
        expect(r, -ENOENT);
        expect(engine_inspect_container(&engine, &arena, named("both"), &container, &error),
               -ENOENT);
    }
    for (int i = 0; i < 2; i++)
        expect(engine_remove_network(&engine, id[i], &error), 0);
}

static void test_volumes(void **state)
{
    const struct engine_pair labels[] = {{"vol", mark}};
    const struct engine_volume_config config = {.name = named("vol"), .labels = {labels, 1}};
    const struct engine_mount mount = {.type = "volume", .source = named("vol"), .target = "/data"};
    struct engine_pair filter = {"label", "vol"};
    struct engine_volume volume, *volumes;
    const char *name, *id;
    uint32_t count;

    (void)state;
    needs_engine();
    expect(engine_create_volume(&engine, &arena, &config, &name, &error), 0);
    assert_string_equal(name, named("vol"));
    expect(engine_create_volume(&engine, &arena, &config, &name, &error), 0);
    expect(engine_inspect_volume(&engine, &arena, name, &volume, &error), 0);
    assert_string_equal(engine_pairs_find(volume.labels, "vol"), mark);
    expect(engine_list_volumes(&engine, &arena, (struct engine_pairs){&filter, 1}, &volumes, &count,
                               &error),
           0);
    assert_int_equal(count, 1);
    id = create(
        NULL, &(struct engine_container_config){.image = BASE, .mounts = &mount, .mount_count = 1});
    expect(engine_remove_volume(&engine, name, false, &error), -EBUSY);
    drop(id);
    expect(engine_remove_volume(&engine, name, false, &error), 0);
    expect(engine_remove_volume(&engine, name, false, &error), -ENOENT);
}

static void test_statistics(void **state)
{
    struct engine_statistics statistics;
    struct engine_processes processes;
    const char *id;

    (void)state;
    needs_engine();
    id = run(NULL, "sleep 1000 & wait");
    expect(engine_get_statistics(&engine, id, &statistics, &error), 0);
    assert_true(statistics.memory_bytes > 0);
    assert_true(statistics.cpu_ns > 0);
    expect(engine_list_processes(&engine, &arena, id, &processes, &error), 0);
    assert_int_equal(processes.row_count, 2);
    drop(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_agrees_on_a_version, start, finish),
        cmocka_unit_test_setup_teardown(test_life_of_a_container, start, finish),
        cmocka_unit_test_setup_teardown(test_lists_by_label, start, finish),
        cmocka_unit_test_setup_teardown(test_names_are_taken_once, start, finish),
        cmocka_unit_test_setup_teardown(test_create_says_all, start, finish),
        cmocka_unit_test_setup_teardown(test_unknown_options_are_refused, start, finish),
        cmocka_unit_test_setup_teardown(test_logs, start, finish),
        cmocka_unit_test_setup_teardown(test_long_lines_come_in_parts, start, finish),
        cmocka_unit_test_setup_teardown(test_exec, start, finish),
        cmocka_unit_test_setup_teardown(test_exec_with_a_terminal, start, finish),
        cmocka_unit_test_setup_teardown(test_attach, start, finish),
        cmocka_unit_test_setup_teardown(test_networks, start, finish),
        cmocka_unit_test_setup_teardown(test_two_networks_at_once, start, finish),
        cmocka_unit_test_setup_teardown(test_volumes, start, finish),
        cmocka_unit_test_setup_teardown(test_statistics, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
