/* SPDX-License-Identifier: Apache-2.0 */
/* Each question is answered by a child that has entered the sandbox, with its exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sandbox.h"

enum {
    DONE = 0,
    REFUSED = 1,
    NO_SANDBOX = 99,
};

/* The wait status of a child that did this inside. */
static int inside(int (*function)(void))
{
    struct sandbox_options options = {0};
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        for (int number = 1; number < NSIG; number++)
            (void)signal(number, SIG_DFL); /* what the test catches shall kill */
        _exit(sandbox_enter_edge(&options) < 0 ? NO_SANDBOX : function());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int exit_status_inside(int (*function)(void))
{
    int status = inside(function);

    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int denied(long result)
{
    return result < 0 && (errno == EACCES || errno == EPERM) ? REFUSED : DONE;
}

#define assert_refused(function) assert_int_equal(exit_status_inside(function), REFUSED)
#define assert_done(function)    assert_int_equal(exit_status_inside(function), DONE)
#define assert_killed(function)                                                                    \
    do {                                                                                           \
        int wait_status = inside(function);                                                        \
        assert_true(WIFSIGNALED(wait_status));                                                     \
        assert_int_equal(WTERMSIG(wait_status), SIGSYS);                                           \
    } while (0)

static int open_for_reading(void)
{
    return denied(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int open_for_writing(void)
{
    return denied(open("/tmp/slipway-sandbox", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int open_itself(void)
{
    return denied(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
}

static int list_a_folder(void)
{
    return denied(opendir("/") == NULL ? -1 : 0);
}

static void files_are_out_of_reach(void **state)
{
    (void)state;
    if (SANDBOX_IS_RELAXED)
        skip();
    assert_refused(open_for_reading);
    assert_refused(open_for_writing);
    assert_refused(open_itself);
    assert_refused(list_a_folder);
}

static int run_a_program(void)
{
    (void)execl("/bin/true", "true", (char *)NULL);
    return denied(-1);
}

static int trace(void)
{
    return denied(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int run_from_memory(void)
{
    return denied(syscall(SYS_execveat, -1, "/bin/true", NULL, NULL, 0));
}

static void what_only_an_intruder_does_kills(void **state)
{
    (void)state;
    if (SANDBOX_IS_RELAXED) {
        assert_refused(run_a_program);
        skip();
    }
    assert_killed(run_a_program);
    assert_killed(run_from_memory);
    assert_killed(trace);
}

static int open_packet_socket(void)
{
    return denied(socket(AF_PACKET, SOCK_RAW, 0));
}

static int open_netlink_socket(void)
{
    return denied(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int listen_on_a_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd < 0 ? 7 : denied(bind(fd, (struct sockaddr *)&any, sizeof(any)));
}

static void other_sockets_are_refused(void **state)
{
    (void)state;
    assert_refused(open_packet_socket);
    assert_refused(open_netlink_socket);
    assert_refused(listen_on_a_port);
}

static int map_executable_memory(void)
{
    return denied(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                       -1, 0) == MAP_FAILED
                      ? -1
                      : 0);
}

static int make_memory_executable(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? 7 : denied(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

static int fork_itself(void)
{
    return denied(fork());
}

static int signal_the_parent(void)
{
    return denied(kill(getppid(), 0));
}

static void code_processes_and_signals_are_refused(void **state)
{
    (void)state;
    if (SANDBOX_IS_RELAXED)
        skip();
    assert_refused(map_executable_memory);
    assert_refused(make_memory_executable);
    assert_refused(fork_itself);
    assert_refused(signal_the_parent);
}

static int unknown_call(void)
{
    return syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS ? DONE : REFUSED;
}

static void what_it_does_not_know_does_not_exist(void **state)
{
    (void)state;
    if (SANDBOX_IS_RELAXED)
        skip();
    assert_done(unknown_call);
}

static int be_nobody(void)
{
    if (getuid() == 0 || geteuid() == 0)
        return 2;
    if (getgid() == 0 || getegid() == 0)
        return 4;
    return setuid(0) == 0 ? 5 : DONE;
}

static void root_becomes_somebody_else(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_done(be_nobody);
}

static int have_no_core_file(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? DONE : REFUSED;
}

static int have_all_descriptors(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == limit.rlim_max ? DONE
                                                                                     : REFUSED;
}

static void limits_are_set(void **state)
{
    (void)state;
    assert_done(have_no_core_file);
    assert_done(have_all_descriptors);
}

static int server_fd;
static struct sockaddr_in server_address;
static struct sockaddr_un local_address;

static int speak(int family, const void *address, socklen_t size, int listener)
{
    int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int server;
    char byte = 0;

    if (client < 0)
        return 2;
    if (connect(client, address, size) < 0)
        return 3;
    server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (server < 0)
        return 4;
    if (send(client, "x", 1, MSG_NOSIGNAL) != 1 || recv(server, &byte, 1, 0) != 1 || byte != 'x')
        return 5;
    return DONE;
}

static int speak_tcp(void)
{
    return speak(AF_INET, &server_address, sizeof(server_address), server_fd);
}

static int local_fd;

static int speak_locally(void)
{
    return speak(AF_UNIX, &local_address, sizeof(local_address), local_fd);
}

static void connections_work(void **state)
{
    socklen_t size = sizeof(server_address);
    char folder[] = "/tmp/slipway-test-XXXXXX";

    (void)state;
    server_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    server_address.sin_family = AF_INET;
    server_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(server_fd, (struct sockaddr *)&server_address, size), 0);
    assert_int_equal(listen(server_fd, 8), 0);
    assert_int_equal(getsockname(server_fd, (struct sockaddr *)&server_address, &size), 0);
    assert_done(speak_tcp);
    (void)close(server_fd);

    /* Where others may go: the sandbox has an id of its own. */
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    local_address.sun_family = AF_UNIX;
    (void)snprintf(local_address.sun_path, sizeof(local_address.sun_path), "%s/socket", folder);
    local_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(local_fd, (struct sockaddr *)&local_address, sizeof(local_address)), 0);
    assert_int_equal(chmod(local_address.sun_path, 0777), 0);
    assert_int_equal(listen(local_fd, 8), 0);
    assert_done(speak_locally);
    (void)close(local_fd);
    (void)unlink(local_address.sun_path);
    (void)rmdir(folder);
}

static void *work(void *argument)
{
    void *memory = malloc(1 << 20);

    if (memory != NULL)
        memset(memory, 1, 1 << 20);
    free(memory);
    (void)pthread_setname_np(pthread_self(), "worker");
    return argument;
}

static int use_threads(void)
{
    pthread_t threads[4];
    int marks[4];
    void *result = NULL;

    for (size_t i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, work, &marks[i]) != 0)
            return 2;
    }
    for (size_t i = 0; i < 4; i++) {
        if (pthread_join(threads[i], &result) != 0 || result != &marks[i])
            return 3;
    }
    return DONE;
}

static int use_the_rest(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    struct stat status;
    char bytes[16];
    int fds[2];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int counter = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

    if (epoll < 0 || counter < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, counter, &event) < 0 ||
        epoll_wait(epoll, &event, 1, 1000) != 1)
        return 2;
    if (pipe2(fds, O_CLOEXEC) < 0 || fstat(fds[0], &status) < 0 || !S_ISFIFO(status.st_mode))
        return 3;
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes) || fcntl(fds[0], F_GETFL) < 0)
        return 4;
    return sysconf(_SC_NPROCESSORS_ONLN) < 1 ? 5 : DONE;
}

static void threads_and_events_work(void **state)
{
    (void)state;
    assert_done(use_threads);
    assert_done(use_the_rest);
}

static int abort_itself(void)
{
    abort();
}

static void a_broken_invariant_still_ends_it(void **state)
{
    int status;

    (void)state;
    status = inside(abort_itself);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_out_of_reach),
        cmocka_unit_test(what_only_an_intruder_does_kills),
        cmocka_unit_test(other_sockets_are_refused),
        cmocka_unit_test(code_processes_and_signals_are_refused),
        cmocka_unit_test(what_it_does_not_know_does_not_exist),
        cmocka_unit_test(root_becomes_somebody_else),
        cmocka_unit_test(limits_are_set),
        cmocka_unit_test(connections_work),
        cmocka_unit_test(threads_and_events_work),
        cmocka_unit_test(a_broken_invariant_still_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
