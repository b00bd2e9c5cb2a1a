/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Docker Engine, by its API on a local socket. This folder is the only place that knows that
 * API's JSON and how its versions differ; callers see plain structs.
 *
 *     engine.h       where the engine is, which version is spoken; what all answers share
 *     container.h    containers, with what create() takes
 *     conversation.h exec, attach: raw bytes both ways
 *     image.h        images: find, pull, build, tag, remove
 *     network.h      networks and volumes
 *     events.h       what happens, as it happens
 *     credentials.h  what the user's docker configuration knows about registries
 *
 * Every function waits, and may be called from any thread, several at once with one engine: each
 * call is a connection of its own. A wait ends early with -ECANCELED once engine.cancel_fd is
 * readable. Short questions end with -ETIMEDOUT after a minute, what may rightly take long does
 * not.
 *
 * Answers are put into the caller's arena, in which everything lives that they point to. No
 * function jumps out of the arena: what does not fit there is -ENOMEM or -E2BIG like any other
 * failure. Texts in answers are never NULL but where the header says so.
 *
 * All return 0 or -errno with an error whose message is for users, but does not say what was asked
 * for: the caller puts that in front ("starting shop-web-1"). Among the codes:
 *
 *     -ENOENT                  there is no such thing (404)
 *     -EEXIST, -EBUSY          the name is taken; it is in use (409)
 *     -EACCES                  not allowed: by the engine, by a registry, or to use the socket
 *     -EINVAL                  the engine does not take it (400)
 *     -EADDRINUSE, -ENOSPC     a port, the disk
 *     -ENOEXEC                 made for another platform
 *     -ECONNREFUSED            no engine answers
 *     -EPROTO, -ECONNRESET     what came is no answer; it went away in the midst of one
 *     -EIO                     the engine failed (500)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct engine_place;

#define ENGINE_VERSION_MIN   41 /* 1.41: Docker 20.10 */
#define ENGINE_VERSION_MAX   52 /* 1.52: Docker 29; what came later changes nothing used here */
#define ENGINE_TIMEOUT_MS    60000
#define ENGINE_ANSWER_MAX    ((size_t)32 << 20)
#define ENGINE_LINE_MAX      ((size_t)1 << 20) /* of a stream of JSON */
#define ENGINE_NAME_SIZE_MAX 1024 /* of ids, names and references that become part of a path */

/* A way to the engine: cheap to copy, and owns nothing. */
struct engine {
    struct engine_place *place;
    int cancel_fd;       /* -1: waits without end */
    uint64_t timeout_ms; /* for who has less time than it usually is given; 0 */
};

/* Finds the socket, without connecting to it. NULL for the usual one: of $DOCKER_HOST (unix://),
 * else /var/run/docker.sock, or $XDG_RUNTIME_DIR/docker.sock where only that is there. -EINVAL for
 * a $DOCKER_HOST that is no local socket. */
int engine_place_new(const char *socket_path, struct engine_place **ret, struct error **reterr);
struct engine_place *engine_place_free(struct engine_place *place);
void engine_place_freep(struct engine_place **place);
const char *engine_place_path(const struct engine_place *place);

static inline struct engine engine_at(struct engine_place *place, int cancel_fd)
{
    return (struct engine){.place = place, .cancel_fd = cancel_fd};
}

/* Agrees with the engine on a version; every other function does so by itself when it is needed,
 * and again after the engine went away. */
int engine_ping(const struct engine *engine, struct error **reterr);

/* The 43 of 1.43; 0 as long as none is agreed on. */
unsigned int engine_version(const struct engine *engine);

struct engine_information {
    const char *server_version;   /* "20.10.24" */
    const char *operating_system; /* "Debian GNU/Linux 12 (bookworm)" */
    const char *kernel_version;
    const char *platform_os;    /* "linux" */
    const char *architecture;   /* "amd64", as images call it; "" where unknown */
    const char *storage_driver; /* "overlay2" */
    const char *data_folder;    /* "/var/lib/docker" */
    const char *cgroup_driver;
    const char *cgroup_version; /* "1", "2" */
    const char *logging_driver;
    const char *swarm_state; /* "inactive", "active" */
    int64_t cpu_count;
    int64_t memory_bytes;
    bool has_memory_limit, has_swap_limit, has_cpu_quota, has_cpuset, has_pids_limit;
    const char *const *warnings; /* ends in NULL */
};

int engine_get_information(const struct engine *engine, struct arena *arena,
                           struct engine_information *ret, struct error **reterr);

/* Names and texts: labels, options, build arguments. A value of NULL, where a header says that it
 * may be, is sent as null. */
struct engine_pair {
    const char *name;
    const char *value;
};

struct engine_pairs {
    const struct engine_pair *items;
    uint32_t count;
};

/* NULL where there is none of that name. */
const char *engine_pairs_find(struct engine_pairs pairs, const char *name);

/* Filters are pairs too, such as {"label", "com.docker.compose.project=shop"}. Those of one name
 * are alternatives, but all labels must be there. */

/* Not said; no; yes. */
enum engine_choice {
    ENGINE_UNSAID,
    ENGINE_NO,
    ENGINE_YES,
};

struct engine_limit {
    const char *name; /* "nofile" */
    int64_t soft, hard;
};

/* Text as it comes from a build or a program. Not 0 ends the call with that. */
typedef int engine_sink(void *context, const char *data, size_t size);
