/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/line.h"

#define HEAD_MAX    32
#define BATCH_BYTES (2 * SHIM_LINE_MAX)

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void name_of(char *name, size_t size, uint64_t number)
{
    struct line line = line_in(name, size);

    line_add(&line, SHIM_LOG_FILE);
    if (number > 0) {
        line_add(&line, ".");
        line_add_number(&line, (int64_t)number);
    }
}

/* Files */

static void open_file(struct output *output)
{
    struct stat status;

    output->file_fd = open(SHIM_LOG_FILE, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    output->file_bytes =
        output->file_fd >= 0 && fstat(output->file_fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static void rotate(struct output *output)
{
    char from[32], to[32];

    if (output->file_fd >= 0)
        (void)close(output->file_fd);
    for (uint64_t number = output->file_count - 1; number > 0; number--) {
        name_of(from, sizeof(from), number - 1);
        name_of(to, sizeof(to), number);
        (void)rename(from, to);
    }
    if (output->file_count == 1)
        (void)unlink(SHIM_LOG_FILE);
    open_file(output);
}

/* Only whole records stay: a part of one would spoil what comes after it. */
static bool write_whole(struct output *output, const char *data, size_t size)
{
    ssize_t length;

    if (output->file_bytes + size > output->limit_bytes && output->file_bytes > 0)
        rotate(output);
    if (output->file_fd < 0)
        open_file(output);
    if (output->file_fd < 0)
        return false;
    do
        length = write(output->file_fd, data, size);
    while (length < 0 && errno == EINTR);
    if (length == (ssize_t)size) {
        output->file_bytes += size;
        return true;
    }
    if (length > 0)
        (void)!ftruncate(output->file_fd, (off_t)output->file_bytes);
    return false;
}

/* Records */

static void add_head(struct line *line, int64_t time_ns, char letter)
{
    char text[4] = {' ', letter, ' ', '\0'};

    line_add_number(line, time_ns);
    line_add(line, text);
}

static bool write_note(struct output *output, const char *text, uint64_t number)
{
    char data[1024];
    struct line line = line_in(data, sizeof(data) - 1);

    add_head(&line, now_ns(), 'e');
    line_add(&line, "slipway: ");
    line_add(&line, text);
    if (number > 0)
        line_add_number(&line, (int64_t)number);
    for (size_t i = 0; i < line.length; i++) {
        if (data[i] == '\n')
            data[i] = ' ';
    }
    data[line.length++] = '\n';
    return write_whole(output, data, line.length);
}

static void tell_dropped(struct output *output)
{
    if (output->dropped > 0 &&
        write_note(output,
                   "lines that could not be written to the log and are lost: ", output->dropped))
        output->dropped = 0;
}

static void write_records(struct output *output, struct line *batch, uint64_t *count)
{
    if (batch->length > 0) {
        tell_dropped(output);
        if (output->dropped > 0 || !write_whole(output, batch->data, batch->length)) {
            output->dropped += *count;
            output->dropped_total += *count;
        }
    }
    batch->length = 0;
    *count = 0;
}

struct batch {
    struct line line;
    int64_t time_ns;
    uint64_t count;
};

static void add_record(struct output *output, struct batch *batch, char letter, const char *text,
                       size_t size)
{
    uint64_t rest =
        output->limit_bytes > output->file_bytes ? output->limit_bytes - output->file_bytes : 0;

    /* A batch never goes over the end of a file, and is rotated as one with what it fits in. */
    if (batch->line.length + size + HEAD_MAX > batch->line.size ||
        batch->line.length + size + HEAD_MAX > rest)
        write_records(output, &batch->line, &batch->count);
    add_head(&batch->line, batch->time_ns, letter);
    line_add_bytes(&batch->line, text, size);
    line_add(&batch->line, "\n");
    batch->count++;
}

static void take_lines(struct output *output, struct output_stream *stream, const char *data,
                       size_t size)
{
    static char memory[BATCH_BYTES];
    struct batch batch = {.line = line_in(memory, sizeof(memory)), .time_ns = now_ns()};

    while (size > 0) {
        const char *newline = memchr(data, '\n', size);
        size_t length = newline != NULL ? (size_t)(newline - data) : size;
        size_t room = sizeof(stream->line) - stream->length;
        bool is_cut = length > room;

        if (is_cut)
            length = room;
        memcpy(stream->line + stream->length, data, length);
        stream->length += length;
        data += length;
        size -= length;
        if (is_cut) {
            add_record(output, &batch, (char)(stream->letter - 'a' + 'A'), stream->line,
                       stream->length);
            stream->length = 0;
        } else if (newline != NULL) {
            add_record(output, &batch, stream->letter, stream->line, stream->length);
            stream->length = 0;
            data++;
            size--;
        }
    }
    write_records(output, &batch.line, &batch.count);
}

static void end_line(struct output *output, struct output_stream *stream)
{
    if (stream->length > 0)
        take_lines(output, stream, "\n", 1);
}

static void close_stream(struct output *output, struct output_stream *stream)
{
    end_line(output, stream);
    if (stream->fd >= 0)
        (void)close(stream->fd);
    stream->fd = -1;
}

void output_read(struct output *output, struct output_stream *stream)
{
    static char data[SHIM_LINE_MAX];
    ssize_t length;

    do
        length = read(stream->fd, data, sizeof(data));
    while (length < 0 && errno == EINTR);
    if (length > 0)
        take_lines(output, stream, data, (size_t)length);
    else if (length == 0 || errno != EAGAIN)
        close_stream(output, stream);
}

void output_close(struct output *output)
{
    for (int i = 0; i < 2; i++) {
        struct output_stream *stream = &output->streams[i];
        uint64_t rounds = 0;

        /* All writers are gone, so this comes to an end; but for one that was handed elsewhere. */
        while (stream->fd >= 0 && rounds++ < 256) {
            static char data[SHIM_LINE_MAX];
            ssize_t length = read(stream->fd, data, sizeof(data));

            if (length > 0)
                take_lines(output, stream, data, (size_t)length);
            else if (length == 0 || errno != EINTR)
                close_stream(output, stream);
        }
        close_stream(output, stream);
    }
}

void output_init(struct output *output, uint64_t limit_bytes, uint64_t file_count)
{
    *output = (struct output){
        .streams = {{.fd = -1, .letter = 'o'}, {.fd = -1, .letter = 'e'}},
        .file_fd = -1,
        .limit_bytes = limit_bytes,
        .file_count = file_count,
    };
    open_file(output);
}

int output_open(struct output *output, int ret_writers[2])
{
    int ends[2][2];

    for (int i = 0; i < 2; i++) {
        if (pipe2(ends[i], O_CLOEXEC) < 0) {
            int code = errno;

            if (i > 0) {
                (void)close(ends[0][0]);
                (void)close(ends[0][1]);
            }
            return -code;
        }
    }
    for (int i = 0; i < 2; i++) {
        (void)fcntl(ends[i][0], F_SETFL, O_NONBLOCK);
        output->streams[i].fd = ends[i][0];
        ret_writers[i] = ends[i][1];
    }
    return 0;
}

void output_note(struct output *output, const char *text)
{
    tell_dropped(output);
    (void)write_note(output, text, 0);
}
