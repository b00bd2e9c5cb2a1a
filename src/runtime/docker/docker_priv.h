/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the docker runtime share. A call that has an arena of its caller's works in it;
 * one that has none works in one of its own, below docker_call().
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "runtime/runtime.h"

struct docker_runtime {
    struct runtime base;
    struct engine_place *place;
    /* Of the watcher. */
    pthread_mutex_t lock;
    pthread_t thread;
    bool is_watching;
    int stop_fd; /* readable: the watching ends */
    struct runtime_watcher *watcher;
};

struct call {
    struct docker_runtime *docker;
    struct engine engine;
    struct arena *arena;
    struct error **reterr;
};

static inline struct docker_runtime *docker_of(struct runtime *runtime)
{
    return (struct docker_runtime *)runtime;
}

static inline struct call docker_call_in(struct runtime *runtime, struct arena *arena,
                                         int cancel_fd, struct error **reterr)
{
    return (struct call){docker_of(runtime), engine_at(docker_of(runtime)->place, cancel_fd), arena,
                         reterr};
}

/* The function's answer, or -ENOMEM. */
int docker_call(struct runtime *runtime, int cancel_fd,
                int (*step)(struct call *call, void *context), void *context,
                struct error **reterr);

static inline int flow_cancel_fd(const struct runtime_flow *flow)
{
    return flow != NULL ? flow->cancel_fd : -1;
}

void flow_tell(struct runtime_flow *flow, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A container of the project; -ENOENT where it is not there or not the project's. */
int docker_find_own(struct call *call, const char *project, const char *id,
                    struct engine_container *ret);

/* A container that waits, stopped, to be needed again gives its name to its successor. It is then
 * called "shop-api-1-old-0123456789ab", by its id. */
#define ASIDE           "-old-"
#define ASIDE_ID_LENGTH 12

/* One that still lacks its configs and secrets is called "shop-api-1.slipway-making", and is no
 * instance: where it was left behind, the next create() of that name or clean() takes it away. */
#define MAKING ".slipway-making"

bool docker_is_stopped(const struct engine_container *container);
/* Those that hold configs and secrets of a container that is gone. */
void docker_remove_files_volumes(struct call *call, const struct engine_container *container);

/* What an earlier instance left in volumes without a name. */
int docker_carry_volumes(struct call *call, const struct runtime_instance_options *options,
                         struct engine_container_config *config);
bool docker_is_anonymous(const struct engine_container_mount *mount);

/* What the class calls. */

int docker_observe(struct runtime *runtime, struct arena *arena, const char *project,
                   struct observed *ret, struct error **reterr);
/* False where it is no instance of the project. */
bool docker_observe_one(struct call *call, const char *project,
                        const struct engine_container *container, struct observed_instance *ret);

int docker_resolve(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                   const struct desired_service *service, bool force_pull,
                   struct runtime_flow *flow, const char **ret_content, struct error **reterr);
int docker_peek(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                const struct desired_service *service, const char **ret_content,
                struct error **reterr);
int docker_volumes(struct runtime *runtime, struct arena *arena, const char *content,
                   const char *const **ret, struct error **reterr);
int docker_build(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                 const struct desired_service *service, int context_fd, bool no_cache,
                 struct runtime_flow *flow, const char **ret_content, struct error **reterr);
int docker_retain(struct runtime *runtime, const char *project, uint32_t revision,
                  const char *service, const char *content, struct error **reterr);
int docker_release(struct runtime *runtime, const char *project, uint32_t revision,
                   struct error **reterr);
int docker_list_images(struct runtime *runtime, struct arena *arena, struct runtime_image **ret,
                       uint32_t *ret_count, struct error **reterr);
int docker_remove_image(struct runtime *runtime, const char *name, bool force,
                        struct error **reterr);
int docker_prune(struct runtime *runtime, const char *project, struct runtime_flow *flow,
                 uint64_t *ret_bytes, struct error **reterr);
/* All of the project's retention tags. */
int docker_release_all(struct call *call, const char *project);

int docker_prepare(struct runtime *runtime, const struct desired *desired,
                   struct runtime_flow *flow, struct error **reterr);
int docker_clean(struct runtime *runtime, const char *project, const struct desired *desired,
                 unsigned int flags, struct runtime_flow *flow, struct error **reterr);

int docker_create(struct runtime *runtime, struct arena *arena,
                  const struct runtime_instance_options *options, struct observed_instance *ret,
                  struct error **reterr);
int docker_start(struct runtime *runtime, const char *project, const char *id,
                 struct error **reterr);
int docker_stop(struct runtime *runtime, const char *project, const char *id, uint64_t grace_ns,
                struct error **reterr);
int docker_kill(struct runtime *runtime, const char *project, const char *id, int signal,
                struct error **reterr);
int docker_remove(struct runtime *runtime, const char *project, const char *id, bool with_volumes,
                  struct error **reterr);
int docker_wait(struct runtime *runtime, const char *project, const char *id, int cancel_fd,
                int *ret_status, struct error **reterr);
/* As start(), of one that was looked at. */
int docker_start_container(struct call *call, const struct engine_container *container);

int docker_join(struct runtime *runtime, const char *project, const char *id,
                const struct desired_service *service, struct error **reterr);
int docker_leave(struct runtime *runtime, const char *project, const char *id,
                 const struct desired_service *service, struct error **reterr);

int docker_logs(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_log_options *options, runtime_log_sink *sink, void *context,
                struct error **reterr);
int docker_exec(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_exec_options *options, int socket_fd, struct error **reterr);
int docker_attach(struct runtime *runtime, const char *project, const char *id, bool has_terminal,
                  int socket_fd, struct error **reterr);
int docker_statistics(struct runtime *runtime, const char *project, const char *id,
                      struct runtime_statistics *ret, struct error **reterr);
int docker_measure(struct runtime *runtime, struct runtime_measure *items, uint32_t count,
                   struct error **reterr);
/* Runs the hooks that the container's label says. -ETIMEDOUT where they take longer. */
#define HOOKS_TIMEOUT_NS (5 * TIME_MINUTE)
int docker_run_hooks(struct call *call, const struct engine_container *container,
                     bool is_after_start, uint64_t timeout_ns);

void docker_watch(struct runtime *runtime, struct runtime_watcher *watcher);
