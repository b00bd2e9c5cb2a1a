/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor under a service manager, which is played by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#define KEPT_MAX         32
#define LISTEN_FDS_START 3

static struct {
    int fd;
    char path[128];
    struct {
        char name[192];
        int fd;
    } kept[KEPT_MAX];
    unsigned int ready;
    unsigned int watchdogs;
    unsigned int reloads;
    unsigned int stops;
} manager;

static void set_environment(void)
{
    (void)setenv("NOTIFY_SOCKET", manager.path, 1);
}

static int set_up(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    if (fixture_set_up(state) != 0)
        return -1;
    memset(&manager, 0, sizeof(manager));
    for (size_t i = 0; i < KEPT_MAX; i++)
        manager.kept[i].fd = -1;
    (void)snprintf(manager.path, sizeof(manager.path), "%s/notify", fixture.folder);
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/notify", fixture.folder);
    manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(manager.fd, (struct sockaddr *)&name, sizeof(name)), 0);
    fixture.in_child = set_environment;
    return 0;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (manager.kept[i].fd >= 0)
            (void)close(manager.kept[i].fd);
    }
    (void)close(manager.fd);
    fixture.in_child = NULL;
    return fixture_tear_down(state);
}

/* The rest of the line that begins with the name; false where there is none. */
static bool find_value(const char *lines, const char *name, char value[192])
{
    const char *line = strstr(lines, name);

    if (line == NULL)
        return false;
    line += strlen(name);
    (void)snprintf(value, 192, "%.*s", (int)strcspn(line, "\n"), line);
    return true;
}

static void keep(const char *name, int fd)
{
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (manager.kept[i].fd < 0) {
            manager.kept[i].fd = fd;
            (void)snprintf(manager.kept[i].name, sizeof(manager.kept[i].name), "%s", name);
            return;
        }
    }
    fail_msg("too many descriptors are kept");
}

static void forget(const char *name)
{
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (manager.kept[i].fd >= 0 && strcmp(manager.kept[i].name, name) == 0) {
            (void)close(manager.kept[i].fd);
            manager.kept[i].fd = -1;
        }
    }
}

static void understand(const char *lines, int fd)
{
    char value[192];

    manager.ready += strstr(lines, "READY=1") == lines;
    manager.watchdogs += strstr(lines, "WATCHDOG=1") != NULL;
    manager.stops += strstr(lines, "STOPPING=1") != NULL;
    if (find_value(lines, "RELOADING=", value)) {
        assert_true(find_value(lines, "MONOTONIC_USEC=", value));
        manager.reloads++;
    }
    if (strstr(lines, "FDSTORE=1") != NULL) {
        assert_true(find_value(lines, "FDNAME=", value));
        assert_null(strchr(value, ':'));
        assert_true(fd >= 0);
        keep(value, fd);
    }
    if (strstr(lines, "FDSTOREREMOVE=1") != NULL) {
        assert_true(find_value(lines, "FDNAME=", value));
        forget(value);
    }
}

/* Takes what has come. True, so that it can stand in a condition. */
static bool hear(void)
{
    for (;;) {
        union {
            struct cmsghdr first;
            char space[CMSG_SPACE(sizeof(int))];
        } control;
        char lines[1024];
        struct iovec part = {.iov_base = lines, .iov_len = sizeof(lines) - 1};
        struct msghdr message = {
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = &control,
            .msg_controllen = sizeof(control),
        };
        ssize_t length = recvmsg(manager.fd, &message, MSG_CMSG_CLOEXEC);
        int fd = -1;

        if (length < 0)
            return true;
        lines[length] = '\0';
        if (CMSG_FIRSTHDR(&message) != NULL)
            memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
        understand(lines, fd);
    }
}

static bool has_kept(const char *prefix)
{
    (void)hear();
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (manager.kept[i].fd >= 0 && strncmp(manager.kept[i].name, prefix, strlen(prefix)) == 0)
            return true;
    }
    return false;
}

static void it_hears_of_every_turn(void **state)
{
    (void)state;
    start_with(NULL, 5000);
    wait_until(hear() && manager.ready == 1);
    assert_int_equal(kill(fixture.supervisor, SIGHUP), 0);
    wait_until(hear() && manager.reloads == 1 && manager.ready == 2);
    assert_int_equal(kill(fixture.supervisor, SIGTERM), 0);
    wait_until(hear() && manager.stops == 1);
    assert_int_equal(wait_for_end(fixture.supervisor), 0);
}

static void descriptors_are_kept_and_given_up(void **state)
{
    (void)state;
    start_with(NULL, 5000);
    listen_there();
    wait_until(has_kept("listener.5.127.0.0.1+"));
    assert_true(has_kept("state"));
    assert_true(has_kept("api"));
    expect("config 4", "0 ");
    wait_until(has_kept("snapshot.4") && has_kept("certificates.4"));
    expect("config 5", "0 ");
    wait_until(has_kept("snapshot.5") && has_kept("certificates.5"));
    assert_false(has_kept("snapshot.4"));
    assert_false(has_kept("certificates.4"));
    expect("unlisten 5", "done");
    wait_until(!has_kept("listener."));
    assert_false(has_kept("dashboard"));
    open_dashboard();
    wait_until(has_kept("dashboard"));
    expect("dashboard off", "held");
    wait_until(!has_kept("dashboard"));
    end();
}

/* As the manager does for a service that it starts again. */
static void give_back(void)
{
    char names[KEPT_MAX * 192] = "";
    char number[16];
    int copies[KEPT_MAX];
    int count = 0;

    set_environment();
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (manager.kept[i].fd < 0)
            continue;
        copies[count++] = fcntl(manager.kept[i].fd, F_DUPFD, 100);
        (void)snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
                       names[0] == '\0' ? "" : ":", manager.kept[i].name);
    }
    for (int i = 0; i < count; i++)
        (void)dup2(copies[i], LISTEN_FDS_START + i);
    (void)snprintf(number, sizeof(number), "%d", (int)getpid());
    (void)setenv("LISTEN_PID", number, 1);
    (void)snprintf(number, sizeof(number), "%d", count);
    (void)setenv("LISTEN_FDS", number, 1);
    (void)setenv("LISTEN_FDNAMES", names, 1);
}

static void all_killed_at_once_come_back_with_what_was_kept(void **state)
{
    pid_t edge;
    pid_t control;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    open_dashboard();
    wait_until(has_kept("certificates.4") && has_kept("dashboard") && manager.ready == 1);
    edge = edge_pid();
    control = control_pid();
    assert_int_equal(kill(fixture.supervisor, SIGSTOP), 0);
    assert_int_equal(kill(edge, SIGKILL), 0);
    assert_int_equal(kill(control, SIGKILL), 0);
    assert_int_equal(kill(fixture.supervisor, SIGKILL), 0);
    (void)wait_for_end(fixture.supervisor);
    wait_until(waitpid(edge, NULL, WNOHANG) == edge || !is_alive(edge));

    fixture.in_child = give_back;
    start_with(NULL, 5000);
    /* The port was never closed: who connects meanwhile waits. */
    assert_int_not_equal(edge_pid(), 0);
    assert_int_not_equal(edge_pid(), edge);
    wait_until(generation_served() == 4);
    expect("held", "1 4");
    assert_true(has_dashboard());
    wait_until(hear() && manager.ready == 2);
    end();
}

static void control_leaves_starting_to_the_manager(void **state)
{
    pid_t edge;
    pid_t control;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    wait_until(has_kept("api") && has_kept("certificates.4"));
    edge = edge_pid();
    control = control_pid();
    assert_int_equal(kill(fixture.supervisor, SIGKILL), 0);
    (void)wait_for_end(fixture.supervisor);
    wait_until(waitpid(control, NULL, WNOHANG) == control);
    assert_int_equal(edge_pid(), edge);
    /* The manager's new one takes over from the edge that is still there. */
    fixture.in_child = give_back;
    start_with(NULL, 5000);
    wait_until(control_pid() != 0);
    expect("held", "1 4");
    assert_int_equal(edge_pid(), edge);
    end();
}

static void set_watchdog(void)
{
    set_environment();
    (void)setenv("WATCHDOG_USEC", "40000", 1);
}

static void the_watchdog_is_fed_only_while_all_answer(void **state)
{
    unsigned int before;
    pid_t control;

    (void)state;
    fixture.in_child = set_watchdog;
    start_with(NULL, 5000);
    wait_until(hear() && manager.ready == 1);
    before = manager.watchdogs;
    wait_until(hear() && manager.watchdogs > before + 3);
    control = control_pid();
    assert_int_equal(kill(control, SIGSTOP), 0);
    /* One may be on its way; after that there is silence, for as long as several take. */
    (void)poll(NULL, 0, 60);
    (void)hear();
    before = manager.watchdogs;
    (void)poll(NULL, 0, 200);
    (void)hear();
    assert_int_equal(manager.watchdogs, before);
    assert_int_equal(kill(control, SIGCONT), 0);
    wait_until(hear() && manager.watchdogs > before + 1);
    end();
}

#define service_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    service_test(it_hears_of_every_turn),
    service_test(descriptors_are_kept_and_given_up),
    service_test(all_killed_at_once_come_back_with_what_was_kept),
    service_test(control_leaves_starting_to_the_manager),
    service_test(the_watchdog_is_fed_only_while_all_answer),
};

int main(int argc, char **argv)
{
    int status;

    if (fixture_run_role(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
