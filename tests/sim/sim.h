/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulation of the deploy contract: the real planner, deploys and store, with runtimes, an edge
 * and a clock that exist in memory only. A seed makes a project, a sequence of revisions and
 * operations, and what goes wrong meanwhile; control is killed again and again and begins anew.
 * Checks are made at every event, and name the rule of the contract that was broken.
 *
 * All of it is one thread. What is killed leaks; a seed is a process of its own where that counts.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deploy/deploy.h"
#include "deploy/world.h"
#include "runtime/runtime.h"
#include "store/store.h"

#define SIM_MS  UINT64_C(1000000)
#define SIM_S   UINT64_C(1000000000)
#define PROJECT "shop"

enum {
    SIM_SERVICES = 5,
    SIM_INSTANCES = 256,
    SIM_TARGETS = 512,
    SIM_REQUESTS = 4096,
    SIM_REVISIONS = 64,
    SIM_TEXT = 96
};

/* How an image behaves. */
enum sim_behaviour {
    SIM_GOOD,
    SIM_SLOW,  /* to become ready */
    SIM_CRASH, /* ends soon after its start */
    SIM_SICK,  /* never becomes ready */
    SIM_FLAP,  /* becomes ready, and dies a little later */
    SIM_BAD,   /* becomes ready, and answers with errors */
};

struct sim_service {
    char name[16];
    bool is_there;
    bool is_process, is_exclusive, is_job, has_port, is_published, has_healthcheck, has_check;
    bool rolls, stops_first, restarts, may_finish;
    uint32_t parallelism;
    uint32_t replicas;
    uint32_t image, variant; /* what makes it another one */
    enum sim_behaviour behaviour;
    int needs; /* position of another service, -1 */
    int condition;
};

struct sim_spec {
    struct sim_service services[SIM_SERVICES];
    bool bakes, has_canary;
    uint32_t drain_s;
};

struct sim_instance {
    bool is_there;
    char id[32], name[64], service[16], project[16];
    char hash[64], content[64];
    uint32_t revision, number;
    enum desired_runtime runtime;
    enum instance_state state;
    int exit_code;
    uint32_t restarts;
    uint64_t created_ns, started_ns, finished_ns;
    uint64_t ready_ns, dies_ns, back_ns; /* 0: never */
    uint32_t port;                       /* the last part of its address: another one each start */
    bool was_ready;                      /* since control started it */
    bool is_oneoff, is_joined, is_adopted;
    bool has_healthcheck, restarts_itself;
    uint32_t image, variant;
    enum sim_behaviour behaviour;
    bool is_exclusive, is_job;
    uint64_t disturbed_ns; /* when somebody else did something to it */
};

/* In one group; the same key may be in several. */
struct sim_target {
    bool is_there; /* in the document, or still busy */
    bool is_serving, is_standby, has_check, has_passed, is_failing;
    char group[64], key[64], address[32];
    uint32_t weight;
    uint32_t active, failures;
    uint64_t requests, errors;
    uint64_t removed_ns; /* 0: it is in the document */
};

struct sim_request {
    struct sim_target *target;
    uint64_t end_ns;
    uint32_t port;
};

struct sim_group {
    char name[64];
    bool is_held, is_reachable;
};

struct sim {
    uint64_t seed, random;
    uint64_t now_ns;
    bool traces;
    struct world world;
    struct store *store;
    char folder[64];

    struct sim_instance instances[SIM_INSTANCES];
    uint32_t next_id, next_port;
    struct sim_target targets[SIM_TARGETS];
    struct sim_request requests[SIM_REQUESTS];
    uint32_t request_count;
    struct sim_group groups[64];
    uint32_t group_count;
    uint32_t listener_count;
    bool is_published;
    char networks[16][SIM_TEXT], volumes[16][SIM_TEXT];
    uint32_t network_count, volume_count;
    bool retained[SIM_REVISIONS];

    struct sim_spec specs[SIM_REVISIONS]; /* by number */
    uint32_t revision_count, serving, adopted;
    uint32_t from, to;  /* of the deploy under way */
    uint64_t deploy;    /* its number */
    bool is_called_off; /* somebody cancelled it, and was told that it will be */
    bool is_deploying, may_remove_volumes, is_forced, is_stopping, is_restarting, is_down;
    bool is_stopped[SIM_SERVICES], was_stopped[SIM_SERVICES];
    const char *kind;

    /* What goes wrong, of 1000 */
    uint32_t kill_permille, create_permille, start_permille, refuse_permille, hand_permille,
        engine_permille, slow_permille, cancel_permille, disk_permille, call_off_permille;
    uint64_t disk_full_ns; /* until then */
    bool loses_events;
    uint32_t refused_revision; /* a port of it is taken: the edge never takes it */
    uint64_t engine_back_ns;
    bool is_calm; /* nothing goes wrong from here on */

    jmp_buf killed;
    bool is_control; /* control runs, so it can be killed */
    uint32_t kills_left, writes_to_kill, kills, writes;
    uint64_t disturbed_ns; /* when something last went wrong */

    bool has_result, result_failed;
    char result_message[512];
    uint32_t result_log;
    uint32_t requests_sent, requests_lost;
};

extern struct sim sim;

/* sim.c */
uint64_t sim_random(uint64_t below);
bool sim_chance(uint32_t permille);
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void sim_broken(int rule, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A place where control may be killed. */
void sim_may_die(const char *where);
bool sim_goes_wrong(uint32_t permille);

/* sim_runtime.c */
extern const struct runtime_class sim_runtime_class;
struct runtime *sim_runtime(enum desired_runtime kind);
struct sim_instance *sim_find(const char *id);
struct sim_instance *sim_find_port(uint32_t port);
bool sim_is_ready(const struct sim_instance *instance);
void sim_tick_instances(void);
void sim_make_foreign(void);
void sim_make_adopted(void);

/* sim_edge.c */
int sim_edge_publish(const char *document, struct error **reterr);
void sim_edge_unpublish(void);
void sim_edge_target(const char *key, struct world_target *ret);
void sim_tick_edge(void);
/* Whether the instance is a target of the document, and what it still has to do. */
bool sim_edge_has(const struct sim_instance *instance, bool *ret_busy, uint64_t *ret_removed_ns);
bool sim_edge_holds(const char *service);
uint32_t sim_edge_count_serving(const char *service);
struct sim_instance *sim_edge_instance(const struct sim_target *target);

/* sim_world.c */
extern const struct world_ops sim_world_ops;
void sim_advance(uint64_t duration_ns);

/* sim_scenario.c */
void sim_remove_folder(void);
void sim_run(uint64_t seed, bool traces);

/* sim_store.c */
/* Somebody cancels the deploy perhaps, at any moment and from elsewhere. */
void sim_may_call_off(void);

/* sim_check.c */
void sim_check_start(struct sim_instance *instance);
void sim_check_stop(struct sim_instance *instance);
void sim_check_document(void);
void sim_check_end(int result);
void sim_check_called_off(int result);
void sim_check_rest(void);
const struct sim_service *sim_service_of(uint32_t revision, const char *name);
