/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files make up the project, where it lives, what it is called, and which variables it sees.
 *
 * Options win over the environment, the environment over .env, .env over what the files say, and
 * the name of the folder comes last.
 */
#include "spec/load.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "os/os.h"
#include "os/path.h"
#include "spec/checks.h"
#include "spec/env/dotenv.h"
#include "spec/interpolate.h"
#include "spec/paths.h"
#include "spec/shape.h"

static const char *const file_names[] = {"compose.yaml", "compose.yml", "docker-compose.yml",
                                         "docker-compose.yaml"};
static const char *const override_names[] = {"compose.override.yml", "compose.override.yaml",
                                             "docker-compose.override.yml",
                                             "docker-compose.override.yaml"};

bool project_file_exists(const char *path)
{
    struct stat status;

    if (os->stat(path, &status) == 0)
        return !S_ISDIR(status.st_mode);
    /* Where it cannot be told, reading the file will say why. */
    return errno != ENOENT && errno != ENOTDIR;
}

static const char *variable(const struct load *load, const char *name)
{
    const char *value = environment_get(&load->spec->environment, name, strlen(name), NULL);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* Environment files */

struct env_file_context {
    struct load *load;
    uint32_t source;
};

static void report_problem(void *context, const struct dotenv_problem *problem)
{
    const struct env_file_context *file = context;
    struct mark mark = {.source = file->source, .line = problem->line, .column = problem->column};

    diagnostics_error(file->load->diagnostics, mark, 1, NULL, NULL, "%s", problem->message);
}

bool project_read_env_file(struct load *load, const char *path, const struct environment *outer,
                           bool raw, struct environment *into, const struct reference *reference)
{
    struct template_lookup lookup = environment_lookup(outer);
    struct env_file_context context = {.load = load};
    struct environment read;
    const struct source *source;
    int64_t number = load_text(load, path, LOAD_ENV_FILE_MAX, reference);
    bool fine;

    if (number < 0)
        return false;
    context.source = (uint32_t)number;
    source = &load->spec->sources.items[number];
    environment_init(&read, load->arena);
    fine = raw ? dotenv_parse_raw(load->arena, source->text, source->size, &lookup, &read,
                                  report_problem, &context)
               : dotenv_parse(load->arena, source->text, source->size, &lookup, &read,
                              report_problem, &context);
    environment_fill(into, &read);
    return fine;
}

bool project_read_env_list(struct load *load, struct spec_list files,
                           const struct environment *outer, struct environment *into,
                           const struct reference *references)
{
    struct environment merged;
    bool fine = true;

    environment_init(&merged, load->arena);
    for (size_t i = 0; i < files.count; i++) {
        struct environment one;
        struct environment seen;

        environment_init(&one, load->arena);
        environment_init(&seen, load->arena);
        environment_merge(&seen, &merged);
        environment_merge(&seen, outer);
        if (!project_read_env_file(load, files.items[i], &seen, false, &one,
                                   references != NULL ? &references[i] : NULL))
            fine = false;
        environment_merge(&merged, &one);
    }
    environment_fill(into, &merged);
    return fine;
}

static struct spec_list absolute(struct load *load, struct spec_list files)
{
    const char **paths = arena_new_array(load->arena, const char *, files.count);

    for (size_t i = 0; i < files.count; i++)
        paths[i] =
            strcmp(files.items[i], "-") == 0
                ? "-"
                : path_absolute(load->arena, load->options->current_directory, files.items[i]);
    return (struct spec_list){.items = paths, .count = files.count};
}

/* "a,b" or "a:b" to its parts; empty parts are left out. */
static struct spec_list split(struct load *load, const char *text, const char *separator)
{
    size_t step = strlen(separator);
    size_t count = 1;
    const char **items;
    size_t used = 0;

    for (const char *at = text; step > 0 && (at = strstr(at, separator)) != NULL; at += step)
        count++;
    items = arena_new_array(load->arena, const char *, count);
    while (step > 0 && text != NULL) {
        const char *end = strstr(text, separator);
        size_t length = end != NULL ? (size_t)(end - text) : strlen(text);

        if (length > 0)
            items[used++] = arena_strndup(load->arena, text, length);
        text = end != NULL ? end + step : NULL;
    }
    return (struct spec_list){.items = items, .count = used};
}

static bool read_env_files(struct load *load, const char *directory)
{
    const struct spec_options *options = load->options;
    struct spec_list files = options->env_files;
    const char *listed = variable(load, "COMPOSE_ENV_FILES");
    const char *path;
    struct environment outer;

    if (options->is_resolved)
        return true;
    environment_init(&outer, load->arena);
    environment_merge(&outer, &load->spec->environment);
    if (files.count == 0 && listed != NULL)
        files = split(load, listed, ",");
    if (files.count == 0) {
        path = path_join(load->arena, directory, ".env");
        return !project_file_exists(path) ||
               project_read_env_file(load, path, &outer, false, &load->spec->environment, NULL);
    }
    return project_read_env_list(load, absolute(load, files), &outer, &load->spec->environment,
                                 NULL);
}

/* Files */

static const char *first_existing(struct load *load, const char *directory,
                                  const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *path = path_join(load->arena, directory, names[i]);

        if (project_file_exists(path))
            return path;
    }
    return NULL;
}

/* The folder itself, then the ones above it. */
static bool discover(struct load *load, const char *directory, struct spec_list *ret_files)
{
    const char **files = arena_new_array(load->arena, const char *, 2);
    const char *at = directory;

    for (;;) {
        const char *above = path_dirname(load->arena, at);

        files[0] = first_existing(load, at, file_names, sizeof(file_names) / sizeof(char *));
        if (files[0] != NULL || strcmp(above, at) == 0)
            break;
        at = above;
    }
    if (files[0] == NULL) {
        diagnostics_error_outside(
            load->diagnostics, "name one with -f FILE, or set COMPOSE_FILE",
            "no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml in %s or a "
            "folder above it",
            directory);
        return false;
    }
    files[1] = first_existing(load, at, override_names, sizeof(override_names) / sizeof(char *));
    *ret_files = (struct spec_list){.items = files, .count = files[1] != NULL ? 2 : 1};
    return true;
}

static const char *directory_of(struct load *load, struct spec_list files)
{
    const struct spec_options *options = load->options;

    if (options->project_directory != NULL)
        return path_absolute(load->arena, options->current_directory, options->project_directory);
    for (size_t i = 0; i < files.count; i++)
        if (strcmp(files.items[i], "-") != 0)
            return path_dirname(load->arena, files.items[i]);
    return options->current_directory;
}

bool project_find(struct load *load, struct spec_list *ret_files)
{
    const struct spec_options *options = load->options;
    struct spec *spec = load->spec;
    struct spec_list files = absolute(load, options->files);
    const char *separator;
    const char *first_directory;

    environment_add_process(&spec->environment, options->environment);
    spec->home = variable(load, "HOME");
    first_directory = directory_of(load, files);
    /* What is wrong there is reported; the files are looked at all the same. */
    (void)read_env_files(load, first_directory);
    if (files.count == 0 && variable(load, "COMPOSE_FILE") != NULL) {
        separator = variable(load, "COMPOSE_PATH_SEPARATOR");
        files = absolute(
            load, split(load, variable(load, "COMPOSE_FILE"), separator != NULL ? separator : ":"));
    }
    if (files.count == 0 && !discover(load, first_directory, &files))
        return false;
    spec->directory = directory_of(load, files);
    if (strcmp(spec->directory, first_directory) != 0)
        (void)read_env_files(load, spec->directory);
    load->profiles = options->profiles;
    if (load->profiles.count == 0 && variable(load, "COMPOSE_PROFILES") != NULL)
        load->profiles = split(load, variable(load, "COMPOSE_PROFILES"), ",");
    *ret_files = files;
    return true;
}

/* The name */

/* The characters that a name may have, of the text; may become "". */
static const char *to_project_name(struct load *load, const char *text)
{
    char *name = arena_strdup(load->arena, text);
    size_t length = 0;

    for (; *text != '\0'; text++) {
        char character = (char)tolower((unsigned char)*text);
        bool first = isalnum((unsigned char)character) && (unsigned char)character < 0x80;

        if (first || (length > 0 && (character == '_' || character == '-')))
            name[length++] = character;
    }
    name[length] = '\0';
    return name;
}

static bool is_project_name(struct load *load, const char *name)
{
    return *name != '\0' && strcmp(to_project_name(load, name), name) == 0;
}

static const char *name_in_files(struct load *load, const struct documents *files,
                                 size_t file_count)
{
    const char *found = NULL;

    for (size_t i = 0; i < file_count; i++)
        for (uint32_t j = 0; j < files[i].count; j++) {
            const struct value *name = value_get(files[i].items[j], "name");
            struct interpolate interpolate = {
                .arena = load->arena,
                .diagnostics = load->diagnostics,
                .environment = &load->spec->environment,
                .unset = &load->spec->unset,
            };
            struct value *copy;

            if (!value_is(name, VALUE_STRING))
                continue;
            copy = value_copy(load->arena, name);
            if (!load->options->keep_templates) {
                load->diagnostics->muted = true; /* it is reported when the file is shaped */
                interpolate_tree(&interpolate, copy, NULL);
                load->diagnostics->muted = false;
            }
            if (*to_project_name(load, copy->string.text) != '\0')
                found = to_project_name(load, copy->string.text);
        }
    return found;
}

static void refuse_name(struct load *load, const char *name, const char *where)
{
    diagnostics_error_outside(load->diagnostics,
                              "use lowercase letters, digits, '-' and '_', beginning with a letter "
                              "or a digit",
                              "%s names the project \"%s\", which is no valid name", where, name);
}

void project_name(struct load *load, const struct documents *files, size_t file_count)
{
    struct spec *spec = load->spec;
    const char *from_environment = variable(load, "COMPOSE_PROJECT_NAME");

    if (load->options->project_name != NULL && *load->options->project_name != '\0') {
        spec->name = load->options->project_name;
        if (!is_project_name(load, spec->name))
            refuse_name(load, spec->name, "the option -p");
    } else if (from_environment != NULL) {
        spec->name = from_environment;
        if (!is_project_name(load, spec->name))
            refuse_name(load, spec->name, "COMPOSE_PROJECT_NAME");
    } else {
        spec->name = name_in_files(load, files, file_count);
        if (spec->name == NULL)
            spec->name = to_project_name(load, path_basename(load->arena, spec->directory));
        if (*spec->name == '\0')
            diagnostics_error_outside(load->diagnostics, "name it with -p NAME, or name: NAME",
                                      "the folder %s gives the project no name", spec->directory);
    }
    environment_put(&spec->environment, "COMPOSE_PROJECT_NAME", strlen("COMPOSE_PROJECT_NAME"),
                    spec->name, strlen(spec->name));
}
