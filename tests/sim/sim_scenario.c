/* SPDX-License-Identifier: Apache-2.0 */
/* What a seed comes to: a project, what is done with it, and what goes wrong. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "sim.h"

#define QUIET_NS (900 * SIM_S) /* until all has to be as it should */

/* The project */

static void make_service(struct sim_service *service, int position)
{
    *service = (struct sim_service){
        .name = {(char)('a' + position)},
        .is_there = true,
        .is_process = sim_chance(300),
        .is_exclusive = sim_chance(200),
        .has_port = sim_chance(800),
        .has_healthcheck = sim_chance(300),
        .has_check = sim_chance(500),
        .rolls = sim_chance(200),
        .stops_first = sim_chance(400),
        .restarts = sim_chance(400),
        .parallelism = 1 + (uint32_t)sim_random(2),
        .replicas = 1 + (uint32_t)sim_random(3),
        .image = 1,
        .variant = 1,
        .needs = -1,
    };
    service->is_published = service->has_port && sim_chance(800);
    if (position > 0 && sim_chance(500)) {
        service->needs = (int)sim_random((uint64_t)position);
        service->condition = (int)sim_random(2);
    }
}

static void make_spec(struct sim_spec *spec)
{
    uint32_t count = 1 + (uint32_t)sim_random(SIM_SERVICES);

    *spec = (struct sim_spec){
        .bakes = sim_chance(300),
        .has_canary = sim_chance(200),
        .drain_s = 1 + (uint32_t)sim_random(30),
    };
    for (uint32_t i = 0; i < count; i++)
        make_service(&spec->services[i], (int)i);
    /* A job that somebody waits for. */
    for (uint32_t i = 1; i < count; i++)
        if (spec->services[i].needs == 0 && sim_chance(300)) {
            spec->services[0].is_job = true;
            spec->services[0].has_port = spec->services[0].is_published = false;
            spec->services[0].is_exclusive = spec->services[0].rolls = false;
            spec->services[0].has_healthcheck = false;
            spec->services[0].replicas = 1;
        }
    for (uint32_t i = 1; i < count; i++)
        if (spec->services[i].needs == 0 && spec->services[0].is_job)
            spec->services[i].condition = 2;
}

static enum sim_behaviour make_behaviour(void)
{
    static const enum sim_behaviour behaviours[] = {SIM_SLOW, SIM_CRASH, SIM_SICK, SIM_FLAP,
                                                    SIM_BAD};

    return sim_chance(650) ? SIM_GOOD : behaviours[sim_random(5)];
}

/* Another revision, made of the one before. */
static void change_spec(struct sim_spec *spec)
{
    uint32_t wanted = 1 + (uint32_t)sim_random(3);

    for (uint32_t i = 0; i < SIM_SERVICES; i++)
        spec->services[i].behaviour = spec->services[i].behaviour == SIM_SLOW ? SIM_SLOW : SIM_GOOD;
    while (wanted-- > 0) {
        uint32_t i = (uint32_t)sim_random(SIM_SERVICES);
        struct sim_service *service = &spec->services[i];

        if (!service->is_there && i > 0 && sim_chance(300) && spec->services[i - 1].is_there) {
            make_service(service, (int)i);
            service->image = 100 + sim.revision_count;
        } else if (service->is_there) {
            service->image = 1 + sim.revision_count;
            service->behaviour = make_behaviour();
            if (sim_chance(300) && !service->is_job)
                service->replicas = (uint32_t)sim_random(4);
            if (sim_chance(200))
                service->variant++;
        }
    }
}

static void write_service(struct strbuf *out, const struct sim_spec *spec,
                          const struct sim_service *service, bool is_first)
{
    static const char *const conditions[] = {"service_started", "service_healthy",
                                             "service_completed_successfully"};

    strbuf_printf(out, "%s\"%s\":{\"image\":\"img-%s\",\"hostname\":\"h%u\",", is_first ? "" : ",",
                  service->name, service->name, service->image);
    strbuf_printf(out, "\"environment\":{\"V\":\"%u\"},\"networks\":{\"default\":null},",
                  service->variant);
    strbuf_printf(out, "\"deploy\":{\"replicas\":%u", service->replicas);
    if (service->rolls)
        strbuf_printf(out,
                      ",\"update_config\":{\"parallelism\":%u,\"monitor\":\"2s\",\"order\":\"%s\"}",
                      service->parallelism, service->stops_first ? "stop-first" : "start-first");
    strbuf_append_string(out, "}");
    if (service->has_port && service->is_published)
        strbuf_printf(out,
                      ",\"ports\":[{\"mode\":\"ingress\",\"target\":8000,\"published\":\"%u\","
                      "\"protocol\":\"tcp\"}]",
                      8000 + (unsigned int)service->name[0]);
    else if (service->has_port)
        strbuf_append_string(out, ",\"expose\":[\"8000\"]");
    if (service->is_exclusive)
        strbuf_append_string(
            out, ",\"volumes\":[{\"type\":\"volume\",\"source\":\"data\",\"target\":\"/data\"}]");
    if (service->has_healthcheck)
        strbuf_append_string(out, ",\"healthcheck\":{\"test\":[\"CMD\",\"true\"]}");
    if (service->needs >= 0 && spec->services[service->needs].is_there)
        strbuf_printf(out, ",\"depends_on\":{\"%s\":{\"condition\":\"%s\",\"required\":true}}",
                      spec->services[service->needs].name, conditions[service->condition]);
    strbuf_printf(out, ",\"x-slipway\":{\"runtime\":\"%s\"}}",
                  service->is_process ? "process" : "docker");
}

static void write_spec(struct strbuf *out, const struct sim_spec *spec, uint32_t number)
{
    bool is_first = true;

    strbuf_append_string(out, "{\"name\":\"" PROJECT "\",\"services\":{");
    for (uint32_t i = 0; i < SIM_SERVICES; i++)
        if (spec->services[i].is_there) {
            write_service(out, spec, &spec->services[i], is_first);
            is_first = false;
        }
    strbuf_append_string(out, "},\"networks\":{\"default\":{\"name\":\"shop_default\"}},"
                              "\"volumes\":{\"data\":{\"name\":\"shop_data\"}},"
                              "\"x-slipway\":{\"deploy\":{\"deadline\":\"1m0s\"");
    if (spec->bakes)
        strbuf_append_string(out, ",\"bake\":\"15s\"");
    if (spec->has_canary)
        strbuf_append_string(
            out, ",\"canary\":[{\"percent\":10,\"for\":\"5s\"},{\"percent\":50,\"for\":\"5s\"}]");
    strbuf_append_string(out, "},\"target_groups\":{");
    is_first = true;
    for (uint32_t i = 0; i < SIM_SERVICES; i++) {
        const struct sim_service *service = &spec->services[i];

        if (!service->is_there || !service->has_port)
            continue;
        strbuf_printf(out, "%s\"%s\":{\"service\":\"%s\",\"port\":8000,\"drain\":\"%us\"",
                      is_first ? "" : ",", service->name, service->name, spec->drain_s);
        if (service->has_check)
            strbuf_append_string(out, ",\"health\":{\"path\":\"/\"}");
        strbuf_append_string(out, "}");
        is_first = false;
    }
    strbuf_append_string(out, "},\"listeners\":{");
    for (uint32_t i = 0; i < SIM_SERVICES; i++)
        if (spec->services[i].is_there && spec->services[i].has_port) {
            strbuf_printf(out, "\"own\":{\"address\":\":%u\",\"default\":{\"forward\":\"%s\"}}",
                          9000 + number, spec->services[i].name);
            break;
        }
    strbuf_append_string(out, "}}}");
}

/* The store, by a connection of its own each time that control begins. */

static void must(int r, struct error *error, const char *what)
{
    if (r < 0)
        sim_broken(0, "%s: %s", what, error != NULL ? error->message : error_text(-r));
}

static void open_store(void)
{
    struct error *error = NULL;

    must(store_open(sim.folder, &sim.store, &error), error, "opening the store");
}

static uint32_t add_revision(const struct sim_spec *spec)
{
    struct store_revision revision = {
        .author = "sim", .note = "", .resolution = "", .spec_hash = ""};
    struct error *error = NULL;
    struct strbuf text;
    uint32_t number;

    strbuf_init(&text, 1 << 20);
    write_spec(&text, spec, sim.revision_count + 1);
    revision.spec = strbuf_text(&text);
    sim_trace("revision %u: %s", sim.revision_count + 1, revision.spec);
    must(store_add_revision(sim.store, PROJECT, &revision, &number, &error), error,
         "adding a revision");
    strbuf_deinit(&text);
    if (number != sim.revision_count + 1)
        sim_broken(0, "revision %u follows %u", number, sim.revision_count);
    sim.revision_count = number;
    sim.specs[number] = *spec;
    return number;
}

/* Control */

static volatile int last_result;

/* What control holds back until it is kept: how it ended. */
static bool has_ended(uint64_t id)
{
    struct store_deploy *deploys;
    struct error *error = NULL;
    struct arena arena;
    uint32_t count;
    bool found = false;

    arena_init(&arena, (size_t)64 << 20);
    must(store_list_deploys(sim.store, &arena, PROJECT, true, 0, &deploys, &count, &error), error,
         "reading deploys");
    for (uint32_t i = 0; i < count; i++)
        found |= deploys[i].id == id;
    arena_deinit(&arena);
    sim.has_result &= !found;
    return !found;
}

/* Runs the deploy until it has ended, however often control is killed. */
static void finish_deploy(uint64_t id)
{
    volatile uint32_t runs = 0;
    volatile bool is_anew = false;

    for (;;) {
        struct error *error = NULL;
        int r;

        if (++runs > 400)
            sim_broken(5, "the deploy does not end");
        if (setjmp(sim.killed) != 0) {
            is_anew = true;
            sim.is_control = false;
            (void)store_close(sim.store);
            sim_advance(sim_random(5000) * SIM_MS);
            open_store();
        }
        sim.is_control = true;
        if (is_anew && deploy_restore(&sim.world, sim.store, PROJECT, &error) < 0) {
            sim_trace("restoring: %s", error->message);
            error = error_free(error);
        }
        is_anew = false;
        r = deploy_run(&sim.world, sim.store, id, &error);
        sim.is_control = false;
        last_result = r;
        sim_trace("deploy_run: %d %s", r, error != NULL ? error->message : "");
        (void)error_free(error);
        if (r != -ECANCELED && has_ended(id) && sim.has_result)
            break;
        is_anew = r == -ECANCELED;
        /* Errors before anything was done are tried again, as control does. */
        sim_advance(SIM_S);
    }
    sim.disk_full_ns = 0;
}

static void heal_until(uint64_t end_ns)
{
    while (sim.now_ns < end_ns) {
        struct error *error = NULL;
        uint64_t next_ns = 0;

        if (setjmp(sim.killed) != 0) {
            sim.is_control = false;
            (void)store_close(sim.store);
            sim_advance(sim_random(5000) * SIM_MS);
            open_store();
        }
        sim.is_control = true;
        if (deploy_heal(&sim.world, sim.store, PROJECT, &next_ns, &error) < 0)
            sim_trace("healing: %s", error->message);
        error = error_free(error);
        sim.is_control = false;
        if (next_ns < sim.now_ns + 100 * SIM_MS)
            next_ns = sim.now_ns + 100 * SIM_MS;
        if (next_ns > end_ns)
            next_ns = end_ns;
        sim_advance(next_ns - sim.now_ns);
    }
}

static void read_serving(void *context)
{
    struct arena *arena = context;
    struct store_project project;
    struct error *error = NULL;

    must(store_get_project(sim.store, arena, PROJECT, &project, &error), error,
         "reading the project");
    sim.serving = project.is_down ? 0 : project.serving;
}

/* Of what serves there is nothing to be planned, and all that runs is listed. */
static void look_at_plan(void *context)
{
    struct arena *arena = context;
    struct error *error = NULL;
    const char *json = "";

    must(deploy_plan(&sim.world, sim.store, arena, PROJECT, NULL, sim.serving, NULL, &json, &error),
         error, "planning");
    /* A job that somebody removed would run again with a deploy. */
    if (strstr(json, "\"changes\":0") == NULL && strstr(json, "a job of this") == NULL)
        sim_broken(5, "all is quiet, and there is something to do: %s", json);
    must(deploy_list_instances(&sim.world, sim.store, arena, PROJECT, &json, &error), error,
         "listing");
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        const struct sim_instance *instance = &sim.instances[i];

        if (instance->is_there && sim_service_of(sim.serving, instance->service) != NULL &&
            (strstr(json, instance->id) != NULL) != (strcmp(instance->project, PROJECT) == 0) &&
            !instance->is_oneoff)
            sim_broken(7, "%s is listed wrongly: %s", instance->name, json);
    }
}

static void come_to_rest(void)
{
    struct arena arena;

    heal_until(sim.now_ns + sim_random(60) * SIM_S);
    sim.is_calm = true;
    heal_until(sim.now_ns + QUIET_NS);
    arena_init(&arena, 16 << 20);
    (void)arena_protect(&arena, read_serving, &arena);
    sim_check_rest();
    if (sim.serving > 0)
        (void)arena_protect(&arena, look_at_plan, &arena);
    arena_deinit(&arena);
    sim.is_calm = false;
    sim.disturbed_ns = 0;
}

static bool is_pathological(const struct sim_spec *spec)
{
    for (int i = 0; i < SIM_SERVICES; i++)
        if (spec->services[i].is_there && spec->services[i].replicas > 0 &&
            (spec->services[i].behaviour == SIM_FLAP || spec->services[i].behaviour == SIM_CRASH ||
             spec->services[i].behaviour == SIM_SICK))
            return true;
    return false;
}

/* What serves may be bad without a deploy having had a chance to see it; then it never rests. */
static void cure(uint32_t revision)
{
    struct sim_spec *spec = &sim.specs[revision];

    if (revision == 0 || !is_pathological(spec))
        return;
    for (int i = 0; i < SIM_SERVICES; i++)
        spec->services[i].behaviour = SIM_GOOD;
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        struct sim_instance *instance = &sim.instances[i];

        if (!instance->is_there || strcmp(instance->project, PROJECT) != 0)
            continue;
        instance->behaviour = SIM_GOOD;
        if (instance->state == INSTANCE_RUNNING && !instance->is_job) {
            instance->dies_ns = 0;
            if (instance->ready_ns == 0)
                instance->ready_ns = sim.now_ns;
        }
    }
}

/* An `up` that cannot even begin leaves what is stopped as it is. */
static void read_stopped(void)
{
    const char *const *services;
    struct error *error = NULL;
    struct arena arena;
    uint32_t count;

    arena_init(&arena, (size_t)64 << 20);
    must(store_list_stopped(sim.store, &arena, PROJECT, &services, &count, &error), error,
         "reading what is stopped");
    for (uint32_t i = 0; i < count; i++)
        sim.is_stopped[services[i][0] - 'a'] = true;
    arena_deinit(&arena);
}

/* It has ended with that, and control tells its end. */
static void call_off_while_it_waits(void)
{
    sim_may_call_off();
    sim.has_result = sim.result_failed = sim.is_called_off;
    sim.result_log = UINT32_MAX;
    (void)snprintf(sim.result_message, sizeof(sim.result_message), "it was cancelled");
}

static void deploy(const char *kind, uint32_t to, const char *options)
{
    struct store_deploy record = {.project = PROJECT,
                                  .from = sim.serving,
                                  .to = to,
                                  .kind = kind,
                                  .author = "sim",
                                  .options = options,
                                  .message = ""};
    struct error *error = NULL;
    uint64_t id;

    must(store_add_deploy(sim.store, &record, &id, &error), error, "adding a deploy");
    sim.deploy = id;
    sim.is_called_off = false;
    sim.from = sim.serving;
    sim.to = to;
    sim.kind = kind;
    sim.has_result = false;
    memcpy(sim.was_stopped, sim.is_stopped, sizeof(sim.was_stopped));
    if (strcmp(kind, "up") == 0 || strcmp(kind, "down") == 0)
        memset(sim.is_stopped, 0, sizeof(sim.is_stopped));
    sim.is_deploying = true;
    sim_trace("=== deploy %llu: %s from %u to %u %s", (unsigned long long)id, kind, sim.from, to,
              options);
    if (to > 0 && !sim.is_stopping)
        call_off_while_it_waits();
    finish_deploy(id);
    sim.is_deploying = false;
    if (last_result < 0 && strcmp(kind, "up") == 0)
        read_stopped();
    sim_check_end(last_result);
    if (sim.is_called_off)
        sim_check_called_off(last_result);
    if (to > 0 && !sim.is_stopping && !sim.is_restarting)
        cure(last_result == 0 ? to : sim.from);
    sim_trace("=== ended with %d", last_result);
    come_to_rest();
    if (sim.serving != (last_result == 0 ? to : sim.from) && !sim.is_stopping && !sim.is_restarting)
        sim_broken(4, "revision %u serves after a deploy from %u to %u that ended with %d",
                   sim.serving, sim.from, to, last_result);
    sim.is_forced = sim.is_stopping = sim.is_restarting = false;
}

/* What is done */

static void go_up(bool is_forced)
{
    struct sim_spec spec;

    if (sim.revision_count == 0)
        make_spec(&spec);
    else
        spec = sim.specs[sim.serving > 0 ? sim.serving : sim.revision_count];
    if (sim.revision_count > 0 && !is_forced)
        change_spec(&spec);
    else if (sim.revision_count == 0 && sim_chance(300))
        spec.services[0].behaviour = make_behaviour();
    (void)add_revision(&spec);
    sim.is_forced = is_forced;
    sim.refused_revision = sim_chance(80) ? sim.revision_count : 0;
    deploy("up", sim.revision_count, is_forced ? "{\"force_recreate\":true}" : "{}");
}

static void go_down(void)
{
    sim.is_down = true;
    sim.may_remove_volumes = sim_chance(300);
    deploy("down", 0, sim.may_remove_volumes ? "{\"remove\":1}" : "{}");
    sim.is_down = sim.may_remove_volumes = false;
    sim.adopted = 0;
}

static void stop_or_start(void)
{
    char options[64];
    uint32_t i = (uint32_t)sim_random(SIM_SERVICES);

    if (sim.serving == 0 || !sim.specs[sim.serving].services[i].is_there ||
        sim.specs[sim.serving].services[i].is_job)
        return;
    (void)snprintf(options, sizeof(options), "{\"services\":[\"%c\"]}", (int)('a' + i));
    sim.is_stopping = true;
    if (sim.is_stopped[i]) {
        sim.is_stopped[i] = false;
        deploy("start", sim.serving, options);
    } else if (sim_chance(500)) {
        sim.is_stopped[i] = true;
        deploy("stop", sim.serving, options);
    } else {
        sim.is_restarting = true;
        deploy("restart", sim.serving, options);
    }
}

static void roll_back(void)
{
    uint32_t to = sim.serving > 1 ? 1 + (uint32_t)sim_random(sim.serving) : 0;

    if (to == 0 || to + 8 < sim.revision_count)
        return;
    deploy("rollback", to, "{}");
}

static void choose_faults(void)
{
    uint32_t severity = (uint32_t)sim_random(4); /* 0: nothing goes wrong but for kills */

    sim.kills_left = sim_chance(800) ? 60 : 0;
    sim.writes_to_kill = 1 + (uint32_t)sim_random(20);
    sim.slow_permille = sim_chance(500) ? 100 : 5;
    sim.loses_events = sim_chance(300);
    sim.cancel_permille = sim_chance(200) ? 10 : 0;
    sim.call_off_permille = sim.seed % 4 == 0 ? 25 : 0; /* the others stay as they were */
    if (severity == 0)
        return;
    sim.create_permille = sim_chance(300) ? 30 : 0;
    sim.start_permille = sim_chance(300) ? 30 : 0;
    sim.refuse_permille = sim_chance(200) ? 20 : 0;
    sim.hand_permille = sim_chance(300) ? 20 : 0;
    sim.engine_permille = sim_chance(200) ? 3 : 0;
    sim.disk_permille = sim_chance(250) ? 10 : 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat;
    (void)type;
    (void)walk;
    return remove(path);
}

void sim_remove_folder(void)
{
    (void)nftw(sim.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void sim_run(uint64_t seed, bool traces)
{
    uint32_t operations;

    sim.seed = sim.random = seed;
    sim.traces = traces;
    sim.world = (struct world){.ops = &sim_world_ops, .is_serial = true};
    (void)snprintf(sim.folder, sizeof(sim.folder), "%s/slipway-sim-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(sim.folder) == NULL)
        sim_broken(0, "no folder is made");
    choose_faults();
    sim_make_foreign();
    if (sim.hand_permille == 0 && sim.engine_permille == 0 && sim_chance(250))
        sim_make_adopted();
    open_store();
    operations = 2 + (uint32_t)sim_random(5);
    for (uint32_t i = 0; i < operations; i++) {
        uint64_t what = i == 0 ? 0 : sim_random(100);

        if (what < 60)
            go_up(false);
        else if (what < 70)
            go_up(true);
        else if (what < 82)
            roll_back();
        else if (what < 94)
            stop_or_start();
        else
            go_down();
    }
    (void)store_close(sim.store);
    sim_remove_folder();
    sim_trace("%u kills, %u requests, %u lost", sim.kills, sim.requests_sent, sim.requests_lost);
}
