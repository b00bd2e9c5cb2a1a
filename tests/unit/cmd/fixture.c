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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/supervisor/supervisor.h"
#include "os/os.h"
#include "stub.h"

#include "fixture.h"

struct fixture fixture = {.log_fd = -1};

uint64_t now_ms(void)
{
    return os_monotonic_time_ns() / 1000000;
}

static void run_supervisor(char *const *loader, uint64_t drain_timeout_ms)
{
    char runtime_dir[128];
    char state_dir[128];
    struct supervisor_options options = {
        .runtime_dir = runtime_dir,
        .state_dir = state_dir,
        .drain_timeout_ms = drain_timeout_ms,
        .loader_arguments = loader,
    };

    (void)snprintf(runtime_dir, sizeof(runtime_dir), "%s/run", fixture.folder);
    (void)snprintf(state_dir, sizeof(state_dir), "%s/state", fixture.folder);
    /* The test's way of catching crashes would go on with the tests in this process. */
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)dup2(fixture.log_fd, STDERR_FILENO);
    if (fixture.in_child != NULL)
        fixture.in_child();
    os_log_to(STDERR_FILENO);
    _exit(supervisor_run(&options));
}

void start_with(char *const *loader, uint64_t drain_timeout_ms)
{
    fixture.supervisor = fork();
    assert_true(fixture.supervisor >= 0);
    if (fixture.supervisor == 0)
        run_supervisor(loader, drain_timeout_ms);
}

const char *said(void)
{
    static char text[65536];
    ssize_t length = pread(fixture.log_fd, text, sizeof(text) - 1, 0);

    text[length < 0 ? 0 : length] = '\0';
    return text;
}

int fixture_set_up(void **state)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char log_path[128];

    (void)state;
    (void)snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/slipway-test-XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    (void)snprintf(fixture.api_path, sizeof(fixture.api_path), "%s/run/control.sock",
                   fixture.folder);
    (void)snprintf(log_path, sizeof(log_path), "%s/log", fixture.folder);
    fixture.log_fd = open(log_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fixture.log_fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &size), 0);
    (void)close(fd);
    fixture.port = ntohs(any.sin_port);
    (void)snprintf(fixture.address, sizeof(fixture.address), "127.0.0.1:%d", fixture.port);
    return 0;
}

int fixture_tear_down(void **state)
{
    char command[128];

    (void)state;
    /* Only where a test failed is there still one. */
    for (unsigned int i = 0; i < 3 && waitpid(fixture.supervisor, NULL, WNOHANG) == 0; i++) {
        (void)kill(fixture.supervisor, SIGTERM);
        (void)poll(NULL, 0, 200);
    }
    (void)close(fixture.log_fd);
    (void)snprintf(command, sizeof(command), "rm -rf %s", fixture.folder);
    return system(command);
}

bool ask(const char *question, char *answer, int size)
{
    return stub_ask(fixture.api_path, question, answer, size);
}

void expect(const char *question, const char *wanted)
{
    char answer[512] = "";

    wait_until(ask(question, answer, sizeof(answer)));
    assert_string_equal(answer, wanted);
}

static int bind_to(uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(name);
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r;

    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    r = bind(fd, (struct sockaddr *)&name, sizeof(name));
    if (r == 0 && ret_port != NULL)
        assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    if (r == 0 && ret_port != NULL)
        *ret_port = ntohs(name.sin_port);
    (void)close(fd);
    return r;
}

void open_dashboard(void)
{
    char question[64];

    assert_int_equal(bind_to(0, &fixture.dashboard_port), 0);
    (void)snprintf(question, sizeof(question), "dashboard %d", fixture.dashboard_port);
    expect(question, "held");
    assert_false(dashboard_port_is_free());
    assert_true(has_dashboard());
}

bool dashboard_port_is_free(void)
{
    return bind_to(fixture.dashboard_port, NULL) == 0;
}

bool has_dashboard(void)
{
    char answer[64] = "";

    return ask("dashboard", answer, sizeof(answer)) &&
           strtol(answer, NULL, 10) == (long)fixture.dashboard_port;
}

pid_t control_pid(void)
{
    char answer[64];

    return ask("pid", answer, sizeof(answer)) ? (pid_t)strtol(answer, NULL, 10) : 0;
}

pid_t greet(uint64_t *ret_generation, int *ret_fd)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(fixture.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {.tv_sec = FIXTURE_PATIENCE_MS / 1000};
    char text[64] = "";
    int pid = 0;
    unsigned long generation = 0;

    /* A test shall fail where nobody answers, and not hang. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
        recv(fd, text, sizeof(text) - 1, 0) > 0 && sscanf(text, "%d %lu", &pid, &generation) == 2)
        *ret_generation = generation;
    if (ret_fd != NULL)
        *ret_fd = fd;
    else
        (void)close(fd);
    return pid;
}

pid_t edge_pid(void)
{
    uint64_t generation;

    return greet(&generation, NULL);
}

uint64_t generation_served(void)
{
    uint64_t generation = 0;

    return greet(&generation, NULL) == 0 ? 0 : generation;
}

void listen_there(void)
{
    char question[64];

    (void)snprintf(question, sizeof(question), "listen 5 %s", fixture.address);
    expect(question, "0 ");
}

int wait_for_end(pid_t pid)
{
    int status = 0;

    wait_until(waitpid(pid, &status, WNOHANG) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void end(void)
{
    assert_int_equal(kill(fixture.supervisor, SIGTERM), 0);
    assert_int_equal(wait_for_end(fixture.supervisor), 0);
}

bool is_alive(pid_t pid)
{
    return kill(pid, 0) == 0;
}

bool fixture_run_role(int argc, char **argv, int *ret_status)
{
    (void)signal(SIGPIPE, SIG_IGN);
    os_log_to(STDERR_FILENO);
    if (supervisor_run_role(argc, argv, ret_status) || stub_run_role(argc, argv, ret_status))
        return true;
    /* What the tree leaves behind comes to this process, and is seen to end. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    return false;
}
