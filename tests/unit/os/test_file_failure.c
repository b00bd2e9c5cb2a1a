/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "fault.h"
#include "os/file.h"
#include "os/os.h"
#include "os/path.h"

#define OLD_CONTENT "the old content"
#define NEW_CONTENT "the new content, which is longer"
#define LIMIT       ((size_t)1 << 20)

static char folder[] = "/tmp/slipway-test-XXXXXX";

static void write_old_content(void)
{
    int fd = open("file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_int_equal(write(fd, OLD_CONTENT, strlen(OLD_CONTENT)), strlen(OLD_CONTENT));
    assert_int_equal(close(fd), 0);
}

static int with_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int without_folder(void **state)
{
    (void)state;
    return unlink("file") == 0 && chdir("/") == 0 ? rmdir(folder) : -1;
}

static int without_faults(void **state)
{
    (void)state;
    fault_reset();
    (void)os_set_ops(NULL);
    return 0;
}

static size_t count_entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    assert_int_equal(closedir(directory), 0);
    return count;
}

static size_t count_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

static int read_old_content(struct error **reterr)
{
    char *data = NULL;
    size_t size = 0;
    int r = os_read_file("file", LIMIT, &data, &size, reterr);

    if (r == 0) {
        assert_int_equal(size, strlen(OLD_CONTENT));
        assert_string_equal(data, OLD_CONTENT);
    } else {
        assert_null(data);
        assert_int_equal(size, 0);
    }
    free(data);
    return r;
}

static int write_new_content(struct error **reterr)
{
    return os_write_file_atomically("file", NEW_CONTENT, strlen(NEW_CONTENT), 0600, reterr);
}

static int find_directory(struct error **reterr)
{
    char *path = NULL;
    int r = os_current_directory(&path, reterr);

    assert_true((r == 0) == (path != NULL));
    free(path);
    return r;
}

static int find_home(struct error **reterr)
{
    char *path = NULL;
    int r = os_home_directory(&path, reterr);

    assert_true((r == 0) == (path != NULL));
    free(path);
    return r;
}

/* There is one file, whole, with the old content or the new; returns whether it is the new. */
static bool content_is_new(void)
{
    char data[100] = {0};
    int fd = open("file", O_RDONLY | O_CLOEXEC);

    assert_int_equal(count_entries("."), 3);
    assert_true(read(fd, data, sizeof(data) - 1) > 0);
    assert_int_equal(close(fd), 0);
    if (strcmp(data, NEW_CONTENT) == 0)
        return true;
    assert_string_equal(data, OLD_CONTENT);
    return false;
}

/* Runs the function with the n-th system call failing with the code; returns what it returned.
 * Nothing may be left open or allocated, and an error must come with a message. */
static int run_with_failing_call(int (*function)(struct error **reterr), size_t n, int code)
{
    size_t descriptors = count_descriptors();
    size_t outstanding = fault_outstanding();
    struct error *error = NULL;
    int r;

    (void)os_set_ops(fault_os_ops(n, code));
    r = function(&error);
    (void)os_set_ops(NULL);
    assert_true((r < 0) == (error != NULL));
    (void)error_free(error);
    assert_int_equal(fault_outstanding(), outstanding);
    assert_int_equal(count_descriptors(), descriptors);
    return r;
}

static void reading_fails_with_any_call_but_close(void **state)
{
    size_t n;

    (void)state;
    write_old_content();
    for (n = 1;; n++) {
        int r = run_with_failing_call(read_old_content, n, EIO);

        if (!fault_os_call_failed())
            break;
        /* Once everything is read, there is nothing that close could spoil. */
        assert_int_equal(r, n == fault_os_calls_made() && r == 0 ? 0 : -EIO);
    }
    assert_int_equal(n, 6); /* open, fstat, read, read the end, close */
}

static void writing_fails_with_any_call_and_leaves_one_whole_file(void **state)
{
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        int r;

        write_old_content();
        r = run_with_failing_call(write_new_content, n, EIO);
        if (!fault_os_call_failed())
            break;
        if (r == 0) {
            assert_true(content_is_new());
            assert_int_equal(n, fault_os_calls_made()); /* closing the folder: all is done */
        } else {
            assert_int_equal(r, -EIO);
            assert_true(!content_is_new() || n > 6);
        }
    }
    /* create, write, mode, sync, close, rename; open, sync and close the folder */
    assert_int_equal(n, 10);
    assert_true(content_is_new());
}

static void interruptions_of_reading_and_writing_go_unnoticed(void **state)
{
    (void)state;
    write_old_content();
    for (size_t n = 3; n <= 5; n++)
        assert_int_equal(run_with_failing_call(read_old_content, n, EINTR), 0);
    assert_int_equal(run_with_failing_call(read_old_content, 1, EINTR), 0);
    assert_int_equal(run_with_failing_call(write_new_content, 2, EINTR), 0);
    assert_int_equal(run_with_failing_call(write_new_content, 5, EINTR), 0);
    assert_true(content_is_new());
}

static void a_folder_that_cannot_be_synced_for_good_reason_is_no_failure(void **state)
{
    (void)state;
    assert_int_equal(run_with_failing_call(write_new_content, 7, EACCES), 0);
    assert_int_equal(run_with_failing_call(write_new_content, 8, EINVAL), 0);
}

static void the_current_directory_is_found_or_the_failure_told(void **state)
{
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        int r = run_with_failing_call(find_directory, n, EIO);

        if (!fault_os_call_failed())
            break;
        /* A variable that cannot be checked is not believed, and the system asked instead. */
        assert_true(r == 0 || r == -EIO);
    }
    assert_true(n > 1);
}

/* Every allocation fails in turn. Returns how many of them made the function fail: the C library
 * copes by itself with the failure to make a text smaller. */
static size_t fail_each_allocation(int (*function)(struct error **reterr))
{
    size_t failure_count = 0;

    for (size_t n = 1;; n++) {
        size_t descriptors = count_descriptors();
        size_t outstanding = fault_outstanding();
        struct error *error = NULL;
        int r;

        fault_fail_allocation(n);
        r = function(&error);
        fault_reset();
        assert_true((r < 0) == (error != NULL));
        assert_true(r == 0 || r == -ENOMEM);
        (void)error_free(error);
        assert_int_equal(fault_outstanding(), outstanding);
        assert_int_equal(count_descriptors(), descriptors);
        (void)content_is_new();
        if (!fault_allocation_failed()) {
            assert_int_equal(r, 0);
            return failure_count;
        }
        failure_count += r < 0;
    }
}

static void every_allocation_that_fails_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    write_old_content();
    assert_int_equal(fail_each_allocation(read_old_content), 1);
    assert_int_equal(fail_each_allocation(find_directory), 1);
    assert_int_equal(fail_each_allocation(find_home), 1);
    assert_int_equal(fail_each_allocation(write_new_content), 2);
    assert_true(content_is_new());
}

static char *home_of_test(const char *name)
{
    static char home[] = "/home/someone";

    return strcmp(name, "HOME") == 0 ? home : NULL;
}

static int with_home(void **state)
{
    static struct os_ops ops;

    (void)state;
    ops = os_default_ops;
    ops.getenv = home_of_test;
    (void)os_set_ops(&ops);
    return 0;
}

static void a_growing_read_buffer_that_gets_no_memory_is_given_back(void **state)
{
    size_t outstanding = fault_outstanding();
    size_t n;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    (void)state;
    for (n = 1;; n++) {
        char *data = NULL;
        int r;

        fault_fail_allocation(n);
        r = os_read_fd(fd, "zeroes", LIMIT, &data, NULL, NULL);
        fault_reset();
        assert_null(data);
        assert_int_equal(fault_outstanding(), outstanding);
        assert_int_equal(r, fault_allocation_failed() ? -ENOMEM : -EFBIG);
        if (!fault_allocation_failed())
            break;
    }
    assert_true(n > 5);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reading_fails_with_any_call_but_close, without_faults),
        cmocka_unit_test_teardown(writing_fails_with_any_call_and_leaves_one_whole_file,
                                  without_faults),
        cmocka_unit_test_teardown(interruptions_of_reading_and_writing_go_unnoticed,
                                  without_faults),
        cmocka_unit_test_teardown(a_folder_that_cannot_be_synced_for_good_reason_is_no_failure,
                                  without_faults),
        cmocka_unit_test_teardown(the_current_directory_is_found_or_the_failure_told,
                                  without_faults),
        cmocka_unit_test_setup_teardown(every_allocation_that_fails_is_reported_and_nothing_leaks,
                                        with_home, without_faults),
        cmocka_unit_test_teardown(a_growing_read_buffer_that_gets_no_memory_is_given_back,
                                  without_faults),
    };

    return cmocka_run_group_tests(tests, with_folder, without_folder);
}
