/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/line.h"
#include "shim/orders.h"

static int fail(struct line *problem, int code, const char *what, const char *name)
{
    line_add(problem, what);
    line_add(problem, name);
    line_add(problem, ": ");
    line_add(problem, line_error_text(code));
    return -code;
}

static int make_above(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return 0;
}

/* Something can only be put over what is there: where there is nothing, an empty one is made. */
static int make_place(const char *target, bool is_folder)
{
    char path[PATH_MAX];
    size_t length = strlen(target);
    int fd, r;

    if (length >= sizeof(path))
        return -ENAMETOOLONG;
    memcpy(path, target, length + 1);
    r = make_above(path);
    if (r < 0)
        return r;
    if (is_folder)
        return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return errno == EEXIST ? 0 : -errno;
    (void)close(fd);
    return 0;
}

static int put(const struct orders_bind *bind, struct line *problem)
{
    unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;
    struct stat source, target;
    int r;

    if (stat(bind->source, &source) < 0)
        return fail(problem, errno, "cannot find what goes to ", bind->target);
    if (stat(bind->target, &target) < 0) {
        mode_t mask = umask(022);

        r = make_place(bind->target, S_ISDIR(source.st_mode));
        (void)umask(mask);
        if (r < 0)
            return fail(problem, -r, "cannot make a place for ", bind->target);
    }
    if (mount(bind->source, bind->target, NULL, MS_BIND, NULL) < 0)
        return fail(problem, errno, "cannot put a file at ", bind->target);
    if (S_ISDIR(source.st_mode))
        flags &= ~(unsigned long)(MS_NOSUID | MS_NODEV);
    if (!bind->is_writable && mount(NULL, bind->target, NULL, flags, NULL) < 0)
        return fail(problem, errno, "cannot protect the file at ", bind->target);
    return 0;
}

static int enter_own(void)
{
    if (unshare(CLONE_NEWNS) < 0)
        return -errno;
    /* What the machine mounts is seen here, and nothing of ours there. */
    return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? -errno : 0;
}

int mounts_make(const struct orders *orders, struct line *problem)
{
    int r = enter_own();

    if (r < 0)
        return fail(problem, -r, "cannot make a mount namespace", "");
    for (size_t i = 0; i < orders->bind_count; i++) {
        r = put(&orders->binds[i], problem);
        if (r < 0)
            return r;
    }
    return 0;
}

int mounts_join(pid_t pid, struct line *problem)
{
    char path[64];
    struct line line = line_in(path, sizeof(path));
    int fd;
    int r = 0;

    line_add(&line, "/proc/");
    line_add_number(&line, pid);
    line_add(&line, "/ns/mnt");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
        r = fail(problem, errno, "cannot enter the instance's mount namespace", "");
    if (fd >= 0)
        (void)close(fd);
    return r;
}

bool mounts_probe(void)
{
    return enter_own() == 0 && mount("/etc", "/etc", NULL, MS_BIND, NULL) == 0;
}
