/* SPDX-License-Identifier: Apache-2.0 */
/* The healthcheck beside the instance, as Docker does it: failures in the start period do not count
 * until the first success. */
#include <signal.h>
#include <sys/wait.h>

#include "shim/child.h"
#include "shim/line.h"
#include "shim/shim.h"

static bool is_in_start_period(const struct shim *shim, uint64_t now_ns)
{
    return shim->health == SHIM_HEALTH_STARTING &&
           now_ns < shim_add_ns(shim->started_ns, shim->orders.health_start_period_ns);
}

static void plan_next(struct shim *shim)
{
    uint64_t now_ns = shim_now_ns();
    uint64_t wait_ns = is_in_start_period(shim, now_ns) ? shim->orders.health_start_interval_ns
                                                        : shim->orders.health_interval_ns;

    shim->check_ns = shim_add_ns(now_ns, wait_ns);
}

void health_start(struct shim *shim)
{
    shim->failures = 0;
    shim->check = (struct shim_task){.kill_ns = SHIM_FOREVER};
    shim->check_ns = SHIM_FOREVER;
    shim->health = SHIM_HEALTH_NONE;
    if (shim->orders.health.arguments[0] == NULL)
        return;
    shim->health = SHIM_HEALTH_STARTING;
    plan_next(shim);
}

void health_stop(struct shim *shim)
{
    shim->check_ns = SHIM_FOREVER;
    shim->check = (struct shim_task){.kill_ns = SHIM_FOREVER};
}

static void set_health(struct shim *shim, enum shim_health health)
{
    if (shim->health == health)
        return;
    shim->health = health;
    if (health == SHIM_HEALTH_UNHEALTHY)
        output_note(&shim->output, "the healthcheck fails: the instance is unhealthy");
    status_changed(shim);
}

static void take_result(struct shim *shim, bool is_success)
{
    uint64_t now_ns = shim_now_ns();

    if (is_success) {
        shim->failures = 0;
        set_health(shim, SHIM_HEALTH_HEALTHY);
    } else if (!is_in_start_period(shim, now_ns) &&
               ++shim->failures >= shim->orders.health_retries) {
        set_health(shim, SHIM_HEALTH_UNHEALTHY);
    }
    plan_next(shim);
}

bool health_reaped(struct shim *shim, pid_t pid, int status)
{
    if (shim->check.pid != pid)
        return false;
    shim->check = (struct shim_task){.kill_ns = SHIM_FOREVER};
    if (shim->phase == SHIM_RUNNING)
        take_result(shim, child_exit_code(status) == 0);
    return true;
}

static void check(struct shim *shim, uint64_t now_ns)
{
    char text[512];
    struct line problem = line_in(text, sizeof(text));
    pid_t pid;

    shim->check_ns = SHIM_FOREVER;
    line_add(&problem, "the healthcheck: ");
    pid = child_start(&(const struct child_options){.orders = &shim->orders,
                                                    .program = &shim->orders.health,
                                                    .main_pid = shim->main_pid,
                                                    .in = -1,
                                                    .out = -1,
                                                    .err = -1},
                      &problem);
    if (pid < 0) {
        output_note(&shim->output, text);
        take_result(shim, false);
        return;
    }
    shim->check = (struct shim_task){
        .pid = pid, .kill_ns = shim_add_ns(now_ns, shim->orders.health_timeout_ns)};
}

void health_timers(struct shim *shim, uint64_t now_ns)
{
    if (shim->phase != SHIM_RUNNING)
        return;
    if (shim->check.pid != 0 && shim->check.kill_ns <= now_ns) {
        (void)kill(-shim->check.pid, SIGKILL);
        (void)kill(shim->check.pid, SIGKILL);
        shim->check.kill_ns = SHIM_FOREVER;
    }
    if (shim->check.pid == 0 && shim->check_ns <= now_ns)
        check(shim, now_ns);
}

uint64_t health_next_ns(const struct shim *shim)
{
    if (shim->phase != SHIM_RUNNING)
        return SHIM_FOREVER;
    return shim->check.pid != 0 ? shim->check.kill_ns : shim->check_ns;
}
