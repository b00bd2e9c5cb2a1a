/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads hostile projects. The input is several files, which no real file system ever sees:
 *
 *     --- options: no-normalize commands      perhaps, as the first line; see option_words
 *     services: ...                           compose.yaml
 *     --- file: .env                          and any others, below the same folder
 *     TAG=1
 *
 * Beyond not crashing: a load that fails says why, in text and in JSON that is JSON; one that
 * succeeds prints YAML and JSON which, loaded again without any other file, print the same bytes,
 * and goes through the compiler of routes and the builder of snapshots, which take it or say why.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/value_json.h"
#include "model/value_yaml.h"
#include "os/os.h"
#include "route/compile/compile.h"
#include "route/config.h"
#include "route/snapshot.h"
#include "spec/mask.h"
#include "spec/report.h"
#include "spec/spec.h"

#define FOLDER     "/project"
#define FILE_MARK  "--- file: "
#define OPTIONS    "--- options: "
#define ARENA_MAX  ((size_t)256 << 20)
#define OUTPUT_MAX ((size_t)256 << 20)

enum {
    FILES_MAX = 16,
    DESCRIPTORS_MAX = 8,
    DESCRIPTOR_FIRST = 1000,
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The files, and the calls that reach them */

struct text {
    const char *data;
    size_t size;
};

struct file {
    char path[256];
    struct text text;
};

struct descriptor {
    const struct file *file; /* NULL when closed */
    size_t offset;
};

static struct file files[FILES_MAX];
static size_t file_count;
static struct descriptor descriptors[DESCRIPTORS_MAX];

static const struct file *find_file(const char *path)
{
    for (size_t i = 0; i < file_count; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

static bool is_folder(const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < file_count; i++)
        if (strncmp(files[i].path, path, length) == 0 && files[i].path[length] == '/')
            return true;
    return strcmp(path, "/") == 0;
}

static int fail_with(int code)
{
    errno = code;
    return -1;
}

static int file_stat(const char *path, struct stat *stat)
{
    const struct file *file = find_file(path);

    if (file == NULL && !is_folder(path))
        return fail_with(ENOENT);
    *stat = (struct stat){
        .st_mode = file != NULL ? S_IFREG | 0644 : S_IFDIR | 0755,
        .st_size = file != NULL ? (off_t)file->text.size : 0,
    };
    return 0;
}

static int file_open(const char *path, int flags, mode_t mode)
{
    const struct file *file = find_file(path);

    (void)mode;
    require((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) == 0);
    if (file == NULL)
        return fail_with(is_folder(path) ? EACCES : ENOENT);
    for (int i = 0; i < DESCRIPTORS_MAX; i++)
        if (descriptors[i].file == NULL) {
            descriptors[i] = (struct descriptor){.file = file};
            return DESCRIPTOR_FIRST + i;
        }
    return fail_with(EMFILE);
}

static struct descriptor *open_descriptor(int fd)
{
    require(fd >= DESCRIPTOR_FIRST && fd < DESCRIPTOR_FIRST + DESCRIPTORS_MAX);
    require(descriptors[fd - DESCRIPTOR_FIRST].file != NULL);
    return &descriptors[fd - DESCRIPTOR_FIRST];
}

static int file_close(int fd)
{
    open_descriptor(fd)->file = NULL;
    return 0;
}

static int file_fstat(int fd, struct stat *stat)
{
    return file_stat(open_descriptor(fd)->file->path, stat);
}

static ssize_t file_read(int fd, void *data, size_t size)
{
    struct descriptor *descriptor;
    const struct text *text;

    if (fd < 0)
        return fail_with(EBADF); /* standard input, which there is none of */
    descriptor = open_descriptor(fd);
    text = &descriptor->file->text;
    if (size > text->size - descriptor->offset)
        size = text->size - descriptor->offset;
    if (size > 0)
        memcpy(data, text->data + descriptor->offset, size);
    descriptor->offset += size;
    return (ssize_t)size;
}

/* Whatever is missing here no load may call: it would be a call of NULL. */
static const struct os_ops file_ops = {
    .open = file_open,
    .close = file_close,
    .read = file_read,
    .fstat = file_fstat,
    .stat = file_stat,
    .lstat = file_stat,
};

static void add_file(const char *name, size_t name_length, struct text text)
{
    struct file *file = &files[file_count];

    if (file_count == FILES_MAX || name_length == 0 ||
        sizeof(FOLDER "/") + name_length > sizeof(file->path) ||
        memchr(name, '\0', name_length) != NULL)
        return;
    memcpy(file->path, FOLDER "/", strlen(FOLDER "/"));
    memcpy(file->path + strlen(FOLDER "/"), name, name_length);
    file->path[strlen(FOLDER "/") + name_length] = '\0';
    file->text = text;
    file_count++;
}

/* The input */

static const struct {
    const char *word;
    size_t offset;
} option_words[] = {
    {"no-interpolate", offsetof(struct spec_options, keep_templates)},
    {"no-normalize", offsetof(struct spec_options, keep_plain)},
    {"no-path-resolution", offsetof(struct spec_options, keep_paths)},
    {"no-env-resolution", offsetof(struct spec_options, keep_env_files)},
    {"no-consistency", offsetof(struct spec_options, skip_consistency)},
    {"profiles", offsetof(struct spec_options, all_profiles)},
    {"commands", offsetof(struct spec_options, explicit_commands)},
};

static bool begins_with(struct text text, const char *prefix)
{
    return text.size >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

/* Cuts the first line off, which is returned without its end. */
static struct text next_line(struct text *text)
{
    const char *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    struct text line = {text->data, end != NULL ? (size_t)(end - text->data) : text->size};
    size_t taken = line.size + (end != NULL);

    text->data += taken;
    text->size -= taken;
    return line;
}

static void read_options(struct text line, struct spec_options *options)
{
    static const char *const web[] = {"web"};

    for (size_t i = 0; i < sizeof(option_words) / sizeof(option_words[0]); i++)
        if (memmem(line.data, line.size, option_words[i].word, strlen(option_words[i].word)))
            *(bool *)((char *)options + option_words[i].offset) = true;
    if (memmem(line.data, line.size, " web", strlen(" web")) != NULL)
        options->services = (struct spec_list){.items = web, .count = 1};
}

static void read_input(struct text input, struct spec_options *options)
{
    struct text name = {"compose.yaml", strlen("compose.yaml")};
    struct text content;

    file_count = 0;
    if (begins_with(input, OPTIONS))
        read_options(next_line(&input), options);
    content = (struct text){input.data, 0};
    while (input.size > 0) {
        struct text line;

        if (!begins_with(input, FILE_MARK)) {
            content.size += next_line(&input).size;
            content.size = (size_t)(input.data - content.data);
            continue;
        }
        add_file(name.data, name.size, content);
        line = next_line(&input);
        name.data = line.data + strlen(FILE_MARK);
        name.size = line.size - strlen(FILE_MARK);
        content = (struct text){input.data, 0};
    }
    add_file(name.data, name.size, content);
}

/* Loading and printing */

struct attempt {
    const struct spec_options *options;
    struct arena arena;
    struct spec spec;
    struct strbuf yaml;
    struct strbuf json;
    struct strbuf other;
    struct error *error;
    bool fine;
};

static void require_json(const struct strbuf *text)
{
    json_t *parsed = json_loadb(strbuf_text(text), text->length, JSON_DECODE_ANY, NULL);

    require(parsed != NULL);
    json_decref(parsed);
}

static void print_diagnostics(struct attempt *attempt)
{
    struct diagnostics *diagnostics = &attempt->spec.diagnostics;

    require(attempt->fine == (diagnostics->errors == 0));
    diagnostics_print(diagnostics, &attempt->other, &(struct diagnostics_style){.colour = false});
    require((attempt->other.length > 0) == (diagnostics->errors + diagnostics->warnings > 0));
    strbuf_reset(&attempt->other);
    diagnostics_print_json(diagnostics, &attempt->other);
    require_json(&attempt->other);
    strbuf_reset(&attempt->other);
}

static void print_project(struct attempt *attempt)
{
    static const char *const styles[] = {"", "", "", ""};
    bool escape = !attempt->options->keep_templates;
    struct value *root = attempt->spec.root;
    struct report report;

    value_write_yaml(&attempt->yaml, root, &(struct yaml_style){.escape_dollar = escape});
    value_write_json(&attempt->json, root, &(struct json_style){.escape_dollar = escape});
    require_json(&attempt->json);
    for (enum runtime_kind runtime = 0; runtime < RUNTIME_COUNT; runtime++) {
        report_make(&attempt->arena, root, runtime, &report);
        report_print(&report, runtime, &attempt->other, styles);
        strbuf_reset(&attempt->other);
        report_print_json(&attempt->arena, &report, runtime, &attempt->other);
        require_json(&attempt->other);
        strbuf_reset(&attempt->other);
    }
    mask_tree(&attempt->arena, root);
}

static void compile(struct attempt *attempt)
{
    struct route_config config;
    struct snapshot snapshot;
    void *image;
    size_t size;
    int r = compile_project(&attempt->arena, attempt->spec.root, "fuzz", &config, &attempt->error);

    if (r == 0)
        r = snapshot_build(&attempt->arena, &config, &image, &size, &attempt->error);
    if (r == 0)
        require(snapshot_open(image, size, &snapshot) == 0);
    else
        require(r == -EINVAL && attempt->error != NULL);
}

static void run(void *context)
{
    struct attempt *attempt = context;

    attempt->fine = spec_load(&attempt->spec, attempt->options);
    print_diagnostics(attempt);
    if (!attempt->fine)
        return;
    compile(attempt);
    print_project(attempt);
}

/* False where the memory that a load may have did not suffice. */
static bool attempt_begin(struct attempt *attempt, const struct spec_options *options)
{
    int r;

    *attempt = (struct attempt){.options = options};
    arena_init(&attempt->arena, ARENA_MAX);
    strbuf_init(&attempt->yaml, OUTPUT_MAX);
    strbuf_init(&attempt->json, OUTPUT_MAX);
    strbuf_init(&attempt->other, OUTPUT_MAX);
    spec_init(&attempt->spec, &attempt->arena);
    r = arena_protect(&attempt->arena, run, attempt);
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++)
        require(descriptors[i].file == NULL);
    return r == 0 && strbuf_failure(&attempt->yaml) == 0 && strbuf_failure(&attempt->json) == 0;
}

static void attempt_end(struct attempt *attempt)
{
    spec_deinit(&attempt->spec);
    strbuf_deinit(&attempt->yaml);
    strbuf_deinit(&attempt->json);
    strbuf_deinit(&attempt->other);
    attempt->error = error_free(attempt->error);
    arena_deinit(&attempt->arena);
}

static void show(const char *title, const struct strbuf *text)
{
    (void)fprintf(stderr, "==== %s\n%s", title, strbuf_text(text));
}

static void require_same(const char *what, const struct strbuf *first, const struct strbuf *again)
{
    if (strcmp(strbuf_text(first), strbuf_text(again)) == 0)
        return;
    show(what, first);
    show("and loaded again", again);
    abort();
}

/* What was printed must load alone and print the same. JSON has no word for some numbers, so its
 * text is compared with JSON only. */
static void check_again(const struct attempt *first, const struct strbuf *printed)
{
    struct attempt again;

    file_count = 0;
    add_file("compose.yaml", strlen("compose.yaml"),
             (struct text){strbuf_text(printed), printed->length});
    if (attempt_begin(&again, first->options)) {
        if (!again.fine) {
            diagnostics_print(&again.spec.diagnostics, &again.other,
                              &(struct diagnostics_style){0});
            show("printed", printed);
            show("and refused", &again.other);
            abort();
        }
        if (printed == &first->yaml)
            require_same("YAML printed", &first->yaml, &again.yaml);
        require_same("JSON printed", &first->json, &again.json);
    }
    attempt_end(&again);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const profiles[] = {"dev"};
    static char home[] = "HOME=/home/user";
    static char set[] = "SET=value";
    static char empty[] = "EMPTY=";
    static char port[] = "PORT=8080";
    static char *const environment[] = {home, set, empty, port, NULL};
    struct spec_options options = {
        .profiles = {.items = profiles, .count = 1},
        .current_directory = FOLDER,
        .environment = environment,
        .standard_input = -1,
    };
    struct attempt attempt;

    arena_debug_malloc = true; /* so that the sanitizer sees where each allocation ends */
    (void)os_set_ops(&file_ops);
    read_input((struct text){(const char *)data, size}, &options);
    /* Without its checks, what a load makes of a project may be of no use. */
    if (attempt_begin(&attempt, &options) && attempt.fine && !options.skip_consistency) {
        check_again(&attempt, &attempt.yaml);
        check_again(&attempt, &attempt.json);
    }
    attempt_end(&attempt);
    return 0;
}
