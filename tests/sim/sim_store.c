/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real store, with a place to die behind every write: the linker puts these in front of the
 * store's functions (--wrap).
 */
#include <errno.h>

#include "base/error.h"
#include "sim.h"

/* For a while there is no room; what is written then is not kept. */
static bool sim_is_disk_full(void)
{
    if (sim.is_control && sim_goes_wrong(sim.disk_permille)) {
        sim_trace("the disk is full");
        sim.disturbed_ns = sim.now_ns;
        sim.disk_full_ns = sim.now_ns + sim_random(20000) * SIM_MS;
    }
    return !sim.is_calm && sim.is_control && sim.now_ns < sim.disk_full_ns;
}

void sim_may_call_off(void)
{
    struct error *error = NULL;
    int r;

    if (sim.call_off_permille == 0 || !sim.is_deploying || sim.is_called_off ||
        !sim_goes_wrong(sim.call_off_permille))
        return;
    r = store_cancel_deploy(sim.store, sim.deploy, "anna", "it was cancelled by anna",
                            !deploy_goes_on(sim.kind), UINT64_C(1700000000) * SIM_S + sim.now_ns,
                            &error);
    sim_trace("anna cancels it: %d", r);
    if (r < 0)
        sim_broken(0, "cancelling: %s", error->message);
    sim.is_called_off = r > 0;
}

#define WRAP(name, parameters, arguments)                                                          \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        int r = sim_is_disk_full() ? error_set(reterr, ENOSPC, "the disk is full")                 \
                                   : __real_##name arguments;                                      \
                                                                                                   \
        sim_may_call_off();                                                                        \
        if (r >= 0)                                                                                \
            sim_may_die(#name);                                                                    \
        return r;                                                                                  \
    }

WRAP(store_set_rotation,
     (struct store * store, const char *project, const char *text, struct error **reterr),
     (store, project, text, reterr))
WRAP(store_begin_step,
     (struct store * store, uint64_t deploy, const char *text, uint64_t unix_ns,
      uint32_t *ret_sequence, struct error **reterr),
     (store, deploy, text, unix_ns, ret_sequence, reterr))
WRAP(store_end_step,
     (struct store * store, uint64_t deploy, uint32_t sequence, enum store_step_state state,
      const char *message, uint64_t unix_ns, struct error **reterr),
     (store, deploy, sequence, state, message, unix_ns, reterr))
WRAP(store_set_deploy_state,
     (struct store * store, uint64_t id, enum store_deploy_state state, const char *message,
      uint64_t unix_ns, struct error **reterr),
     (store, id, state, message, unix_ns, reterr))
WRAP(store_set_serving,
     (struct store * store, const char *name, uint32_t revision, bool is_down,
      struct error **reterr),
     (store, name, revision, is_down, reterr))
WRAP(store_settle_deploy,
     (struct store * store, const struct store_deploy *deploy, struct error **reterr),
     (store, deploy, reterr))
WRAP(store_set_resolution,
     (struct store * store, const char *project, uint32_t number, const char *resolution,
      struct error **reterr),
     (store, project, number, resolution, reterr))
WRAP(store_set_revision_state,
     (struct store * store, const char *project, uint32_t number, enum store_revision_state state,
      struct error **reterr),
     (store, project, number, state, reterr))
WRAP(store_trim_revisions,
     (struct store * store, struct arena *arena, const char *project, uint32_t keep,
      uint32_t **ret_removed, uint32_t *ret_count, struct error **reterr),
     (store, arena, project, keep, ret_removed, ret_count, reterr))
WRAP(store_set_stopped,
     (struct store * store, const char *project, const char *service, bool is_stopped,
      struct error **reterr),
     (store, project, service, is_stopped, reterr))
