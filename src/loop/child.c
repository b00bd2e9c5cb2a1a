/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/child.h"

#include <errno.h>

static void loop_child_ready(struct loop_source *source, unsigned int readiness)
{
    struct loop_child *child = list_entry(source, struct loop_child, source);
    int status = LOOP_CHILD_STATUS_UNKNOWN;

    if ((readiness & LOOP_READABLE) == 0)
        return;
    if (os_reap_child(child->pid, &status) == 0) {
        loop_source_would_block(source, LOOP_READABLE);
        return;
    }
    loop_child_forget(child);
    child->ended(child, status);
}

int loop_child_watch(struct loop_child *child, struct loop *loop, pid_t pid,
                     void (*ended)(struct loop_child *child, int status))
{
    int fd;
    int r;

    child->pid = pid;
    child->ended = ended;
    loop_source_init(&child->source, loop_child_ready);
    fd = os_pidfd_open(pid);
    r = fd < 0 ? fd : loop_source_add(loop, &child->source, fd, 0);
    if (r < 0)
        os_closep(&fd);
    return r;
}

void loop_child_forget(struct loop_child *child)
{
    int fd = child->source.fd;

    /* No loop_source_close(): another child may have a copy until it runs its program. */
    loop_source_remove(&child->source);
    os_closep(&fd);
}

int loop_child_signal(struct loop_child *child, int signal)
{
    return loop_source_is_watched(&child->source) ? os_pidfd_signal(child->source.fd, signal)
                                                  : -ESRCH;
}
