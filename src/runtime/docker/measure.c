/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What many containers use. The engine has a call for one alone, most of which is waiting, so that
 * a few are made at the same time. Ids are those that observe() found, which were looked at there.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/docker/docker_priv.h"

#define THREADS    4
#define TIMEOUT_MS 2000

struct measuring {
    struct engine engine;
    struct runtime_measure *items;
    uint32_t count;
    uint64_t machine_bytes;
    _Atomic uint32_t next;
    _Atomic int result; /* not 0: the others are not asked for */
};

static int measure_one(struct measuring *measuring, struct runtime_measure *item)
{
    struct engine_statistics found;
    int r = engine_get_statistics(&measuring->engine, item->id, &found, NULL);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    item->is_known = true;
    item->statistics = (struct runtime_statistics){
        .cpu_ns = found.cpu_ns,
        .memory_bytes = found.memory_bytes,
        /* The engine tells the machine's memory where there is no limit. */
        .memory_limit_bytes =
            found.memory_limit_bytes < measuring->machine_bytes ? found.memory_limit_bytes : 0,
        .received_bytes = found.received_bytes,
        .sent_bytes = found.sent_bytes,
        .processes = found.processes <= UINT32_MAX ? (uint32_t)found.processes : UINT32_MAX,
    };
    return 0;
}

static void *work(void *context)
{
    struct measuring *measuring = context;

    while (atomic_load(&measuring->result) == 0) {
        uint32_t i = atomic_fetch_add(&measuring->next, 1);
        int r;

        if (i >= measuring->count)
            break;
        r = measure_one(measuring, &measuring->items[i]);
        if (r < 0)
            atomic_store(&measuring->result, r);
    }
    return NULL;
}

int docker_measure(struct runtime *runtime, struct runtime_measure *items, uint32_t count,
                   struct error **reterr)
{
    struct measuring measuring = {
        .engine = engine_at(docker_of(runtime)->place, -1),
        .items = items,
        .count = count,
        .machine_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE),
    };
    pthread_t threads[THREADS - 1];
    unsigned int started = 0;
    int r;

    measuring.engine.timeout_ms = TIMEOUT_MS;
    for (uint32_t i = 0; i < count; i++)
        items[i].is_known = false;
    /* Where there can be no other thread, this one does it all. */
    while (started < THREADS - 1 && started + 1 < count &&
           pthread_create(&threads[started], NULL, work, &measuring) == 0)
        started++;
    (void)work(&measuring);
    while (started > 0)
        (void)pthread_join(threads[--started], NULL);
    r = atomic_load(&measuring.result);
    return r < 0 ? error_set(reterr, -r, "what containers use is not known: %s", error_text(-r))
                 : 0;
}
