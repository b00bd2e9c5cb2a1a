/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that the edge may make. Three answers for the others:
 *
 *   - the process is killed for what nothing in it ever does, and an intruder would: running
 *     programs, looking into processes, mounting, loading code into the kernel. There is nothing to
 *     go on with after that, and the supervisor starts another edge.
 *   - "permission denied" for what libraries try on the side and can do without, as opening files,
 *     and for arguments out of bounds, as memory that can be executed or a socket of another
 * family.
 *   - "no such call" for the rest. That is what a C library falls back from when it meets an older
 *     kernel, so a newer library works here as well; it does not with any other answer.
 *
 * Calls of the hot path have no conditions on their arguments: the kernel then lets them through by
 * a bitmap, without running the filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sandbox.h"

#define FILTER_COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const int filter_allowed[] = {
    /* moving bytes */
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(splice),
    SCMP_SYS(tee),
    SCMP_SYS(pipe2),
    SCMP_SYS(connect),
    SCMP_SYS(accept4),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(close),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(dup3),
    SCMP_SYS(eventfd2),
    SCMP_SYS(fstat),
    SCMP_SYS(lseek),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    /* memory; what could make it executable has conditions below */
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mincore),
    /* threads and time */
    SCMP_SYS(futex),
    SCMP_SYS(futex_waitv),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(getcpu),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(membarrier),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    /* signals to itself */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(sigaltstack),
    /* asking about itself */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit),
    SCMP_SYS(times),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getrandom),
};

static const int filter_killed[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(io_uring_setup),
};

static const int filter_denied[] = {
    SCMP_SYS(open),       SCMP_SYS(openat),    SCMP_SYS(openat2),    SCMP_SYS(creat),
    SCMP_SYS(stat),       SCMP_SYS(lstat),     SCMP_SYS(access),     SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
    SCMP_SYS(unlink),     SCMP_SYS(rename),    SCMP_SYS(mkdir),      SCMP_SYS(bind),
    SCMP_SYS(listen),     SCMP_SYS(kill),      SCMP_SYS(tkill),      SCMP_SYS(fork),
    SCMP_SYS(vfork),      SCMP_SYS(setuid),    SCMP_SYS(setgid),     SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),  SCMP_SYS(setgroups), SCMP_SYS(capset),
};

/* In a build with a sanitizer, where all else is allowed. */
static const int filter_denied_relaxed[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(bind), SCMP_SYS(listen),         SCMP_SYS(mount),
    SCMP_SYS(setns),  SCMP_SYS(unshare),  SCMP_SYS(bpf),  SCMP_SYS(io_uring_setup),
};

static int filter_add_list(scmp_filter_ctx filter, uint32_t action, const int *list, size_t count)
{
    int r = 0;

    /* One that the machine's architecture does not have is passed over. */
    for (size_t i = 0; r == 0 && i < count; i++)
        r = list[i] == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, action, list[i], 0);
    return r;
}

static struct scmp_arg_cmp filter_when(unsigned int argument, enum scmp_compare comparison,
                                       scmp_datum_t a, scmp_datum_t b)
{
    return (struct scmp_arg_cmp){.arg = argument, .op = comparison, .datum_a = a, .datum_b = b};
}

static int filter_add_sockets(scmp_filter_ctx filter)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    int r = 0;

    for (size_t i = 0; r == 0 && i < FILTER_COUNT(families); i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                             filter_when(0, SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
    return r;
}

/* By what the arguments must be; with others these calls are denied. */
static int filter_add_conditions(scmp_filter_ctx filter)
{
    static const struct {
        int call;
        struct scmp_arg_cmp condition;
    } rules[] = {
        {SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
        {SCMP_SYS(mprotect), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
        /* a thread, not a process; clone3 hides its flags in memory and does not exist here */
        {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
        /* of a descriptor: that there is no path cannot be seen, but only looking is allowed */
        {SCMP_SYS(newfstatat), {3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0}},
        {SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0, 0}}, /* asking only */
        {SCMP_SYS(prctl), {0, SCMP_CMP_EQ, PR_SET_NAME, 0}},
        {SCMP_SYS(prctl), {0, SCMP_CMP_EQ, PR_GET_NAME, 0}},
        {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONBIO, 0}},
        {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONREAD, 0}},
        {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, TCGETS, 0}},
    };
    int r = filter_add_sockets(filter);

    for (size_t i = 0; r == 0 && i < FILTER_COUNT(rules); i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, rules[i].call, 1, rules[i].condition);
    /* abort() and raise() */
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                             filter_when(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    return r;
}

/* The opposite of the conditions: libseccomp has one answer for a call whose rules do not match,
 * and that would be "no such call". */
static int filter_add_refusals(scmp_filter_ctx filter)
{
    uint32_t denied = SCMP_ACT_ERRNO(EACCES);
    int r;

    r = seccomp_rule_add(filter, denied, SCMP_SYS(mmap), 1,
                         filter_when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    if (r == 0)
        r = seccomp_rule_add(filter, denied, SCMP_SYS(mprotect), 1,
                             filter_when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    if (r == 0)
        r = seccomp_rule_add(filter, denied, SCMP_SYS(clone), 1,
                             filter_when(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if (r == 0)
        r = seccomp_rule_add(filter, denied, SCMP_SYS(tgkill), 1,
                             filter_when(0, SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));
    if (r == 0)
        r = seccomp_rule_add(filter, denied, SCMP_SYS(prlimit64), 1,
                             filter_when(2, SCMP_CMP_NE, 0, 0));
    return r;
}

/* Other families: all below the ones allowed, between them and above. */
static int filter_refuse_sockets(scmp_filter_ctx filter)
{
    uint32_t denied = SCMP_ACT_ERRNO(EACCES);
    int r = seccomp_rule_add(filter, denied, SCMP_SYS(socket), 1,
                             filter_when(0, SCMP_CMP_GT, AF_INET6, 0));

    for (int family = AF_UNSPEC; r == 0 && family < AF_INET6; family++) {
        if (family != AF_UNIX && family != AF_INET)
            r = seccomp_rule_add(filter, denied, SCMP_SYS(socket), 1,
                                 filter_when(0, SCMP_CMP_EQ, (scmp_datum_t)family, 0));
    }
    return r;
}

static int filter_fill(scmp_filter_ctx filter)
{
    uint32_t denied = SCMP_ACT_ERRNO(EACCES);
    int r;

    if (SANDBOX_IS_RELAXED) {
        r = filter_refuse_sockets(filter);
        if (r == 0)
            r = filter_add_list(filter, denied, filter_denied_relaxed,
                                FILTER_COUNT(filter_denied_relaxed));
        return r;
    }
    r = filter_add_list(filter, SCMP_ACT_ALLOW, filter_allowed, FILTER_COUNT(filter_allowed));
    if (r == 0)
        r = filter_add_list(filter, SCMP_ACT_KILL_PROCESS, filter_killed,
                            FILTER_COUNT(filter_killed));
    if (r == 0)
        r = filter_add_list(filter, denied, filter_denied, FILTER_COUNT(filter_denied));
    if (r == 0)
        r = filter_add_conditions(filter);
    if (r == 0)
        r = filter_add_refusals(filter);
    if (r == 0)
        r = filter_refuse_sockets(filter);
    return r;
}

int sandbox_filter_edge(void)
{
    scmp_filter_ctx filter;
    int r;

    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        return -ENOSYS;
    filter = seccomp_init(SANDBOX_IS_RELAXED ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS));
    if (filter == NULL)
        return -ENOMEM;
    /* Found by halving, for those that do run the filter. */
    r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r == 0)
        r = filter_fill(filter);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}
