/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start of a shim, and its loop. It is begun by the process runtime with the instance's folder
 * and a pipe to report on, and becomes a child of the machine's first process at once, so that it
 * outlives who started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/groups.h"
#include "shim/line.h"
#include "shim/mounts.h"
#include "shim/shim.h"

#define SECOND          UINT64_C(1000000000)
#define ORDERS_AGAIN_NS (2 * SECOND)

static struct shim shim;
static char orders_data[SHIM_ORDERS_MAX];

uint64_t shim_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

uint64_t shim_add_ns(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns > UINT64_MAX - b_ns ? UINT64_MAX : a_ns + b_ns;
}

static void report(const char *text)
{
    (void)!write(shim.report_fd, text, strlen(text));
    (void)close(shim.report_fd);
    shim.report_fd = -1;
}

static int fail(const char *what, const char *why)
{
    char text[512];
    struct line line = line_in(text, sizeof(text));

    line_add(&line, what);
    line_add(&line, why);
    report(text);
    return 1;
}

/* Setting up */

static void detach_streams(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; i < 3 && fd >= 0; i++)
        (void)dup2(fd, i);
    if (fd > 2)
        (void)close(fd);
}

static int lock_folder(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(SHIM_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) < 0)
        return -errno;
    return 0; /* it stays open for ever */
}

static const char *read_orders(void)
{
    int fd = open(SHIM_ORDERS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t size = 0;
    ssize_t length = -1;

    if (fd < 0)
        return line_error_text(errno);
    while (size < sizeof(orders_data)) {
        length = read(fd, orders_data + size, sizeof(orders_data) - size);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        size += (size_t)length;
    }
    (void)close(fd);
    if (length < 0)
        return "they cannot be read";
    if (length > 0)
        return "they are too long";
    return orders_parse(&shim.orders, orders_data, size);
}

/* Stays open over restarts, so that whoever connects meanwhile waits and is not refused. */
static int open_listener(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4096) < 0) {
        int code = errno;

        (void)close(fd);
        return -code;
    }
    return fd;
}

static int open_signals(void)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_SETMASK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGQUIT, SIG_IGN);
    shim.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return shim.signal_fd < 0 ? -errno : 0;
}

/* Without its orders the instance is nobody's: no runtime would ever find it, and end it. This is
 * looked at now and then, as the kernel has few instances of inotify for all programs together:
 * where each shim took one, there would soon be none. */
static void check_orders(uint64_t now_ns)
{
    if (now_ns < shim.orders_ns)
        return;
    shim.orders_ns = shim_add_ns(now_ns, ORDERS_AGAIN_NS);
    if (access(SHIM_ORDERS_FILE, F_OK) == 0 || errno != ENOENT)
        return;
    shim.orders_ns = SHIM_FOREVER; /* a second stop would begin its time of grace anew */
    instance_stop(&shim, (int)shim.orders.stop_signal, shim.orders.stop_grace_ns);
}

/* Out of the groups of who started it, whose service manager would otherwise end it along with
 * them. Where that is not allowed it stays there. */
static void leave_groups(void)
{
    const char *group;

    for (size_t i = 0; i < shim.orders.home_count; i++)
        (void)groups_join(&shim.orders.homes[i], 1, &group);
}

static int set_up(void)
{
    const char *problem;
    int r;

    if (fchdir(shim.folder_fd) < 0)
        return fail("cannot enter the instance's folder: ", line_error_text(errno));
    r = lock_folder();
    if (r < 0)
        return fail("another shim has the instance, or its folder cannot be written to: ",
                    line_error_text(-r));
    problem = read_orders();
    if (problem != NULL)
        return fail("the orders are wrong: ", problem);
    leave_groups();
    r = open_signals();
    if (r == 0)
        r = clients_open(&shim);
    if (r == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        r = -errno;
    if (r < 0)
        return fail("the shim cannot be set up: ", line_error_text(-r));
    for (size_t i = 0; i < shim.orders.listen_count; i++) {
        shim.listen_fds[i] = open_listener(shim.orders.listen[i]);
        if (shim.listen_fds[i] < 0)
            return fail("cannot listen on the instance's port: ",
                        line_error_text(-shim.listen_fds[i]));
    }
    output_init(&shim.output, shim.orders.log_bytes, shim.orders.log_files);
    for (size_t i = 0; i < shim.orders.note_count; i++)
        output_note(&shim.output, shim.orders.notes[i]);
    return 0;
}

/* The loop */

enum {
    PLACE_SIGNALS,
    PLACE_SOCKET,
    PLACE_OUTPUT,
    PLACE_ERRORS,
    PLACE_CLIENTS,
    PLACE_COUNT = PLACE_CLIENTS + SHIM_CLIENT_MAX,
};

static int time_left_ms(void)
{
    uint64_t now_ns = shim_now_ns();
    uint64_t next_ns = instance_next_ns(&shim);
    uint64_t health_ns = health_next_ns(&shim);

    if (health_ns < next_ns)
        next_ns = health_ns;
    if (shim.orders_ns < next_ns)
        next_ns = shim.orders_ns;
    if (next_ns == SHIM_FOREVER)
        return -1;
    if (next_ns <= now_ns)
        return 0;
    next_ns = (next_ns - now_ns + 999999) / 1000000;
    return next_ns > 3600000 ? 3600000 : (int)next_ns;
}

static void take_signals(void)
{
    struct signalfd_siginfo info;

    while (read(shim.signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGTERM)
            instance_stop(&shim, (int)shim.orders.stop_signal, shim.orders.stop_grace_ns);
    }
    instance_reap(&shim);
}

static void turn(struct pollfd *fds)
{
    uint64_t now_ns;

    if (poll(fds, PLACE_COUNT, time_left_ms()) < 0)
        return;
    for (int i = 0; i < 2; i++) {
        if (fds[PLACE_OUTPUT + i].revents != 0)
            output_read(&shim.output, &shim.output.streams[i]);
    }
    for (int i = 0; i < SHIM_CLIENT_MAX; i++) {
        if (fds[PLACE_CLIENTS + i].revents != 0 && shim.clients[i].fd >= 0)
            clients_read(&shim, &shim.clients[i]);
    }
    if (fds[PLACE_SIGNALS].revents != 0)
        take_signals();
    if (fds[PLACE_SOCKET].revents != 0)
        clients_accept(&shim);
    now_ns = shim_now_ns();
    check_orders(now_ns);
    instance_timers(&shim, now_ns);
    health_timers(&shim, now_ns);
}

static void run(void)
{
    struct pollfd fds[PLACE_COUNT];

    while (shim.phase != SHIM_ENDED) {
        for (int i = 0; i < PLACE_COUNT; i++)
            fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
        fds[PLACE_SIGNALS].fd = shim.signal_fd;
        fds[PLACE_SOCKET].fd = shim.socket_fd;
        for (int i = 0; i < 2; i++)
            fds[PLACE_OUTPUT + i].fd = shim.output.streams[i].fd;
        for (int i = 0; i < SHIM_CLIENT_MAX; i++)
            fds[PLACE_CLIENTS + i].fd = shim.clients[i].fd;
        turn(fds);
    }
}

static void take_streams(const char *argument)
{
    bool has_pipes = argument != NULL && strcmp(argument, SHIM_PIPES_ARGUMENT) == 0;
    unsigned int count = has_pipes ? 3 : 0;

    shim.has_terminal = argument != NULL && strcmp(argument, SHIM_TERMINAL_ARGUMENT) == 0;
    if (shim.has_terminal)
        count = 1;
    (void)close_range(SHIM_STREAM_FD + count, ~0U, 0);
    for (int i = 0; i < 3; i++) {
        shim.stream_fds[i] = -1;
        if (has_pipes)
            shim.stream_fds[i] = fcntl(SHIM_STREAM_FD + i, F_DUPFD_CLOEXEC, SHIM_STREAM_FD + 3);
        if (shim.has_terminal)
            shim.stream_fds[i] = fcntl(SHIM_STREAM_FD, F_DUPFD_CLOEXEC, SHIM_STREAM_FD + 3);
    }
    for (unsigned int i = 0; i < count; i++)
        (void)close(SHIM_STREAM_FD + (int)i);
}

int main(int argc, char **argv)
{
    pid_t pid;

    if (argc == 2 && strcmp(argv[1], SHIM_PROBE_ARGUMENT) == 0)
        return mounts_probe() ? 0 : 1;
    shim.folder_fd = SHIM_FOLDER_FD;
    shim.report_fd = SHIM_REPORT_FD;
    (void)prctl(PR_SET_NAME, SHIM_NAME);
    (void)fcntl(SHIM_FOLDER_FD, F_SETFD, FD_CLOEXEC);
    (void)fcntl(SHIM_REPORT_FD, F_SETFD, FD_CLOEXEC);
    take_streams(argc == 2 ? argv[1] : NULL);
    detach_streams();
    (void)umask(077);
    pid = fork();
    if (pid < 0)
        return fail("cannot start a process: ", line_error_text(errno));
    if (pid > 0)
        return 0;
    (void)setsid();
    if (set_up() != 0)
        return 1;
    instance_start_first(&shim);
    report(shim.phase == SHIM_ENDED ? shim.note : SHIM_REPORT_OK);
    run();
    (void)unlink(SHIM_SOCKET_FILE);
    return 0;
}
