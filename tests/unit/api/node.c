/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/api.h"
#include "base/error.h"
#include "os/memory.h"
#include "os/os.h"
#include "os/socket.h"
#include "route/snapshot.h"

#define TURNS_MAX 1000

struct control node_control;
struct node_supervisor node_supervisor;
char node_folder[64];
struct state node_state;
const char *_Atomic node_addresses;

static int state_fd = -1;
static struct http_response last_response;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
    va_list arguments;

    assert_true(node_supervisor.event_count < NODE_EVENTS_MAX);
    va_start(arguments, format);
    (void)vsnprintf(node_supervisor.events[node_supervisor.event_count++],
                    sizeof(node_supervisor.events[0]), format, arguments);
    va_end(arguments);
}

static const char *address_of(uint64_t id)
{
    for (unsigned int i = 0; i < node_supervisor.listener_count; i++) {
        if (node_supervisor.listeners[i].id == id)
            return node_supervisor.listeners[i].address;
    }
    return "unknown";
}

static void take_listen(struct channel_message *message)
{
    const struct message_listen *listen = message->payload;
    struct message_listen_done done = {.id = listen->id};
    unsigned int number = node_supervisor.listener_count++;

    note("LISTEN %s", listen->address);
    assert_true(number < 16);
    node_supervisor.listeners[number].id = listen->id;
    memcpy(node_supervisor.listeners[number].address, listen->address, MESSAGE_ADDRESS_SIZE);
    if (node_supervisor.refused_address != NULL &&
        strstr(listen->address, node_supervisor.refused_address) != NULL) {
        done.status = -EADDRINUSE;
        (void)snprintf(done.text, sizeof(done.text), "%s: the address is in use", listen->address);
    }
    assert_int_equal(
        channel_send(&node_supervisor.channel, MESSAGE_LISTEN_DONE, message->sequence, &done, NULL),
        0);
}

void node_answer_config(int status, const char *text)
{
    struct message_config_taken taken = {.generation = node_supervisor.generation,
                                         .status = status};

    (void)snprintf(taken.text, sizeof(taken.text), "%s", text);
    assert_int_equal(channel_send(&node_supervisor.channel, MESSAGE_CONFIG_TAKEN,
                                  node_supervisor.sequence, &taken, NULL),
                     0);
}

static void take_config(struct channel_message *message)
{
    const struct message_config *config = message->payload;

    note("CONFIG %u", (unsigned int)config->generation);
    if (node_supervisor.image != NULL)
        os_memory_unmap(node_supervisor.image, node_supervisor.image_size);
    assert_true(os_memory_file_is_sealed(message->fds[0], &node_supervisor.image_size));
    if (node_supervisor.bundle.data != NULL)
        bundle_close(&node_supervisor.bundle);
    assert_int_equal(bundle_open(message->fds[1], &node_supervisor.bundle), 0);
    assert_int_equal(
        os_memory_map(message->fds[0], node_supervisor.image_size, false, &node_supervisor.image),
        0);
    assert_int_equal(
        snapshot_open(node_supervisor.image, node_supervisor.image_size, &node_supervisor.snapshot),
        0);
    node_supervisor.generation = config->generation;
    node_supervisor.sequence = message->sequence;
    if (!node_supervisor.holds_config)
        node_answer_config(node_supervisor.config_status,
                           node_supervisor.config_status < 0 ? "it has no sense" : "");
}

static void take_target(struct channel_message *message)
{
    struct message_target_done done = {.status = node_supervisor.target_status};

    node_supervisor.target = *(const struct message_target *)message->payload;
    note("TARGET %u", node_supervisor.target.command);
    if (node_supervisor.holds_target)
        return;
    if (done.status < 0)
        message_set_text(done.text, sizeof(done.text), "there is no such target");
    assert_int_equal(
        channel_send(&node_supervisor.channel, MESSAGE_TARGET_DONE, message->sequence, &done, NULL),
        0);
}

static void received(struct channel *channel, struct channel_message *message)
{
    const struct message_id *id = message->payload;

    switch (message->type) {
    case MESSAGE_LISTEN:
        take_listen(message);
        break;
    case MESSAGE_CONFIG:
        take_config(message);
        break;
    case MESSAGE_TARGET:
        take_target(message);
        break;
    case MESSAGE_UNLISTEN:
        note("UNLISTEN %s", address_of(id->id));
        assert_int_equal(channel_send_plain(channel, MESSAGE_UNLISTEN_DONE, message->sequence), 0);
        break;
    case MESSAGE_LOG:
        note("LOG");
        os_closep(&node_supervisor.log_fd);
        node_supervisor.log_fd = take_fd(&message->fds[0]);
        break;
    default:
        note("%s", message_format_of(message->type)->name);
    }
}

static void ended(struct channel *channel, int reason)
{
    (void)channel;
    note("ENDED %d", reason);
}

static int lookup(const char *name, struct os_found *found, size_t capacity)
{
    const char *addresses = node_addresses;
    size_t count = 0;

    (void)name;
    while (addresses != NULL && *addresses != '\0' && count < capacity) {
        char one[64];
        size_t length = strcspn(addresses, " ");

        (void)snprintf(one, sizeof(one), "%.*s", (int)length, addresses);
        found[count].family = AF_INET;
        (void)inet_pton(AF_INET, one, found[count].bytes);
        count++;
        addresses += length + (addresses[length] == ' ');
    }
    return count > 0 ? (int)count : -ENOENT;
}

static int listen_api(const char *path)
{
    union os_address address = {.local = {.sun_family = AF_UNIX}};
    int fd = os_stream_socket(AF_UNIX);

    assert_true(fd >= 0);
    memcpy(address.local.sun_path, path, strlen(path) + 1);
    (void)unlink(path);
    assert_int_equal(os_bind(fd, &address, sizeof(address.local)), 0);
    assert_int_equal(os_listen(fd, 16), 0);
    return fd;
}

static void api_path(char path[108])
{
    (void)snprintf(path, 108, "%s/api.sock", node_folder);
}

void node_revive(uint64_t generation)
{
    struct message_start_control start = {.generation = generation};
    char path[108];
    int ends[2];
    int fds[3];

    node_control = (struct control){
        .handle = api_handle,
        .lookup = lookup,
        .retry_ms = 20,
        .name_interval_ms = 20,
    };
    assert_int_equal(os_socket_pair(SOCK_SEQPACKET, ends), 0);
    assert_int_equal(control_init(&node_control, ends[0]), 0);
    node_supervisor.event_count = 0;
    node_supervisor.listener_count = 0;
    channel_init(&node_supervisor.channel, received, ended);
    assert_int_equal(channel_open(&node_supervisor.channel, &node_control.loop, ends[1]), 0);

    api_path(path);
    fds[0] = state_fd;
    fds[1] = listen_api(path);
    fds[2] = os_open("/dev/null", O_RDONLY, 0);
    (void)snprintf(start.state_directory, sizeof(start.state_directory), "%s/state", node_folder);
    assert_int_equal(channel_send(&node_supervisor.channel, MESSAGE_START_CONTROL, 0, &start, fds),
                     0);
    assert_int_equal(os_close(fds[1]), 0);
    assert_int_equal(os_close(fds[2]), 0);
}

void node_kill(void)
{
    assert_true(control_deinit(&node_control));
}

static void deinit_control(void)
{
    /* The supervisor's end lives in control's loop. */
    if (channel_is_open(&node_supervisor.channel))
        channel_close(&node_supervisor.channel);
    node_kill();
}

int node_start(void **state)
{
    (void)state;
    memcpy(node_folder, "/tmp/slipway-node-XXXXXX", sizeof("/tmp/slipway-node-XXXXXX"));
    if (mkdtemp(node_folder) == NULL)
        return -1;
    node_addresses = NULL;
    node_supervisor = (struct node_supervisor){.log_fd = -1};
    state_fd = state_create(2);
    if (state_fd < 0 || state_map(state_fd, true, &node_state) < 0)
        return -1;
    node_revive(0);
    return 0;
}

int node_stop(void **state)
{
    char command[200];

    (void)state;
    deinit_control();
    if (node_supervisor.image != NULL)
        os_memory_unmap(node_supervisor.image, node_supervisor.image_size);
    if (node_supervisor.bundle.data != NULL)
        bundle_close(&node_supervisor.bundle);
    os_closep(&node_supervisor.log_fd);
    state_unmap(&node_state);
    os_closep(&state_fd);
    http_response_deinit(&last_response);
    (void)snprintf(command, sizeof(command), "rm -rf %s", node_folder);
    return system(command);
}

static void turn(void)
{
    assert_int_equal(loop_run_once(&node_control.loop, 5 * TIME_MILLISECOND), 0);
}

bool node_has_event(const char *event)
{
    for (unsigned int i = 0; i < node_supervisor.event_count; i++) {
        if (strcmp(node_supervisor.events[i], event) == 0)
            return true;
    }
    return false;
}

void node_forget_events(void)
{
    node_supervisor.event_count = 0;
}

void node_wait_event(const char *event)
{
    for (int i = 0; !node_has_event(event); i++) {
        if (i == TURNS_MAX)
            fail_msg("%s does not come", event);
        turn();
    }
}

void node_wait_ready(void)
{
    node_wait_event("READY");
    node_forget_events();
}

void node_edge_lives(void)
{
    atomic_store(&node_state.lanes[0].pid, 1);
    atomic_store(&node_state.lanes[0].turn_ns, os_monotonic_time_ns());
}

/* Calls */

struct node_call {
    pthread_t thread;
    char path[108];
    char *method, *target, *body;
    struct http_response response;
    struct error *error;
    int result;
    _Atomic bool is_done;
};

static void *make_call(void *context)
{
    struct node_call *call = context;

    call->result = http_call(call->path, call->method, call->target, call->body, &call->response,
                             &call->error);
    call->is_done = true;
    return NULL;
}

struct node_call *node_begin(const char *method, const char *target, const char *body)
{
    struct node_call *call = calloc(1, sizeof(*call));

    assert_non_null(call);
    api_path(call->path);
    call->method = strdup(method);
    call->target = strdup(target);
    call->body = body != NULL ? strdup(body) : NULL;
    for (char *at = call->body; at != NULL && *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    assert_int_equal(pthread_create(&call->thread, NULL, make_call, call), 0);
    return call;
}

bool node_is_done(const struct node_call *call)
{
    return call->is_done;
}

const struct http_response *node_end(struct node_call *call)
{
    for (int i = 0; !call->is_done; i++) {
        assert_true(i < 10 * TURNS_MAX);
        turn();
    }
    assert_int_equal(pthread_join(call->thread, NULL), 0);
    if (call->result < 0)
        fail_msg("%s %s: %s", call->method, call->target, call->error->message);
    http_response_deinit(&last_response);
    last_response = call->response;
    free(call->method);
    free(call->target);
    free(call->body);
    free(call);
    return &last_response;
}

const struct http_response *node_call(const char *method, const char *target, const char *body)
{
    return node_end(node_begin(method, target, body));
}

void node_expect(const struct http_response *response, unsigned int status, const char *text)
{
    if (response->status != status)
        fail_msg("%u instead of %u: %.2000s", response->status, status, response->body);
    if (strstr(response->body, text) == NULL)
        fail_msg("\"%s\" is not in: %.4000s", text, response->body);
}
