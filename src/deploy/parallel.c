/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of runtimes that may be made at the same time, by a few threads that end with them. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "deploy/deploy_priv.h"

enum {
    THREADS_MAX = 8
};

#define TASK_MEMORY_MAX ((size_t)64 << 20)

struct pool {
    struct deploy *deploy;
    struct deploy_task *tasks;
    uint32_t count;
    atomic_uint next;
};

struct protected_task {
    struct deploy *deploy;
    struct deploy_task *task;
};

static void run_protected(void *context)
{
    struct protected_task *protected_task = context;
    struct deploy_task *task = protected_task->task;

    task->result = task->run(protected_task->deploy, task, &task->error);
}

static void run_task(struct deploy *deploy, struct deploy_task *task)
{
    struct protected_task protected_task = {deploy, task};
    int r = arena_protect(&task->arena, run_protected, &protected_task);

    if (r < 0)
        task->result = error_set(&task->error, -r, "out of memory");
}

static void *work(void *context)
{
    struct pool *pool = context;
    uint32_t i;

    while ((i = atomic_fetch_add(&pool->next, 1)) < pool->count)
        run_task(pool->deploy, &pool->tasks[i]);
    return NULL;
}

void deploy_parallel(struct deploy *deploy, struct deploy_task *tasks, uint32_t count)
{
    struct pool pool = {.deploy = deploy, .tasks = tasks, .count = count};
    pthread_t threads[THREADS_MAX];
    uint32_t wanted = deploy->world->is_serial ? 0 : count - 1, made = 0;

    atomic_init(&pool.next, 0);
    for (uint32_t i = 0; i < count; i++)
        arena_init(&tasks[i].arena, TASK_MEMORY_MAX);
    /* Where no thread is to be had, this one does it all. */
    while (made < wanted && made < THREADS_MAX - 1 &&
           pthread_create(&threads[made], NULL, work, &pool) == 0)
        made++;
    (void)work(&pool);
    while (made > 0)
        (void)pthread_join(threads[--made], NULL);
}
