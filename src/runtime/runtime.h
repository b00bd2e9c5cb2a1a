/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs instances, behind one interface: native processes, or the Docker Engine. Functions
 * wait, and may be called from any thread but the loop's; several at once. A runtime does what it
 * is told and decides nothing: what shall run where is for plan and deploy.
 *
 * It touches only what carries its project's labels. All return 0 or -errno with an error that
 * names what it was doing ("pulling nginx:1.2: ..."); -ECANCELED when the caller's flow was
 * cancelled. Doing what is done already is no error: to stop what has stopped, to remove what is
 * gone.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/desired.h"
#include "model/observed.h"

struct arena;
struct error;
struct runtime;

/* How a long call says what it does, and learns that nobody wants it any more. */
struct runtime_flow {
    void (*progress)(struct runtime_flow *flow, const char *text, uint64_t done, uint64_t total);
    void (*output)(struct runtime_flow *flow, const char *text, size_t size); /* of a build */
    int cancel_fd; /* readable when the call is to end early; -1: never */
};

struct runtime_instance_options {
    const struct desired *desired;
    const struct desired_service *service;
    uint32_t number;
    bool is_oneoff;
    const char *name;            /* NULL: "PROJECT-SERVICE-NUMBER" */
    const struct value *command; /* of a one-off: a list in the place of the service's; NULL */
    bool has_terminal, has_input;
    bool publishes_ports; /* a one-off that is published by the engine */
};

struct runtime_log_options {
    bool follows;
    bool has_stdout, has_stderr;
    int64_t tail;           /* lines; -1: all */
    uint64_t since_unix_ns; /* 0: from the start */
    uint64_t until_unix_ns; /* 0: no end */
    int cancel_fd;          /* readable: enough; -1 */
};

/* One line, or a part of a long one, without its newline. Not 0: enough. */
typedef int runtime_log_sink(void *context, bool is_stderr, uint64_t unix_ns, const char *text,
                             size_t size);

/* A conversation with a program: frames of struct runtime_frame_head on a socket, both ways. */
enum runtime_frame {
    RUNTIME_FRAME_INPUT = 0,  /* to the program; of no bytes: its end */
    RUNTIME_FRAME_OUTPUT = 1, /* from it */
    RUNTIME_FRAME_ERRORS = 2, /* its standard error */
    RUNTIME_FRAME_EXIT = 3,   /* the last one: a 32-bit status, big endian */
    RUNTIME_FRAME_SIZE = 4,   /* of the terminal: rows, columns; 16 bits each, big endian */
    RUNTIME_FRAME_FAILED = 5, /* the last one: text for people; the program could not be run */
};

struct runtime_frame_head {
    uint8_t type;
    uint8_t zero[3];
    uint8_t size[4]; /* big endian */
};

struct runtime_exec_options {
    const char *const *arguments;   /* ends in NULL */
    const char *const *environment; /* NAME=VALUE; ends in NULL; may be NULL */
    const char *user;               /* NULL: the instance's */
    const char *working_directory;
    bool has_terminal, has_input, is_privileged;
    uint16_t rows, columns;
};

struct runtime_statistics {
    uint64_t cpu_ns; /* used so far */
    uint64_t memory_bytes;
    uint64_t memory_limit_bytes;         /* 0: none */
    uint64_t received_bytes, sent_bytes; /* network; 0 where it is the machine's */
    uint64_t read_bytes, written_bytes;  /* block devices */
    uint32_t processes;
};

/* One of several that are measured at once. */
struct runtime_measure {
    const char *project;
    const char *id;
    bool is_known; /* it was measured: */
    struct runtime_statistics statistics;
};

struct runtime_image {
    const char *id;
    const char *const *names; /* "nginx:1.2" */
    uint32_t name_count;
    uint64_t size_bytes;
    uint64_t created_unix_ns;
    bool is_used;
};

enum runtime_remove {
    RUNTIME_REMOVE_VOLUMES = 1 << 0, /* those of the project, with their data */
    RUNTIME_REMOVE_IMAGES = 1 << 1,  /* that no kept revision needs */
};

/* What changed, told by a thread of the runtime: look again. */
struct runtime_watcher {
    void (*changed)(struct runtime_watcher *watcher, const char *project, const char *service,
                    const char *instance, const char *what); /* "die", "start", "health" */
};

struct runtime_class {
    const char *name; /* "docker", "process" */
    struct runtime *(*free)(struct runtime *runtime);

    /* Whether it can be used now. */
    int (*check)(struct runtime *runtime, struct error **reterr);

    /* All instances of the project, also those that another tool made for it; not those of other
     * projects. */
    int (*observe)(struct runtime *runtime, struct arena *arena, const char *project,
                   struct observed *ret, struct error **reterr);

    /* The content of a service: pulls (or finds) the image by the service's pull_policy, or keeps
     * the artefact. The id goes to *ret_content. force_pull: as `pull`. */
    int (*resolve)(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                   const struct desired_service *service, bool force_pull,
                   struct runtime_flow *flow, const char **ret_content, struct error **reterr);

    /* What resolve() would say by what is here already, changing nothing: -ENOENT where it would
     * have to be fetched. */
    int (*peek)(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                const struct desired_service *service, const char **ret_content,
                struct error **reterr);

    /* Paths of the content for which each instance gets a volume of its own without being asked:
     * a list that ends in NULL. */
    int (*volumes)(struct runtime *runtime, struct arena *arena, const char *content,
                   const char *const **ret, struct error **reterr);

    /* Builds the service's image from a tar file's descriptor (docker). */
    int (*build)(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                 const struct desired_service *service, int context_fd, bool no_cache,
                 struct runtime_flow *flow, const char **ret_content, struct error **reterr);

    /* Keeps contents from being pruned for a revision, or lets them go. */
    int (*retain)(struct runtime *runtime, const char *project, uint32_t revision,
                  const char *service, const char *content, struct error **reterr);
    int (*release)(struct runtime *runtime, const char *project, uint32_t revision,
                   struct error **reterr);

    /* Networks and volumes that the project's services need, where they are not there yet. */
    int (*prepare)(struct runtime *runtime, const struct desired *desired,
                   struct runtime_flow *flow, struct error **reterr);

    /* What prepare() made and nothing of the project needs any more; all of it where desired is
     * NULL. flags: enum runtime_remove. */
    int (*clean)(struct runtime *runtime, const char *project, const struct desired *desired,
                 unsigned int flags, struct runtime_flow *flow, struct error **reterr);

    int (*create)(struct runtime *runtime, struct arena *arena,
                  const struct runtime_instance_options *options, struct observed_instance *ret,
                  struct error **reterr);
    int (*start)(struct runtime *runtime, const char *project, const char *id,
                 struct error **reterr);

    /* Its stop signal, then the grace, then the end. Waits for it. */
    int (*stop)(struct runtime *runtime, const char *project, const char *id, uint64_t grace_ns,
                struct error **reterr);
    int (*kill)(struct runtime *runtime, const char *project, const char *id, int signal,
                struct error **reterr);
    int (*remove)(struct runtime *runtime, const char *project, const char *id, bool with_volumes,
                  struct error **reterr);

    /* Whether the service's name leads to the instance, for others of the project. */
    int (*join)(struct runtime *runtime, const char *project, const char *id,
                const struct desired_service *service, struct error **reterr);
    int (*leave)(struct runtime *runtime, const char *project, const char *id,
                 const struct desired_service *service, struct error **reterr);

    /* Until it exits: its status. */
    int (*wait)(struct runtime *runtime, const char *project, const char *id, int cancel_fd,
                int *ret_status, struct error **reterr);

    int (*logs)(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_log_options *options, runtime_log_sink *sink, void *context,
                struct error **reterr);

    /* Until the program ends, or the socket's other end does. The socket stays the caller's. */
    int (*exec)(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_exec_options *options, int socket_fd, struct error **reterr);
    /* The same with the instance's own main program. */
    int (*attach)(struct runtime *runtime, const char *project, const char *id, bool has_terminal,
                  int socket_fd, struct error **reterr);

    int (*statistics)(struct runtime *runtime, const char *project, const char *id,
                      struct runtime_statistics *ret, struct error **reterr);

    /* The same of many for the price of one, where the runtime can (NULL). What is gone stays
     * unknown. Bytes of block devices are left out. */
    int (*measure)(struct runtime *runtime, struct runtime_measure *items, uint32_t count,
                   struct error **reterr);

    int (*list_images)(struct runtime *runtime, struct arena *arena, struct runtime_image **ret,
                       uint32_t *ret_count, struct error **reterr);
    int (*remove_image)(struct runtime *runtime, const char *name, bool force,
                        struct error **reterr);

    /* Images, stopped one-offs and so on that are ours and that no kept revision needs. Text for
     * people goes to the flow. */
    int (*prune)(struct runtime *runtime, const char *project, struct runtime_flow *flow,
                 uint64_t *ret_bytes, struct error **reterr);

    /* NULL ends it. At most one watcher. Whatever happened between two connections to what is
     * watched counts as a change of everything (project NULL). */
    void (*watch)(struct runtime *runtime, struct runtime_watcher *watcher);
};

/* A runtime begins with this; a function that a runtime cannot offer is NULL in its class. */
struct runtime {
    const struct runtime_class *class;
};
