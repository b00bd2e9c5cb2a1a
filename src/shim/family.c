/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/family.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/line.h"
#include "shim/orders.h"

/* As the kernel writes it. */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static ssize_t read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return -1;
    length = read(fd, text, size - 1);
    (void)close(fd);
    if (length >= 0)
        text[length] = '\0';
    return length;
}

/* "PID (NAME) STATE PARENT ...", where the name may hold anything. */
static pid_t parent_of(const char *number)
{
    char path[64], text[512];
    struct line line = line_in(path, sizeof(path));
    const char *behind;
    pid_t parent = 0;

    line_add(&line, "/proc/");
    line_add(&line, number);
    line_add(&line, "/stat");
    if (read_text(path, text, sizeof(text)) <= 0)
        return -1;
    behind = strrchr(text, ')');
    if (behind == NULL || strlen(behind) < 5)
        return -1;
    for (behind += 4; *behind >= '0' && *behind <= '9'; behind++)
        parent = parent * 10 + (*behind - '0');
    return parent;
}

static void visit(const char *number, pid_t own)
{
    uint64_t pid;

    if (line_parse_number(number, INT_MAX, &pid) && pid > 1 && parent_of(number) == own)
        (void)kill((pid_t)pid, SIGKILL);
}

/* Without opendir(), which would want memory. */
static void visit_all(pid_t own)
{
    static char data[4096] __attribute__((aligned(8)));
    int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long length;

    if (fd < 0)
        return;
    while ((length = syscall(SYS_getdents64, fd, data, sizeof(data))) > 0) {
        for (long offset = 0; offset < length;) {
            const struct entry *entry = (const struct entry *)(const void *)(data + offset);

            visit(entry->name, own);
            offset += entry->length;
        }
    }
    (void)close(fd);
}

/* Newer control groups end all who are in them at once; others do not have the file. */
static void kill_cgroups(const struct orders *orders)
{
    for (size_t i = 0; i < orders->cgroup_count; i++) {
        char path[PATH_MAX];
        struct line line = line_in(path, sizeof(path));
        int fd;

        line_add(&line, orders->cgroups[i]);
        line_add(&line, "/cgroup.kill");
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        (void)!write(fd, "1", 1);
        (void)close(fd);
    }
}

void family_kill(const struct orders *orders)
{
    kill_cgroups(orders);
    visit_all(getpid());
}
