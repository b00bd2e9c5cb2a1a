/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of a deploy share. A deploy has two arenas: one for what lasts as long as it does,
 * and one for what was seen at the last look, which ends with the next.
 *
 * Everything here runs in one thread, apart from calls of runtimes in deploy_parallel(); it may
 * jump to the arenas' recovery points, which are in deploy_begin().
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "deploy/deploy.h"
#include "deploy/world.h"
#include "model/desired.h"
#include "model/observed.h"
#include "plan/plan.h"

enum {
    DEPLOY_KINDS = 3, /* of runtimes */
    DEPLOY_REVISIONS_KEPT = 10,
    DEPLOY_LOG_LINES = 20
};

/* Among what is kept of healing, where no service is called so: by instance, how often it was
 * started again. */
#define DEPLOY_RESTARTS "/restarts"

/* What failed, for people. */
struct deploy_failure {
    int code;
    const char *message;
    const char *service;
    const char *instance;
    const char *name; /* of the instance */
    const char *const *log;
    uint32_t log_count;
};

struct deploy_revision {
    struct deploy_revision *next;
    struct desired desired;
    struct desired_resolution *resolutions; /* as many as services */
};

struct deploy {
    struct world *world;
    struct store *store;
    struct arena *arena;
    struct arena *looks;
    const char *project;
    struct store_deploy record; /* id 0: healing */
    struct deploy_options options;
    struct deploy_revision *revisions; /* that were read */
    const struct desired *goal;        /* what is worked towards now */
    const struct desired *other;       /* what is replaced by it; may be NULL */
    struct desired empty;              /* nothing */
    bool kinds[DEPLOY_KINDS];          /* of runtimes, that the project has to do with */
    bool is_undo, is_heal;
    bool may_adopt;  /* nothing of the project was deployed before */
    bool is_settled; /* what is new serves for good: from here on nothing is undone */
    uint64_t deadline_ns;

    struct observed observed; /* at the last look */
    struct rotation rotation; /* as the store has it */
    uint32_t rotation_capacity;
    const char *rotation_text;   /* as it was written last */
    const char *document_hash;   /* of what was published last */
    const char *document;        /* the text, where this deploy made it */
    const struct value *healing; /* by service: attempts, and when the next one may be; and
                                    DEPLOY_RESTARTS */
    const char *const *stopped;
    uint32_t stopped_count;

    const char **started; /* ids of instances that this deploy waits for */
    uint32_t started_count, started_capacity;
    struct deploy_failure failure;
    uint32_t changed, failed, ok;
    uint32_t step_number;    /* of the newest step told */
    const uint32_t *numbers; /* as told, of the steps under way; NULL */
    bool *is_done;           /* of the steps under way, where each can fail by itself; else NULL */
    bool is_unkept;          /* something could not be written */
    bool has_published;      /* the edge took something of this deploy */
};

/* revision.c */

/* The revision with what it was resolved to; kept for the next time. -ENOENT. */
int deploy_load_revision(struct deploy *deploy, uint32_t number, const struct desired **ret,
                         struct error **reterr);
/* The same from a text that is not in the store yet. */
int deploy_load_text(struct deploy *deploy, uint32_t number, const char *spec,
                     const char *resolution, struct deploy_revision **ret, struct error **reterr);
/* Makes the desired state again with what the resolutions say, and keeps that in the store. */
int deploy_keep_resolution(struct deploy *deploy, uint32_t number, struct error **reterr);
struct deploy_revision *deploy_find_revision(struct deploy *deploy, uint32_t number);

/* resolve.c */

/* Contents, addresses and free ports of the revision, where they are not known yet. */
int deploy_resolve(struct deploy *deploy, uint32_t number, struct error **reterr);
/* Paths for which its content has volumes made, into the resolution. */
int deploy_find_volumes(struct deploy *deploy, const struct desired_service *service,
                        struct desired_resolution *resolution, struct error **reterr);
/* For an `up` of the very text that serves: where an image or a program has become another since, a
 * revision is made for it, and the deploy is about that; else it stays about what serves. */
int deploy_renew(struct deploy *deploy, struct error **reterr);

/* rotation.c */

int deploy_read_rotation(struct deploy *deploy, struct error **reterr);
/* Writes the rotation where it has changed. */
int deploy_write_rotation(struct deploy *deploy, struct error **reterr);
/* Going back, taking down and letting go of what was there before must not wait for a disk that has
 * no room: what could not be kept is said once, and is done all the same; the store then says less
 * than was done, and whoever comes after a crash looks at what is there. Returns r where it is
 * another failure, else 0 and no error.
 */
int deploy_go_on_unkept(struct deploy *deploy, int r, struct error **reterr);
struct rotation_entry *deploy_enter(struct deploy *deploy, const struct observed_instance *instance,
                                    enum rotation_role role);
enum rotation_role deploy_role_of(const struct deploy *deploy,
                                  const struct observed_instance *instance);
void deploy_drop(struct deploy *deploy, const char *instance);
void deploy_hold(struct deploy *deploy, const char *service, bool is_held);

/* publish.c */

/* Whether the edge could serve the goal: a port that is somebody else's is found before anything is
 * started for it. */
int deploy_check_edge(struct deploy *deploy, struct error **reterr);
/* Writes the rotation, then has the edge take it; nothing is done where nothing has changed, unless
 * it is forced. */
int deploy_publish(struct deploy *deploy, bool is_forced, struct error **reterr);
int deploy_unpublish(struct deploy *deploy, struct error **reterr);
/* Whether the instance's target is in what was published. */
bool deploy_is_target(const struct deploy *deploy, const struct rotation_entry *entry);

/* look.c */

/* What runs now, into deploy->observed. */
int deploy_look(struct deploy *deploy, struct error **reterr);
void deploy_note_kinds(struct deploy *deploy, const struct desired *desired);
/* The same of all revisions that are kept: where nothing serves that would say it. */
int deploy_note_kept(struct deploy *deploy, struct error **reterr);
struct runtime *deploy_runtime(struct deploy *deploy, enum desired_runtime kind,
                               struct error **reterr);
/* The service that an instance belongs to, of the goal, or of what is replaced; NULL. */
const struct desired_service *deploy_service_of(const struct deploy *deploy,
                                                const struct observed_instance *instance);
bool deploy_is_current(const struct deploy *deploy, const struct desired_service *service,
                       const struct observed_instance *instance);
/* Whether the service's name leads to the instance. */
int deploy_set_joined(struct deploy *deploy, const struct desired_service *service,
                      const struct observed_instance *instance, bool joins, struct error **reterr);
int deploy_wait(struct deploy *deploy, uint64_t duration_ns);
uint64_t deploy_drain_ns(const struct deploy *deploy, const char *service);

/* tell.c */

void deploy_tell(struct deploy *deploy, struct value *event, const char *type);
void deploy_note(struct deploy *deploy, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void deploy_tell_plan(struct deploy *deploy, const struct plan *plan);
void deploy_tell_step(struct deploy *deploy, const struct step *step, uint32_t number,
                      const char *state, const char *message, uint64_t duration_ns);
void deploy_tell_instance(struct deploy *deploy, const struct observed_instance *instance,
                          const char *what, const char *text);
void deploy_tell_result(struct deploy *deploy, bool is_done, uint32_t serving);
struct value *deploy_step_value(const struct deploy *deploy, const struct step *step);
/* Of the instance that it is about, there or to be made: "shop-api-2"; "" where it is about more.
 */
const char *deploy_step_name(const struct deploy *deploy, const struct step *step);

/* failure.c */

/* Notes what failed, with the last lines of its log; the first one counts. Returns -code. */
int deploy_fail(struct deploy *deploy, const struct observed_instance *instance,
                const char *service, int code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The same for an error of a call, which is freed. -ECANCELED is no failure. */
int deploy_fail_error(struct deploy *deploy, const struct observed_instance *instance,
                      const char *service, struct error **error);
/* Into the journal, so that it is known after a crash; and out of it. */
int deploy_keep_failure(struct deploy *deploy, struct error **reterr);
int deploy_find_failure(struct deploy *deploy, struct error **reterr);

/* cancel.c */

/* Where somebody cancels it, that is the failure: -EINTR. waiting_for: what has not come; "". */
int deploy_heed_cancel(struct deploy *deploy, const struct observed_instance *instance,
                       const char *service, const char *waiting_for);

/* judge.c */

enum deploy_verdict {
    VERDICT_WAITING,
    VERDICT_PASSED,
    VERDICT_FAILED,
};

/* Whether an instance may come into rotation, or a job is done; why not, for people. */
enum deploy_verdict deploy_judge(struct deploy *deploy, const struct desired_service *service,
                                 const struct observed_instance *instance, const char **ret_reason);

/* "ended with status 3", "was killed by SIGKILL"; memory of the looks. */
const char *deploy_end_text(struct deploy *deploy, const struct observed_instance *instance);

/* parallel.c */

struct deploy_task {
    const struct step *step;
    const struct observed_instance *instance; /* NULL where there is none yet */
    int (*run)(struct deploy *deploy, struct deploy_task *task, struct error **reterr);
    struct arena arena; /* of the task's thread */
    const char *id;     /* of what was made, memory of the task's arena */
    uint32_t number;    /* of the step, as told */
    uint64_t begun_ns;
    int result;
    struct error *error;
};

/* Runs all of them, some at a time; their results are in them. */
void deploy_parallel(struct deploy *deploy, struct deploy_task *tasks, uint32_t count);

/* steps.c: carrying out a plan. */

/* All waves; -errno with deploy->failure set, or -ECANCELED. */
int deploy_execute(struct deploy *deploy, const struct plan *plan);
int deploy_make_plan(struct deploy *deploy, struct plan *ret, struct error **reterr);

/* Steps of one kind in one wave; -errno with deploy->failure set. */
int deploy_do_calls(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_prepare(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_await(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_hold(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_retire(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_admit(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_switch(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_canary(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_bake(struct deploy *deploy, const struct step *const *steps, uint32_t count);
int deploy_do_clean(struct deploy *deploy, const struct step *const *steps, uint32_t count);

/* Puts running instances that are in no rotation on standby; whether there were any. */
bool deploy_stand_by(struct deploy *deploy, const char *service);
/* Those of the service that have passed come into rotation. */
int deploy_admit(struct deploy *deploy, const struct desired_service *service);

/* revert.c */

/* Back to what serves, after a failure. The failure stays; what cannot be undone is added to it. */
int deploy_undo(struct deploy *deploy);
/* Serves now: from here on it is not undone. */
int deploy_settle(struct deploy *deploy, struct error **reterr);

/* operate.c: what is done to services as they are. */

/* Whether the deploy is about the service: all, unless some are named. */
bool deploy_is_chosen(const struct deploy *deploy, const char *service);
/* What was stopped and is asked for again, or goes, is stopped no more. */
int deploy_forget_stopped(struct deploy *deploy, struct error **reterr);
int deploy_stop_services(struct deploy *deploy, struct error **reterr);
int deploy_start_services(struct deploy *deploy, struct error **reterr);
int deploy_restart_services(struct deploy *deploy, struct error **reterr);
int deploy_remove_stopped(struct deploy *deploy, struct error **reterr);
int deploy_take_down(struct deploy *deploy, struct error **reterr);

/* operate_instances.c: the same for single ones, which the options name. */
int deploy_operate_instances(struct deploy *deploy, struct error **reterr);

/* begin.c */

/* Runs the function with arenas and what all flows need, and ends it all. */
int deploy_begin(struct world *world, struct store *store, const char *project, uint64_t id,
                 int (*run)(struct deploy *deploy, void *context, struct error **reterr),
                 void *context, struct error **reterr);
