/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/supervisor/places.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/os.h"

#define PLACES_AGAIN_MS 20

static char *places_path(const char *folder, const char *name)
{
    _cleanup_strbuf_ struct strbuf path;

    strbuf_init(&path, 1 << 16);
    strbuf_printf(&path, "%s/%s", folder, name);
    return strbuf_failure(&path) < 0 ? NULL : take_ptr(path.data);
}

/* Who holds the lock, as far as the file tells: digits and nothing else. */
static int places_say_who(const char *runtime_dir, int fd, struct error **reterr)
{
    char text[16] = "";
    ssize_t length = os_read(fd, text, sizeof(text) - 1);
    size_t digits = length > 0 ? strspn(text, "0123456789") : 0;

    if (digits == 0)
        return error_set(reterr, EWOULDBLOCK, "%s: another daemon is using the folder",
                         runtime_dir);
    return error_set(reterr, EWOULDBLOCK, "%s: another daemon is using the folder: process %.*s",
                     runtime_dir, (int)digits, text);
}

/* There is no event for a lock that is given up that could be waited for with a limit. */
static int places_wait_for_lock(int fd, uint64_t wait_ns)
{
    uint64_t until_ns = time_add(os_monotonic_time_ns(), wait_ns);
    int r;

    while ((r = os_lock_file(fd)) == -EWOULDBLOCK && os_monotonic_time_ns() < until_ns)
        (void)os->poll(NULL, 0, PLACES_AGAIN_MS);
    return r;
}

static int places_lock(struct places *places, uint64_t wait_ns, struct error **reterr)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    _cleanup_os_close_ int fd = -1;
    int r;

    if (places->lock_fd >= 0)
        return 0;
    fd = os_open(places->pid_path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
    if (fd < 0)
        return error_set(reterr, -fd, "%s: %s", places->pid_path,
                         fd == -ELOOP ? "symbolic links are not followed here; remove it"
                                      : error_text(-fd));
    r = places_wait_for_lock(fd, wait_ns);
    if (r == -EWOULDBLOCK)
        return places_say_who(places->runtime_dir, fd, reterr);
    if (r == 0 && os->ftruncate(fd, 0) < 0)
        r = -errno;
    if (r == 0)
        r = os_write_all(fd, text, (size_t)length);
    if (r < 0)
        return error_set(reterr, -r, "%s: %s", places->pid_path, error_text(-r));
    places->lock_fd = take_fd(&fd);
    return 0;
}

int places_init(struct places *places, const char *runtime_dir, const char *state_dir, int lock_fd,
                uint64_t wait_ns, struct error **reterr)
{
    mode_t mode = geteuid() == 0 ? 0755 : 0700;
    int r;

    *places = (struct places){
        .runtime_dir = runtime_dir,
        .lock_fd = lock_fd,
        .pid_path = places_path(runtime_dir, "supervisor.pid"),
        .api_path = places_path(runtime_dir, "control.sock"),
        .handover_path = places_path(runtime_dir, "edge.sock"),
    };
    if (places->pid_path == NULL || places->api_path == NULL || places->handover_path == NULL)
        r = error_set(reterr, ENOMEM, "out of memory");
    else
        r = os_own_folder(runtime_dir, mode, reterr);
    if (r == 0)
        r = os_own_folder(state_dir, 0700, reterr);
    if (r == 0)
        r = places_lock(places, wait_ns, reterr);
    if (r < 0)
        places_deinit(places);
    return r;
}

void places_clear(struct places *places)
{
    (void)os->unlink(places->api_path);
    (void)os->unlink(places->handover_path);
    /* The file stays, empty: a lock on one that was removed would lock nobody out. */
    (void)os->ftruncate(places->lock_fd, 0);
}

void places_deinit(struct places *places)
{
    free(places->pid_path);
    free(places->api_path);
    free(places->handover_path);
    os_closep(&places->lock_fd);
    *places = (struct places){.lock_fd = -1};
}
