/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, stopping, waiting for and removing containers. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/container.h"
#include "engine/fields_priv.h"

/* A POST that says all in its path. */
static int act(const struct engine *engine, const char *id, const char *suffix,
               struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", "/containers/", id, suffix);
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    return call_do(engine, &call, reterr);
}

int engine_start_container(const struct engine *engine, const char *id, struct error **reterr)
{
    return act(engine, id, "/start", reterr);
}

int engine_pause_container(const struct engine *engine, const char *id, struct error **reterr)
{
    return act(engine, id, "/pause", reterr);
}

int engine_unpause_container(const struct engine *engine, const char *id, struct error **reterr)
{
    return act(engine, id, "/unpause", reterr);
}

/* With the grace, which the engine waits, and some time of its own. */
static int stop(const struct engine *engine, const char *id, const char *suffix, const char *signal,
                int64_t grace_s, struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", "/containers/", id, suffix);
    if (grace_s >= 0)
        call_add_number(&call, "t", grace_s);
    call_add(&call, "signal", signal);
    call.timeout_ms = grace_s < 0 || grace_s > INT32_MAX
                          ? ENGINE_FOREVER
                          : (uint64_t)grace_s * 1000 + ENGINE_LONG_TIMEOUT_MS;
    return call_do(engine, &call, reterr);
}

int engine_stop_container(const struct engine *engine, const char *id, const char *signal,
                          int64_t grace_s, struct error **reterr)
{
    int r = engine_negotiate(engine, reterr);

    if (r == 0 && signal != NULL && engine_version(engine) < 42) {
        _cleanup_error_ struct error *error = NULL;

        r = engine_kill_container(engine, id, signal, &error);
        if (r == -EBUSY)
            return 0; /* it does not run */
        if (r < 0 && reterr != NULL)
            *reterr = take_ptr(error);
        signal = NULL;
    }
    return r < 0 ? r : stop(engine, id, "/stop", signal, grace_s, reterr);
}

int engine_restart_container(const struct engine *engine, const char *id, int64_t grace_s,
                             struct error **reterr)
{
    return stop(engine, id, "/restart", NULL, grace_s, reterr);
}

int engine_kill_container(const struct engine *engine, const char *id, const char *signal,
                          struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", "/containers/", id, "/kill");
    call_add(&call, "signal", signal);
    return call_do(engine, &call, reterr);
}

int engine_rename_container(const struct engine *engine, const char *id, const char *name,
                            struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "POST", "/containers/", id, "/rename");
    call_add(&call, "name", name);
    return call_do(engine, &call, reterr);
}

/* When its removal goes on already, by another or because it removes itself, only the end of that
 * is left to wait for. */
int engine_remove_container(const struct engine *engine, const char *id, bool force,
                            bool with_volumes, struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_error_ struct error *error = NULL;
    int64_t code;
    int r;

    call_init(&call, "DELETE", "/containers/", id, "");
    if (force)
        call_add(&call, "force", "1");
    if (with_volumes)
        call_add(&call, "v", "1");
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    r = call_do(engine, &call, &error);
    if (r == -EBUSY && strstr(error->message, "already in progress") != NULL) {
        r = engine_wait_container(engine, id, ENGINE_WAIT_REMOVED, &code, reterr);
        return r == -ENOENT ? 0 : r;
    }
    if (r < 0 && reterr != NULL)
        *reterr = take_ptr(error);
    return r;
}

int engine_wait_container(const struct engine *engine, const char *id, enum engine_wait condition,
                          int64_t *ret_exit_code, struct error **reterr)
{
    static const char *const names[] = {
        [ENGINE_WAIT_NOT_RUNNING] = "not-running",
        [ENGINE_WAIT_NEXT_EXIT] = "next-exit",
        [ENGINE_WAIT_REMOVED] = "removed",
    };
    _cleanup_call_ struct call call;
    _cleanup_json_ json_t *object = NULL;
    const char *message;
    int r;

    call_init(&call, "POST", "/containers/", id, "/wait");
    call_add(&call, "condition", names[condition]);
    call.timeout_ms = ENGINE_FOREVER;
    r = call_json(engine, &call, &object, reterr);
    if (r < 0)
        return r;
    message = json_string_value(field_find(object, "Error.Message"));
    if (message != NULL && message[0] != '\0')
        return error_set(reterr, -call_code_of(0, message), "%.4096s", message);
    if (!json_is_integer(json_object_get(object, "StatusCode")))
        return error_set(reterr, EPROTO, "the Docker Engine does not say how it exited");
    *ret_exit_code = field_number(json_object_get(object, "StatusCode"));
    return 0;
}

int engine_prune_containers(const struct engine *engine, struct engine_pairs filters,
                            uint64_t *ret_bytes, struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_json_ json_t *object = NULL;
    int64_t bytes;
    int r;

    call_init(&call, "POST", "/containers/prune", NULL, "");
    call_add_filters(&call, filters);
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    r = call_json(engine, &call, &object, reterr);
    bytes = field_number(json_object_get(object, "SpaceReclaimed"));
    if (r == 0 && ret_bytes != NULL)
        *ret_bytes = bytes > 0 ? (uint64_t)bytes : 0;
    return r;
}

int engine_put_archive(const struct engine *engine, const char *id, const char *folder,
                       const void *tar, size_t size, struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "PUT", "/containers/", id, "/archive");
    call_add(&call, "path", folder);
    call.data = tar;
    call.data_size = size;
    call.content_type = "application/x-tar";
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    return call_do(engine, &call, reterr);
}
