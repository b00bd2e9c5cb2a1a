/* SPDX-License-Identifier: Apache-2.0 */
#include "os/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/descriptor.h"
#include "os/os.h"

#define SANDBOX_USER "slipway-edge"
#define SANDBOX_UID  61599

/* An entry of the list of users is no longer. */
#define SANDBOX_USER_TEXTS_SIZE 4096

/*
 * Identity
 */

/* What no user id gives back: nothing may be permitted, effective or inherited. */
static int sandbox_drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static bool sandbox_is_unavailable(int code)
{
    return code == EPERM || code == EINVAL; /* not allowed, or unmapped in this user namespace */
}

/* Returns 1 where the process has another id now, 0 where it keeps its own. */
static int sandbox_change_user(const struct sandbox_options *options)
{
    uid_t uid = options->fallback_uid != 0 ? options->fallback_uid : SANDBOX_UID;
    gid_t gid = uid;
    const char *name = options->user != NULL ? options->user : SANDBOX_USER;
    char texts[SANDBOX_USER_TEXTS_SIZE];
    struct passwd entry;
    struct passwd *user = NULL;

    if (geteuid() != 0)
        return 0;
    if (getpwnam_r(name, &entry, texts, sizeof(texts), &user) == 0 && user != NULL &&
        user->pw_uid != 0) {
        uid = user->pw_uid;
        gid = user->pw_gid;
    }
    if (setgroups(0, NULL) < 0 && !sandbox_is_unavailable(errno))
        return -errno;
    if (setresgid(gid, gid, gid) < 0 && !sandbox_is_unavailable(errno))
        return -errno;
    if (setresuid(uid, uid, uid) < 0)
        return sandbox_is_unavailable(errno) ? 0 : -errno;
    return setuid(0) == 0 ? -EPERM : 1; /* it must not come back */
}

/* Keys are in this memory: no core file, and nobody of the same id may look. A leak checker traces
 * its own process, which the change of id forbade. */
static int sandbox_close_memory(void)
{
    struct rlimit none = {0};

    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return -errno;
    return prctl(PR_SET_DUMPABLE, SANDBOX_IS_RELAXED, 0, 0, 0) < 0 ? -errno : 0;
}

/*
 * Landlock, of which only the header may be older than the kernel. By the version of its interface:
 */

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL               (1ULL << 1)
#endif

/* As the newest kernel has it; older ones take the beginning. */
struct sandbox_ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

#define SANDBOX_FILES_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1) /* what version 1 knows */

static size_t sandbox_fill_ruleset(struct sandbox_ruleset *ruleset, int abi)
{
    *ruleset = (struct sandbox_ruleset){.files = SANDBOX_FILES_1};
    if (abi >= 2)
        ruleset->files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        ruleset->files |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 4)
        ruleset->network = LANDLOCK_ACCESS_NET_BIND_TCP;
    if (abi >= 5)
        ruleset->files |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    if (abi >= 6)
        ruleset->scopes = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
    if (abi < 4)
        return offsetof(struct sandbox_ruleset, network);
    return abi < 6 ? offsetof(struct sandbox_ruleset, scopes) : sizeof(*ruleset);
}

/* Returns the version, or 0 where there is none. */
static int sandbox_restrict_files(void)
{
    struct sandbox_ruleset ruleset;
    long abi;
    long fd;
    int r = 0;

    if (SANDBOX_IS_RELAXED)
        return 0;
    abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi <= 0)
        return abi < 0 && errno != ENOSYS && errno != EOPNOTSUPP ? -errno : 0;
    fd =
        syscall(SYS_landlock_create_ruleset, &ruleset, sandbox_fill_ruleset(&ruleset, (int)abi), 0);
    if (fd < 0)
        return -errno;
    if (syscall(SYS_landlock_restrict_self, (int)fd, 0) < 0)
        r = -errno;
    (void)os_close((int)fd);
    return r < 0 ? r : (int)abi;
}

/*
 * All of it
 */

int sandbox_enter_edge_reported(const struct sandbox_options *options,
                                struct sandbox_report *ret_report)
{
    struct sandbox_report report = {0};
    int r;

    (void)os_raise_descriptor_limit();
    r = sandbox_change_user(options);
    if (r < 0)
        return r;
    report.has_own_uid = r > 0 || geteuid() != 0;
    r = sandbox_drop_capabilities();
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (r == 0)
        r = sandbox_close_memory();
    if (r < 0)
        return r;
    r = sandbox_restrict_files();
    if (r < 0)
        return r;
    report.landlock_abi = r;
    r = sandbox_filter_edge();
    if (r < 0 && r != -ENOSYS)
        return r;
    report.has_filter = r == 0;
    *ret_report = report;
    return 0;
}

int sandbox_enter_edge(const struct sandbox_options *options)
{
    struct sandbox_report report;

    return sandbox_enter_edge_reported(options, &report);
}
