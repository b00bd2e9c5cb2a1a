/* SPDX-License-Identifier: Apache-2.0 */
/* What a container uses, and what runs in it. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/container.h"
#include "engine/fields_priv.h"

static uint64_t unsigned_at(const json_t *object, const char *key)
{
    int64_t number = field_number(field_find(object, key));

    return number > 0 ? (uint64_t)number : 0;
}

/* Control groups of version 2 and 1 tell the part of the cache that is not in use by other names.
 */
static uint64_t memory_of(const json_t *object)
{
    uint64_t used = unsigned_at(object, "memory_stats.usage");
    uint64_t idle = unsigned_at(object, "memory_stats.stats.inactive_file");
    uint64_t idle_v1 = unsigned_at(object, "memory_stats.stats.total_inactive_file");

    if (idle_v1 > 0)
        idle = idle_v1;
    return used > idle ? used - idle : used;
}

static void add_networks(const json_t *networks, struct engine_statistics *statistics)
{
    const char *name;
    json_t *network;

    json_object_foreach((json_t *)(uintptr_t)networks, name, network)
    {
        statistics->received_bytes += unsigned_at(network, "rx_bytes");
        statistics->sent_bytes += unsigned_at(network, "tx_bytes");
    }
}

static void add_blocks(const json_t *list, struct engine_statistics *statistics)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *operation = json_string_value(json_object_get(one, "op"));

        if (operation != NULL && strcasecmp(operation, "read") == 0)
            statistics->read_bytes += unsigned_at(one, "value");
        else if (operation != NULL && strcasecmp(operation, "write") == 0)
            statistics->written_bytes += unsigned_at(one, "value");
    }
}

int engine_get_statistics(const struct engine *engine, const char *id,
                          struct engine_statistics *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_json_ json_t *object = NULL;
    struct engine_statistics statistics;
    int r;

    call_init(&call, "GET", "/containers/", id, "/stats");
    call_add(&call, "stream", "0");
    call_add(&call, "one-shot", "1");
    r = call_json(engine, &call, &object, reterr);
    if (r < 0)
        return r;
    statistics = (struct engine_statistics){
        .cpu_ns = unsigned_at(object, "cpu_stats.cpu_usage.total_usage"),
        .memory_bytes = memory_of(object),
        .memory_limit_bytes = unsigned_at(object, "memory_stats.limit"),
        .processes = unsigned_at(object, "pids_stats.current"),
    };
    add_networks(json_object_get(object, "networks"), &statistics);
    add_blocks(field_find(object, "blkio_stats.io_service_bytes_recursive"), &statistics);
    *ret = statistics;
    return 0;
}

static void take_processes(struct arena *arena, const json_t *object, void *context)
{
    struct engine_processes *processes = context;
    const json_t *list = json_object_get(object, "Processes");
    const char *const **rows = arena_new_array(arena, const char *const *, json_array_size(list));

    for (size_t i = 0; i < json_array_size(list); i++)
        rows[i] = field_texts(arena, json_array_get(list, i));
    processes->titles = field_texts(arena, json_object_get(object, "Titles"));
    processes->rows = rows;
    processes->row_count = (uint32_t)json_array_size(list);
}

int engine_list_processes(const struct engine *engine, struct arena *arena, const char *id,
                          struct engine_processes *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/containers/", id, "/top");
    r = call_json(engine, &call, &object, reterr);
    return r < 0 ? r : call_take(arena, object, take_processes, ret, reterr);
}
