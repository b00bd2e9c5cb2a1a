/* SPDX-License-Identifier: Apache-2.0 */
/* Who talks to the shim through the socket in its folder: only our own user, and root. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shim/child.h"
#include "shim/line.h"
#include "shim/shim.h"

#define REQUEST_FDS_MAX 3

static struct orders exec_orders;

struct received {
    struct shim_request request;
    char *data; /* behind it */
    size_t size;
    int fds[REQUEST_FDS_MAX];
    size_t fd_count;
};

int clients_open(struct shim *shim)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SHIM_SOCKET_FILE};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    for (int i = 0; i < SHIM_CLIENT_MAX; i++)
        shim->clients[i].fd = -1;
    if (fd < 0)
        return -errno;
    (void)unlink(SHIM_SOCKET_FILE); /* of a shim that is gone: we have the lock */
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, SHIM_CLIENT_MAX) < 0) {
        int code = errno;

        (void)close(fd);
        return -code;
    }
    shim->socket_fd = fd;
    return 0;
}

static void close_client(struct shim_client *client)
{
    if (client->exec_pid != 0) {
        (void)kill(-client->exec_pid, SIGKILL);
        (void)kill(client->exec_pid, SIGKILL);
    }
    (void)close(client->fd);
    *client = (struct shim_client){.fd = -1};
}

static bool is_welcome(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

/* Where all are taken, one goes that only waits for our end: it will call again. */
static struct shim_client *find_free(struct shim *shim)
{
    for (int i = 0; i < SHIM_CLIENT_MAX; i++) {
        if (shim->clients[i].fd < 0)
            return &shim->clients[i];
    }
    for (int i = 0; i < SHIM_CLIENT_MAX; i++) {
        struct shim_client *client = &shim->clients[shim->client_next++ % SHIM_CLIENT_MAX];

        if (!client->is_subscribed && client->exec_pid == 0) {
            close_client(client);
            return client;
        }
    }
    return NULL;
}

void clients_accept(struct shim *shim)
{
    int fd = accept4(shim->socket_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct shim_client *client;

    if (fd < 0)
        return;
    client = is_welcome(fd) ? find_free(shim) : NULL;
    if (client != NULL)
        *client = (struct shim_client){.fd = fd};
    else
        (void)close(fd);
}

/* Who does not read loses the connection. */
static void reply(struct shim_client *client, enum shim_answer answer, int32_t value,
                  const char *text, size_t size)
{
    char data[sizeof(struct shim_reply) + SHIM_STATUS_MAX];
    struct shim_reply head = {.answer = answer, .value = value};

    if (size > SHIM_STATUS_MAX)
        size = SHIM_STATUS_MAX;
    memcpy(data, &head, sizeof(head));
    memcpy(data + sizeof(head), text, size);
    if (send(client->fd, data, sizeof(head) + size, MSG_NOSIGNAL) < 0)
        close_client(client);
}

void clients_tell_status(struct shim *shim, const char *text, size_t size)
{
    for (int i = 0; i < SHIM_CLIENT_MAX; i++) {
        struct shim_client *client = &shim->clients[i];

        if (client->fd >= 0 && client->is_subscribed)
            reply(client, SHIM_ANSWER_STATUS, 0, text, size);
    }
}

static void subscribe(struct shim *shim, struct shim_client *client)
{
    char text[SHIM_STATUS_MAX];
    size_t size = status_text(shim, text, sizeof(text));

    client->is_subscribed = true;
    reply(client, SHIM_ANSWER_STATUS, 0, text, size);
}

static void refuse(struct shim_client *client, int code, const char *text)
{
    reply(client, SHIM_ANSWER_DONE, -code, text, strlen(text));
}

static void run_program(struct shim *shim, struct shim_client *client,
                        const struct received *received)
{
    char text[512];
    struct line problem = line_in(text, sizeof(text));
    bool has_terminal = received->fd_count == 1;
    const char *wrong = orders_parse_program(&exec_orders, received->data, received->size);
    pid_t pid;

    if (wrong != NULL || received->fd_count == 0 || client->exec_pid != 0) {
        refuse(client, EINVAL, wrong != NULL ? wrong : "the request is wrong");
        return;
    }
    if (shim->phase != SHIM_RUNNING) {
        refuse(client, ESRCH, "the instance does not run");
        return;
    }
    pid = child_start(
        &(const struct child_options){.orders = &shim->orders,
                                      .program = &exec_orders.main,
                                      .main_pid = shim->main_pid,
                                      .in = received->fds[0],
                                      .out = received->fds[has_terminal ? 0 : 1],
                                      .err =
                                          received->fds[has_terminal ? 0 : received->fd_count - 1],
                                      .has_terminal = has_terminal},
        &problem);
    if (pid < 0) {
        refuse(client, -pid, text);
        return;
    }
    client->exec_pid = pid;
    reply(client, SHIM_ANSWER_STARTED, pid, "", 0);
}

bool clients_reaped(struct shim *shim, pid_t pid, int status)
{
    for (int i = 0; i < SHIM_CLIENT_MAX; i++) {
        struct shim_client *client = &shim->clients[i];

        if (client->fd >= 0 && client->exec_pid == pid) {
            client->exec_pid = 0;
            reply(client, SHIM_ANSWER_ENDED, child_exit_code(status), "", 0);
            return true;
        }
    }
    return false;
}

static void handle(struct shim *shim, struct shim_client *client, const struct received *received)
{
    const struct shim_request *request = &received->request;
    int signal = request->signal;

    if (signal < 0 || signal > 64) {
        refuse(client, EINVAL, "there is no such signal");
        return;
    }
    switch (request->order) {
    case SHIM_ORDER_SUBSCRIBE:
        subscribe(shim, client);
        return;
    case SHIM_ORDER_EXEC:
        run_program(shim, client, received);
        return;
    case SHIM_ORDER_STOP:
        instance_stop(shim, signal != 0 ? signal : (int)shim->orders.stop_signal,
                      request->grace_ns != UINT64_MAX ? request->grace_ns
                                                      : shim->orders.stop_grace_ns);
        break;
    case SHIM_ORDER_KILL:
        if (instance_kill(shim, signal) < 0) {
            refuse(client, EPERM, "the signal cannot be sent");
            return;
        }
        break;
    case SHIM_ORDER_START_NOW:
        instance_start_now(shim);
        break;
    default:
        refuse(client, EINVAL, "there is no such request");
        return;
    }
    if (client->fd >= 0)
        reply(client, SHIM_ANSWER_DONE, 0, "", 0);
}

static void take_fds(struct msghdr *message, struct received *received)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
            count > REQUEST_FDS_MAX)
            continue;
        memcpy(received->fds, CMSG_DATA(part), count * sizeof(int));
        received->fd_count = count;
    }
}

void clients_read(struct shim *shim, struct shim_client *client)
{
    static char data[SHIM_MESSAGE_MAX];
    struct received received = {0};
    char control[CMSG_SPACE(REQUEST_FDS_MAX * sizeof(int))] __attribute__((aligned(8)));
    struct iovec part = {.iov_base = data, .iov_len = sizeof(data)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t length = recvmsg(client->fd, &message, MSG_CMSG_CLOEXEC);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length >= 0)
        take_fds(&message, &received);
    if (length < (ssize_t)sizeof(received.request) ||
        (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        close_client(client);
    } else {
        memcpy(&received.request, data, sizeof(received.request));
        received.data = data + sizeof(received.request);
        received.size = (size_t)length - sizeof(received.request);
        handle(shim, client, &received);
    }
    for (size_t i = 0; i < received.fd_count; i++)
        (void)close(received.fds[i]);
}
