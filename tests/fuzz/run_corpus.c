/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an ordinary test of a fuzz target: gives it every file of a corpus folder, or the files
 * named, as libFuzzer would. The name of a file is printed before its turn, so that after a crash
 * it is the last line.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(const char *path)
{
    (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

/* Into a block of just the size, so that a sanitizer sees a target read past the end. */
static uint8_t *read_file(FILE *file, size_t *ret_size)
{
    struct stat status;
    uint8_t *data;
    size_t size;

    if (fstat(fileno(file), &status) != 0)
        return NULL;
    size = (size_t)status.st_size;
    data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        free(data);
        return NULL;
    }
    *ret_size = size;
    return data;
}

static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;

    (void)printf("%s\n", path);
    if (file != NULL) {
        data = read_file(file, &size);
        (void)fclose(file);
    }
    if (data == NULL) {
        complain(path);
        return false;
    }
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Gives the number of files; 0 also where one cannot be read. */
static int run_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    bool readable = true;

    if (count < 0) {
        complain(folder);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        readable = run_file(path) && readable;
        free(entries[i]);
    }
    free(entries);
    return readable ? count : 0;
}

int main(int count, char **arguments)
{
    int inputs = 0;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < count; i++) {
        struct stat status;
        int run;

        if (stat(arguments[i], &status) != 0) {
            complain(arguments[i]);
            return EXIT_FAILURE;
        }
        run = S_ISDIR(status.st_mode) ? run_folder(arguments[i]) : run_file(arguments[i]);
        if (run == 0) {
            (void)fprintf(stderr, "%s: nothing was run\n", arguments[i]);
            return EXIT_FAILURE;
        }
        inputs += run;
    }
    if (inputs == 0) {
        (void)fprintf(stderr, "usage: %s CORPUS-FOLDER-OR-FILE...\n", arguments[0]);
        return 2;
    }
    (void)printf("%d inputs\n", inputs);
    return EXIT_SUCCESS;
}
