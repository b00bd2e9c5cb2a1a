/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile answers of a Docker Engine: the input is what is asked, how the answer is cut, and the
 * answer, head and all, which comes from memory in the place of a socket. Beyond not crashing:
 * texts are never NULL, lists end, and what fails says why.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/conversation.h"
#include "engine/events.h"
#include "engine/image.h"
#include "engine/network.h"
#include "os/os.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FD 1000

static const char ping[] = "HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\nContent-Length: 2\r\n\r\nOK";

static const char *answer;
static size_t left, part;
static unsigned int connections;

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The socket that is none */

static int give_socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)type;
    (void)protocol;
    return FD;
}

static int take_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    (void)fd;
    (void)address;
    (void)size;
    connections++;
    return 0;
}

static ssize_t take_send(int fd, const void *data, size_t size, int flags)
{
    (void)fd;
    (void)data;
    (void)flags;
    return (ssize_t)size;
}

static ssize_t give_received(int fd, void *data, size_t size, int flags)
{
    (void)fd;
    (void)flags;
    if (connections == 1) {
        require(size >= sizeof(ping) - 1);
        memcpy(data, ping, sizeof(ping) - 1);
        return sizeof(ping) - 1;
    }
    if (size > left)
        size = left;
    if (part > 0 && size > part)
        size = part;
    memcpy(data, answer, size);
    answer += size;
    left -= size;
    return (ssize_t)size;
}

static int give_ready(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    (void)timeout_ms;
    for (nfds_t i = 0; i < count; i++)
        fds[i].revents = fds[i].fd == FD ? fds[i].events : 0;
    return 1;
}

static int take_close(int fd)
{
    return fd == FD ? 0 : os_default_ops.close(fd);
}

static int take_shutdown(int fd, int how)
{
    (void)fd;
    (void)how;
    return 0;
}

/* What must hold of an answer that was taken */

static void check_texts(const char *const *texts)
{
    require(texts != NULL);
    for (; *texts != NULL; texts++)
        require(strlen(*texts) < SIZE_MAX);
}

static void check_pairs(struct engine_pairs pairs)
{
    for (uint32_t i = 0; i < pairs.count; i++)
        require(pairs.items[i].name != NULL && pairs.items[i].value != NULL);
}

static int ask_container(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    struct engine_container container;
    int r = engine_inspect_container(engine, arena, "c", &container, reterr);

    if (r < 0)
        return r;
    require(container.id[0] != '\0' && container.name != NULL && container.image != NULL);
    check_pairs(container.labels);
    check_texts(container.command);
    check_texts(container.environment);
    for (uint32_t i = 0; i < container.endpoint_count; i++) {
        require(container.endpoints[i].network != NULL && container.endpoints[i].address != NULL);
        check_texts(container.endpoints[i].aliases);
    }
    return 0;
}

static int ask_containers(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    struct engine_container_summary *summaries;
    uint32_t count = 0;
    int r = engine_list_containers(engine, arena, true, (struct engine_pairs){0}, &summaries,
                                   &count, reterr);

    for (uint32_t i = 0; r == 0 && i < count; i++) {
        require(summaries[i].id[0] != '\0' && summaries[i].name != NULL);
        check_pairs(summaries[i].labels);
    }
    return r;
}

static int ask_images(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    struct engine_image *images;
    uint32_t count = 0;
    int r = engine_list_images(engine, arena, (struct engine_pairs){0}, &images, &count, reterr);

    for (uint32_t i = 0; r == 0 && i < count; i++) {
        check_texts(images[i].names);
        check_pairs(images[i].labels);
    }
    return r;
}

static int ask_network(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    struct engine_network network;
    int r = engine_inspect_network(engine, arena, "n", &network, reterr);

    for (uint32_t i = 0; r == 0 && i < network.member_count; i++)
        require(network.members[i].container_id != NULL && network.members[i].address != NULL);
    return r;
}

static int ask_statistics(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    struct engine_statistics statistics;
    int r = engine_get_statistics(engine, "c", &statistics, reterr);

    (void)arena;
    return r;
}

static int take_event(void *context, const struct engine_event *event)
{
    (void)context;
    require(event->type[0] != '\0' && event->action != NULL && event->id != NULL);
    check_pairs(event->attributes);
    return 0;
}

static int ask_events(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    const struct engine_event_options options = {.sink = take_event};

    (void)arena;
    return engine_follow_events(engine, &options, reterr);
}

static int take_line(void *context, bool is_errors, uint64_t unix_ns, const char *text, size_t size)
{
    (void)context;
    (void)is_errors;
    (void)unix_ns;
    require(memchr(text, '\n', size) == NULL);
    return 0;
}

static int ask_logs(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    const struct engine_log_options options = {.has_output = true, .tail = -1};

    (void)arena;
    return engine_read_logs(engine, "c", &options, take_line, NULL, reterr);
}

static void take_progress(void *context, const char *text, uint64_t done, uint64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    require(text != NULL);
}

static int ask_pull(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    const struct engine_pull pull = {.reference = "a", .progress = take_progress};

    (void)arena;
    return engine_pull_image(engine, &pull, reterr);
}

static int ask_attach(const struct engine *engine, struct arena *arena, struct error **reterr)
{
    struct engine_conversation *conversation;
    char data[7];
    bool is_errors;
    long length;
    int r = engine_attach_container(engine, "c", &(struct engine_attach){0}, &conversation, reterr);

    (void)arena;
    if (r < 0)
        return r;
    do
        length = engine_conversation_read(conversation, data, sizeof(data), &is_errors, reterr);
    while (length > 0);
    (void)engine_conversation_close(conversation);
    return (int)length;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static int (*const asks[])(const struct engine *engine, struct arena *arena,
                               struct error **reterr) = {
        ask_container, ask_containers, ask_images, ask_network, ask_statistics,
        ask_events,    ask_logs,       ask_pull,   ask_attach,
    };
    struct os_ops ops = os_default_ops;
    struct engine_place *place = NULL;
    struct error *error = NULL;
    struct engine engine;
    struct arena arena;
    int r;

    if (size < 2)
        return 0;
    ops.socket = give_socket;
    ops.connect = take_connect;
    ops.send = take_send;
    ops.recv = give_received;
    ops.poll = give_ready;
    ops.close = take_close;
    ops.shutdown = take_shutdown;
    (void)os_set_ops(&ops);
    answer = (const char *)data + 2;
    left = size - 2;
    part = data[1];
    connections = 0;
    arena_init(&arena, (size_t)16 << 20);
    require(engine_place_new("/x", &place, NULL) == 0);
    engine = engine_at(place, -1);
    r = asks[data[0] % (sizeof(asks) / sizeof(asks[0]))](&engine, &arena, &error);
    require((r < 0) == (error != NULL));
    (void)error_free(error);
    (void)engine_place_free(place);
    arena_deinit(&arena);
    (void)os_set_ops(NULL);
    return 0;
}
