/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is listed and unpacked by tar. */
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
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "os/os.h"

static char folder[64];
static char listing[1 << 16];
static struct error *error;

static int start(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/slipway-archive-XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) < 0 || mkdir("tree", 0755) < 0 ? -1 : 0;
}

static int finish(void **state)
{
    char command[256];

    (void)state;
    error = error_free(error);
    (void)snprintf(command, sizeof(command), "chmod -R u+rwx %s && rm -r %s", folder, folder);
    return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}

static void make(const char *path, const char *content, mode_t mode)
{
    char full[512];
    int fd;

    (void)snprintf(full, sizeof(full), "tree/%s", path);
    for (char *slash = strchr(full + 5, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

static void run(const char *command)
{
    FILE *pipe = popen(command, "r");
    size_t length;

    assert_non_null(pipe);
    length = fread(listing, 1, sizeof(listing) - 1, pipe);
    listing[length] = '\0';
    assert_int_equal(pclose(pipe), 0);
}

static int pack(const struct archive_tree *tree)
{
    int fd = open("out.tar", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int r = archive_write_tree(tree, fd, &error);

    (void)close(fd);
    return r;
}

static void expect_list(const struct archive_tree *tree, const char *wanted)
{
    if (pack(tree) < 0)
        fail_msg("%s", error->message);
    run("tar -tf out.tar");
    assert_string_equal(listing, wanted);
}

static const struct archive_tree plain = {.folder = "tree"};

static void test_everything_in_order(void **state)
{
    (void)state;
    make("b/two", "2", 0644);
    make("b/one", "1", 0755);
    make("a", "", 0600);
    assert_int_equal(symlink("b/one", "tree/link"), 0);
    assert_int_equal(mkfifo("tree/pipe", 0600), 0);
    assert_int_equal(mkdir("tree/empty", 0700), 0);
    expect_list(&plain, "a\nb/\nb/one\nb/two\nempty/\nlink\n");
    run("tar --numeric-owner -tvf out.tar | awk '{print $1, $2, $3, $6, $7, $8}'");
    assert_string_equal(listing, "-rw------- 0/0 0 a  \n"
                                 "drwxr-xr-x 0/0 0 b/  \n"
                                 "-rwxr-xr-x 0/0 1 b/one  \n"
                                 "-rw-r--r-- 0/0 1 b/two  \n"
                                 "drwx------ 0/0 0 empty/  \n"
                                 "lrwxrwxrwx 0/0 0 link -> b/one\n");
}

static void test_same_tree_same_bytes(void **state)
{
    (void)state;
    make("x/y/z", "content", 0644);
    make("w", "more", 0644);
    assert_int_equal(pack(&plain), 0);
    assert_int_equal(rename("out.tar", "first.tar"), 0);
    assert_int_equal(pack(&plain), 0);
    run("cmp first.tar out.tar");
}

static void test_unpacks_as_it_was(void **state)
{
    char big[200001];

    (void)state;
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    make("big", big, 0644);
    make("exact", "", 0644);
    assert_int_equal(truncate("tree/exact", 512), 0);
    make("d/e/f", "deep", 0640);
    assert_int_equal(symlink("/nowhere", "tree/d/dangling"), 0);
    assert_int_equal(pack(&plain), 0);
    run("mkdir out && tar -xf out.tar -C out && diff -r --no-dereference tree out");
    assert_string_equal(listing, "");
}

/* Names and targets of all lengths around what fits into a head. */
static void test_long_names(void **state)
{
    char name[256], target[301];

    (void)state;
    for (int length = 95; length <= 105; length++) {
        memset(name, 'n', sizeof(name));
        name[length] = '\0';
        make(name, "x", 0644);
    }
    for (int length = 145; length <= 160; length++) {
        char path[600];

        memset(name, 'd', sizeof(name));
        name[length] = '\0';
        (void)snprintf(path, sizeof(path), "%s/%0*d", name, 95 + length % 10, 7);
        make(path, "y", 0644);
    }
    memset(target, 't', 300);
    target[300] = '\0';
    assert_int_equal(symlink(target, "tree/link"), 0);
    assert_int_equal(pack(&plain), 0);
    run("mkdir out && tar -xf out.tar -C out && diff -r --no-dereference tree out");
    assert_string_equal(listing, "");
}

static void test_a_gap_in_a_large_file(void **state)
{
    (void)state;
    make("sparse", "", 0644);
    assert_int_equal(truncate("tree/sparse", (off_t)9 << 20), 0);
    assert_int_equal(pack(&plain), 0);
    run("tar -tvf out.tar | awk '{print $3}'");
    assert_string_equal(listing, "9437184\n");
}

static void test_dockerignore(void **state)
{
    (void)state;
    make("Dockerfile", "FROM x\n", 0644);
    make(".dockerignore", "*\n!src\nsrc/*.o\n!deep/down/**/keep\n", 0644);
    make("src/a.c", "", 0644);
    make("src/a.o", "", 0644);
    make("other/b", "", 0644);
    make("deep/down/1/2/keep", "", 0644);
    make("deep/down/1/2/drop", "", 0644);
    make("deep/up/keep", "", 0644);
    expect_list(&plain, ".dockerignore\nDockerfile\ndeep/\ndeep/down/\ndeep/down/1/\n"
                        "deep/down/1/2/\ndeep/down/1/2/keep\nsrc/\nsrc/a.c\n");
}

static void test_ignore_file_of_a_dockerfile(void **state)
{
    const struct archive_tree tree = {.folder = "tree/", .dockerfile = "build/web.Dockerfile"};

    (void)state;
    make(".dockerignore", "b\n", 0644);
    make("build/web.Dockerfile", "FROM x\n", 0644);
    make("build/web.Dockerfile.dockerignore", "a\nbuild\n", 0644);
    make("a", "", 0644);
    make("b", "", 0644);
    expect_list(&tree, ".dockerignore\nb\nbuild/\nbuild/web.Dockerfile\n");
}

static void test_files_from_elsewhere(void **state)
{
    const struct archive_file files[] = {{.path = "Dockerfile", .data = "FROM y\n", .size = 7}};
    const struct archive_tree tree = {.folder = "tree", .files = files, .file_count = 1};

    (void)state;
    make("Dockerfile", "FROM x\n", 0644);
    make("a", "", 0644);
    expect_list(&tree, "a\nDockerfile\n");
    run("tar -xOf out.tar Dockerfile");
    assert_string_equal(listing, "FROM y\n");
}

/* Reads that give less, or another size than was promised, by the seam. */

static struct os_ops changed;
static off_t wrong_by;

static int wrong_fstat(int fd, struct stat *stat)
{
    int r = os_default_ops.fstat(fd, stat);

    if (r == 0 && S_ISREG(stat->st_mode) && stat->st_size == 4)
        stat->st_size += wrong_by;
    return r;
}

static int pack_changing(off_t by)
{
    int r;

    changed = os_default_ops;
    changed.fstat = wrong_fstat;
    wrong_by = by;
    (void)os_set_ops(&changed);
    r = pack(&plain);
    (void)os_set_ops(NULL);
    return r;
}

static void test_files_that_change(void **state)
{
    (void)state;
    make("file", "1234", 0644);
    assert_int_equal(pack_changing(1), -EBUSY);
    assert_string_equal(error->message, "tree/file became shorter while it was read: try again");
    error = error_free(error);
    assert_int_equal(pack_changing(-1), 0);
    run("tar -xOf out.tar file");
    assert_string_equal(listing, "123");
}

static bool has_looked;

static int watchful_lstat(const char *path, struct stat *stat)
{
    has_looked = has_looked || strstr(path, "heavy/") != NULL;
    return os_default_ops.lstat(path, stat);
}

static void test_ignored_folders_are_not_looked_through(void **state)
{
    (void)state;
    make("heavy/x", "", 0644);
    make(".dockerignore", "heavy\n!light\n", 0644);
    changed = os_default_ops;
    changed.lstat = watchful_lstat;
    has_looked = false;
    (void)os_set_ops(&changed);
    expect_list(&plain, ".dockerignore\n");
    (void)os_set_ops(NULL);
    assert_false(has_looked);
}

static void test_refusals(void **state)
{
    const struct archive_file outside = {.path = "a/../../b"};
    struct strbuf out;

    (void)state;
    assert_int_equal(pack(&(struct archive_tree){.folder = "none"}), -ENOENT);
    error = error_free(error);
    make("file", "", 0644);
    assert_int_equal(pack(&(struct archive_tree){.folder = "tree/file"}), -ENOTDIR);
    error = error_free(error);
    make(".dockerignore", "[", 0644);
    assert_int_equal(pack(&plain), -EINVAL);
    error = error_free(error);
    strbuf_init(&out, 1 << 20);
    assert_int_equal(archive_write_files(&outside, 1, &out, &error), -EINVAL);
    strbuf_deinit(&out);
    error = error_free(error);
    assert_int_equal(unlink("tree/.dockerignore"), 0);
    assert_int_equal(archive_write_tree(&plain, -1, &error), -EBADF);
}

static void test_files_in_memory(void **state)
{
    const struct archive_file files[] = {
        {.path = "run/secrets/a", .data = "A", .size = 1, .mode = 0400, .uid = 1000, .gid = 50},
        {.path = "b", .data = "", .size = 0},
        {.path = "c", .data = "C", .size = 1, .uid = 4000000000U, .modified_unix_s = 86400},
    };
    struct strbuf out;
    int fd;

    (void)state;
    strbuf_init(&out, 1 << 20);
    assert_int_equal(archive_write_files(files, 3, &out, &error), 0);
    fd = open("out.tar", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, out.data, out.length), out.length);
    (void)close(fd);
    strbuf_deinit(&out);
    run("TZ=UTC tar --numeric-owner -tvf out.tar | tr -s ' '");
    assert_string_equal(listing, "-r-------- 1000/50 1 1970-01-01 00:00 run/secrets/a\n"
                                 "-rw-r--r-- 0/0 0 1970-01-01 00:00 b\n"
                                 "-rw-r--r-- 4000000000/0 1 1970-01-02 00:00 c\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everything_in_order, start, finish),
        cmocka_unit_test_setup_teardown(test_same_tree_same_bytes, start, finish),
        cmocka_unit_test_setup_teardown(test_unpacks_as_it_was, start, finish),
        cmocka_unit_test_setup_teardown(test_long_names, start, finish),
        cmocka_unit_test_setup_teardown(test_a_gap_in_a_large_file, start, finish),
        cmocka_unit_test_setup_teardown(test_dockerignore, start, finish),
        cmocka_unit_test_setup_teardown(test_ignored_folders_are_not_looked_through, start, finish),
        cmocka_unit_test_setup_teardown(test_ignore_file_of_a_dockerfile, start, finish),
        cmocka_unit_test_setup_teardown(test_files_from_elsewhere, start, finish),
        cmocka_unit_test_setup_teardown(test_files_that_change, start, finish),
        cmocka_unit_test_setup_teardown(test_refusals, start, finish),
        cmocka_unit_test_setup_teardown(test_files_in_memory, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
