/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* What was sent to the supervisor before has been taken: it looks at all that there is in each turn
 * of its loop, and has turned in between. */
static void wait_for_signal(void)
{
    for (unsigned int i = 0; i < 3; i++)
        listen_there();
}

static bool is_locked(void)
{
    char path[128];
    char text[16] = "";
    int fd;

    (void)snprintf(path, sizeof(path), "%s/run/supervisor.pid", fixture.folder);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    (void)!read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    return strtol(text, NULL, 10) == (long)fixture.supervisor;
}

static bool has_open(pid_t pid, const char *path)
{
    char link[64];
    char target[256];

    for (int fd = 3; fd < 32; fd++) {
        ssize_t length;

        (void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
        length = readlink(link, target, sizeof(target) - 1);
        target[length < 0 ? 0 : length] = '\0';
        if (strcmp(target, path) == 0)
            return true;
    }
    return false;
}

/* By a child of that process. */
static bool is_open_elsewhere(const char *path, pid_t parent)
{
    char children[64];
    char line[256] = "";
    FILE *file;
    pid_t pid = 0;

    (void)snprintf(children, sizeof(children), "/proc/%d/task/%d/children", (int)parent,
                   (int)parent);
    file = fopen(children, "re");
    if (file == NULL)
        return false;
    if (fgets(line, sizeof(line), file) != NULL)
        pid = (pid_t)strtol(line, NULL, 10);
    (void)fclose(file);
    return pid > 0 && has_open(pid, path);
}

static void it_listens_and_passes_configurations_on(void **state)
{
    (void)state;
    start_with(NULL, 5000);
    listen_there();
    wait_until(generation_served() == 0 && edge_pid() != 0);
    expect("config 3", "0 ");
    assert_int_equal(generation_served(), 3);
    expect("config 666", "-22 not that one");
    assert_int_equal(generation_served(), 3);
    expect("target", "0 by the edge");
    end();
    assert_int_equal(edge_pid(), 0);
    assert_int_not_equal(access(fixture.api_path, F_OK), 0);
}

static void what_cannot_be_bound_is_said_by_name(void **state)
{
    char question[64];
    char wanted[128];

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    (void)snprintf(question, sizeof(question), "listen 6 %s", fixture.address);
    (void)snprintf(wanted, sizeof(wanted),
                   "%d %s: the address is in use ('ss -ltnp' shows by whom)", -EADDRINUSE,
                   fixture.address);
    expect(question, wanted);
    (void)snprintf(wanted, sizeof(wanted),
                   "%d 192.0.2.1:80: this machine does not have the address", -EADDRNOTAVAIL);
    expect("listen 6 192.0.2.1:80", wanted);
    (void)snprintf(wanted, sizeof(wanted), "%d nonsense: Invalid argument", -EINVAL);
    expect("listen 6 nonsense", wanted);
    expect("unlisten 5", "done");
    wait_until(edge_pid() == 0);
    /* Tried, but nobody gets in. */
    (void)snprintf(question, sizeof(question), "listen 0 %s", fixture.address);
    expect(question, "0 ");
    assert_int_equal(edge_pid(), 0);
    listen_there();
    wait_until(edge_pid() != 0);
    (void)snprintf(wanted, sizeof(wanted),
                   "%d %s: the address is in use ('ss -ltnp' shows by whom)", -EADDRINUSE,
                   fixture.address);
    expect(question, wanted);
    end();
}

static void both_families_are_served_by_a_port_alone(void **state)
{
    char question[64];
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd;

    (void)state;
    start_with(NULL, 5000);
    (void)snprintf(question, sizeof(question), "listen 5 :%d", fixture.port);
    expect(question, "0 ");
    wait_until(edge_pid() != 0);
    to.sin6_port = htons(fixture.port);
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && access("/proc/net/if_inet6", F_OK) == 0)
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    if (fd >= 0)
        (void)close(fd);
    end();
}

static void a_new_edge_gets_what_the_one_before_had(void **state)
{
    pid_t before;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    before = edge_pid();
    assert_int_equal(kill(before, SIGKILL), 0);
    /* Nobody is refused in between: a connection waits for the next edge. */
    wait_until(edge_pid() != before && edge_pid() != 0);
    wait_until(generation_served() == 4);
    assert_int_equal(kill(edge_pid(), SIGKILL), 0);
    wait_until(generation_served() == 4);
    end();
}

static void a_configuration_that_kills_the_edge_is_dropped(void **state)
{
    char wanted[128];

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    (void)snprintf(wanted, sizeof(wanted), "%d the edge ended while it took the configuration",
                   -EPIPE);
    expect("config 667", wanted);
    wait_until(generation_served() == 4);
    end();
}

static void a_new_control_hears_what_is_held(void **state)
{
    pid_t before;
    pid_t edge;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    edge = edge_pid();
    before = control_pid();
    assert_int_equal(kill(before, SIGKILL), 0);
    assert_int_equal(edge_pid(), edge);
    wait_until(control_pid() != before && control_pid() != 0);
    expect("held", "1 4");
    assert_int_equal(edge_pid(), edge);
    end();
}

static void the_port_of_the_dashboard_outlives_control(void **state)
{
    pid_t before;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    open_dashboard();
    for (unsigned int i = 0; i < 2; i++) {
        before = control_pid();
        assert_int_equal(kill(before, SIGKILL), 0);
        while (is_alive(before))
            assert_false(dashboard_port_is_free());
        assert_false(dashboard_port_is_free());
        wait_until(control_pid() != before && control_pid() != 0);
        assert_true(has_dashboard());
    }
    /* Another takes its place, and the first one is free when that is said. */
    {
        uint16_t first = fixture.dashboard_port;
        uint16_t second;

        open_dashboard();
        second = fixture.dashboard_port;
        fixture.dashboard_port = first;
        assert_true(dashboard_port_is_free());
        fixture.dashboard_port = second;
    }
    expect("dashboard off", "held");
    assert_true(dashboard_port_is_free());
    before = control_pid();
    assert_int_equal(kill(before, SIGKILL), 0);
    wait_until(control_pid() != before && control_pid() != 0);
    assert_false(has_dashboard());
    open_dashboard();
    end();
    assert_true(dashboard_port_is_free());
}

static void a_killed_supervisor_comes_back_and_the_edge_stays(void **state)
{
    pid_t edge;
    pid_t control;
    uint64_t generation;
    int connection;
    char byte = 'x';

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    edge = greet(&generation, &connection);
    open_dashboard();
    control = control_pid();
    assert_int_equal(kill(fixture.supervisor, SIGKILL), 0);
    (void)wait_for_end(fixture.supervisor);
    assert_int_equal(edge_pid(), edge);
    wait_until(!dashboard_port_is_free() && control_pid() != control && control_pid() != 0);
    assert_true(has_dashboard());
    expect("held", "1 4");
    assert_int_equal(edge_pid(), edge);
    expect("config 5", "0 ");
    assert_int_equal(generation_served(), 5);
    /* The connection has seen nothing. */
    assert_int_equal(recv(connection, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    (void)close(connection);
    /* The new one is whole: it restarts the edge that is not its child. */
    assert_int_equal(kill(edge, SIGKILL), 0);
    wait_until(edge_pid() != 0 && edge_pid() != edge);
    wait_until(generation_served() == 5);
    expect("shutdown", "done");
    wait_until(access(fixture.api_path, F_OK) != 0);
    wait_until(waitpid(-1, NULL, WNOHANG) < 0);
}

/* Its process is gone from the tree, but its lock is not yet: as where it dies slowly. */
static void one_that_dies_slowly_is_waited_for(void **state)
{
    char path[128];
    pid_t control;
    int lock;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    control = control_pid();
    assert_int_equal(kill(control, SIGSTOP), 0);
    assert_int_equal(kill(fixture.supervisor, SIGKILL), 0);
    (void)wait_for_end(fixture.supervisor);
    (void)snprintf(path, sizeof(path), "%s/run/supervisor.pid", fixture.folder);
    lock = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(kill(control, SIGCONT), 0);
    /* Somebody tries, and is refused: the descriptor is only opened to be locked. */
    wait_until(is_open_elsewhere(path, control));
    assert_int_equal(control_pid(), control);
    (void)close(lock);
    wait_until(control_pid() != control && control_pid() != 0);
    expect("held", "1 4");
    assert_null(strstr(said(), "another daemon"));
    expect("shutdown", "done");
    wait_until(waitpid(-1, NULL, WNOHANG) < 0);
}

static void control_stays_until_there_is_a_supervisor(void **state)
{
    char path[128];
    pid_t control;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    control = control_pid();
    (void)snprintf(path, sizeof(path), "%s/run", fixture.folder);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(kill(fixture.supervisor, SIGKILL), 0);
    (void)wait_for_end(fixture.supervisor);
    wait_until(strstr(said(), "another will try") != NULL);
    assert_int_equal(control_pid(), control);
    assert_int_equal(chmod(path, 0700), 0);
    wait_until(control_pid() != control && control_pid() != 0);
    expect("held", "1 4");
    assert_int_equal(generation_served(), 4);
    expect("shutdown", "done");
    wait_until(waitpid(-1, NULL, WNOHANG) < 0);
}

static void one_that_is_killed_while_it_ends_stays_away(void **state)
{
    uint64_t generation;
    pid_t control;
    pid_t edge;
    int connection;

    (void)state;
    start_with(NULL, 600000);
    listen_there();
    edge = greet(&generation, &connection);
    control = control_pid();
    assert_int_equal(kill(fixture.supervisor, SIGTERM), 0);
    wait_until(edge_pid() == 0);
    assert_int_equal(kill(fixture.supervisor, SIGKILL), 0);
    (void)wait_for_end(fixture.supervisor);
    assert_int_equal(wait_for_end(control), 0);
    (void)close(connection);
    assert_int_equal(wait_for_end(edge), 0);
    wait_until(waitpid(-1, NULL, WNOHANG) < 0);
}

static void a_second_one_in_the_same_place_is_refused(void **state)
{
    pid_t first;
    char wanted[128];

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    first = fixture.supervisor;
    start_with(NULL, 5000);
    assert_int_equal(wait_for_end(fixture.supervisor), 1);
    (void)snprintf(wanted, sizeof(wanted), "another daemon is using the folder: process %d",
                   (int)first);
    assert_non_null(strstr(said(), wanted));
    fixture.supervisor = first;
    wait_until(edge_pid() != 0);
    end();
}

static void draining_lets_connections_finish(void **state)
{
    uint64_t generation;
    int connection;
    int status;

    (void)state;
    start_with(NULL, 60000);
    listen_there();
    assert_int_not_equal(greet(&generation, &connection), 0);
    assert_int_equal(kill(fixture.supervisor, SIGTERM), 0);
    wait_until(edge_pid() == 0);
    assert_int_not_equal(control_pid(), 0); /* still answers */
    assert_int_equal(waitpid(fixture.supervisor, &status, WNOHANG), 0);
    (void)close(connection);
    assert_int_equal(wait_for_end(fixture.supervisor), 0);
}

static void a_second_signal_does_not_wait(void **state)
{
    uint64_t generation;
    int connection;

    (void)state;
    start_with(NULL, 600000);
    listen_there();
    assert_int_not_equal(greet(&generation, &connection), 0);
    assert_int_equal(kill(fixture.supervisor, SIGTERM), 0);
    wait_until(edge_pid() == 0);
    assert_int_equal(kill(fixture.supervisor, SIGTERM), 0);
    assert_int_equal(wait_for_end(fixture.supervisor), 0);
    (void)close(connection);
}

static void an_upgrade_keeps_connections_and_sockets(void **state)
{
    uint64_t generation;
    pid_t edge;
    pid_t control;
    int connection;
    char byte = 'x';

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    expect("config 4", "0 ");
    edge = greet(&generation, &connection);
    open_dashboard();
    control = control_pid();
    assert_int_equal(kill(fixture.supervisor, SIGUSR2), 0);
    wait_until(edge_pid() != edge);
    assert_int_not_equal(edge_pid(), 0);
    wait_until(generation_served() == 4);
    wait_until(control_pid() != control && control_pid() != 0);
    assert_true(has_dashboard());
    assert_true(is_alive(edge));
    assert_int_equal(recv(connection, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    (void)close(connection);
    wait_until(!is_alive(edge));
    expect("config 5", "0 ");
    end();
}

static void a_second_upgrade_ends_the_edge_of_the_first(void **state)
{
    uint64_t generation;
    pid_t edges[3];
    int connection;

    (void)state;
    start_with(NULL, 5000);
    listen_there();
    edges[0] = greet(&generation, &connection);
    assert_int_equal(kill(fixture.supervisor, SIGUSR2), 0);
    wait_until((edges[1] = edge_pid()) != edges[0]);
    wait_until(strstr(said(), "finishes its connections") != NULL);
    assert_true(is_alive(edges[0]));
    assert_int_equal(kill(fixture.supervisor, SIGUSR2), 0);
    wait_until(!is_alive(edges[0]));
    wait_until((edges[2] = edge_pid()) != edges[1] && edges[2] != 0);
    (void)close(connection);
    end();
}

static char *const *loader_for(const char *generation)
{
    static char *arguments[5];

    arguments[0] = (char *)"slipway";
    arguments[1] = (char *)"@load";
    arguments[2] = fixture.api_path;
    arguments[3] = (char *)generation;
    return arguments;
}

static void the_loader_runs_at_start_and_on_a_signal(void **state)
{
    (void)state;
    start_with(loader_for("8"), 5000);
    listen_there();
    wait_until(generation_served() == 8);
    wait_until(strstr(said(), "ready") != NULL);
    expect("config 9", "0 ");
    assert_int_equal(generation_served(), 9);
    assert_int_equal(kill(fixture.supervisor, SIGHUP), 0);
    wait_until(generation_served() == 8);
    end();
}

static void an_upgrade_waits_for_the_loader(void **state)
{
    pid_t edge;

    (void)state;
    start_with(loader_for("8"), 5000);
    listen_there();
    wait_until(generation_served() == 8);
    wait_until(strstr(said(), "ready\n") != NULL);
    expect("config 9", "0 ");
    edge = edge_pid();
    assert_int_equal(kill(edge, SIGSTOP), 0); /* the loader waits for it */
    assert_int_equal(kill(fixture.supervisor, SIGHUP), 0);
    wait_for_signal();
    assert_int_equal(kill(fixture.supervisor, SIGUSR2), 0);
    wait_for_signal();
    assert_int_equal(kill(edge, SIGCONT), 0);
    wait_until(generation_served() == 8);
    wait_until(edge_pid() != edge && edge_pid() != 0);
    wait_until(generation_served() == 8);
    wait_until(!is_alive(edge));
    end();
}

static void an_upgrade_before_the_first_load_does_not_lose_it(void **state)
{
    (void)state;
    start_with(loader_for("8"), 5000);
    wait_until(is_locked());
    assert_int_equal(kill(fixture.supervisor, SIGUSR2), 0);
    wait_until(strstr(said(), "going on as") != NULL);
    listen_there();
    wait_until(generation_served() == 8);
    end();
}

static void signals_before_it_serves_wait(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int accepted;

    (void)state;
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/run", fixture.folder);
    assert_int_equal(mkdir(address.sun_path, 0700), 0);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/edge.sock", fixture.folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    start_with(loader_for("8"), 5000);
    /* It waits for an edge that says nothing. */
    accepted = accept(fd, NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(kill(fixture.supervisor, SIGHUP), 0);
    assert_int_equal(kill(fixture.supervisor, SIGUSR1), 0);
    (void)close(accepted);
    (void)close(fd);
    listen_there();
    wait_until(generation_served() == 8);
    end();
}

static void sigquit_ends_it_in_good_order(void **state)
{
    (void)state;
    start_with(NULL, 5000);
    listen_there();
    assert_int_equal(kill(fixture.supervisor, SIGQUIT), 0);
    assert_int_equal(wait_for_end(fixture.supervisor), 0);
    assert_int_equal(edge_pid(), 0);
}

static void one_that_fails_at_start_ends_it(void **state)
{
    (void)state;
    start_with(loader_for("666"), 5000);
    assert_int_equal(wait_for_end(fixture.supervisor), 1);
    assert_non_null(strstr(said(), "could not be loaded"));
}

static void logs_are_reopened_on_a_signal(void **state)
{
    char answer[64] = "";

    (void)state;
    start_with(NULL, 5000);
    wait_until(control_pid() != 0);
    assert_int_equal(kill(fixture.supervisor, SIGUSR1), 0);
    wait_until(ask("reopened", answer, sizeof(answer)) && strcmp(answer, "1") == 0);
    end();
}

static void a_folder_that_others_can_write_to_is_refused(void **state)
{
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/run", fixture.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0777), 0);
    start_with(NULL, 5000);
    assert_int_equal(wait_for_end(fixture.supervisor), 1);
    assert_non_null(strstr(said(), "others may write to the folder"));
}

static void what_is_in_the_way_is_to_be_removed(void **state)
{
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/run", fixture.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/run/supervisor.pid", fixture.folder);
    assert_int_equal(symlink("elsewhere", path), 0);
    start_with(NULL, 5000);
    assert_int_equal(wait_for_end(fixture.supervisor), 1);
    assert_non_null(strstr(said(), "symbolic links are not followed here; remove it"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(fixture.api_path, 0700), 0);
    start_with(NULL, 5000);
    assert_int_equal(wait_for_end(fixture.supervisor), 1);
    assert_non_null(strstr(said(), "a folder is in the way; remove it"));
}

#define supervisor_test(test)                                                                      \
    cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

static const struct CMUnitTest tests[] = {
    supervisor_test(it_listens_and_passes_configurations_on),
    supervisor_test(what_cannot_be_bound_is_said_by_name),
    supervisor_test(both_families_are_served_by_a_port_alone),
    supervisor_test(a_new_edge_gets_what_the_one_before_had),
    supervisor_test(a_configuration_that_kills_the_edge_is_dropped),
    supervisor_test(a_new_control_hears_what_is_held),
    supervisor_test(the_port_of_the_dashboard_outlives_control),
    supervisor_test(a_killed_supervisor_comes_back_and_the_edge_stays),
    supervisor_test(one_that_dies_slowly_is_waited_for),
    supervisor_test(control_stays_until_there_is_a_supervisor),
    supervisor_test(one_that_is_killed_while_it_ends_stays_away),
    supervisor_test(a_second_one_in_the_same_place_is_refused),
    supervisor_test(draining_lets_connections_finish),
    supervisor_test(a_second_signal_does_not_wait),
    supervisor_test(an_upgrade_keeps_connections_and_sockets),
    supervisor_test(a_second_upgrade_ends_the_edge_of_the_first),
    supervisor_test(the_loader_runs_at_start_and_on_a_signal),
    supervisor_test(an_upgrade_waits_for_the_loader),
    supervisor_test(an_upgrade_before_the_first_load_does_not_lose_it),
    supervisor_test(signals_before_it_serves_wait),
    supervisor_test(sigquit_ends_it_in_good_order),
    supervisor_test(one_that_fails_at_start_ends_it),
    supervisor_test(logs_are_reopened_on_a_signal),
    supervisor_test(a_folder_that_others_can_write_to_is_refused),
    supervisor_test(what_is_in_the_way_is_to_be_removed),
};

int main(int argc, char **argv)
{
    int status;

    if (fixture_run_role(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
