/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "os/file.h"
#include "os/os.h"

#define LIMIT ((size_t)1 << 20)

/* Each test runs in an empty folder of its own, removed with what is in it. */
static char folder[] = "/tmp/slipway-test-XXXXXX";
static char *folder_before;

static int with_folder(void **state)
{
    (void)state;
    memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
    folder_before = getcwd(NULL, 0);
    return folder_before != NULL && mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static size_t count_entries(void)
{
    DIR *directory = opendir(".");
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    assert_int_equal(closedir(directory), 0);
    return count - 2; /* without . and .. */
}

static int without_folder(void **state)
{
    DIR *directory = opendir(".");
    struct dirent *entry;
    int r;

    (void)state;
    (void)os_set_ops(NULL);
    while ((entry = readdir(directory)) != NULL)
        (void)remove(entry->d_name);
    (void)closedir(directory);
    r = chdir(folder_before);
    free(folder_before);
    return r < 0 ? r : rmdir(folder);
}

static void write_file(const char *path, const char *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_int_equal(write(fd, data, size), size);
    assert_int_equal(close(fd), 0);
}

static void assert_content(const char *path, const char *expected, size_t expected_size)
{
    _cleanup_free_ char *data = NULL;
    size_t size = 0;

    assert_int_equal(os_read_file(path, LIMIT, &data, &size, NULL), 0);
    assert_int_equal(size, expected_size);
    assert_memory_equal(data, expected, size);
    assert_int_equal(data[size], '\0');
}

/* The file is refused with the code, and the message names it and says the words. */
static void assert_refused(const char *path, size_t limit_bytes, int code, const char *words)
{
    _cleanup_error_ struct error *error = NULL;
    char *data = NULL;
    size_t size = 12345;

    assert_int_equal(os_read_file(path, limit_bytes, &data, &size, &error), code);
    assert_non_null(strstr(error->message, path));
    assert_non_null(strstr(error->message, words));
    assert_null(data);
    assert_int_equal(size, 12345);
}

static void a_file_is_read_whole_with_a_nul_after_it(void **state)
{
    _cleanup_free_ char *large = malloc(300000);

    (void)state;
    write_file("file", "a\0b", 3);
    assert_content("file", "a\0b", 3);
    write_file("empty", "", 0);
    assert_content("empty", "", 0);
    memset(large, 'x', 300000);
    write_file("large", large, 300000);
    assert_content("large", large, 300000);
}

static void sizes_around_the_first_buffer_are_read_whole(void **state)
{
    char data[5000];

    (void)state;
    memset(data, 'x', sizeof(data));
    for (size_t size = 4090; size < 4100; size++) {
        write_file("file", data, size);
        assert_content("file", data, size);
    }
}

static void a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not(void **state)
{
    char *data = NULL;

    (void)state;
    write_file("file", "12345", 5);
    assert_int_equal(os_read_file("file", 5, &data, NULL, NULL), 0);
    assert_string_equal(data, "12345");
    free(data);
    assert_refused("file", 4, -EFBIG, "4 bytes");
    assert_refused("file", 0, -EFBIG, "0 bytes");
    assert_int_equal(os_read_file("file", SIZE_MAX, &data, NULL, NULL), 0);
    assert_string_equal(data, "12345");
    free(data);
    assert_int_equal(truncate("file", ((off_t)2 << 20) + 1), 0);
    assert_refused("file", (size_t)2 << 20, -EFBIG, "2 MiB");
}

static void what_is_no_regular_file_is_refused_by_name_and_without_waiting(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_refused("pipe", LIMIT, -EINVAL, "a named pipe, not a regular file");
    assert_refused("socket", LIMIT, -EINVAL, "a socket, not a regular file");
    assert_refused(".", LIMIT, -EISDIR, "is a directory");
    assert_refused("/dev/zero", LIMIT, -EINVAL, "a device, not a regular file");
    assert_refused("missing", LIMIT, -ENOENT, "No such file");
    assert_int_equal(close(fd), 0);
}

static void only_names_of_descriptors_may_be_pipes(void **state)
{
    char path[64];

    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/../../..%s/pipe", folder);
    assert_refused(path, LIMIT, -EINVAL, "a named pipe");
}

static void the_null_device_is_an_empty_file(void **state)
{
    (void)state;
    assert_content("/dev/null", "", 0);
}

static void a_symbolic_link_is_followed(void **state)
{
    (void)state;
    write_file("file", "abc", 3);
    assert_int_equal(symlink("file", "link"), 0);
    assert_content("link", "abc", 3);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_refused("loop", LIMIT, -ELOOP, "symbolic links");
}

static void a_file_that_does_not_know_its_size_is_read_whole(void **state)
{
    _cleanup_free_ char *data = NULL;
    size_t size = 0;

    (void)state;
    assert_int_equal(os_read_file("/proc/self/status", LIMIT, &data, &size, NULL), 0);
    assert_true(size > 100);
    assert_int_equal(strncmp(data, "Name:", 5), 0);
}

static int poll_count;
static int writer_fd = -1;

/* In place of waiting: more data arrives, and at last the end. */
static int poll_that_feeds(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    assert_int_equal(count, 1);
    assert_int_equal(fds[0].events, POLLIN);
    assert_int_equal(timeout_ms, -1);
    if (poll_count++ < 3) {
        assert_int_equal(write(writer_fd, "more,", 5), 5);
    } else if (writer_fd >= 0) {
        assert_int_equal(close(writer_fd), 0);
        writer_fd = -1;
    }
    return 1;
}

static void a_pipe_named_by_its_descriptor_is_read_to_its_end(void **state)
{
    struct os_ops ops = os_default_ops;

    (void)state;
    ops.poll = poll_that_feeds;
    (void)os_set_ops(&ops);
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        writer_fd = ends[1];
        poll_count = 0;
        (void)snprintf(path, sizeof(path), i == 0 ? "/dev/fd/%d" : "/proc/self/fd/%d", ends[0]);
        assert_content(path, "more,more,more,", 15);
        assert_int_equal(poll_count, 4);
        assert_int_equal(close(ends[0]), 0);
    }
}

static void an_endless_pipe_stops_at_the_limit(void **state)
{
    _cleanup_error_ struct error *error = NULL;
    char *data = NULL;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(os_read_fd(fd, "standard input", LIMIT, &data, NULL, &error), -EFBIG);
    assert_string_equal(error->message, "standard input is too big: the limit is 1 MiB");
    assert_null(data);
    assert_int_equal(close(fd), 0);
}

static void a_descriptor_is_read_from_where_it_stands(void **state)
{
    _cleanup_free_ char *data = NULL;
    size_t size = 0;
    int fd;

    (void)state;
    write_file("file", "abcdef", 6);
    fd = open("file", O_RDONLY | O_CLOEXEC);
    assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
    assert_int_equal(os_read_fd(fd, "file", LIMIT, &data, &size, NULL), 0);
    assert_string_equal(data, "cdef");
    assert_int_equal(size, 4);
    assert_int_equal(close(fd), 0);
}

static off_t claimed_size;

static int fstat_that_lies(int fd, struct stat *stat)
{
    int r = os_default_ops.fstat(fd, stat);

    stat->st_size = claimed_size;
    return r;
}

static void a_file_that_grows_or_shrinks_after_the_check_is_still_bounded(void **state)
{
    struct os_ops ops = os_default_ops;
    _cleanup_free_ char *large = malloc(200000);

    (void)state;
    memset(large, 'x', 200000);
    write_file("file", large, 200000);
    ops.fstat = fstat_that_lies;
    (void)os_set_ops(&ops);
    claimed_size = 10;
    assert_content("file", large, 200000);
    assert_refused("file", 199999, -EFBIG, "199999 bytes");
    claimed_size = 900000;
    assert_content("file", large, 200000);
}

static ssize_t read_three_bytes(int fd, void *data, size_t size)
{
    return os_default_ops.read(fd, data, size < 3 ? size : 3);
}

static ssize_t write_three_bytes(int fd, const void *data, size_t size)
{
    return os_default_ops.write(fd, data, size < 3 ? size : 3);
}

static void short_reads_and_writes_are_continued(void **state)
{
    struct os_ops ops = os_default_ops;
    int fd;

    (void)state;
    ops.read = read_three_bytes;
    ops.write = write_three_bytes;
    (void)os_set_ops(&ops);
    fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(os_write_all(fd, "abcdefgh", 8), 0);
    assert_int_equal(close(fd), 0);
    assert_content("file", "abcdefgh", 8);
}

static int reader_fd;
static size_t drained;

/* In place of waiting: the other end takes what there is. */
static int poll_that_drains(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    static char data[65536];
    ssize_t length = read(reader_fd, data, sizeof(data));

    assert_int_equal(count, 1);
    assert_int_equal(fds[0].events, POLLOUT);
    assert_int_equal(timeout_ms, -1);
    assert_true(length > 0);
    drained += (size_t)length;
    return 1;
}

static void writing_waits_for_a_descriptor_that_does_not_block(void **state)
{
    _cleanup_free_ char *large = calloc(1, 500000);
    struct os_ops ops = os_default_ops;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    ops.poll = poll_that_drains;
    (void)os_set_ops(&ops);
    reader_fd = ends[0];
    drained = 0;
    assert_int_equal(os_write_all(ends[1], large, 500000), 0);
    while (drained < 500000)
        (void)poll_that_drains(&(struct pollfd){.events = POLLOUT}, 1, -1);
    assert_int_equal(drained, 500000);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void a_file_is_replaced_with_content_and_mode(void **state)
{
    struct stat stat;
    mode_t mask = umask(077);

    (void)state;
    write_file("file", "old and longer", 14);
    assert_int_equal(os_write_file_atomically("file", "new", 3, 0644, NULL), 0);
    (void)umask(mask);
    assert_content("file", "new", 3);
    assert_int_equal(lstat("file", &stat), 0);
    assert_int_equal(stat.st_mode, S_IFREG | 0644);
    assert_int_equal(count_entries(), 1);
}

static void whoever_reads_the_old_file_keeps_the_old_content(void **state)
{
    char data[4] = {0};
    int fd;

    (void)state;
    write_file("file", "old", 3);
    fd = open("file", O_RDONLY | O_CLOEXEC);
    assert_int_equal(os_write_file_atomically("file", "new", 3, 0600, NULL), 0);
    assert_int_equal(read(fd, data, 3), 3);
    assert_string_equal(data, "old");
    assert_int_equal(close(fd), 0);
}

static void a_file_is_written_in_its_folder_whatever_the_length_of_its_name(void **state)
{
    char path[sizeof(folder) + 257];
    size_t length = sizeof(folder) - 1;

    (void)state;
    memcpy(path, folder, length);
    path[length] = '/';
    memset(path + length + 1, 'n', 255);
    path[length + 256] = '\0';
    assert_int_equal(os_write_file_atomically(path, "new", 3, 0600, NULL), 0);
    assert_content(path, "new", 3);
}

static void a_refused_write_leaves_nothing_behind(void **state)
{
    _cleanup_error_ struct error *error = NULL;

    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(os_write_file_atomically("folder", "new", 3, 0600, &error), -EISDIR);
    assert_non_null(strstr(error->message, "cannot write folder"));
    assert_int_equal(count_entries(), 1);
    assert_int_equal(os_write_file_atomically("none/file", "new", 3, 0600, NULL), -ENOENT);
    assert_int_equal(os_write_file_atomically("", "new", 3, 0600, NULL), -ENOENT);
    assert_int_equal(count_entries(), 1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_is_read_whole_with_a_nul_after_it),
        IN_FOLDER(sizes_around_the_first_buffer_are_read_whole),
        IN_FOLDER(a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not),
        IN_FOLDER(what_is_no_regular_file_is_refused_by_name_and_without_waiting),
        IN_FOLDER(only_names_of_descriptors_may_be_pipes),
        IN_FOLDER(the_null_device_is_an_empty_file),
        IN_FOLDER(a_symbolic_link_is_followed),
        IN_FOLDER(a_file_that_does_not_know_its_size_is_read_whole),
        IN_FOLDER(a_pipe_named_by_its_descriptor_is_read_to_its_end),
        IN_FOLDER(an_endless_pipe_stops_at_the_limit),
        IN_FOLDER(a_descriptor_is_read_from_where_it_stands),
        IN_FOLDER(a_file_that_grows_or_shrinks_after_the_check_is_still_bounded),
        IN_FOLDER(short_reads_and_writes_are_continued),
        IN_FOLDER(writing_waits_for_a_descriptor_that_does_not_block),
        IN_FOLDER(a_file_is_replaced_with_content_and_mode),
        IN_FOLDER(whoever_reads_the_old_file_keeps_the_old_content),
        IN_FOLDER(a_file_is_written_in_its_folder_whatever_the_length_of_its_name),
        IN_FOLDER(a_refused_write_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
