/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workload of the deploy benchmark and of the tests of deploys: an HTTP and WebSocket server on
 * one thread, static, so that it runs natively and in an image with nothing else in it.
 *
 *   /            the text of ANSWER, or of the first argument
 *   /health      200; 503 with HEALTH=fail
 *   /slow/MS     after so many milliseconds
 *   /instance    host name, process id
 *   an upgrade   a WebSocket that echoes
 *
 * PORT or a socket by the LISTEN_FDS convention; ERRORS=PERCENT of "/" are answered with 500;
 * LOG=1 writes a line for each; DELAY_MS before each answer of "/"; START_MS before it listens;
 * EXIT=STATUS ends it at once, with a line on standard error; DIE_MS after that time; GRACE=ignore
 * lets it ignore SIGTERM.
 *
 * "app --check" asks a running one for /health, as a container's healthcheck: 0 where it is well.
 *
 * On SIGTERM it closes its listening socket, ends idle connections and WebSockets, answers what it
 * was asked, and exits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ACCEPTED                                                                                   \
    "HTTP/1.1 101 Switching Protocols\r\n"                                                         \
    "Upgrade: websocket\r\n"                                                                       \
    "Connection: Upgrade\r\n"                                                                      \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define CONNECTION_COUNT 4096
#define INPUT_SIZE       8192

enum kind {
    KIND_HTTP,
    KIND_WEBSOCKET
};

struct connection {
    int fd;
    enum kind kind;
    uint64_t due_ms; /* when what is asked is to be answered; 0: nothing is */
    int status;
    char answer[128];
    size_t used;
    char input[INPUT_SIZE];
};

static struct connection *connections[CONNECTION_COUNT]; /* by descriptor */
static unsigned int connection_count, waiting_count;
static int poll_fd, listen_fd;
static bool is_ending;
static const char *answer = "ok";
static unsigned int error_percent, delay_ms;
static bool is_ill, is_logging;

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static unsigned int number_of(const char *name, unsigned int otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : (unsigned int)strtoul(text, NULL, 10);
}

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void end(struct connection *connection)
{
    connections[connection->fd] = NULL;
    connection_count--;
    waiting_count -= connection->due_ms != 0;
    close(connection->fd);
    free(connection);
}

static bool put(struct connection *connection, const char *data, size_t size)
{
    if (send(connection->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size)
        return true;
    end(connection);
    return false;
}

static const char *reason(int status)
{
    return status == 200 ? "OK" : status == 500 ? "Internal Server Error" : "Service Unavailable";
}

/* Returns whether the connection is still there. */
static bool reply(struct connection *connection)
{
    char head[512];
    size_t length = strlen(connection->answer);
    int size = snprintf(head, sizeof(head), "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n%s\r\n%s",
                        connection->status, reason(connection->status), length,
                        is_ending ? "Connection: close\r\n" : "", connection->answer);

    if (connection->due_ms != 0)
        waiting_count--;
    connection->due_ms = 0;
    if (!put(connection, head, (size_t)size))
        return false;
    if (is_ending)
        end(connection);
    return !is_ending;
}

static bool answer_later(struct connection *connection, unsigned int after_ms)
{
    if (after_ms == 0)
        return reply(connection);
    connection->due_ms = now_ms() + after_ms;
    waiting_count++;
    return true;
}

static void log_line(unsigned int status)
{
    static uint64_t number;
    char line[64];
    int size = snprintf(line, sizeof(line), "app: request %lu: %u\n", ++number, status);

    if (write(STDOUT_FILENO, line, (size_t)size) < 0)
        is_logging = false;
}

/* What is asked stands in the input, ended by a NUL. Returns whether the connection is there. */
static bool ask(struct connection *connection)
{
    static unsigned int count;
    const char *path = strchr(connection->input, ' ');
    char host[64] = "";

    path = path == NULL ? "" : path + 1;
    connection->status = 200;
    (void)snprintf(connection->answer, sizeof(connection->answer), "%s", answer);
    if (strcasestr(connection->input, "\r\nUpgrade: websocket") != NULL) {
        connection->kind = KIND_WEBSOCKET;
        return put(connection, ACCEPTED, strlen(ACCEPTED));
    }
    if (strncmp(path, "/health", 7) == 0) {
        connection->status = is_ill ? 503 : 200;
        return reply(connection);
    }
    if (strncmp(path, "/instance", 9) == 0) {
        (void)gethostname(host, sizeof(host) - 1);
        (void)snprintf(connection->answer, sizeof(connection->answer), "%s %d", host,
                       (int)getpid());
        return reply(connection);
    }
    if (strncmp(path, "/slow/", 6) == 0)
        return answer_later(connection, (unsigned int)strtoul(path + 6, NULL, 10));
    if (count++ % 100 * 61 % 100 < error_percent)
        connection->status = 500;
    if (is_logging)
        log_line(connection->status);
    return answer_later(connection, delay_ms);
}

/* As it came, mask and all: what lies between looks at nothing. */
static void echo(struct connection *connection)
{
    size_t size = connection->used;

    connection->used = 0;
    (void)put(connection, connection->input, size);
}

static void take(struct connection *connection)
{
    size_t room = sizeof(connection->input) - 1 - connection->used;
    ssize_t got = room == 0 ? 0 : read(connection->fd, connection->input + connection->used, room);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        end(connection);
        return;
    }
    connection->used += (size_t)got;
    connection->input[connection->used] = '\0';
    if (connection->kind == KIND_WEBSOCKET) {
        echo(connection);
        return;
    }
    if (connection->due_ms == 0 && strstr(connection->input, "\r\n\r\n") != NULL) {
        connection->used = 0; /* nobody asks before the answer is there */
        (void)ask(connection);
    }
}

static void take_connections(void)
{
    for (;;) {
        struct epoll_event event = {.events = EPOLLIN};
        int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct connection *connection;

        if (fd < 0)
            return;
        connection = fd < CONNECTION_COUNT ? calloc(1, sizeof(*connection)) : NULL;
        if (connection == NULL) {
            close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        connection->fd = fd;
        connections[fd] = connection;
        connection_count++;
        event.data.fd = fd;
        if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
            die("epoll_ctl");
    }
}

static void begin_to_end(void)
{
    is_ending = true;
    take_connections(); /* that the kernel has taken for us already: somebody asks there */
    close(listen_fd);
    for (int fd = 0; fd < CONNECTION_COUNT; fd++) {
        struct connection *connection = connections[fd];

        if (connection == NULL)
            continue;
        if (connection->kind == KIND_WEBSOCKET) {
            (void)send(fd, "\x88\x02\x03\xe9", 4, MSG_NOSIGNAL);
            end(connection);
            continue;
        }
        if (connection->due_ms != 0)
            continue;
        take(connection); /* what has come already is answered */
        connection = connections[fd];
        if (connection != NULL && connection->due_ms == 0)
            end(connection);
    }
}

/* Those that are due; returns how long to wait for the next. */
static int answer_due(void)
{
    uint64_t now = now_ms(), next = UINT64_MAX;

    if (waiting_count == 0)
        return -1;
    for (int fd = 0; fd < CONNECTION_COUNT; fd++) {
        struct connection *connection = connections[fd];

        if (connection == NULL || connection->due_ms == 0)
            continue;
        if (connection->due_ms <= now)
            (void)reply(connection);
        else if (connection->due_ms < next)
            next = connection->due_ms;
    }
    return next == UINT64_MAX ? -1 : (int)(next - now);
}

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd;

    if (number_of("LISTEN_FDS", 0) > 0 && number_of("LISTEN_PID", 0) == (unsigned int)getpid()) {
        (void)fcntl(3, F_SETFL, O_NONBLOCK);
        return 3;
    }
    address.sin_port = htons((uint16_t)number_of("PORT", 8000));
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die("bind");
    if (listen(fd, 512) < 0)
        die("listen");
    return fd;
}

static int check(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    static const char request[] = "GET /health HTTP/1.1\r\n\r\n";
    char head[12] = "";

    address.sin_port = htons((uint16_t)number_of("PORT", 8000));
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die("connect");
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request) ||
        recv(fd, head, sizeof(head), MSG_WAITALL) != sizeof(head))
        die("/health");
    return memcmp(head, "HTTP/1.1 200", sizeof(head)) == 0 ? 0 : 1;
}

static int open_signals(void)
{
    sigset_t set;
    const char *grace = getenv("GRACE");
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    if (grace != NULL && strcmp(grace, "ignore") == 0)
        sigemptyset(&set);
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        die("signalfd");
    return fd;
}

static void add(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static void read_settings(int count, char **words)
{
    const char *health = getenv("HEALTH");

    if (count > 1)
        answer = words[1];
    if (getenv("ANSWER") != NULL)
        answer = getenv("ANSWER");
    is_ill = health != NULL && strcmp(health, "fail") == 0;
    error_percent = number_of("ERRORS", 0);
    delay_ms = number_of("DELAY_MS", 0);
    is_logging = number_of("LOG", 0) != 0;
    if (getenv("EXIT") != NULL) {
        (void)fprintf(stderr, "app: %s cannot start: the configuration is wrong\n", answer);
        exit((int)number_of("EXIT", 1));
    }
}

static void serve(int signal_fd)
{
    struct epoll_event events[64];
    uint64_t die_ms = number_of("DIE_MS", 0) == 0 ? 0 : now_ms() + number_of("DIE_MS", 0);

    while (!is_ending || connection_count > 0) {
        int wait_ms = answer_due();
        int count;

        if (is_ending && connection_count == 0)
            return;
        if (die_ms != 0 && (wait_ms < 0 || wait_ms > 50))
            wait_ms = 50;
        count = epoll_wait(poll_fd, events, 64, wait_ms);
        if (die_ms != 0 && now_ms() >= die_ms)
            abort();
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;

            if (fd == listen_fd && !is_ending)
                take_connections();
            else if (fd == signal_fd && !is_ending)
                begin_to_end();
            else if (fd != listen_fd && fd != signal_fd && connections[fd] != NULL)
                take(connections[fd]);
        }
        if (is_ending)
            (void)epoll_ctl(poll_fd, EPOLL_CTL_DEL, signal_fd, NULL);
    }
}

int main(int count, char **words)
{
    unsigned int start_ms = number_of("START_MS", 0);
    int signal_fd;

    if (count > 1 && strcmp(words[1], "--check") == 0)
        return check();
    signal_fd = open_signals();
    read_settings(count, words);
    if (start_ms > 0 &&
        poll(&(struct pollfd){.fd = signal_fd, .events = POLLIN}, 1, (int)start_ms) > 0)
        return 0;
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (poll_fd < 0)
        die("epoll_create1");
    listen_fd = open_listener();
    (void)printf("app: %s serves\n", answer);
    (void)fflush(stdout);
    add(listen_fd);
    add(signal_fd);
    serve(signal_fd);
    (void)printf("app: %s has ended\n", answer);
    return 0;
}
