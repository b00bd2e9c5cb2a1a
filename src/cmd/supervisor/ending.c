/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end. DRAINING: edges accept nothing more and finish what they have, within a limit; control
 * goes on answering questions. The listening sockets are closed here too, so that who connects is
 * refused at once and does not wait for nobody. CLEARING, of a tree in the foreground: control
 * stops and removes what runs, as nobody will be there to look after it. STOPPING: all are told to
 * stop, and killed where they do not.
 *
 * The first wish begins with DRAINING, the second with STOPPING, the third kills.
 */
#include "base/log.h"
#include "cmd/supervisor/supervisor_priv.h"

#define ENDING_SLACK_NS (2 * TIME_SECOND) /* for an edge to notice that its time is over */
#define ENDING_STOP_NS  (3 * TIME_SECOND)
#define ENDING_CLEAR_NS (5 * TIME_MINUTE) /* each instance has a grace of its own */

static bool ending_is_alive(const struct supervisor *supervisor)
{
    return subprocess_is_alive(&supervisor->edges[0]) || subprocess_is_alive(&supervisor->edges[1]);
}

static void ending_stop(struct supervisor *supervisor)
{
    supervisor->phase = SUPERVISOR_STOPPING;
    loop_timer_cancel(&supervisor->phase_timer);
    loader_stop(supervisor);
    for (size_t i = 0; i < STATE_BANK_COUNT; i++)
        subprocess_stop(&supervisor->edges[i], ENDING_STOP_NS);
    subprocess_stop(&supervisor->control, ENDING_STOP_NS);
    ending_look(supervisor);
}

/* Nothing is served any more. */
static void ending_drained(struct supervisor *supervisor)
{
    if (!supervisor->options->is_foreground || !subprocess_is_reachable(&supervisor->control) ||
        channel_send_plain(&supervisor->control.channel, MESSAGE_CLEAR, 0) < 0) {
        ending_stop(supervisor);
        return;
    }
    supervisor->phase = SUPERVISOR_CLEARING;
    loop_timer_set_after(&supervisor->loop, &supervisor->phase_timer, ENDING_CLEAR_NS);
}

void ending_cleared(struct supervisor *supervisor)
{
    if (supervisor->phase == SUPERVISOR_CLEARING)
        ending_stop(supervisor);
}

void ending_look(struct supervisor *supervisor)
{
    if (supervisor->phase == SUPERVISOR_DRAINING && !ending_is_alive(supervisor))
        ending_drained(supervisor);
    else if (supervisor->phase == SUPERVISOR_CLEARING && !subprocess_is_alive(&supervisor->control))
        ending_stop(supervisor);
    else if (supervisor->phase == SUPERVISOR_STOPPING && !ending_is_alive(supervisor) &&
             !subprocess_is_alive(&supervisor->control))
        loop_stop(&supervisor->loop);
}

static void ending_drain_edge(struct supervisor *supervisor, struct subprocess *edge)
{
    struct message_drain drain = {.limit_ms = supervisor->options->drain_timeout_ms};

    if (subprocess_is_reachable(edge))
        (void)channel_send(&edge->channel, MESSAGE_DRAIN, 0, &drain, NULL);
    subprocess_expect_end(
        edge, time_add(time_from_milliseconds(drain.limit_ms), ENDING_SLACK_NS + ENDING_STOP_NS));
}

static void ending_drain(struct supervisor *supervisor)
{
    struct held_listener *listener;

    supervisor->phase = SUPERVISOR_DRAINING;
    loader_stop(supervisor);
    service_stopping(supervisor);
    for (size_t i = 0; i < STATE_BANK_COUNT; i++)
        ending_drain_edge(supervisor, &supervisor->edges[i]);
    supervisor->control.is_wanted = false;
    /* Where this process is killed now, nobody shall bring it back. */
    if (subprocess_is_reachable(&supervisor->control))
        (void)channel_send_plain(&supervisor->control.channel, MESSAGE_ENDING, 0);
    list_for_each_safe (listener, &supervisor->holdings.listeners, link)
        holdings_drop_listener(&supervisor->holdings, listener);
    holdings_put_dashboard(&supervisor->holdings, -1);
    loop_timer_set_after(
        &supervisor->loop, &supervisor->phase_timer,
        time_add(time_from_milliseconds(supervisor->options->drain_timeout_ms), ENDING_SLACK_NS));
    log_info("draining");
    ending_look(supervisor);
}

void ending_begin(struct supervisor *supervisor, int exit_status)
{
    switch (supervisor->phase) {
    case SUPERVISOR_RUNNING:
        supervisor->exit_status = exit_status;
        supervisor->is_upgrading = false;
        ending_drain(supervisor);
        break;
    case SUPERVISOR_DRAINING:
    case SUPERVISOR_CLEARING:
        log_info("stopping without waiting any longer");
        ending_stop(supervisor);
        break;
    case SUPERVISOR_STOPPING:
        subprocess_kill(&supervisor->edges[0]);
        subprocess_kill(&supervisor->edges[1]);
        subprocess_kill(&supervisor->control);
        break;
    }
}

static void ending_timed_out(struct loop_timer *timer)
{
    struct supervisor *supervisor = list_entry(timer, struct supervisor, phase_timer);

    log_warning("what was not finished in time is cut off");
    if (supervisor->phase == SUPERVISOR_DRAINING)
        ending_drained(supervisor);
    else
        ending_stop(supervisor);
}

void ending_init(struct supervisor *supervisor)
{
    loop_timer_init(&supervisor->phase_timer, ending_timed_out);
}
