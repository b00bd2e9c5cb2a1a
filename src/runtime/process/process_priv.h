/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the parts of the process runtime; nobody else includes it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/process/records.h"
#include "runtime/runtime.h"

#define PROCESS_FILE_MAX      ((size_t)2 << 20)
#define PROCESS_INSTANCES_MAX 4096
#define PROCESS_PORTS_MAX     16
#define PROCESS_ID_LENGTH     12

/* Where the kept content is seen by the instance, whoever it runs as. */
#define PROCESS_CONTENT_PLACE "/run/slipway/content"

struct watch;

struct process_runtime {
    struct runtime base;
    char *folder; /* the state folder */
    int shim_fd;  /* its program, sealed */
    bool is_root;
    bool has_mounts;      /* instances can have a view of the files of their own */
    pthread_mutex_t lock; /* while an instance is made, or what is half made is taken away */
    struct watch *watch;  /* NULL: nobody watches */
};

static inline struct process_runtime *process_of(struct runtime *runtime)
{
    return (struct process_runtime *)(void *)runtime;
}

struct process_status {
    enum instance_state state;
    enum instance_health health;
    int shim_pid, pid, exit_code;
    uint32_t restarts;
    uint64_t started_unix_ns, finished_unix_ns;
};

/* An instance as its folder has it. */
struct instance {
    char *folder;
    char id[PROCESS_ID_LENGTH + 1];
    struct records orders;
    struct process_status status; /* INSTANCE_CREATED where it has none */
};

void instance_deinit(struct instance *instance);
#define _cleanup_instance_ _cleanup_(instance_deinit)

/* instance.c */

/* -ENOENT where there is none. An instance whose shim has died is cleared away after, and counts as
 * exited. */
int instance_load(struct process_runtime *runtime, const char *project, const char *id,
                  struct instance *ret, struct error **reterr);
/* Only the text's form is believed. False where it is none. */
bool instance_parse_status(const char *text, struct process_status *ret);
/* Whether a shim has it now. */
bool instance_has_shim(const struct instance *instance);
char *process_project_folder(const struct process_runtime *runtime, const char *project);
bool process_is_name(const char *text);
bool process_is_id(const char *text);
void process_describe(struct arena *arena, const struct instance *instance,
                      struct observed_instance *ret);
/* The same, and -ENOMEM where the arena has no more. */
int process_describe_safely(struct arena *arena, const struct instance *instance,
                            struct observed_instance *ret, struct error **reterr);

/* connection.c: to the instance's shim. -ECONNREFUSED where none is there. */
struct shim_reply_text {
    uint32_t answer;
    int32_t value;
    char text[1024 + 1];
};
int connection_open(const struct instance *instance);
int connection_send(int fd, uint32_t order, int signal, uint64_t grace_ns);
int connection_send_exec(int fd, const char *data, size_t size, const int *fds, size_t count);
/* Waits for the next reply, for that long at most: -ETIMEDOUT, -EPIPE at the end, -ECANCELED. */
int connection_receive(int fd, int cancel_fd, uint64_t timeout_ns, struct shim_reply_text *ret);

/* leftovers.c */
void leftovers_kill(const struct instance *instance);

/* artifact.c */
struct artifact {
    char *source; /* the user's file or folder */
    bool is_folder;
    bool is_in_place; /* the machine's own: not kept */
    char content[40];
};
void artifact_deinit(struct artifact *artifact);
int artifact_find(struct process_runtime *runtime, const struct desired_service *service,
                  const char *program, struct artifact *ret, struct error **reterr);
/* The last word of a path. */
const char *artifact_name_of(const char *path);

/* artifact_store.c: keeps a copy where it is not there yet. */
int artifact_keep(struct process_runtime *runtime, struct artifact *artifact,
                  struct error **reterr);
/* The kept file or folder; NULL where there is none. The caller frees it. */
char *artifact_kept(const struct process_runtime *runtime, const char *content);
int artifact_retain(struct runtime *base, const char *project, uint32_t revision,
                    const char *service, const char *content, struct error **reterr);
int artifact_release(struct runtime *base, const char *project, uint32_t revision,
                     struct error **reterr);
int artifact_prune(struct process_runtime *runtime, struct runtime_flow *flow, uint64_t *ret_bytes,
                   struct error **reterr);

/* cgroup.c: adds the records that make the instance join its groups, and notes where it cannot. */
struct strbuf;
void cgroup_plan(const struct desired_service *service, const char *id, struct strbuf *orders);
/* Makes what was planned, again after a restart of the machine. */
int cgroup_make(const struct instance *instance, struct error **reterr);
void cgroup_remove(const struct instance *instance);

/* ports.c: a free port for each of the service's, and none that the project is to listen on; the
 * lock is held. */
int ports_choose(struct process_runtime *runtime, const struct runtime_instance_options *options,
                 uint16_t *targets, uint16_t *ports, uint32_t *ret_count, struct error **reterr);

/* create.c, lifecycle.c, logs.c, exec.c, statistics.c, watch.c: what the class is made of */
int process_create(struct runtime *base, struct arena *arena,
                   const struct runtime_instance_options *options, struct observed_instance *ret,
                   struct error **reterr);
int process_start(struct runtime *base, const char *project, const char *id, struct error **reterr);
/* With one descriptor, a terminal, or three for its standard streams, or none. */
int process_launch(struct process_runtime *runtime, const struct instance *instance,
                   const int *streams, size_t stream_count, struct error **reterr);
int process_stop(struct runtime *base, const char *project, const char *id, uint64_t grace_ns,
                 struct error **reterr);
int process_kill(struct runtime *base, const char *project, const char *id, int signal,
                 struct error **reterr);
int process_remove(struct runtime *base, const char *project, const char *id, bool with_volumes,
                   struct error **reterr);
int process_wait(struct runtime *base, const char *project, const char *id, int cancel_fd,
                 int *ret_status, struct error **reterr);
int process_logs(struct runtime *base, const char *project, const char *id,
                 const struct runtime_log_options *options, runtime_log_sink *sink, void *context,
                 struct error **reterr);
int process_exec(struct runtime *base, const char *project, const char *id,
                 const struct runtime_exec_options *options, int socket_fd, struct error **reterr);
int process_attach(struct runtime *base, const char *project, const char *id, bool has_terminal,
                   int socket_fd, struct error **reterr);
int process_statistics(struct runtime *base, const char *project, const char *id,
                       struct runtime_statistics *ret, struct error **reterr);
int process_measure(struct runtime *base, struct runtime_measure *items, uint32_t count,
                    struct error **reterr);
void process_watch(struct runtime *base, struct runtime_watcher *watcher);
/* There is a shim that was not there before. */
void process_watch_again(struct process_runtime *runtime);
/* inotify is not to be had, -errno, and whoever wanted it looks again and again: said once. */
void process_say_unwatched(int r);
int process_observe(struct runtime *base, struct arena *arena, const char *project,
                    struct observed *ret, struct error **reterr);

/* Until no shim has the instance: 0, or -ETIMEDOUT. */
int process_await_no_shim(const struct instance *instance, uint64_t timeout_ns);

/* The lines of the instance's logs; hangup_fd is a socket whose end is the end. */
int logs_read(const struct instance *instance, const struct runtime_log_options *options,
              int hangup_fd, runtime_log_sink *sink, void *context, struct error **reterr);

/* spec.c: what the service's map says */
uint64_t spec_duration_ns(const struct value *map, const char *key, uint64_t fallback_ns);
/* A number of bytes, in digits or with a unit; 0 where there is none. */
uint64_t spec_bytes(const struct value *value);
double spec_real(const struct value *value);
int64_t spec_integer(const struct value *map, const char *key, int64_t fallback);
int spec_signal(const char *name); /* "SIGTERM", "TERM", "15"; 0 for none */
