/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch PARENT PROJECT: what prints the logs while "up" serves in the foreground. It begins when
 * the first deploy has succeeded, and ends with the daemon; Ctrl-C is for that one, as what the
 * instances say when they are stopped is worth reading.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/request.h"
#include "cli/instances/logs_merge.h"
#include "os/os.h"

enum {
    LOOK_AGAIN_MS = 100
};

static volatile sig_atomic_t is_told_to_end;

static void end(int signal_number)
{
    (void)signal_number;
    is_told_to_end = 1;
}

/* The process that has started this one runs the daemon, and tells when it is over. */
static bool is_over(const struct session *session)
{
    return is_told_to_end != 0 ||
           getppid() != (pid_t)strtol(cli_operands(session->arguments)->items[0], NULL, 10);
}

/* Until the first deploy has ended well: a connection that ends before is made again. */
static bool has_succeeded(struct session *session, const char *path)
{
    const struct http_content none = {.fd = -1};
    bool is_done = false;
    const json_t *event;
    struct feed *feed;

    if (feed_try(session, "GET", path, &none, &feed) < 0)
        return false;
    while (!is_done && feed_next(session, feed, UINT64_MAX, &event) == 1)
        is_done = text_equal(json_string_value(json_object_get(event, "type")), "result") &&
                  text_equal(json_string_value(json_object_get(event, "state")), "done");
    feed_close(session, feed);
    return is_done;
}

static bool wait_for_deploy(struct session *session, const char *project)
{
    const char *path = request_query(session, "/v1/events", "project", project);

    path = request_query(session, path, "after", "0");
    path = request_query(session, path, "follow", "1");
    while (!has_succeeded(session, path)) {
        if (is_over(session))
            return false;
        (void)os->poll(NULL, 0, LOOK_AGAIN_MS);
    }
    return true;
}

static bool has_come_back(struct session *session)
{
    const struct http_content none = {.fd = -1};
    struct feed *feed;

    if (feed_try(session, "GET", "/v1/version", &none, &feed) < 0)
        return false;
    feed_close(session, feed);
    return true;
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = end};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGINT, SIG_IGN);
}

static void watch(struct session *session)
{
    const char *project = cli_operands(session->arguments)->items[1];
    struct logs_options options = {
        .follows = true, .has_prefix = true, .has_type = true, .is_beside = true};

    take_signals();
    if (!wait_for_deploy(session, project))
        return;
    logs_merge(session, project, NULL, NULL, &options);
    /* The daemon, but not all of the tree, may have ended: it comes back. */
    while (!is_over(session)) {
        options.since_unix_ns = os_real_time_ns();
        (void)os->poll(NULL, 0, LOOK_AGAIN_MS);
        if (has_come_back(session))
            logs_merge(session, project, NULL, NULL, &options);
    }
}

int watch_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, watch, NULL);
}
