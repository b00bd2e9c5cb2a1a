/* SPDX-License-Identifier: Apache-2.0 */
/* shutdown ends when the daemon has ended, so that the next command finds none. */
#include <errno.h>
#include <poll.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/session.h"
#include "os/descriptor.h"
#include "os/os.h"

#define END_UNTOLD_NS   (2 * TIME_SECOND)
#define END_TIME_MAX_NS (10 * TIME_MINUTE)

enum {
    LOOK_AGAIN_MS = 20
};

static bool is_answered(struct session *session)
{
    struct error *error = NULL;
    struct http_response answer = {0};
    int r = http_call(session->folders.socket_path, "GET", "/v1/version", NULL, &answer, &error);

    http_response_deinit(&answer);
    error_free(error);
    return r != -ENOENT && r != -ECONNREFUSED;
}

/* Also where its parent does not ask for its status, as the first process of a container seldom
 * does. */
static bool has_ended(int owner_fd)
{
    struct pollfd poll = {.fd = owner_fd, .events = POLLIN};

    return os->poll(&poll, 1, 0) == 1;
}

/* Requests in flight may take their time. Who does not want to wait may leave. */
static void end_daemon(struct session *session)
{
    pid_t owner = session_find_owner(session);
    _cleanup_os_close_ int owner_fd = owner > 0 ? os_pidfd_open(owner) : -1;
    uint64_t begun_ns = os_monotonic_time_ns();
    bool is_told = false;

    if (!session_call(session, "POST", "/v1/shutdown", "{}"))
        return;
    if (session->context->json && session->response.size > 0)
        session_print_document(session);
    while (owner_fd >= 0 && (!has_ended(owner_fd) || is_answered(session))) {
        uint64_t waited_ns = time_subtract(os_monotonic_time_ns(), begun_ns);

        if (waited_ns >= END_TIME_MAX_NS)
            return;
        if (!is_told && waited_ns >= END_UNTOLD_NS && !session->context->json) {
            is_told = true;
            cli_complain(session->context, "it finishes what is in flight; Ctrl-C only ends the "
                                           "waiting");
        }
        (void)os->poll(NULL, 0, LOOK_AGAIN_MS);
    }
}

int shutdown_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, end_daemon, NULL);
}
