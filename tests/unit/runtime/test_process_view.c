/* SPDX-License-Identifier: Apache-2.0 */
/* What a native instance gets: variables, ports, files, rights, limits, and the kept program. */
#include "process_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"

#define SERVICE(rest) "services: {api: {x-slipway: {runtime: process}, " rest "}}"

static const char *output_of(const char *yaml)
{
    const char *id = process_started(yaml);
    int status;

    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    return process_output(id);
}

static bool is_root(void)
{
    return process_of(process_runtime)->is_root;
}

static bool has_mounts(void)
{
    return process_of(process_runtime)->has_mounts;
}

/* Nothing of ours, and nothing else than this. */
static void test_environment_is_exact(void **state)
{
    static const char yaml[] =
        "services: {api: {x-slipway: {runtime: process}, expose: ['8000', '9000'], environment: "
        "{B: 'two words', A: '1=2', PORT: '1', N: null}, command: [/usr/bin/env]}, "
        "data-base: {x-slipway: {runtime: process}, expose: ['5432'], command: [/bin/true]}}";
    static const char *const names[] = {
        "A",
        "API_HOST",
        "API_PORT",
        "B",
        "DATA_BASE_HOST",
        "DATA_BASE_PORT",
        "HOME",
        "PATH",
        "PORT",
        "PORT_8000",
        "PORT_9000",
        "SLIPWAY_INSTANCE",
        "SLIPWAY_REVISION",
        "SLIPWAY_SERVICE",
    };
    unsigned int count = 0;
    const char *text;

    (void)state;
    (void)setenv("OURS", "not theirs", 1);
    text = output_of(yaml);
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        count += strncmp(line, "TMPDIR=", 7) != 0;
    assert_int_equal(count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        fixture_assert_mentions("environment", arena_printf(&fixture_arena, "\n%s", text),
                                arena_printf(&fixture_arena, "\n%s=", names[i]));
    fixture_assert_mentions("environment", text, "A=1=2\n");
    fixture_assert_mentions("environment", text, "B=two words\n");
    fixture_assert_mentions("environment", text, "DATA_BASE_HOST=127.83.4.10\n");
    fixture_assert_mentions("environment", text, "DATA_BASE_PORT=5432\n");
    fixture_assert_mentions("environment", text, "SLIPWAY_SERVICE=api\n");
    fixture_assert_mentions("environment", text, "SLIPWAY_REVISION=7\n");
    assert_null(strstr(text, "PORT=1\n"));
}

static void test_ports_are_their_own_and_stay(void **state)
{
    static const char yaml[] = SERVICE("expose: ['8000'], command: [/bin/sh, -c, 'echo $PORT']");
    const char *addresses[8];
    const char *id = process_created(yaml);
    struct observed observed;
    const char *port;

    (void)state;
    for (int i = 1; i < 8; i++)
        (void)process_created(yaml);
    observed = process_observed();
    assert_int_equal(observed.count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(observed.instances[i].port_count, 1);
        assert_int_equal(observed.instances[i].ports[0].port, 8000);
        addresses[i] = observed.instances[i].ports[0].address;
        assert_int_equal(strncmp(addresses[i], "127.0.0.1:", 10), 0);
        for (uint32_t k = 0; k < i; k++)
            assert_string_not_equal(addresses[i], addresses[k]);
    }
    port = observed_find(&observed, id)->ports[0].address + 10;
    for (int i = 0; i < 2; i++) {
        int status;

        process_start_it(id);
        (void)process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL);
    }
    assert_string_equal(process_output(id), arena_printf(&fixture_arena, "%s\n%s\n", port, port));
}

/* The search for a port begins at the first one; ids stay random. */
static ssize_t first_port(void *data, size_t size, unsigned int flags)
{
    if (size != sizeof(uint32_t))
        return getrandom(data, size, flags);
    memset(data, 0, size);
    return (ssize_t)size;
}

static unsigned long port_of(const char *yaml)
{
    struct observed_instance instance;
    struct error *error = NULL;

    if (process_try_create(yaml, &instance, &error) < 0)
        fail_msg("%s", error->message);
    assert_int_equal(instance.port_count, 1);
    assert_int_equal(
        process_runtime->class->remove(process_runtime, PROJECT, instance.id, false, &error), 0);
    return strtoul(instance.ports[0].address + 10, NULL, 10);
}

#define LISTENING                                                                                  \
    "services:\n  api: {x-slipway: {runtime: process}, command: /bin/true, expose: ['8000']}\n"

static void test_ports_of_listeners_are_left_to_them(void **state)
{
    static struct os_ops ops;
    const struct os_ops *before = os;
    unsigned long free_port, next, after;

    (void)state;
    ops = *os;
    ops.getrandom = first_port;
    os = &ops;
    free_port = port_of(LISTENING);
    next = port_of(arena_printf(
        &fixture_arena, LISTENING "x-slipway: {listeners: {web: {address: 'localhost:%lu'}}}",
        free_port));
    after = port_of(arena_printf(&fixture_arena,
                                 LISTENING "  web: {image: nginx, ports: [{target: 80, published: "
                                           "'%lu-%lu'}]}",
                                 free_port, next));
    os = before;
    assert_true(next > free_port);
    assert_true(after > next);
}

static void test_folder_rights_and_limits(void **state)
{
    const char *text = output_of(
        SERVICE("working_dir: /usr, ulimits: {nofile: {soft: 99, hard: 100}, core: 0}, "
                "command: [/bin/sh, -c, 'pwd; ulimit -n; ulimit -Hn; umask; "
                "grep NoNewPrivs /proc/self/status; cat /proc/self/cmdline | tr \"\\\\0\" \" \"; "
                "ls /proc/self/fd | tr \"\\\\n\" \" \"; cat']"));

    (void)state;
    fixture_assert_mentions("output", text, "/usr\n99\n100\n0022\nNoNewPrivs:\t1\n");
    /* Standard streams, and what ls itself opened. */
    fixture_assert_mentions("descriptors", text, "0 1 2 3 ");
    assert_null(strstr(text, "0 1 2 3 4"));
}

static void test_user_and_capabilities(void **state)
{
    const char *text;
    struct observed_instance instance;
    struct error *error = NULL;

    (void)state;
    if (!is_root())
        skip();
    text = output_of(SERVICE("user: 'nobody', command: [/bin/sh, -c, 'id -u; grep CapEff "
                             "/proc/self/status']"));
    fixture_assert_mentions("user", text, "65534\nCapEff:\t0000000000000000\n");
    text = output_of(SERVICE(
        "user: '4711:4712', group_add: ['4713'], command: [/bin/sh, -c, 'id -u; id -g; id -G']"));
    assert_string_equal(text, "4711\n4712\n4712 4713\n");
    text = output_of(SERVICE("cap_drop: [ALL], command: [/bin/sh, -c, 'grep -E \"CapEff|CapBnd\" "
                             "/proc/self/status']"));
    assert_string_equal(text, "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n");
    assert_true(process_try_create(SERVICE("user: no-such-user, command: [/bin/true]"), &instance,
                                   &error) < 0);
    fixture_assert_mentions("user", error->message, "no-such-user");
    (void)error_free(error);
}

static void test_names_and_private_tmp(void **state)
{
    const char *text = output_of(
        "services: {api: {x-slipway: {runtime: process}, extra_hosts: {far: [10.9.8.7]}, "
        "command: [/bin/sh, -c, 'cat /etc/hosts; echo tmp:; ls -A /tmp; echo x > /tmp/mine']}, "
        "data-base: {x-slipway: {runtime: process}, expose: ['5432'], command: [/bin/true]}}");
    struct stat status;

    (void)state;
    if (!has_mounts())
        skip();
    fixture_assert_mentions("hosts", text, "127.83.4.10 data-base\n");
    fixture_assert_mentions("hosts", text, "10.9.8.7 far\n");
    assert_string_equal(strstr(text, "tmp:\n"), "tmp:\n");
    assert_int_equal(stat("/tmp/mine", &status), -1);
}

static void test_configs_and_secrets(void **state)
{
    static const char yaml[] =
        "services: {api: {x-slipway: {runtime: process}, configs: [{source: conf, target: "
        "/run/slipway-test/conf}], secrets: [{source: pass-word, target: /run/secrets/pass-word, "
        "mode: '0400'}], command: [/bin/sh, -c, 'cat "
        "${CONF_FILE:-/run/slipway-test/conf} ${PASS_WORD_FILE:-/run/secrets/pass-word}; if "
        "echo x 2>&- >> /run/secrets/pass-word; then echo written; fi']}}\n"
        "configs: {conf: {content: \"some\\n\"}}\nsecrets: {pass-word: {content: \"hidden\\n\"}}\n";
    const char *text = output_of(yaml);

    (void)state;
    fixture_assert_mentions("content", text, "some\nhidden\n");
    if (has_mounts())
        assert_null(strstr(text, "written"));
}

/* The old bytes are run, whatever became of the original. */
static void test_kept_artifact(void **state)
{
    const char *path = arena_printf(&fixture_arena, "%s/app", process_state);
    const char *yaml = arena_printf(
        &fixture_arena, "services: {api: {x-slipway: {runtime: process}, command: [%s, x]}}", path);
    static const char old[] = "#!/bin/sh\necho old $1\n", new[] = "#!/bin/sh\necho new $1\n";
    struct desired *desired = process_desired(yaml);
    struct desired_service *service = &desired->services[0];
    struct runtime_instance_options options = {.desired = desired, .service = service, .number = 1};
    struct observed_instance instance;
    const char *content, *again;
    struct error *error = NULL;
    uint64_t bytes = 0;
    int status;

    (void)state;
    assert_int_equal(os_write_file_atomically(path, old, strlen(old), 0755, NULL), 0);
    assert_int_equal(process_runtime->class->resolve(process_runtime, &fixture_arena, desired,
                                                     service, false, NULL, &content, NULL),
                     0);
    assert_int_equal(os_write_file_atomically(path, new, strlen(new), 0755, NULL), 0);
    assert_int_equal(process_runtime->class->resolve(process_runtime, &fixture_arena, desired,
                                                     service, false, NULL, &again, NULL),
                     0);
    assert_string_not_equal(content, again);
    service->content = content;
    if (process_runtime->class->create(process_runtime, &fixture_arena, &options, &instance,
                                       &error) < 0)
        fail_msg("%s", error->message);
    assert_string_equal(instance.content, content);
    process_start_it(instance.id);
    (void)process_runtime->class->wait(process_runtime, PROJECT, instance.id, -1, &status, NULL);
    assert_string_equal(process_output(instance.id), "old x\n");

    /* What a revision or an instance needs is not pruned. */
    for (int i = 0; i < 2; i++) {
        struct timespec times[2] = {{0}};

        assert_int_equal(utimensat(AT_FDCWD,
                                   arena_printf(&fixture_arena, "%s/artifacts/%s", process_state,
                                                i == 0 ? content : again),
                                   times, 0),
                         0);
    }
    assert_int_equal(
        process_runtime->class->retain(process_runtime, PROJECT, 8, "api", again, NULL), 0);
    for (int i = 0; i < 2; i++) {
        struct timespec times[2] = {{0}};

        (void)utimensat(AT_FDCWD,
                        arena_printf(&fixture_arena, "%s/artifacts/%s", process_state,
                                     i == 0 ? content : again),
                        times, 0);
    }
    assert_int_equal(process_runtime->class->prune(process_runtime, PROJECT, NULL, &bytes, NULL),
                     0);
    assert_int_equal(bytes, 0);
    assert_int_equal(process_runtime->class->release(process_runtime, PROJECT, 8, NULL), 0);
    assert_int_equal(process_runtime->class->prune(process_runtime, PROJECT, NULL, &bytes, NULL),
                     0);
    assert_int_equal(bytes, strlen(new));
    service->content = again;
    assert_int_equal(os_write_file_atomically(path, old, strlen(old), 0755, NULL), 0);
    assert_true(process_runtime->class->create(process_runtime, &fixture_arena, &options, &instance,
                                               &error) < 0);
    fixture_assert_mentions("gone", error->message, "not kept any more");
    (void)error_free(error);
}

static void test_kept_folder(void **state)
{
    const char *folder = arena_printf(&fixture_arena, "%s/web", process_state);
    const char *yaml = arena_printf(
        &fixture_arena,
        "services: {api: {x-slipway: {runtime: process, artifact: %s}, user: '%d', working_dir: "
        "%s/sub, command: [/bin/sh, run.sh, %s/sub/run.sh]}}",
        folder, is_root() ? 65534 : (int)geteuid(), folder, folder);
    static const char script[] =
        "cat data; [ -w data ] || echo kept; head -n1 \"$1\" | cut -c1-3\n";
    struct observed_instance instance;
    struct desired *desired;
    struct runtime_instance_options options = {.number = 1};
    const char *content;
    struct error *error = NULL;
    int status;

    (void)state;
    if (is_root() && !has_mounts())
        skip(); /* where another user cannot reach what is kept */
    assert_int_equal(os_make_folders(arena_printf(&fixture_arena, "%s/sub", folder), 0755), 0);
    (void)os_write_file_atomically(arena_printf(&fixture_arena, "%s/sub/run.sh", folder), script,
                                   strlen(script), 0644, NULL);
    (void)os_write_file_atomically(arena_printf(&fixture_arena, "%s/sub/data", folder), "first\n",
                                   6, 0644, NULL);
    desired = process_desired(yaml);
    options.desired = desired;
    options.service = &desired->services[0];
    if (process_runtime->class->resolve(process_runtime, &fixture_arena, desired, options.service,
                                        false, NULL, &content, &error) < 0)
        fail_msg("%s", error->message);
    assert_int_equal(os_remove_tree(folder), 0);
    desired->services[0].content = content;
    if (process_runtime->class->create(process_runtime, &fixture_arena, &options, &instance,
                                       &error) < 0)
        fail_msg("%s", error->message);
    process_start_it(instance.id);
    (void)process_runtime->class->wait(process_runtime, PROJECT, instance.id, -1, &status, NULL);
    assert_string_equal(process_output(instance.id), "first\nkept\ncat\n");
}

/* Without privileges there are no mounts: variables lead to what would be there. */
static void test_without_root(void **state)
{
    static const char yaml[] =
        "services: {api: {x-slipway: {runtime: process}, secrets: [{source: s}], command: "
        "[/bin/sh, -c, 'cat $S_FILE; test -w $TMPDIR && echo $DATA_BASE_HOST']}, data-base: "
        "{x-slipway: {runtime: process}, expose: ['1'], command: [/bin/true]}}\n"
        "secrets: {s: {content: \"hidden\\n\"}}\n";
    struct observed_instance instance;
    struct error *error = NULL;
    pid_t child;
    int status;

    (void)state;
    if (!is_root())
        skip();
    assert_int_equal(chmod(process_state, 0755), 0);
    child = fork();
    if (child == 0) {
        char state_folder[] = "/tmp/slipway-process-nobody-XXXXXX";
        bool is_good;

        if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0 ||
            mkdtemp(state_folder) == NULL ||
            process_runtime_new(state_folder, &process_runtime, NULL) < 0)
            _exit(2);
        memcpy(process_state, state_folder, sizeof(process_state));
        is_good = strcmp(output_of(yaml), "hidden\n127.83.4.10\n") == 0;
        is_good &= process_try_create(SERVICE("user: root, command: [/bin/true]"), &instance,
                                      &error) == -EPERM;
        is_good &= strstr(error->message, "only root") != NULL;
        (void)os_remove_tree(state_folder);
        _exit(is_good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_limits_by_control_group(void **state)
{
    const char *text;

    (void)state;
    if (!is_root())
        skip();
    text = output_of(SERVICE("deploy: {resources: {limits: {pids: 20, memory: 64m}}}, command: "
                             "[/bin/sh, -c, 'cat /proc/self/cgroup']"));
    if (strstr(text, "no control group") != NULL)
        skip();
    fixture_assert_mentions("groups", text, "/slipway/");
}

/* So that who ends all that is in our group ends no instance, nor who looks after it. */
static void test_shim_is_in_a_group_of_its_own(void **state)
{
    static const char procs[] = "/sys/fs/cgroup/%s/cgroup.procs";
    static const char *const trees[] = {".", "systemd", "unified"};
    const char *text;
    int found = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(trees); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), procs, trees[i]);
        found += access(path, W_OK) == 0;
    }
    if (!is_root() || found == 0)
        skip();
    text =
        output_of(SERVICE("command: [/bin/sh, -c, 'grep -c :/slipway/shims$ /proc/$PPID/cgroup; "
                          "grep name=systemd: /proc/self/cgroup || grep ^0: /proc/self/cgroup']"));
    assert_int_equal(strtol(text, NULL, 10), found);
    fixture_assert_mentions("the program's", text, ":/slipway/");
}

/* The user's files there are seen, though an instance has a /tmp of its own otherwise. */
static void test_paths_in_tmp_are_seen(void **state)
{
    char path[] = "/tmp/slipway-program-XXXXXX";
    char yaml[512];
    int fd = mkstemp(path);
    const char *text;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "echo seen $TMPDIR\n", 18), 18);
    (void)close(fd);
    (void)snprintf(yaml, sizeof(yaml),
                   "services: {api: {x-slipway: {runtime: process}, command: [/bin/sh, %s]}}",
                   path);
    text = output_of(yaml);
    (void)unlink(path);
    fixture_assert_mentions("output", text, "seen /");
    fixture_assert_mentions("the folder for others", text, "/tmp\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(test_environment_is_exact),
        PROCESS_TEST(test_ports_are_their_own_and_stay),
        PROCESS_TEST(test_ports_of_listeners_are_left_to_them),
        PROCESS_TEST(test_folder_rights_and_limits),
        PROCESS_TEST(test_user_and_capabilities),
        PROCESS_TEST(test_names_and_private_tmp),
        PROCESS_TEST(test_configs_and_secrets),
        PROCESS_TEST(test_kept_artifact),
        PROCESS_TEST(test_kept_folder),
        PROCESS_TEST(test_without_root),
        PROCESS_TEST(test_limits_by_control_group),
        PROCESS_TEST(test_shim_is_in_a_group_of_its_own),
        PROCESS_TEST(test_paths_in_tmp_are_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
