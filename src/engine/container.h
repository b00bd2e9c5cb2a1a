/* SPDX-License-Identifier: Apache-2.0 */
/* Containers. A container is named by its id or its name; see engine.h for what all calls share. */
#pragma once

#include "engine/engine.h"
#include "engine/network.h"

/* Making one */

struct engine_health_check {
    const char *const *test; /* {"CMD-SHELL", "...", NULL}, {"NONE", NULL}; NULL: the image's */
    int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns; /* 0: not said */
    int64_t retries;
};

enum engine_mount_recursion {
    ENGINE_RECURSION_UNSAID,
    ENGINE_RECURSION_DISABLED,
    ENGINE_RECURSION_WRITABLE, /* only the topmost mount becomes read-only */
    ENGINE_RECURSION_READ_ONLY,
};

/* NULL and 0: not said. */
struct engine_mount {
    const char *type; /* "bind", "volume", "tmpfs", "image" */
    const char *source;
    const char *target;
    bool is_read_only;
    const char *consistency;
    /* bind */
    const char *propagation;
    bool creates_host_path; /* else a missing one is an error */
    enum engine_mount_recursion recursion;
    /* volume */
    bool does_not_copy;
    struct engine_pairs labels;
    const char *driver;
    struct engine_pairs driver_options;
    const char *subpath; /* also of an image; refused before 1.45 and 1.48 */
    /* tmpfs */
    int64_t size_bytes;
    int64_t mode;
};

struct engine_port_binding {
    const char *port;      /* "80/tcp" */
    const char *host_ip;   /* "": all */
    const char *host_port; /* "8080", "8000-8010"; "": any */
};

struct engine_device {
    const char *host_path, *container_path;
    const char *permissions; /* "rwm" */
};

struct engine_device_request {
    const char *driver; /* "" for any */
    int64_t count;      /* -1: all */
    const char *const *ids;
    const char *const *capabilities; /* all of them; ends in NULL */
    struct engine_pairs options;
};

/* rate is bytes or operations in a second, or a weight */
struct engine_block_rate {
    const char *path;
    int64_t rate;
};

struct engine_block_rates {
    const struct engine_block_rate *items;
    uint32_t count;
};

#define ENGINE_TYPE_TEXT    const char *
#define ENGINE_TYPE_YES     bool
#define ENGINE_TYPE_CHOICE  enum engine_choice
#define ENGINE_TYPE_NUMBER  int64_t
#define ENGINE_TYPE_POINTED const int64_t *
#define ENGINE_TYPE_TEXTS   const char *const *
#define ENGINE_TYPE_SET     const char *const *
#define ENGINE_TYPE_PAIRS   struct engine_pairs

/* All zero but for the image is a good one. What an engine of an earlier version does not know is
 * refused with -EOPNOTSUPP, not left out. */
struct engine_container_config {
#define X(kind, member, key, version) ENGINE_TYPE_##kind member;
#include "engine/container.def"
#undef X
    const struct engine_health_check *health; /* NULL: the image's */
    const struct engine_mount *mounts;
    const struct engine_port_binding *port_bindings;
    const struct engine_limit *limits;
    const struct engine_device *devices;
    const struct engine_device_request *device_requests;
    struct engine_block_rates block_weights, read_bytes_rates, write_bytes_rates,
        read_operations_rates, write_operations_rates;
    /* The network of network_mode comes first. Engines before 1.44 take one only; the others are
     * connected behind it, before this returns. */
    const struct engine_endpoint *endpoints;
    const char *mac_address; /* of the first endpoint; NULL */
    uint32_t mount_count, port_binding_count, limit_count, device_count, device_request_count,
        endpoint_count;
};

/* name and platform ("linux/arm64/v8") may be NULL. A failure leaves no container behind. The
 * warnings end in NULL; ret_warnings may be NULL. */
int engine_create_container(const struct engine *engine, struct arena *arena, const char *name,
                            const char *platform, const struct engine_container_config *config,
                            const char **ret_id, const char *const **ret_warnings,
                            struct error **reterr);

/* What there is */

enum engine_container_state {
    ENGINE_CONTAINER_CREATED,
    ENGINE_CONTAINER_RUNNING,
    ENGINE_CONTAINER_PAUSED,
    ENGINE_CONTAINER_RESTARTING,
    ENGINE_CONTAINER_REMOVING,
    ENGINE_CONTAINER_EXITED,
    ENGINE_CONTAINER_DEAD, /* and what is not known */
};

enum engine_health {
    ENGINE_HEALTH_NONE,
    ENGINE_HEALTH_STARTING,
    ENGINE_HEALTH_HEALTHY,
    ENGINE_HEALTH_UNHEALTHY,
};

struct engine_container_mount {
    const char *type; /* "volume", "bind" */
    const char *name; /* of a volume; "" */
    const char *source, *target;
    const char *driver;
    bool is_writable;
};

struct engine_container_port {
    uint16_t port;        /* of the container */
    const char *protocol; /* "tcp" */
    const char *host_ip;  /* "" where it is not published */
    uint16_t host_port;   /* 0 */
};

/* From inspect. */
struct engine_container {
    const char *id, *name; /* without a slash */
    const char *image_id;
    const char *image; /* as it was asked for */
    enum engine_container_state state;
    enum engine_health health;
    const char *health_output; /* of its last check; "" */
    int64_t pid;               /* 0: does not run */
    int64_t exit_code;
    bool was_killed_for_memory;
    const char *error; /* why it could not be started; "" */
    int64_t restart_count;
    uint64_t created_unix_ns, started_unix_ns, finished_unix_ns; /* 0: never */
    struct engine_pairs labels;
    const char *const *command, *const *entrypoint, *const *environment; /* never NULL */
    const char *const *health_test;                                      /* the image's too */
    bool has_terminal, has_input, removes_itself;
    const char *user, *hostname, *working_directory;
    const char *stop_signal, *restart_policy, *log_driver, *network_mode;
    int64_t memory_limit_bytes;
    const struct engine_endpoint *endpoints;
    uint32_t endpoint_count;
    const struct engine_container_mount *mounts;
    uint32_t mount_count;
    const struct engine_container_port *ports; /* published ones of a running container, exposed */
    uint32_t port_count;
};

int engine_inspect_container(const struct engine *engine, struct arena *arena, const char *id,
                             struct engine_container *ret, struct error **reterr);

/* The whole answer of the engine, as JSON on one line; for `inspect` and for tests. */
int engine_inspect_container_text(const struct engine *engine, struct arena *arena, const char *id,
                                  const char **ret_json, struct error **reterr);

/* From a list: what the engine tells without looking at each. */
struct engine_container_summary {
    const char *id, *name;
    const char *image_id, *image;
    enum engine_container_state state;
    const char *status; /* for people: "Up 3 minutes (healthy)" */
    uint64_t created_unix_ns;
    struct engine_pairs labels;
    const char *network_mode;
    const struct engine_endpoint *endpoints; /* of a container that runs */
    uint32_t endpoint_count;
    const struct engine_container_mount *mounts;
    uint32_t mount_count;
    const struct engine_container_port *ports;
    uint32_t port_count;
};

/* Those that do not run only with is_all. */
int engine_list_containers(const struct engine *engine, struct arena *arena, bool is_all,
                           struct engine_pairs filters, struct engine_container_summary **ret,
                           uint32_t *ret_count, struct error **reterr);

/* Its life. To start what runs and to stop what has stopped is no error. */

int engine_start_container(const struct engine *engine, const char *id, struct error **reterr);

/* signal NULL: the container's own; another one is sent by itself first where the engine is older
 * than 1.42. grace_s -1: the container's own. */
int engine_stop_container(const struct engine *engine, const char *id, const char *signal,
                          int64_t grace_s, struct error **reterr);
int engine_restart_container(const struct engine *engine, const char *id, int64_t grace_s,
                             struct error **reterr);

/* A name or a number; -EBUSY where it does not run. */
int engine_kill_container(const struct engine *engine, const char *id, const char *signal,
                          struct error **reterr);
int engine_pause_container(const struct engine *engine, const char *id, struct error **reterr);
int engine_unpause_container(const struct engine *engine, const char *id, struct error **reterr);
int engine_rename_container(const struct engine *engine, const char *id, const char *name,
                            struct error **reterr);

/* One that runs only with force. Anonymous volumes go with it where that is said. -ENOENT where it
 * is gone. Waits for a removal that goes on already. */
int engine_remove_container(const struct engine *engine, const char *id, bool force,
                            bool with_volumes, struct error **reterr);

enum engine_wait {
    ENGINE_WAIT_NOT_RUNNING, /* at once where it does not run */
    ENGINE_WAIT_NEXT_EXIT,
    ENGINE_WAIT_REMOVED,
};

int engine_wait_container(const struct engine *engine, const char *id, enum engine_wait condition,
                          int64_t *ret_exit_code, struct error **reterr);

/* Stopped ones that the filters match; *ret_bytes may be NULL. */
int engine_prune_containers(const struct engine *engine, struct engine_pairs filters,
                            uint64_t *ret_bytes, struct error **reterr);

/* Into the container, started or not: a tar file is unpacked in a folder that is there. */
int engine_put_archive(const struct engine *engine, const char *id, const char *folder,
                       const void *tar, size_t size, struct error **reterr);

/* What it says */

struct engine_log_options {
    bool has_terminal; /* of the container: then all of it is its output */
    bool follows;
    bool has_output, has_errors;
    int64_t tail;                          /* lines; -1: all */
    uint64_t since_unix_ns, until_unix_ns; /* 0: no limit */
};

/* One line, or a part of a long one, without its newline. Not 0 ends it. */
typedef int engine_log_sink(void *context, bool is_errors, uint64_t unix_ns, const char *text,
                            size_t size);

/* What the sink ended it with, where it did. */
int engine_read_logs(const struct engine *engine, const char *id,
                     const struct engine_log_options *options, engine_log_sink *sink, void *context,
                     struct error **reterr);

/* All zero of a container that does not run. */
struct engine_statistics {
    uint64_t cpu_ns;       /* used so far */
    uint64_t memory_bytes; /* without what could be dropped at once */
    uint64_t memory_limit_bytes;
    uint64_t received_bytes, sent_bytes; /* of all its networks */
    uint64_t read_bytes, written_bytes;  /* of block devices */
    uint64_t processes;
};

int engine_get_statistics(const struct engine *engine, const char *id,
                          struct engine_statistics *ret, struct error **reterr);

/* Processes as ps shows them: titles, then rows of as many texts; each ends in NULL. */
struct engine_processes {
    const char *const *titles;
    const char *const *const *rows;
    uint32_t row_count;
};

int engine_list_processes(const struct engine *engine, struct arena *arena, const char *id,
                          struct engine_processes *ret, struct error **reterr);
