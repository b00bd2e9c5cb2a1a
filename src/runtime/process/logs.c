/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what shim/output.h says that shims write. All files are opened first, the newest before
 * the others, so that a rotation meanwhile shows as a file that we have already, and none is
 * missed. Following goes on in the newest; when it was rotated away, in the one that came after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "os/inotify.h"
#include "os/os.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define READ_BYTES       65536
#define SHIM_AGAIN_MS    50
#define CHANGES_AGAIN_MS 200 /* without inotify */

struct log_file {
    int fd;
    ino_t inode;
};

struct log_reader {
    const struct instance *instance;
    const struct runtime_log_options *options;
    runtime_log_sink *sink;
    void *context;
    struct log_file files[SHIM_LOG_FILE_MAX]; /* the newest first */
    size_t file_count;
    uint64_t to_skip, seen;
    bool is_counting;
    bool is_enough;
    size_t length; /* of a record whose end did not come yet */
    char data[READ_BYTES];
};

/* Records */

/* "UNIX_NS S TEXT" */
static bool parse_head(const char *record, size_t length, uint64_t *ret_time_ns, bool *ret_is_error,
                       size_t *ret_text)
{
    uint64_t time_ns = 0;
    size_t next = 0;

    while (next < length && next < 19 && record[next] >= '0' && record[next] <= '9')
        time_ns = time_ns * 10 + (uint64_t)(record[next++] - '0');
    if (next == 0 || next + 3 > length || record[next] != ' ' || record[next + 2] != ' ' ||
        strchr("oeOE", record[next + 1]) == NULL)
        return false;
    *ret_time_ns = time_ns;
    *ret_is_error = record[next + 1] == 'e' || record[next + 1] == 'E';
    *ret_text = next + 3;
    return true;
}

static void take_record(struct log_reader *reader, const char *record, size_t length)
{
    const struct runtime_log_options *options = reader->options;
    uint64_t time_ns;
    bool is_error;
    size_t text;

    if (!parse_head(record, length, &time_ns, &is_error, &text))
        return;
    if (!(is_error ? options->has_stderr : options->has_stdout) || time_ns < options->since_unix_ns)
        return;
    if (options->until_unix_ns != 0 && time_ns > options->until_unix_ns) {
        reader->is_enough = !reader->is_counting && options->follows;
        return;
    }
    if (reader->is_counting || reader->seen++ < reader->to_skip) {
        reader->to_skip += reader->is_counting;
        return;
    }
    if (reader->sink(reader->context, is_error, time_ns, record + text, length - text) != 0)
        reader->is_enough = true;
}

static void take_data(struct log_reader *reader)
{
    size_t start = 0;
    const char *newline;

    while (!reader->is_enough &&
           (newline = memchr(reader->data + start, '\n', reader->length - start)) != NULL) {
        size_t length = (size_t)(newline - reader->data) - start;

        take_record(reader, reader->data + start, length);
        start += length + 1;
    }
    reader->length -= start;
    memmove(reader->data, reader->data + start, reader->length);
    if (reader->length == sizeof(reader->data))
        reader->length = 0; /* no record is that long: something else wrote it */
}

static bool is_cancelled(const struct log_reader *reader)
{
    struct pollfd poll = {.fd = reader->options->cancel_fd, .events = POLLIN};

    return poll.fd >= 0 && os->poll(&poll, 1, 0) > 0 && poll.revents != 0;
}

/* To its end as it is now. */
static int read_file(struct log_reader *reader, int fd)
{
    while (!reader->is_enough) {
        ssize_t length =
            os_read(fd, reader->data + reader->length, sizeof(reader->data) - reader->length);

        if (length <= 0)
            return (int)length;
        reader->length += (size_t)length;
        take_data(reader);
        if (is_cancelled(reader))
            reader->is_enough = true;
    }
    return 0;
}

/* Files */

static int open_number(const struct log_reader *reader, size_t number, struct log_file *ret)
{
    _cleanup_free_ char *path = NULL;
    struct stat status;
    int fd;

    if ((number == 0
             ? asprintf(&path, "%s/" SHIM_LOG_FILE, reader->instance->folder)
             : asprintf(&path, "%s/" SHIM_LOG_FILE ".%zu", reader->instance->folder, number)) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    fd = os_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return fd;
    if (os->fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        (void)os_close(fd);
        return -EIO;
    }
    *ret = (struct log_file){.fd = fd, .inode = status.st_ino};
    return 0;
}

static bool has_file(const struct log_reader *reader, ino_t inode)
{
    for (size_t i = 0; i < reader->file_count; i++) {
        if (reader->files[i].inode == inode)
            return true;
    }
    return false;
}

static void open_all(struct log_reader *reader)
{
    for (size_t number = 0; reader->file_count < SHIM_LOG_FILE_MAX; number++) {
        struct log_file file;
        int r = open_number(reader, number, &file);

        if (r < 0 && number > 0)
            return;
        if (r < 0)
            continue; /* between two steps of a rotation there is none of that name */
        if (has_file(reader, file.inode))
            (void)os_close(file.fd);
        else
            reader->files[reader->file_count++] = file;
    }
}

static void close_all(struct log_reader *reader)
{
    for (size_t i = 0; i < reader->file_count; i++)
        (void)os_close(reader->files[i].fd);
    reader->file_count = 0;
}

static int read_all(struct log_reader *reader)
{
    int r = 0;

    for (size_t i = reader->file_count; i > 0 && r == 0; i--) {
        reader->length = 0;
        r = read_file(reader, reader->files[i - 1].fd);
    }
    return r;
}

/* How many there are, first, so that the second time all but the last ones can be passed over. */
static int read_tail(struct log_reader *reader)
{
    int64_t tail = reader->options->tail;
    int r;

    if (tail < 0)
        return read_all(reader);
    reader->is_counting = true;
    r = read_all(reader);
    reader->is_counting = false;
    if (r < 0 || reader->is_enough)
        return r;
    reader->to_skip = reader->to_skip > (uint64_t)tail ? reader->to_skip - (uint64_t)tail : 0;
    reader->seen = 0;
    close_all(reader);
    open_all(reader);
    return read_all(reader);
}

/* Following */

/* The file that came after the one we are in: 1 where there is one. */
static int next_file(struct log_reader *reader)
{
    struct log_file newer = {.fd = -1}, file;

    for (size_t number = 0; number < SHIM_LOG_FILE_MAX; number++) {
        int r = open_number(reader, number, &file);

        if (r < 0 && number > 0)
            break;
        if (r < 0)
            continue;
        if (reader->file_count > 0 && file.inode == reader->files[0].inode) {
            (void)os_close(file.fd);
            break;
        }
        if (newer.fd >= 0)
            (void)os_close(newer.fd);
        newer = file;
    }
    if (newer.fd < 0)
        return 0;
    close_all(reader);
    reader->files[reader->file_count++] = newer;
    reader->length = 0;
    return 1;
}

static int read_on(struct log_reader *reader)
{
    int r = 0;

    do {
        if (reader->file_count > 0)
            r = read_file(reader, reader->files[0].fd);
    } while (r == 0 && !reader->is_enough && next_file(reader) > 0);
    return r;
}

/* Where that cannot be, we look again and again, and try it then. */
static void watch_folder(const struct log_reader *reader, int *inotify_fd)
{
    int r;

    if (*inotify_fd >= 0)
        return;
    *inotify_fd = os_inotify();
    r = *inotify_fd < 0 ? *inotify_fd : os_inotify_add(*inotify_fd, reader->instance->folder);
    if (r >= 0)
        return;
    if (r != -ENOENT)
        process_say_unwatched(r);
    os_closep(inotify_fd);
    *inotify_fd = -1;
}

/* A shim that has just begun, or is about to end, may hold the folder without taking calls: then
 * nothing would tell of its end, and we look again. */
static int wait_for_more(struct log_reader *reader, int inotify_fd, int *shim_fd, int hangup_fd)
{
    int timeout_ms = *shim_fd < 0 ? SHIM_AGAIN_MS : inotify_fd < 0 ? CHANGES_AGAIN_MS : -1;
    struct pollfd fds[] = {
        {.fd = inotify_fd, .events = POLLIN},
        {.fd = *shim_fd, .events = POLLIN},
        {.fd = reader->options->cancel_fd, .events = POLLIN},
        {.fd = hangup_fd, .events = POLLRDHUP},
    };

    if (os->poll(fds, 4, timeout_ms) < 0)
        return errno == EINTR ? 0 : -errno;
    if (fds[1].revents != 0) {
        (void)os_close(*shim_fd);
        *shim_fd = -1;
    }
    reader->is_enough |= fds[2].revents != 0 || fds[3].revents != 0;
    if (inotify_fd >= 0)
        (void)os_inotify_clear(inotify_fd);
    return 0;
}

static int follow(struct log_reader *reader, int hangup_fd)
{
    _cleanup_os_close_ int inotify_fd = -1;
    _cleanup_os_close_ int shim_fd = -1;
    int r = 0;

    while (r == 0 && !reader->is_enough) {
        bool has_shim = instance_has_shim(reader->instance);

        watch_folder(reader, &inotify_fd);
        /* The end of the shim is told by its socket; the folder only tells of files. */
        if (shim_fd < 0 && has_shim)
            shim_fd = connection_open(reader->instance);
        r = read_on(reader);
        if (!has_shim || r < 0 || reader->is_enough)
            return r;
        r = wait_for_more(reader, inotify_fd, &shim_fd, hangup_fd);
    }
    return r;
}

int logs_read(const struct instance *instance, const struct runtime_log_options *options,
              int hangup_fd, runtime_log_sink *sink, void *context, struct error **reterr)
{
    struct log_reader *reader = calloc(1, sizeof(*reader));
    int r;

    if (reader == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    reader->instance = instance;
    reader->options = options;
    reader->sink = sink;
    reader->context = context;
    open_all(reader);
    r = read_tail(reader);
    if (r == 0 && options->follows && !reader->is_enough)
        r = follow(reader, hangup_fd);
    close_all(reader);
    free(reader);
    return r < 0
               ? error_set(reterr, -r, "the logs of instance %s: %s", instance->id, error_text(-r))
               : 0;
}

int process_logs(struct runtime *base, const char *project, const char *id,
                 const struct runtime_log_options *options, runtime_log_sink *sink, void *context,
                 struct error **reterr)
{
    _cleanup_instance_ struct instance instance = {0};
    int r = instance_load(process_of(base), project, id, &instance, reterr);

    return r < 0 ? r : logs_read(&instance, options, -1, sink, context, reterr);
}
