/* SPDX-License-Identifier: Apache-2.0 */
#include "stub.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "ipc/revival.h"
#include "ipc/state.h"
#include "loop/loop.h"
#include "os/memory.h"
#include "os/os.h"
#include "os/peer.h"
#include "os/socket.h"

enum {
    STUB_MAX = 32
};

static struct loop loop;
static struct channel channel;

/*
 * Edge
 */

struct stub_listener {
    struct loop_source source;
    struct message_listen listen;
};

static struct {
    struct stub_listener listeners[STUB_MAX];
    struct loop_source clients[STUB_MAX];
    struct loop_source handover; /* watched while there is no supervisor */
    int handover_fd;
    struct message_start_edge start;
    uint64_t generation;
    uid_t supervisor;
    int state_fd;
    int config_fds[2];
    bool is_draining;
} edge;

static void edge_look(void)
{
    for (size_t i = 0; i < STUB_MAX; i++) {
        if (edge.clients[i].fd >= 0)
            return;
    }
    if (edge.is_draining && channel_send_plain(&channel, MESSAGE_DRAINED, 0) == -EPIPE)
        _exit(0);
}

static void edge_client_ready(struct loop_source *source, unsigned int readiness)
{
    char byte;

    (void)readiness;
    if (os_receive(source->fd, &byte, 1) == -EAGAIN) {
        loop_source_would_block(source, LOOP_READABLE);
        return;
    }
    loop_source_close(source);
    edge_look();
}

static void edge_accept(struct loop_source *source, unsigned int readiness)
{
    char text[64];
    int fd = os_accept(source->fd, NULL, NULL);
    int length = snprintf(text, sizeof(text), "%d %" PRIu64 "\n", (int)getpid(), edge.generation);

    (void)readiness;
    for (size_t i = 0; fd >= 0 && i < STUB_MAX; i++) {
        if (edge.clients[i].fd < 0) {
            (void)os_send(fd, text, (size_t)length, false);
            loop_source_init(&edge.clients[i], edge_client_ready);
            (void)loop_source_add(&loop, &edge.clients[i], fd, LOOP_WRITABLE);
            return;
        }
    }
    os_closep(&fd);
}

static void edge_add_listener(struct channel_message *message)
{
    for (size_t i = 0; i < STUB_MAX; i++) {
        if (edge.listeners[i].source.fd < 0) {
            edge.listeners[i].listen = *(const struct message_listen *)message->payload;
            loop_source_init(&edge.listeners[i].source, edge_accept);
            (void)loop_source_add_listener(&loop, &edge.listeners[i].source,
                                           take_fd(&message->fds[0]), false);
            return;
        }
    }
}

static void edge_remove_listeners(uint64_t id, bool all)
{
    for (size_t i = 0; i < STUB_MAX; i++) {
        int fd = edge.listeners[i].source.fd;

        if (fd >= 0 && (all || edge.listeners[i].listen.id == id)) {
            loop_source_remove(&edge.listeners[i].source);
            (void)os_close(fd);
        }
    }
}

static void edge_take_config(struct channel_message *message)
{
    const struct message_config *config = message->payload;
    struct message_config_taken taken = {.generation = config->generation};

    if (config->generation == 667)
        _exit(3);
    if (config->generation == 666) {
        taken.status = -EINVAL;
        message_set_text(taken.text, sizeof(taken.text), "not that one");
    } else {
        edge.generation = config->generation;
        os_closep(&edge.config_fds[0]);
        os_closep(&edge.config_fds[1]);
        edge.config_fds[0] = take_fd(&message->fds[0]);
        edge.config_fds[1] = take_fd(&message->fds[1]);
    }
    (void)channel_send(&channel, MESSAGE_CONFIG_TAKEN, message->sequence, &taken, NULL);
}

static void edge_received(struct channel *from, struct channel_message *message);
static void edge_hung_up(struct channel *from, int reason);

static void edge_tell_all(void)
{
    struct message_handover handover = {
        .pid = (uint64_t)getpid(),
        .bank = edge.start.bank,
        .threads = edge.start.threads,
        .is_draining = edge.is_draining,
    };
    struct message_config config = {.generation = edge.generation};

    (void)channel_send(&channel, MESSAGE_HANDOVER, 0, &handover,
                       (int[]){edge.state_fd, edge.handover_fd});
    for (size_t i = 0; i < STUB_MAX; i++) {
        if (edge.listeners[i].source.fd >= 0)
            (void)channel_send(&channel, MESSAGE_LISTENER, 0, &edge.listeners[i].listen,
                               &edge.listeners[i].source.fd);
    }
    if (edge.generation != 0)
        (void)channel_send(&channel, MESSAGE_CONFIG, 0, &config, edge.config_fds);
    (void)channel_send_plain(&channel, MESSAGE_HANDED_OVER, 0);
}

static void edge_hand_over(struct loop_source *source, unsigned int readiness)
{
    struct os_peer peer;
    int fd = os_accept(source->fd, NULL, NULL);

    (void)readiness;
    if (fd < 0)
        return;
    if (os_peer_credentials(fd, &peer) < 0 || peer.uid != edge.supervisor) {
        (void)os_close(fd);
        return;
    }
    loop_source_remove(source);
    channel_init(&channel, edge_received, edge_hung_up);
    (void)channel_open(&channel, &loop, fd);
    edge_tell_all();
}

static void edge_hung_up(struct channel *from, int reason)
{
    (void)from;
    (void)reason;
    edge_look();
    if (edge.handover_fd >= 0)
        (void)loop_source_add_listener(&loop, &edge.handover, edge.handover_fd, false);
}

static void edge_begin(struct channel_message *message)
{
    edge.start = *(const struct message_start_edge *)message->payload;
    edge.state_fd = take_fd(&message->fds[0]);
    edge.handover_fd = take_fd(&message->fds[1]);
    (void)channel_send_plain(&channel, MESSAGE_READY, 0);
}

static void edge_drain(void)
{
    edge.is_draining = true;
    edge_remove_listeners(0, true);
    os_closep(&edge.handover_fd);
    edge.handover_fd = -1;
    edge_look();
}

static void edge_received(struct channel *from, struct channel_message *message)
{
    struct message_target_done done = {.status = 0};

    switch (message->type) {
    case MESSAGE_START_EDGE:
        edge_begin(message);
        break;
    case MESSAGE_LISTENER:
        edge_add_listener(message);
        break;
    case MESSAGE_UNLISTEN:
        edge_remove_listeners(((const struct message_id *)message->payload)->id, false);
        (void)channel_send_plain(from, MESSAGE_UNLISTEN_DONE, message->sequence);
        break;
    case MESSAGE_CONFIG:
        edge_take_config(message);
        break;
    case MESSAGE_TARGET:
        message_set_text(done.text, sizeof(done.text), "by the edge");
        (void)channel_send(from, MESSAGE_TARGET_DONE, message->sequence, &done, NULL);
        break;
    case MESSAGE_PING:
        (void)channel_send_plain(from, MESSAGE_PONG, message->sequence);
        break;
    case MESSAGE_DRAIN:
        edge_drain();
        break;
    case MESSAGE_STOP:
        _exit(0);
    default:
        break;
    }
}

static void run_edge(void)
{
    struct os_peer peer = {0};

    (void)os_peer_credentials(3, &peer);
    edge.supervisor = peer.uid;
    edge.handover_fd = -1;
    edge.config_fds[0] = -1;
    edge.config_fds[1] = -1;
    for (size_t i = 0; i < STUB_MAX; i++) {
        loop_source_init(&edge.listeners[i].source, edge_accept);
        loop_source_init(&edge.clients[i], edge_client_ready);
    }
    loop_source_init(&edge.handover, edge_hand_over);
    channel_init(&channel, edge_received, edge_hung_up);
}

/*
 * Control
 */

static struct {
    struct loop_source api;
    int revival_fd;
    int dashboard_fd;
    struct revival revival;
    bool is_ending;
    int clients[STUB_MAX]; /* who asked and waits, by the sequence of the question */
    uint64_t sequence;
    uint64_t generation;
    size_t held_count;
    unsigned int reopened;
} control;

static void control_answer(uint64_t sequence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void control_answer(uint64_t sequence, const char *format, ...)
{
    int *client = &control.clients[sequence % STUB_MAX];
    char text[512];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (*client >= 0) {
        (void)os_send(*client, text, (size_t)length, false);
        (void)os_close(*client);
        *client = -1;
    }
}

static void control_send_config(uint64_t generation)
{
    struct message_config config = {.generation = generation};
    int fds[] = {os_memory_file_of("snapshot", "s", 1), os_memory_file_of("certificates", "c", 1)};

    (void)channel_send(&channel, MESSAGE_CONFIG, control.sequence, &config, fds);
    (void)os_close(fds[0]);
    (void)os_close(fds[1]);
}

static void control_open_dashboard(uint16_t port)
{
    union os_address address = {
        .ipv4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(0x7f000001)}}};
    const struct message_nothing nothing = {0};
    int fd = os_stream_socket(AF_INET);

    (void)os_socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (os_bind(fd, &address, sizeof(address.ipv4)) < 0 || os_listen(fd, 64) < 0) {
        control_answer(control.sequence, "it is taken\n");
        os_closep(&fd);
        return;
    }
    (void)channel_send(&channel, MESSAGE_DASHBOARD, control.sequence, &nothing, &fd);
    os_closep(&control.dashboard_fd);
    control.dashboard_fd = fd;
}

static void control_close_dashboard(void)
{
    os_closep(&control.dashboard_fd);
    control.dashboard_fd = -1;
    (void)channel_send_plain(&channel, MESSAGE_DASHBOARD_CLOSED, control.sequence);
}

/* Its port; 0 where there is none. */
static unsigned int control_dashboard_port(void)
{
    union os_address address = {0};
    socklen_t size;

    if (control.dashboard_fd < 0 || os_local_address(control.dashboard_fd, &address, &size) < 0)
        return 0;
    return ntohs(address.ipv4.sin_port);
}

static void control_do(char *line)
{
    struct message_listen listen = {0};
    struct message_target target = {0};
    char address[MESSAGE_ADDRESS_SIZE] = "";
    uint64_t number = 0;

    if (sscanf(line, "listen %" SCNu64 " %127s", &listen.id, address) == 2) {
        message_set_text(listen.address, sizeof(listen.address), address);
        (void)channel_send(&channel, MESSAGE_LISTEN, control.sequence, &listen, NULL);
    } else if (sscanf(line, "unlisten %" SCNu64, &number) == 1) {
        struct message_id id = {.id = number};

        (void)channel_send(&channel, MESSAGE_UNLISTEN, 0, &id, NULL);
        control_answer(control.sequence, "done\n");
    } else if (sscanf(line, "config %" SCNu64, &number) == 1) {
        control_send_config(number);
    } else if (strncmp(line, "target", 6) == 0) {
        (void)channel_send(&channel, MESSAGE_TARGET, control.sequence, &target, NULL);
    } else if (strncmp(line, "shutdown", 8) == 0) {
        (void)channel_send_plain(&channel, MESSAGE_SHUTDOWN, 0);
        control_answer(control.sequence, "done\n");
    } else if (strncmp(line, "held", 4) == 0) {
        control_answer(control.sequence, "%zu %" PRIu64 "\n", control.held_count,
                       control.generation);
    } else if (sscanf(line, "dashboard %" SCNu64, &number) == 1) {
        control_open_dashboard((uint16_t)number);
    } else if (strncmp(line, "dashboard off", 13) == 0) {
        control_close_dashboard();
    } else if (strncmp(line, "dashboard", 9) == 0) {
        control_answer(control.sequence, "%u\n", control_dashboard_port());
    } else if (strncmp(line, "reopened", 8) == 0) {
        control_answer(control.sequence, "%u\n", control.reopened);
    } else {
        control_answer(control.sequence, "%d\n", (int)getpid());
    }
}

static void control_accept(struct loop_source *source, unsigned int readiness)
{
    char line[256] = "";
    int fd = os_accept(source->fd, NULL, NULL);

    (void)readiness;
    if (fd < 0)
        return;
    control.clients[++control.sequence % STUB_MAX] = fd;
    (void)os_wait_for_fd(fd, POLLIN);
    (void)os_receive(fd, line, sizeof(line) - 1);
    control_do(line);
}

static void control_has_successor(struct revival *revival)
{
    (void)revival;
    _exit(0);
}

static void control_hung_up(struct channel *from, int reason)
{
    (void)from;
    (void)reason;
    if (control.is_ending || revival_is_expected_of_others())
        _exit(0);
    revival_init(&control.revival, &loop, control_has_successor);
    revival_begin(&control.revival, control.revival_fd, control.api.fd, control.dashboard_fd);
}

static void control_begin(struct channel_message *message)
{
    control.generation = ((const struct message_start_control *)message->payload)->generation;
    control.revival_fd = take_fd(&message->fds[2]);
    (void)loop_source_add_listener(&loop, &control.api, take_fd(&message->fds[1]), false);
    (void)channel_send_plain(&channel, MESSAGE_READY, 0);
}

static void control_received(struct channel *from, struct channel_message *message)
{
    const struct message_listen_done *listened = message->payload;
    const struct message_config_taken *taken = message->payload;
    const struct message_target_done *done = message->payload;

    switch (message->type) {
    case MESSAGE_DASHBOARD:
        if (control.revival_fd >= 0)
            _exit(4); /* it has to come before the start */
        control.dashboard_fd = take_fd(&message->fds[0]);
        break;
    case MESSAGE_DASHBOARD_DONE:
        control_answer(message->sequence, "held\n");
        break;
    case MESSAGE_START_CONTROL:
        control_begin(message);
        break;
    case MESSAGE_LISTENER_HELD:
        control.held_count++;
        break;
    case MESSAGE_LISTEN_DONE:
        control_answer(message->sequence, "%d %s\n", listened->status, listened->text);
        break;
    case MESSAGE_CONFIG_TAKEN:
        control_answer(message->sequence, "%d %s\n", taken->status, taken->text);
        break;
    case MESSAGE_TARGET_DONE:
        control_answer(message->sequence, "%d %s\n", done->status, done->text);
        break;
    case MESSAGE_PING:
        (void)channel_send_plain(from, MESSAGE_PONG, message->sequence);
        break;
    case MESSAGE_REOPEN_LOGS:
        control.reopened++;
        break;
    case MESSAGE_ENDING:
        control.is_ending = true;
        break;
    case MESSAGE_STOP:
        _exit(0);
    default:
        break;
    }
}

static void run_control(void)
{
    for (size_t i = 0; i < STUB_MAX; i++)
        control.clients[i] = -1;
    control.revival_fd = -1;
    control.dashboard_fd = -1;
    loop_source_init(&control.api, control_accept);
    channel_init(&channel, control_received, control_hung_up);
}

/*
 * Both
 */

bool stub_ask(const char *socket_path, const char *question, char *ret_answer, int size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t length = -1;

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        send(fd, question, strlen(question), MSG_NOSIGNAL) > 0)
        length = recv(fd, ret_answer, (size_t)size - 1, MSG_WAITALL);
    (void)close(fd);
    if (length <= 0)
        return false;
    ret_answer[length] = '\0';
    ret_answer[strcspn(ret_answer, "\n")] = '\0';
    return true;
}

static int run_loader(const char *socket_path, const char *generation)
{
    char question[64];
    char answer[512];

    (void)snprintf(question, sizeof(question), "config %s", generation);
    return stub_ask(socket_path, question, answer, sizeof(answer)) && answer[0] == '0' ? 0 : 1;
}

bool stub_run_role(int argc, char **argv, int *ret_status)
{
    *ret_status = 1;
    if (argc == 4 && strcmp(argv[1], "@load") == 0) {
        *ret_status = run_loader(argv[2], argv[3]);
        return true;
    }
    if (argc != 2 || (strcmp(argv[1], "@edge") != 0 && strcmp(argv[1], "@control") != 0))
        return false;
    (void)loop_init(&loop);
    if (strcmp(argv[1], "@edge") == 0)
        run_edge();
    else
        run_control();
    if (channel_open(&channel, &loop, 3) == 0)
        (void)loop_run(&loop);
    return true;
}
