/* SPDX-License-Identifier: Apache-2.0 */
/* What a service's keys become; as text, so that each case is a line here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "os/memory.h"
#include "os/os.h"
#include "runtime/docker/container/container.h"
#include "spec/spec.h"

#define PROFILE "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"

static struct arena arena;
static struct spec spec;
static char profile_path[64];
static int profile_fd = -1;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)256 << 20);
    profile_fd = os_memory_file_of("profile", PROFILE, strlen(PROFILE));
    (void)snprintf(profile_path, sizeof(profile_path), "/proc/self/fd/%d", profile_fd);
    return profile_fd < 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    os_closep(&profile_fd);
    return 0;
}

/* The service "a" of the file, as a container */

struct making {
    const char *text;
    bool is_oneoff, publishes_ports;
    unsigned int version;
    bool has_fixed_networks;
    struct container container;
    struct error *error;
    int result;
};

static void make_in_arena(void *context)
{
    static const char *const files[] = {"-"};
    static char *const environment[] = {NULL};
    static const char *const fixed[] = {"shop_default", "shop_back", NULL};
    static struct observed_instance others[] = {
        {.id = "old-db", .service = "db", .revision = 1, .state = INSTANCE_EXITED},
        {.id = "new-db", .service = "db", .revision = 2, .state = INSTANCE_RUNNING},
        {.id = "job-db", .service = "db", .revision = 9, .is_oneoff = true},
    };
    struct observed observed = {others, 3};
    struct making *making = context;
    const struct spec_options options = {
        .files = {files, 1},
        .project_directory = "/srv/shop",
        .project_name = "shop",
        .current_directory = "/srv/shop",
        .environment = environment,
        .standard_input = os_memory_file_of("file", making->text, strlen(making->text)),
        .skip_consistency = true,
    };
    struct desired desired = {.project = "shop", .revision = 7};
    struct desired_service service = {.name = "a", .config_hash = "c0ffee", .content = "sha256:1"};
    const struct runtime_instance_options instance = {
        .desired = &desired,
        .service = &service,
        .number = 2,
        .is_oneoff = making->is_oneoff,
        .publishes_ports = making->publishes_ports,
    };
    const struct container_input input = {
        .options = &instance,
        .observed = &observed,
        .fixed_networks = making->has_fixed_networks ? fixed : NULL,
        .version = making->version,
    };

    (void)lseek(options.standard_input, 0, SEEK_SET);
    making->result = -1000;
    if (!spec_load(&spec, &options)) {
        for (uint32_t i = 0; i < spec.diagnostics.count; i++)
            print_error("%s: %s\n", spec.diagnostics.items[i].path,
                        spec.diagnostics.items[i].message);
        (void)close(options.standard_input);
        return;
    }
    (void)close(options.standard_input);
    desired.root = spec.root;
    service.spec = value_get(value_get(spec.root, "services"), "a");
    making->result = container_translate(&arena, &input, &making->container, &making->error);
}

static void make(struct making *making)
{
    spec_init(&spec, &arena);
    assert_int_equal(arena_protect(&arena, make_in_arena, making), 0);
    spec_deinit(&spec);
}

static const char *file_of(const char *body)
{
    static char text[8192];
    const char *percent = strstr(body, "PROFILE");

    (void)snprintf(text, sizeof(text), "services:\n  db: {image: d}\n  a:\n    image: x\n");
    for (; *body != '\0'; body += *body == '\n') {
        size_t line = strcspn(body, "\n");
        bool is_top = strncmp(body, "TOP ", 4) == 0;
        size_t used = strlen(text);

        if (percent != NULL && percent >= body && percent < body + line)
            (void)snprintf(text + used, sizeof(text) - used, "    %.*s%s%s\n",
                           (int)(percent - body), body, profile_path,
                           line > (size_t)(percent - body) + 7 ? "]" : "");
        else
            (void)snprintf(text + used, sizeof(text) - used, "%s%.*s\n", is_top ? "" : "    ",
                           (int)line - (is_top ? 4 : 0), body + (is_top ? 4 : 0));
        body += line;
    }
    return text;
}

/* The configuration as lines of NAME=VALUE */

static void show_texts(struct strbuf *out, const char *name, const char *const *texts)
{
    if (texts == NULL)
        return;
    strbuf_printf(out, "%s=[", name);
    for (size_t i = 0; texts[i] != NULL; i++)
        strbuf_printf(out, "%s%s", i > 0 ? "|" : "", texts[i]);
    strbuf_append_string(out, "]\n");
}

static void show_pairs(struct strbuf *out, const char *name, struct engine_pairs pairs)
{
    for (uint32_t i = 0; i < pairs.count; i++)
        strbuf_printf(out, "%s.%s=%s\n", name, pairs.items[i].name, pairs.items[i].value);
}

#define SHOW_TEXT(name, member)                                                                    \
    if ((member) != NULL)                                                                          \
    strbuf_printf(out, "%s=%s\n", name, member)
#define SHOW_YES(name, member)                                                                     \
    if (member)                                                                                    \
    strbuf_printf(out, "%s=true\n", name)
#define SHOW_CHOICE(name, member)                                                                  \
    if ((member) != ENGINE_UNSAID)                                                                 \
    strbuf_printf(out, "%s=%s\n", name, (member) == ENGINE_YES ? "yes" : "no")
#define SHOW_NUMBER(name, member)                                                                  \
    if ((member) != 0)                                                                             \
    strbuf_printf(out, "%s=%lld\n", name, (long long)(member))
#define SHOW_POINTED(name, member)                                                                 \
    if ((member) != NULL)                                                                          \
    strbuf_printf(out, "%s=%lld\n", name, (long long)*(member))
#define SHOW_TEXTS(name, member) show_texts(out, name, member)
#define SHOW_SET(name, member)   show_texts(out, name, member)
#define SHOW_PAIRS(name, member) show_pairs(out, name, member)

static void show_mounts(struct strbuf *out, const struct engine_container_config *config)
{
    for (uint32_t i = 0; i < config->mount_count; i++) {
        const struct engine_mount *mount = &config->mounts[i];

        strbuf_printf(out, "mount=%s %s %s%s%s%s recursion=%d size=%lld mode=%lld%s%s\n",
                      mount->type, mount->source != NULL ? mount->source : "-", mount->target,
                      mount->is_read_only ? " ro" : "", mount->does_not_copy ? " nocopy" : "",
                      mount->creates_host_path ? " creates" : "", (int)mount->recursion,
                      (long long)mount->size_bytes, (long long)mount->mode,
                      mount->subpath != NULL ? " in " : "",
                      mount->subpath != NULL ? mount->subpath : "");
        show_pairs(out, "mount.label", mount->labels);
    }
}

static void show_devices(struct strbuf *out, const struct engine_container_config *config)
{
    for (uint32_t i = 0; i < config->device_count; i++)
        strbuf_printf(out, "device=%s %s %s\n", config->devices[i].host_path,
                      config->devices[i].container_path, config->devices[i].permissions);
    for (uint32_t i = 0; i < config->device_request_count; i++) {
        const struct engine_device_request *request = &config->device_requests[i];

        strbuf_printf(out, "request=%s %lld\n", request->driver, (long long)request->count);
        show_texts(out, "request.ids", request->ids);
        show_texts(out, "request.capabilities", request->capabilities);
        show_pairs(out, "request.options", request->options);
    }
}

static void show_rates(struct strbuf *out, const char *name, struct engine_block_rates rates)
{
    for (uint32_t i = 0; i < rates.count; i++)
        strbuf_printf(out, "%s=%s %lld\n", name, rates.items[i].path,
                      (long long)rates.items[i].rate);
}

static void show_endpoints(struct strbuf *out, const struct engine_container_config *config)
{
    for (uint32_t i = 0; i < config->endpoint_count; i++) {
        const struct engine_endpoint *endpoint = &config->endpoints[i];

        strbuf_printf(out, "endpoint=%s %s %s %s %lld\n", endpoint->network,
                      endpoint->ipv4_address != NULL ? endpoint->ipv4_address : "-",
                      endpoint->ipv6_address != NULL ? endpoint->ipv6_address : "-",
                      endpoint->mac_address != NULL ? endpoint->mac_address : "-",
                      (long long)endpoint->gateway_priority);
        show_texts(out, "aliases", endpoint->aliases);
        show_texts(out, "link_local", endpoint->link_local_addresses);
        show_texts(out, "links", endpoint->links);
        show_pairs(out, "options", endpoint->options);
    }
}

static void show_rest(struct strbuf *out, const struct making *making)
{
    const struct engine_container_config *config = &making->container.config;

    if (config->health != NULL) {
        show_texts(out, "test", config->health->test);
        strbuf_printf(
            out, "health=%lld %lld %lld %lld %lld\n", (long long)config->health->interval_ns,
            (long long)config->health->timeout_ns, (long long)config->health->start_period_ns,
            (long long)config->health->start_interval_ns, (long long)config->health->retries);
    }
    for (uint32_t i = 0; i < config->limit_count; i++)
        strbuf_printf(out, "limit=%s %lld %lld\n", config->limits[i].name,
                      (long long)config->limits[i].soft, (long long)config->limits[i].hard);
    for (uint32_t i = 0; i < config->port_binding_count; i++)
        strbuf_printf(out, "bound=%s %s:%s\n", config->port_bindings[i].port,
                      config->port_bindings[i].host_ip, config->port_bindings[i].host_port);
    show_rates(out, "weights", config->block_weights);
    show_rates(out, "read_bytes", config->read_bytes_rates);
    show_rates(out, "write_bytes", config->write_bytes_rates);
    show_rates(out, "read_operations", config->read_operations_rates);
    show_rates(out, "write_operations", config->write_operations_rates);
    SHOW_TEXT("mac", config->mac_address);
    SHOW_TEXT("platform", making->container.platform);
    SHOW_TEXT("name", making->container.name);
    for (uint32_t i = 0; i < making->container.file_count; i++) {
        const struct container_file *file = &making->container.files[i];

        strbuf_printf(out, "file=%s %04o %u %u %s<%.*s>\n", file->path, file->mode, file->uid,
                      file->gid, file->volume_folder, (int)file->size, file->data);
    }
}

static void show(struct strbuf *out, const struct making *making)
{
    const struct engine_container_config *config = &making->container.config;

    strbuf_append_char(out, '\n');
#define X(kind, member, key, version) SHOW_##kind(key, config->member);
#include "engine/container.def"
#undef X
    show_mounts(out, config);
    show_devices(out, config);
    show_endpoints(out, config);
    show_rest(out, making);
}

/* Each line of `lines` must be there; one that begins with '!' must not. */
static void assert_lines(const char *about, const struct making *making, const char *lines)
{
    _cleanup_strbuf_ struct strbuf out;

    strbuf_init(&out, 1 << 20);
    show(&out, making);
    while (*lines != '\0') {
        char line[1024];
        size_t length = strcspn(lines, "\n");
        bool is_absent = *lines == '!';

        if (is_absent)
            (void)snprintf(line, sizeof(line), "\n%.*s", (int)length - 1, lines + 1);
        else
            (void)snprintf(line, sizeof(line), "\n%.*s\n", (int)length, lines);
        if ((strstr(strbuf_text(&out), line) != NULL) == is_absent)
            fail_msg("%s: %s line \"%s\" in:%s", about, is_absent ? "there is a" : "no", line + 1,
                     strbuf_text(&out));
        lines += length + (lines[length] == '\n');
    }
}

struct pair {
    const char *body;
    const char *lines;
};

static void assert_pairs(const struct pair *pairs, size_t count, const struct making *like)
{
    for (size_t i = 0; i < count; i++) {
        struct making making = *like;

        making.text = file_of(pairs[i].body);
        make(&making);
        if (making.result < 0)
            fail_msg("%s: %s", pairs[i].body,
                     making.error != NULL ? making.error->message : "not loaded");
        assert_lines(pairs[i].body, &making, pairs[i].lines);
    }
}

#define ASSERT_PAIRS(pairs, ...)                                                                   \
    assert_pairs(pairs, sizeof(pairs) / sizeof((pairs)[0]),                                        \
                 &(struct making){.version = 52, __VA_ARGS__})

static void simple_keys(void **state)
{
    static const struct pair pairs[] = {
        {"annotations: {a: b}", "HostConfig.Annotations.a=b"},
        {"cap_add: [ALL]\ncap_drop: [KILL]", "HostConfig.CapAdd=[ALL]\nHostConfig.CapDrop=[KILL]"},
        {"cgroup: host\ncgroup_parent: /x",
         "HostConfig.CgroupnsMode=host\nHostConfig.CgroupParent=/x"},
        {"cpu_period: 10\ncpu_quota: 20\ncpu_rt_period: 30\ncpu_rt_runtime: 40",
         "HostConfig.CpuPeriod=10\nHostConfig.CpuQuota=20\nHostConfig.CpuRealtimePeriod=30\n"
         "HostConfig.CpuRealtimeRuntime=40"},
        {"cpu_shares: 7\ncpuset: 0-1", "HostConfig.CpuShares=7\nHostConfig.CpusetCpus=0-1"},
        {"command: a 'b c'\nentrypoint: []", "Cmd=[a|b c]\nEntrypoint=[]"},
        {"command: null", "!Cmd=\n!Entrypoint="},
        {"device_cgroup_rules: [c 1:3 mr]", "HostConfig.DeviceCgroupRules=[c 1:3 mr]"},
        {"dns: 1.1.1.1\ndns_opt: [ndots:2]\ndns_search: [a, b]",
         "HostConfig.Dns=[1.1.1.1]\nHostConfig.DnsOptions=[ndots:2]\nHostConfig.DnsSearch=[a|b]"},
        {"domainname: d\nhostname: h", "Domainname=d\nHostname=h"},
        {"environment: {A: 1, B: null, C: ''}", "Env=[A=1|B|C=]"},
        {"group_add: [1, mail]", "HostConfig.GroupAdd=[1|mail]"},
        {"init: false", "HostConfig.Init=no"},
        {"mac_address: '02:00:00:00:00:01'", "mac=02:00:00:00:00:01"},
        {"mem_limit: 1m\nmem_reservation: 1k\nmemswap_limit: -1\nmem_swappiness: 0",
         "HostConfig.Memory=1048576\nHostConfig.MemoryReservation=1024\nHostConfig.MemorySwap=-1\n"
         "HostConfig.MemorySwappiness=0"},
        {"oom_kill_disable: true\noom_score_adj: -5",
         "HostConfig.OomKillDisable=true\nHostConfig.OomScoreAdj=-5"},
        {"pids_limit: -1\nprivileged: true\nread_only: true",
         "HostConfig.PidsLimit=-1\nHostConfig.Privileged=true\nHostConfig.ReadonlyRootfs=true"},
        {"runtime: r\nshm_size: 1g", "HostConfig.Runtime=r\nHostConfig.ShmSize=1073741824"},
        {"stdin_open: true\ntty: true", "OpenStdin=true\nTty=true"},
        {"stop_signal: SIGINT\nstop_grace_period: 1500ms", "StopSignal=SIGINT\nStopTimeout=2"},
        {"storage_opt: {size: 1G}\nsysctls: {a.b: 1}",
         "HostConfig.StorageOpt.size=1G\nHostConfig.Sysctls.a.b=1"},
        {"user: 1:2\nuserns_mode: host\nuts: host\nworking_dir: /w",
         "User=1:2\nHostConfig.UsernsMode=host\nHostConfig.UTSMode=host\nWorkingDir=/w"},
        {"platform: linux/arm64", "platform=linux/arm64"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
}

static void whose_it_is(void **state)
{
    static const struct pair pairs[] = {
        {"labels: {mine: yes, com.docker.compose.project: other}",
         "Image=sha256:1\nname=shop-a-2\nLabels.mine=yes\nLabels.com.docker.compose.project=shop\n"
         "Labels.com.docker.compose.service=a\nLabels.com.docker.compose.container-number=2\n"
         "Labels.com.docker.compose.oneoff=False\nLabels.io.slipway.revision=7\n"
         "Labels.io.slipway.config=c0ffee\nLabels.io.slipway.content=sha256:1\n"
         "!Labels.com.docker.compose.project=other\n!Labels.io.slipway.hooks"},
        {"container_name: own", "name=own"},
        {"deploy: {labels: {of: service}}", "!Labels.of"},
    };
    static const struct pair oneoffs[] = {
        {"container_name: own\nrestart: always",
         "name=shop-a-run-2\nLabels.com.docker.compose.oneoff=True\n"
         "HostConfig.RestartPolicy.Name=no\n!aliases"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
    ASSERT_PAIRS(oneoffs, .is_oneoff = true);
}

static void life(void **state)
{
    static const struct pair pairs[] = {
        {"healthcheck: {test: x y, interval: 1m, timeout: 1.5s, retries: 3, start_period: 2h, "
         "start_interval: 5ms}",
         "test=[CMD-SHELL|x y]\nhealth=60000000000 1500000000 7200000000000 5000000 3"},
        {"healthcheck: {disable: true}", "test=[NONE]"},
        {"healthcheck: {interval: 2s}", "!test=\nhealth=2000000000 0 0 0 0"},
        {"restart: on-failure:3", "HostConfig.RestartPolicy.Name=on-failure\n"
                                  "HostConfig.RestartPolicy.MaximumRetryCount=3"},
        {"restart: unless-stopped", "HostConfig.RestartPolicy.Name=unless-stopped"},
        {"restart: 'no'", "HostConfig.RestartPolicy.Name=no"},
        {"hostname: x", "!HostConfig.RestartPolicy"},
        {"deploy: {restart_policy: {condition: any, max_attempts: 5}}",
         "HostConfig.RestartPolicy.Name=always\n!HostConfig.RestartPolicy.Max"},
        {"deploy: {restart_policy: {condition: on-failure, max_attempts: 5}}",
         "HostConfig.RestartPolicy.Name=on-failure\n"
         "HostConfig.RestartPolicy.MaximumRetryCount=5"},
        {"deploy: {restart_policy: {condition: none}}", "HostConfig.RestartPolicy.Name=no"},
        {"logging: {driver: syslog, options: {tag: 5}}",
         "HostConfig.LogConfig.Type=syslog\nHostConfig.LogConfig.Config.tag=5"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
}

static void limits(void **state)
{
    static const struct pair pairs[] = {
        {"cpus: 0.25", "HostConfig.NanoCpus=250000000"},
        {"deploy: {resources: {limits: {cpus: 1.5, memory: 2m, pids: 9}, reservations: "
         "{memory: 1m}}}",
         "HostConfig.NanoCpus=1500000000\nHostConfig.Memory=2097152\nHostConfig.PidsLimit=9\n"
         "HostConfig.MemoryReservation=1048576"},
        {"ulimits: {nproc: 5, nofile: {soft: 1, hard: 2}}", "limit=nproc 5 5\nlimit=nofile 1 2"},
        {"blkio_config: {weight: 10, weight_device: [{path: /w, weight: 11}], device_read_bps: "
         "[{path: /a, rate: 1k}], device_write_bps: [{path: /b, rate: 2}], device_read_iops: "
         "[{path: /c, rate: 3}], device_write_iops: [{path: /d, rate: 4}]}",
         "HostConfig.BlkioWeight=10\nweights=/w 11\nread_bytes=/a 1024\nwrite_bytes=/b 2\n"
         "read_operations=/c 3\nwrite_operations=/d 4"},
        {"devices: ['/dev/a', '/dev/b:/dev/c:r', vendor.com/class=name]",
         "device=/dev/a /dev/a rwm\ndevice=/dev/b /dev/c r\nrequest=cdi 0\n"
         "request.ids=[vendor.com/class=name]"},
        {"gpus: all", "request= -1\nrequest.capabilities=[gpu]"},
        {"gpus: [{driver: d, count: 2, options: {a: b}, capabilities: [x]}]",
         "request=d 2\nrequest.capabilities=[x|gpu]\nrequest.options.a=b"},
        {"deploy: {resources: {reservations: {devices: [{capabilities: [tpu], device_ids: [a]}]}}}",
         "request= 0\nrequest.ids=[a]\nrequest.capabilities=[tpu]"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
}

static void security(void **state)
{
    static const struct pair pairs[] = {
        {"security_opt: [no-new-privileges, 'apparmor:x', 'label:type:y', seccomp=unconfined]",
         "HostConfig.SecurityOpt=[no-new-privileges|apparmor=x|label=type:y|seccomp=unconfined]"},
        {"security_opt: [seccomp=PROFILE]", "HostConfig.SecurityOpt=[seccomp=" PROFILE "]"},
        {"security_opt: ['systempaths=unconfined']",
         "HostConfig.MaskedPaths=[]\nHostConfig.ReadonlyPaths=[]"},
        {"ipc: shareable\npid: 'container:z'",
         "HostConfig.IpcMode=shareable\nHostConfig.PidMode=container:z"},
        {"ipc: 'service:db'\npid: 'service:db'",
         "HostConfig.IpcMode=container:new-db\nHostConfig.PidMode=container:new-db"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
}

static void mounts(void **state)
{
    static const struct pair pairs[] = {
        {"volumes: ['./x:/y:ro', '/z:/z:rslave,Z']",
         "HostConfig.Binds=[/srv/shop/x:/y:ro|/z:/z:rw,Z,rslave]\n!mount"},
        {"volumes: [{type: bind, source: /a, target: /b, bind: {create_host_path: false}}]",
         "mount=bind /a /b recursion=0 size=0 mode=0"},
        {"volumes: [{type: bind, source: /a, target: /b, read_only: true, bind: {recursive: "
         "writable, create_host_path: true}}]",
         "mount=bind /a /b ro creates recursion=2 size=0 mode=0"},
        {"volumes: ['vol:/v', 'named:/n:nocopy', '/anon']\nTOP volumes: {vol: , named: {name: x}}",
         "mount=volume shop_vol /v recursion=0 size=0 mode=0\n"
         "mount=volume x /n nocopy recursion=0 size=0 mode=0\n"
         "mount=volume - /anon recursion=0 size=0 mode=0"},
        {"volumes: [{type: volume, source: v, target: /v, volume: {subpath: s, labels: {a: b}}}]\n"
         "TOP volumes: {v: {external: true}}",
         "mount=volume v /v recursion=0 size=0 mode=0 in s\nmount.label.a=b"},
        {"volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1k, mode: 0o700}}]",
         "mount=tmpfs - /t recursion=0 size=1024 mode=448"},
        {"volumes: [{type: image, source: i, target: /i, image: {subpath: p}}]",
         "mount=image i /i recursion=0 size=0 mode=0 in p"},
        {"tmpfs: [/a, '/b:size=1k']", "HostConfig.Tmpfs./a=\nHostConfig.Tmpfs./b=size=1k"},
        {"volumes_from: ['db:ro', 'container:z']", "HostConfig.VolumesFrom=[new-db:ro|z]"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
}

static void files(void **state)
{
    static const struct pair pairs[] = {
        {"configs: [c]\nTOP configs: {c: {content: text}}", "file=/c 0444 0 0 <text>"},
        {"configs: [{source: c, target: /etc/d, mode: 0400, uid: '5', gid: '6'}]\n"
         "TOP configs: {c: {content: text}}",
         "file=/etc/d 0400 5 6 <text>"},
        {"read_only: true\nsecrets: [{source: c, target: d}]\nconfigs: [{source: c, target: "
         "/etc/in/f}]\nTOP secrets: {c: {file: /proc/self/cmdline}}\nTOP configs: {c: {content: "
         "q}}",
         "file=/etc/in/f 0444 0 0 /etc/in<q>\n"
         "mount=volume slipway-files-shop-a-2-r7-0 /etc/in recursion=0 size=0 mode=0\n"
         "mount=volume slipway-files-shop-a-2-r7-1 /run/secrets recursion=0 size=0 mode=0"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
}

static void networks(void **state)
{
    static const struct pair pairs[] = {
        {"hostname: x",
         "HostConfig.NetworkMode=shop_default\nendpoint=shop_default - - - 0\naliases=[a]\n"
         "!Labels.io.slipway.aliases"},
        {"networks: {n: {priority: 1}, m: {priority: 2, aliases: [x, y], ipv4_address: 10.0.0.2, "
         "ipv6_address: '::2', link_local_ips: [169.254.0.9], mac_address: '02:00:00:00:00:02', "
         "driver_opts: {k: v}, gw_priority: 3, interface_name: e0}}\nTOP networks: {n: , m: {name: "
         "z}}",
         "HostConfig.NetworkMode=z\nendpoint=z 10.0.0.2 ::2 - 3\nmac=02:00:00:00:00:02\n"
         "aliases=[a|x|y]\n"
         "link_local=[169.254.0.9]\noptions.k=v\noptions.com.docker.network.endpoint.ifname=e0\n"
         "endpoint=shop_n - - - 0"},
        {"external_links: ['c:d', e]", "links=[c:d|e:e]"},
        {"extra_hosts: [a=1.2.3.4, 'b=::1', 'gate:host-gateway']",
         "HostConfig.ExtraHosts=[a:1.2.3.4|b:::1|gate:host-gateway]"},
        {"network_mode: host", "HostConfig.NetworkMode=host\n!endpoint"},
        {"network_mode: 'service:db'", "HostConfig.NetworkMode=container:new-db\n!endpoint"},
        {"network_mode: bridge\nexternal_links: [q]",
         "HostConfig.NetworkMode=bridge\nHostConfig.Links=[q:q]"},
    };
    /* Where the address can be kept, the names come later. */
    static const struct pair fixed[] = {
        {"networks: {default: {aliases: [x]}}\nTOP   c: {image: y, links: ['a:nick', a]}",
         "Labels.io.slipway.aliases=shop_default=a,x,nick\n!aliases"},
        {"networks: {default: {aliases: [x]}}\nports: [53:53/udp]",
         "aliases=[a|x]\n!Labels.io.slipway.aliases"},
    };

    (void)state;
    ASSERT_PAIRS(pairs);
    ASSERT_PAIRS(fixed, .has_fixed_networks = true);
}

static void ports(void **state)
{
    static const struct pair pairs[] = {
        {"ports: ['80:8000', '127.0.0.1:53:53/udp', {target: 9, published: '10-20', mode: host}]\n"
         "expose: [1, '2-3', 4/udp]",
         "ExposedPorts=[8000/tcp|53/udp|9/tcp|1/tcp|2/tcp|3/tcp|4/udp]\n"
         "bound=53/udp 127.0.0.1:53\nbound=9/tcp :10-20\n!bound=8000"},
    };
    static const struct pair oneoffs[] = {{"ports: ['80:8000', '53/udp']", "!bound"}};
    static const struct pair published[] = {
        {"ports: ['80:8000', '53/udp']", "bound=8000/tcp :80\nbound=53/udp :"}};

    (void)state;
    ASSERT_PAIRS(pairs);
    ASSERT_PAIRS(oneoffs, .is_oneoff = true);
    ASSERT_PAIRS(published, .is_oneoff = true, .publishes_ports = true);
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct pair pairs[] = {
        {"network_mode: 'service:nobody'", "network_mode: the service \"nobody\" has no container"},
        {"security_opt: [seccomp=profile.json]", "must be absolute"},
        {"security_opt: [seccomp=/nowhere/p.json]", "cannot read /nowhere/p.json"},
        {"security_opt: [seccomp=/]", "is no file"},
        {"restart: on-failure:x", "on-failure:x"},
        {"volumes: [{type: cluster, source: c, target: /c}]", "at /c"},
        {"volumes: [{type: image, source: i, target: /i}]", "1.48"},
        {"networks: {n: {interface_name: e}}\nTOP networks: {n: }", "interface_name"},
        {"networks: {n: {gw_priority: 2}}\nTOP networks: {n: }", "gw_priority"},
        {"configs: [c]\nread_only: true\nTOP configs: {c: {content: x}}", "give it a target"},
        {"configs: [c]\nTOP configs: {c: {external: true}}", "only a swarm"},
        {"secrets: [c]\nTOP secrets: {c: {file: /nowhere/s}}", "the secret \"c\""},
        {"configs: [{source: c, target: /a/../b}]\nTOP configs: {c: {content: x}}", "no file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct making making = {.version = 41, .text = file_of(pairs[i].body)};

        make(&making);
        if (making.result >= 0 || making.error == NULL)
            fail_msg("%s is taken (%d)", pairs[i].body, making.result);
        if (strstr(making.error->message, pairs[i].lines) == NULL ||
            strstr(making.error->message, "service \"a\"") == NULL)
            fail_msg("%s: %s", pairs[i].body, making.error->message);
        error_free(making.error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(simple_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whose_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(security, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mounts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(networks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ports, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("docker container", tests, NULL, NULL);
}
