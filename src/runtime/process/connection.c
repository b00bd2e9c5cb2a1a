/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/time.h"
#include "os/os.h"
#include "os/socket.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define CONNECT_AGAIN_MS 5
#define CONNECT_TRIES    2000

/* The path of a socket holds 107 bytes, and a folder's may be longer: so by its descriptor. */
int connection_open(const struct instance *instance)
{
    _cleanup_os_close_ int folder = os_open(instance->folder, O_PATH | O_DIRECTORY, 0);
    _cleanup_os_close_ int fd = -1;
    union os_address address = {.local.sun_family = AF_UNIX};
    int r;

    if (folder < 0)
        return folder;
    fd = os->socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void)snprintf(address.local.sun_path, sizeof(address.local.sun_path),
                   "/proc/self/fd/%d/" SHIM_SOCKET_FILE, folder);
    /* While many call at once there may be no room. */
    for (int tries = 0; (r = os_connect(fd, &address, sizeof(address.local))) == -EAGAIN; tries++) {
        if (tries == CONNECT_TRIES)
            return -ETIMEDOUT;
        (void)os->poll(NULL, 0, CONNECT_AGAIN_MS);
    }
    if (r < 0)
        return r == -ENOENT ? -ECONNREFUSED : r;
    return take_fd(&fd);
}

int connection_send(int fd, uint32_t order, int signal, uint64_t grace_ns)
{
    struct shim_request request = {.order = order, .signal = signal, .grace_ns = grace_ns};
    ssize_t length = os_send(fd, &request, sizeof(request), false);

    return length < 0 ? (int)length : 0;
}

int connection_send_exec(int fd, const char *data, size_t size, const int *fds, size_t count)
{
    struct shim_request request = {.order = SHIM_ORDER_EXEC};
    struct iovec parts[] = {{.iov_base = &request, .iov_len = sizeof(request)},
                            {.iov_base = (void *)data, .iov_len = size}};
    char control[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8))) = {0};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 2,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    ssize_t length;

    if (size + sizeof(request) > SHIM_MESSAGE_MAX)
        return -E2BIG;
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    length = os_send_message(fd, &message);
    return length < 0 ? (int)length : 0;
}

static int wait_for_reply(int fd, int cancel_fd, uint64_t deadline_ns)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};

    for (;;) {
        uint64_t now_ns = os_monotonic_time_ns();
        int ready = os->poll(fds, 2,
                             time_to_timeout_ms(deadline_ns == TIME_FOREVER
                                                    ? TIME_FOREVER
                                                    : time_subtract(deadline_ns, now_ns)));

        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready > 0 && fds[1].revents != 0)
            return -ECANCELED;
        if (ready > 0)
            return 0;
        if (os_monotonic_time_ns() >= deadline_ns)
            return -ETIMEDOUT;
    }
}

int connection_receive(int fd, int cancel_fd, uint64_t timeout_ns, struct shim_reply_text *ret)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), timeout_ns);
    char data[sizeof(struct shim_reply) + SHIM_STATUS_MAX];
    struct shim_reply head;
    ssize_t length;

    do {
        int r = wait_for_reply(fd, cancel_fd, deadline_ns);

        if (r < 0)
            return r;
        length = os_receive(fd, data, sizeof(data));
    } while (length == -EAGAIN);
    if (length == 0 || length == -ECONNRESET)
        return -EPIPE;
    if (length < 0)
        return (int)length;
    if (length < (ssize_t)sizeof(head))
        return -EPROTO;
    memcpy(&head, data, sizeof(head));
    ret->answer = head.answer;
    ret->value = head.value;
    length -= (ssize_t)sizeof(head);
    memcpy(ret->text, data + sizeof(head), (size_t)length);
    ret->text[length] = '\0';
    return 0;
}
