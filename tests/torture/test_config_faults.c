/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs slipway config as a whole, from the words on the command line to what is printed, failing
 * one allocation or one system call after the other. Each time the output and the exit status are
 * the ones expected, or the status is that of a failure and standard error says why. No descriptor,
 * no memory and no temporary file is left behind, and a file written with -o is whole or not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "fault.h"
#include "os/os.h"
#include "torture.h"

enum {
    OUTPUT_BYTES_MAX = 256 << 10,
    WORDS_MAX = 16,
};

/* Relative paths start from projects/. */
struct invocation {
    const char *name;
    const char *words[WORDS_MAX];
    const char *input; /* what standard input reads; nothing when NULL */
    bool on_terminal;
    bool writes_file;
    int status;
};

/* In memory: what is written there is made durable a thousand times. */
static char folder[] = "/dev/shm/slipway-torture-XXXXXX";
static char written_file[sizeof(folder) + sizeof("/written")];

static const struct invocation invocations[] = {
    {.name = "found in a folder, with its override, on a terminal",
     .words = {"--project-directory", "merge", "config"},
     .on_terminal = true},
    {.name = "JSON to a file",
     .words = {"-f", "include/compose.yaml", "config", "--format", "json", "-o", written_file},
     .writes_file = true},
    {.name = "a warning and the .env beside the file",
     .words = {"-f", "variables/compose.yaml", "config", "web"}},
    {.name = "files named in the environment file", .words = {"--env-file", "names.env", "config"}},
    {.name = "standard input, and files of variables and labels",
     .words = {"-f", "-", "--project-directory", "env-files", "config", "--no-normalize"},
     .input = "env-files/compose.yaml"},
    {.name = "extended files, hashed",
     .words = {"-f", "extends/compose.yaml", "--json", "config", "--hash"}},
    {.name = "report",
     .words = {"-f", "slipway/compose.yaml", "config", "--report", "swarm"},
     .on_terminal = true},
    {.name = "variables", .words = {"-f", "variables/compose.yaml", "config", "--variables"}},
    {.name = "environment",
     .words = {"-f", "variables/compose.yaml", "config", "--environment"},
     .on_terminal = true},
    {.name = "volumes", .words = {"-f", "sorting/compose.yaml", "config", "--volumes"}},
    {.name = "every error, as text",
     .words = {"-f", "errors/compose.yaml", "config"},
     .on_terminal = true,
     .status = CLI_EXIT_FAILED},
    {.name = "every error, as JSON",
     .words = {"-f", "contradictions/compose.yaml", "config", "--json"},
     .status = CLI_EXIT_FAILED},
    {.name = "no such file", .words = {"-f", "absent.yaml", "config"}, .status = CLI_EXIT_FAILED},
    {.name = "wrong usage", .words = {"config", "--formal"}, .status = CLI_EXIT_USAGE},
};

struct outcome {
    int status;
    char out[OUTPUT_BYTES_MAX]; /* or the file that -o wrote */
    char err[OUTPUT_BYTES_MAX];
};

static struct outcome expected;
static struct outcome outcome;
static struct cli_streams streams;
static struct os_ops ops;
static const struct os_ops *ops_below;
static bool error_stream_failed;

/* System calls: what the fault library does, and what it leaves open */

static int is_a_terminal(int fd)
{
    return fd == streams.out || fd == streams.err;
}

/* When standard error itself fails, nothing can be said. */
static ssize_t watch_write(int fd, const void *data, size_t size)
{
    ssize_t length = ops_below->write(fd, data, size);

    if (length < 0 && fd == streams.err && errno != EINTR && errno != EAGAIN)
        error_stream_failed = true;
    return length;
}

static void replace_calls(const struct invocation *invocation, size_t number, int code)
{
    ops_below = fault_os_ops(number, code);
    ops = *ops_below;
    ops.write = watch_write;
    if (invocation->on_terminal)
        ops.isatty = is_a_terminal;
    error_stream_failed = false;
    (void)os_set_ops(&ops);
}

/* One run */

static void empty(int fd)
{
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
}

static void take(int fd, char text[OUTPUT_BYTES_MAX])
{
    ssize_t length = pread(fd, text, OUTPUT_BYTES_MAX, 0);

    assert_in_range(length, 0, OUTPUT_BYTES_MAX - 1);
    text[length] = '\0';
}

static void take_file(char text[OUTPUT_BYTES_MAX])
{
    int fd = open(written_file, O_RDONLY | O_CLOEXEC);

    text[0] = '\0';
    if (fd >= 0) {
        take(fd, text);
        (void)close(fd);
        (void)unlink(written_file);
    }
}

static void begin(const struct invocation *invocation)
{
    const char *input = invocation->input != NULL ? invocation->input : "/dev/null";

    streams.in = open(input, O_RDONLY | O_CLOEXEC);
    assert_true(streams.in >= 0);
    empty(streams.out);
    empty(streams.err);
}

static void run(const struct invocation *invocation)
{
    char *words[WORDS_MAX + 2] = {(char *)(uintptr_t) "slipway"};
    int count = 1;

    for (; invocation->words[count - 1] != NULL; count++)
        words[count] = (char *)(uintptr_t)invocation->words[count - 1];
    outcome.status = cli_main(count, words, (char **)(uintptr_t)torture_environment, &streams);
}

static void end(const struct invocation *invocation)
{
    (void)os_set_ops(NULL);
    (void)close(streams.in);
    take(streams.err, outcome.err);
    if (invocation->writes_file)
        take_file(outcome.out);
    else
        take(streams.out, outcome.out);
}

/* Only an empty folder can be removed. */
static bool folder_is_empty(void)
{
    return rmdir(folder) == 0 && mkdir(folder, 0700) == 0;
}

static void require(bool condition, const char *what, const char *which, size_t number)
{
    if (!condition)
        fail_msg("%s, when %s %zu failed\nstatus %d\n%s", what, which, number, outcome.status,
                 outcome.err);
}

static void check(const struct invocation *invocation, const char *which, size_t number)
{
    bool same_out = strcmp(outcome.out, expected.out) == 0;
    bool same_err = strcmp(outcome.err, expected.err) == 0;

    require(folder_is_empty(), "a temporary file was left", which, number);
    if (invocation->writes_file && outcome.out[0] != '\0')
        require(same_out, "half a file was written", which, number);
    if (outcome.status == expected.status && same_out && (same_err || error_stream_failed))
        return;
    require(outcome.status != CLI_EXIT_DONE, "an incomplete result passes for a whole one", which,
            number);
    if (error_stream_failed)
        return;
    require(outcome.err[0] != '\0', "nothing was said", which, number);
    require(outcome.err[strlen(outcome.err) - 1] == '\n', "a message was cut off", which, number);
}

/* Everything, for each invocation */

static const struct invocation *invocation_of(void **state)
{
    return *(const struct invocation *const *)(const void *)state;
}

static void expect(const struct invocation *invocation)
{
    replace_calls(invocation, 0, 0);
    begin(invocation);
    run(invocation);
    end(invocation);
    assert_int_equal(outcome.status, invocation->status);
    assert_true((outcome.out[0] != '\0') == (invocation->status == CLI_EXIT_DONE));
    expected = outcome;
}

static bool fail_allocation(const struct invocation *invocation, size_t number, bool repeated)
{
    size_t outstanding = fault_outstanding();
    int descriptor = torture_next_descriptor();

    replace_calls(invocation, 0, 0);
    begin(invocation);
    if (repeated)
        fault_fail_allocations_from(number);
    else
        fault_fail_allocation(number);
    run(invocation);
    fault_reset();
    end(invocation);
    require(fault_outstanding() == outstanding, "memory was lost", "allocation", number);
    require(torture_next_descriptor() == descriptor, "a descriptor was lost", "allocation", number);
    check(invocation, "allocation", number);
    if (fault_allocation_failed() && outcome.status == CLI_EXIT_FAILED &&
        expected.status == CLI_EXIT_DONE)
        require(torture_says_no_memory(outcome.err), "the message is about something else",
                "allocation", number);
    return fault_allocation_failed();
}

static void fail_allocations(const struct invocation *invocation, bool repeated)
{
    size_t number = 1;

    expect(invocation);
    while (fail_allocation(invocation, number, repeated))
        number++;
    print_message("# %s: %zu allocations\n", invocation->name, number - 1);
    assert_true(number > 3);
}

static void each_allocation_fails(void **state)
{
    fail_allocations(invocation_of(state), false);
}

/* As when memory stays short: nothing can be said that needs memory. */
static void each_allocation_and_all_after_it_fail(void **state)
{
    fail_allocations(invocation_of(state), true);
}

static bool fail_call(const struct invocation *invocation, size_t number, int code)
{
    size_t outstanding = fault_outstanding();
    int descriptor = torture_next_descriptor();

    replace_calls(invocation, number, code);
    begin(invocation);
    run(invocation);
    end(invocation);
    require(fault_outstanding() == outstanding, "memory was lost", "call", number);
    require(torture_next_descriptor() == descriptor, "a descriptor was lost", "call", number);
    check(invocation, strerrorname_np(code), number);
    return fault_os_call_failed();
}

static void fail_calls(const struct invocation *invocation, int code)
{
    size_t number = 1;

    expect(invocation);
    while (fail_call(invocation, number, code))
        number++;
    assert_true(number > 1);
}

/* Codes that tell of a fault. ENOENT is none: a file that is not there is often an answer. */
static void each_call_fails(void **state)
{
    static const int codes[] = {EIO, EACCES, ENOMEM, EMFILE, ENOSPC, EINTR, EAGAIN};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        fail_calls(invocation_of(state), codes[i]);
}

static int without_faults(void **state)
{
    (void)state;
    fault_reset();
    (void)os_set_ops(NULL);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(chdir(TORTURE_PROJECTS), 0);
    streams.out = memfd_create("out", MFD_CLOEXEC);
    streams.err = memfd_create("err", MFD_CLOEXEC);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(written_file, sizeof(written_file), "%s/written", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(written_file);
    return rmdir(folder);
}

#define INVOCATION_COUNT (sizeof(invocations) / sizeof(invocations[0]))
#define KINDS            3

int main(void)
{
    static struct CMUnitTest tests[INVOCATION_COUNT * KINDS];
    static char names[INVOCATION_COUNT * KINDS][120];
    static const struct {
        const char *name;
        CMUnitTestFunction function;
    } kinds[KINDS] = {
        {"each allocation fails", each_allocation_fails},
        {"each allocation and all after it fail", each_allocation_and_all_after_it_fail},
        {"each system call fails", each_call_fails},
    };

    for (size_t i = 0; i < INVOCATION_COUNT * KINDS; i++) {
        const struct invocation *invocation = &invocations[i / KINDS];

        (void)snprintf(names[i], sizeof(names[i]), "%s: %s", invocation->name,
                       kinds[i % KINDS].name);
        tests[i] = (struct CMUnitTest){
            .name = names[i],
            .test_func = kinds[i % KINDS].function,
            .teardown_func = without_faults,
            .initial_state = (void *)(uintptr_t)invocation,
        };
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
