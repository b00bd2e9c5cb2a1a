/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program that loads the user's files and sends them to control, as any user's would. Its
 * messages go where ours go. One at a time; a wish that comes while one runs makes it run again.
 * While an upgrade waits for its end no other is run: that is left to the supervisor after it.
 */
#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "cmd/supervisor/supervisor_priv.h"
#include "os/process.h"

/* What is wrong from the start ends, unless something serves: projects from before. */
static void loader_failed(struct supervisor *supervisor)
{
    if (supervisor->holdings.listener_count == 0 || supervisor->options->is_foreground) {
        log_error("the configuration could not be loaded");
        ending_begin(supervisor, 1);
    } else {
        log_error("the configuration could not be loaded; what was there before goes on");
    }
}

static void loader_finished(struct supervisor *supervisor, bool is_good)
{
    bool is_first = !supervisor->loader.has_finished;

    if (!is_good && supervisor->control.phase != SUBPROCESS_SERVING) {
        loader_want(supervisor); /* not its own fault: nobody was there to listen */
        return;
    }
    supervisor->loader.has_finished = true;
    if (!is_good && is_first)
        loader_failed(supervisor);
    else if (!is_good)
        log_error("the configuration could not be loaded; what was there before goes on");
    if (supervisor->phase == SUPERVISOR_RUNNING && supervisor->loader.is_wanted)
        loader_want(supervisor);
    service_look(supervisor);
}

static void loader_ended(struct loop_child *child, int status)
{
    struct supervisor *supervisor = list_entry(child, struct supervisor, loader.child);

    if (supervisor->phase != SUPERVISOR_RUNNING) {
        ending_look(supervisor);
        return;
    }
    loader_finished(supervisor, WIFEXITED(status) && WEXITSTATUS(status) == 0);
    upgrade_look(supervisor);
}

void loader_want(struct supervisor *supervisor)
{
    struct loader *loader = &supervisor->loader;
    const struct os_program program = {
        .path = OS_OWN_PROGRAM,
        .arguments = supervisor->options->loader_arguments,
    };
    pid_t pid;
    int r;

    if (program.arguments == NULL)
        return;
    loader->is_wanted = true;
    if (supervisor->control.phase != SUBPROCESS_SERVING || supervisor->is_upgrading ||
        loop_source_is_watched(&loader->child.source))
        return;
    loader->is_wanted = false;
    pid = os_run_program(&program);
    r = pid < 0 ? (int)pid : loop_child_watch(&loader->child, &supervisor->loop, pid, loader_ended);
    if (r < 0)
        log_error("cannot run the program that loads the configuration: %s", error_text(-r));
}

void loader_stop(struct supervisor *supervisor)
{
    supervisor->loader.is_wanted = false;
    (void)loop_child_signal(&supervisor->loader.child, SIGTERM);
}

void loader_init(struct supervisor *supervisor)
{
    supervisor->loader = (struct loader){.child.source.fd = -1};
    list_init(&supervisor->loader.child.source.link);
}

void loader_deinit(struct supervisor *supervisor)
{
    if (loop_source_is_watched(&supervisor->loader.child.source))
        loop_child_forget(&supervisor->loader.child);
}
