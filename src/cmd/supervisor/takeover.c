/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a supervisor died its edge goes on, and listens on the handover socket. The connection that
 * is made there becomes the edge's channel: it tells who it is and sends what it holds.
 *
 *     connect -> HANDOVER -> LISTENER, LOG, CONFIG ... -> HANDED_OVER
 *
 * An edge that does not get there in time is left alone, as nothing is known of it. What it says is
 * trusted no further than it must be: it names a process that is an edge, and sockets.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "cmd/supervisor/supervisor_priv.h"
#include "os/descriptor.h"
#include "os/os.h"
#include "os/process.h"
#include "os/socket.h"

#define TAKEOVER_TIMEOUT_NS (3 * TIME_SECOND)

struct takeover {
    struct channel channel;
    struct supervisor *supervisor;
    struct message_handover handover; /* pid is 0 before it came */
    bool is_done;
    bool has_ended;
};

static void takeover_begin(struct takeover *takeover, struct channel_message *message)
{
    const struct message_handover *handover = message->payload;
    struct holdings *holdings = &takeover->supervisor->holdings;

    if (takeover->handover.pid != 0 || handover->pid > INT32_MAX ||
        handover->bank >= STATE_BANK_COUNT ||
        !os_process_has_argument((pid_t)handover->pid, "@edge")) {
        channel_break(&takeover->channel, -EBADMSG);
        return;
    }
    takeover->handover = *handover;
    holdings->state_fd = take_fd(&message->fds[0]);
    holdings->handover_fd = take_fd(&message->fds[1]);
}

static void takeover_listener(struct takeover *takeover, struct channel_message *message)
{
    const struct message_listen *listen = message->payload;

    if (os_socket_type(message->fds[0]) == SOCK_STREAM)
        (void)holdings_put_listener(&takeover->supervisor->holdings, listen->id, listen->address,
                                    take_fd(&message->fds[0]));
}

static void takeover_config(struct takeover *takeover, struct channel_message *message)
{
    const struct message_config *config = message->payload;
    struct held_config held = {.generation = config->generation};

    held.fds[0] = take_fd(&message->fds[0]);
    held.fds[1] = take_fd(&message->fds[1]);
    holdings_put_config(&takeover->supervisor->holdings, &held);
}

static void takeover_received(struct channel *channel, struct channel_message *message)
{
    struct takeover *takeover = list_entry(channel, struct takeover, channel);

    if (message->type != MESSAGE_HANDOVER && takeover->handover.pid == 0) {
        channel_break(channel, -EBADMSG);
        return;
    }
    switch (message->type) {
    case MESSAGE_HANDOVER:
        takeover_begin(takeover, message);
        break;
    case MESSAGE_LISTENER:
        takeover_listener(takeover, message);
        break;
    case MESSAGE_LOG:
        (void)holdings_put_log(&takeover->supervisor->holdings,
                               ((const struct message_id *)message->payload)->id,
                               take_fd(&message->fds[0]));
        break;
    case MESSAGE_CONFIG:
        takeover_config(takeover, message);
        break;
    case MESSAGE_HANDED_OVER:
        takeover->is_done = true;
        break;
    default:
        channel_break(channel, -EBADMSG);
        break;
    }
}

static void takeover_ended(struct channel *channel, int reason)
{
    struct takeover *takeover = list_entry(channel, struct takeover, channel);

    (void)reason;
    takeover->has_ended = true;
}

static int takeover_connect(const char *path)
{
    union os_address address = {.local = {.sun_family = AF_UNIX}};
    _cleanup_os_close_ int fd = -1;
    int r;

    if (strlen(path) >= sizeof(address.local.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.local.sun_path, path, strlen(path));
    fd = os->socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    r = os_connect(fd, &address, sizeof(address.local));
    return r < 0 ? r : take_fd(&fd);
}

static void takeover_wait(struct takeover *takeover)
{
    struct loop *loop = &takeover->supervisor->loop;
    uint64_t until_ns = time_add(os_monotonic_time_ns(), TAKEOVER_TIMEOUT_NS);
    uint64_t now_ns;

    while (!takeover->is_done && !takeover->has_ended &&
           (now_ns = os_monotonic_time_ns()) < until_ns)
        (void)loop_run_once(loop, until_ns - now_ns);
}

static int takeover_adopt(struct takeover *takeover)
{
    struct supervisor *supervisor = takeover->supervisor;
    struct subprocess *edge = &supervisor->edges[takeover->handover.bank];
    int fd = channel_take_fd(&takeover->channel);
    int r = subprocess_adopt(edge, (pid_t)takeover->handover.pid, fd);

    if (r < 0)
        return r;
    supervisor->edge = edge;
    log_info("the edge (process %d) handed over %zu listeners", (int)takeover->handover.pid,
             supervisor->holdings.listener_count);
    return 1;
}

int takeover_try(struct supervisor *supervisor)
{
    struct takeover takeover = {.supervisor = supervisor};
    int api_fd = take_fd(&supervisor->holdings.api_fd); /* these are of no edge */
    int dashboard_fd = take_fd(&supervisor->holdings.dashboard_fd);
    int fd = takeover_connect(supervisor->places.handover_path);
    int r = fd < 0 ? 0 : -EBADMSG;

    channel_init(&takeover.channel, takeover_received, takeover_ended);
    if (fd >= 0 && channel_open(&takeover.channel, &supervisor->loop, fd) == 0) {
        takeover_wait(&takeover);
        if (takeover.is_done && takeover.handover.is_draining == 0)
            r = takeover_adopt(&takeover);
    }
    if (r < 0)
        log_error("an edge is there that does not hand over what it holds");
    channel_close(&takeover.channel);
    if (r <= 0) {
        holdings_deinit(&supervisor->holdings);
        holdings_init(&supervisor->holdings);
    }
    supervisor->holdings.api_fd = api_fd;
    supervisor->holdings.dashboard_fd = dashboard_fd;
    return r;
}
