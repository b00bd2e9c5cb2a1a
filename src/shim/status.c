/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "shim/line.h"
#include "shim/shim.h"

#define NEW_FILE SHIM_STATUS_FILE ".new"

static void add(struct line *line, const char *key, int64_t number)
{
    line_add(line, key);
    line_add_number(line, number);
    line_add(line, "\n");
}

size_t status_text(const struct shim *shim, char *text, size_t size)
{
    static const char *const states[] = {"running", "running", "restarting", "exited"};
    static const char *const healths[] = {"none", "starting", "healthy", "unhealthy"};
    struct line line = line_in(text, size);

    line_add(&line, "state ");
    line_add(&line, states[shim->phase]);
    line_add(&line, "\nhealth ");
    line_add(&line, healths[shim->health]);
    line_add(&line, "\n");
    add(&line, "shim ", getpid());
    add(&line, "pid ", shim->main_pid);
    add(&line, "exit_code ", shim->exit_code);
    add(&line, "restarts ", shim->restarts);
    add(&line, "started ", (int64_t)shim->started_unix_ns);
    add(&line, "finished ", (int64_t)shim->finished_unix_ns);
    add(&line, "dropped ", (int64_t)shim->output.dropped_total);
    line_add(&line, "note ");
    for (const char *next = shim->note; *next != '\0'; next++)
        line_add_bytes(&line, *next == '\n' ? " " : next, 1);
    line_add(&line, "\nend\n");
    return line.length;
}

/* The last word where the disk is full: into the room that the file has already. */
static void overwrite_file(const char *text, size_t size)
{
    int fd = open(SHIM_STATUS_FILE, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (pwrite(fd, text, size, 0) == (ssize_t)size)
        (void)!ftruncate(fd, (off_t)size);
    (void)close(fd);
}

static void write_file(const char *text, size_t size)
{
    int fd = open(NEW_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t length = -1;

    if (fd >= 0) {
        length = write(fd, text, size);
        (void)close(fd);
    }
    if (length == (ssize_t)size && rename(NEW_FILE, SHIM_STATUS_FILE) == 0)
        return;
    (void)unlink(NEW_FILE);
    overwrite_file(text, size);
}

void status_changed(struct shim *shim)
{
    char text[SHIM_STATUS_MAX];
    size_t size = status_text(shim, text, sizeof(text));

    write_file(text, size);
    clients_tell_status(shim, text, size);
}
