/* SPDX-License-Identifier: Apache-2.0 */
/*
 * up and serve.
 *
 *     up, a daemon runs      load, hand over, say what changed
 *     up, none runs          load, so that mistakes are told at once; then become the daemon, which
 *                            loads again by a child ("load") as soon as it can take a project
 *     up -d, none runs       start one in a session of its own, wait until it answers, hand over;
 *                            where that is refused, end it again
 *     serve                  become the daemon; files only where they were named
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/tree.h"
#include "cli/deploy/resolved.h"
#include "cli/deploy/up.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/os.h"
#include "os/process.h"
#include "os/redirect.h"

#define START_TIMEOUT_NS (15 * TIME_SECOND)

enum {
    LOOK_AGAIN_MS = 20,
    LOG_SHOWN_BYTES = 2000,
    LOG_BYTES_MAX = 64 << 20,
    FOLDER_MODE = 0755
};

/* up --detach */

static const char *log_path(struct session *session)
{
    return arena_printf(&session->arena, "%s/daemon.log", session->folders.runtime_dir);
}

/* The last lines of what it said. */
static void tell_why(struct session *session)
{
    const char *path = log_path(session);
    char *text = NULL;
    size_t size = 0;

    if (os_read_file(path, LOG_BYTES_MAX, &text, &size, NULL) == 0 && size > 0) {
        const char *from = size > LOG_SHOWN_BYTES ? text + size - LOG_SHOWN_BYTES : text;

        from = arena_strndup(&session->arena, from, (size_t)(text + size - from));
        free(text);
        session_fail(session, "the daemon did not start; it says in %s:\n%s", path, from);
        return;
    }
    free(text);
    session_fail(session, "the daemon did not start; see %s", path);
}

/* Until one answers, or is gone. Somebody else may have started one at the same time: then ours
 * ends, as only one can have the folder, and the other is waited for. */
static bool wait_for_daemon(struct session *session, pid_t pid, bool *ret_is_own)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), START_TIMEOUT_NS);
    bool is_gone = false;
    int status;

    for (;;) {
        pid_t owner;

        if (session_finds_daemon(session)) {
            *ret_is_own = session_find_owner(session) == pid;
            return true;
        }
        if (session->status != CLI_EXIT_DONE)
            return false;
        is_gone = is_gone || os_reap_child(pid, &status) != 0;
        owner = is_gone ? session_find_owner(session) : 0;
        if ((is_gone && (owner == 0 || owner == pid)) || os_monotonic_time_ns() >= deadline_ns) {
            tell_why(session);
            return false;
        }
        (void)os->poll(NULL, 0, LOOK_AGAIN_MS);
    }
}

static bool start_daemon(struct session *session, uint64_t drain_timeout_ms, bool *ret_is_own)
{
    char *arguments[] = {
        arena_strdup(&session->arena, session->context->program),
        arena_strdup(&session->arena, command_table[COMMAND_DAEMON].name),
        arena_strdup(&session->arena, log_path(session)),
        arena_printf(&session->arena, "%" PRIu64, drain_timeout_ms),
        NULL,
    };
    const struct os_program program = {
        .path = OS_OWN_PROGRAM, .arguments = arguments, .has_own_session = true};
    pid_t pid;

    if (os_own_folder(session->folders.runtime_dir, FOLDER_MODE, &session->error) < 0) {
        session_fail(session, "%s", session->error->message);
        return false;
    }
    pid = os_run_program(&program);
    if (pid < 0) {
        session_fail(session, "cannot start the daemon: %s", error_text((int)-pid));
        return false;
    }
    return wait_for_daemon(session, pid, ret_is_own);
}

static void up_detached(struct session *session)
{
    struct tree *tree = session->data; /* only for what it checks */
    bool is_fine = tree_prepare(session, OPTION_UP_DRAIN_TIMEOUT, false, false, tree);
    bool is_own = false;

    tree->is_wanted = false;
    if (!is_fine || !start_daemon(session, tree->plan.drain_timeout_ms, &is_own) ||
        up_send(session, 0))
        return;
    /* As it was before: no daemon, unless others have come to use it. What was told is why the
     * project was refused. */
    if (is_own && session->status == CLI_EXIT_FAILED)
        session_tell(session, "POST", "/v1/shutdown?unless=used");
}

/* up */

static void up(struct session *session)
{
    bool has_daemon = session_finds_daemon(session);

    if (session->status != CLI_EXIT_DONE || !up_load(session))
        return;
    if (has_daemon)
        (void)up_send(session, 0);
    else if (cli_flag(session->arguments, OPTION_UP_DETACH))
        up_detached(session);
    else if (tree_prepare(session, OPTION_UP_DRAIN_TIMEOUT, true, true, session->data) &&
             resolved_has_services(session))
        tree_watch(session, session->spec.name, session->data);
}

int up_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    struct tree tree = {0};
    int status = session_run(arguments, context, up, &tree);

    if (status == CLI_EXIT_DONE && tree.is_wanted) {
        if (!context->json)
            cli_complain(context, "no daemon runs here, so this serves in the foreground; Ctrl-C "
                                  "ends it");
        return tree_run(context, &tree);
    }
    tree_deinit(&tree);
    return status;
}

/* serve */

static void serve(struct session *session)
{
    bool has_files = cli_source(session->arguments, OPTION_FILE) != CLI_SOURCE_NONE ||
                     cli_source(session->arguments, OPTION_PROJECT_DIRECTORY) != CLI_SOURCE_NONE;

    (void)tree_prepare(session, OPTION_SERVE_DRAIN_TIMEOUT, false, has_files, session->data);
}

int serve_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    struct tree tree = {0};
    int status = session_run(arguments, context, serve, &tree);

    if (status == CLI_EXIT_DONE)
        return tree_run(context, &tree);
    tree_deinit(&tree);
    return status;
}

/* daemon: what up --detach starts */

static void detached(struct session *session)
{
    const char *path = cli_operands(session->arguments)->items[0];
    struct tree *tree = session->data;
    int r = os_redirect_standard_streams(path);

    if (r < 0) {
        session_fail(session, "cannot write %s: %s", path, error_text(-r));
        return;
    }
    if (tree_prepare(session, OPTION_SERVE_DRAIN_TIMEOUT, false, false, tree))
        tree->plan.drain_timeout_ms =
            strtoull(cli_operands(session->arguments)->items[1], NULL, 10);
}

int daemon_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    struct tree tree = {0};
    int status = session_run(arguments, context, detached, &tree);

    if (status == CLI_EXIT_DONE)
        return tree_run(context, &tree);
    tree_deinit(&tree);
    return status;
}
