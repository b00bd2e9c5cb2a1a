/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/env_file.h"
#include "common/log.h"

#define LINES_MAX 10000

struct item {
    struct item *next;
    char *name;
    char *value;
};

struct config {
    struct item *file; /* what the file sets; the last one of a name counts, and comes first */
    struct item *kept; /* texts of config_keep() */
    char *problems;
    char path[256];
};

/* The start of a service: without memory there is nothing else to do. */
static void *checked(void *memory)
{
    if (memory == NULL) {
        log_error("out of memory");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void item_add(struct item **list, const char *name, const char *value)
{
    struct item *item = checked(calloc(1, sizeof(*item)));

    item->name = checked(strdup(name));
    item->value = checked(strdup(value));
    item->next = *list;
    *list = item;
}

static void item_free(struct item *item)
{
    while (item != NULL) {
        struct item *next = item->next;

        free(item->name);
        free(item->value);
        free(item);
        item = next;
    }
}

static char *text_printf(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

static char *text_printf(const char *format, va_list arguments)
{
    char *text = NULL;

    return checked(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

void config_problem(struct config *config, const char *name, const char *format, ...)
{
    _cleanup_free_ char *what = NULL;
    char *problems = NULL;
    va_list arguments;

    va_start(arguments, format);
    what = text_printf(format, arguments);
    va_end(arguments);
    if (asprintf(&problems, "%s%s: %s\n", config->problems, name, what) < 0)
        checked(NULL);
    free(config->problems);
    config->problems = problems;
}

const char *config_keep(struct config *config, const char *format, ...)
{
    _cleanup_free_ char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = text_printf(format, arguments);
    va_end(arguments);
    item_add(&config->kept, "", text);
    return config->kept->value;
}

static void read_line(struct config *config, char *line, size_t length, unsigned number)
{
    const char *problem = NULL;
    char where[320];
    char *name = NULL;
    char *value = NULL;

    (void)snprintf(where, sizeof(where), "%s, line %u", config->path, number);
    if (strlen(line) != length) {
        config_problem(config, where, "there is a NUL in it; is this a text file?");
        return;
    }
    switch (env_file_parse(line, &name, &value, &problem)) {
    case ENV_LINE_NOTHING:
        break;
    case ENV_LINE_SET:
        item_add(&config->file, name, value);
        break;
    case ENV_LINE_BAD:
        config_problem(config, where, "%s", problem);
        break;
    }
}

static void read_file(struct config *config, FILE *file)
{
    _cleanup_free_ char *line = NULL;
    size_t capacity = 0;
    unsigned number = 0;
    ssize_t length = 0;

    while ((length = getline(&line, &capacity, file)) >= 0) {
        if (++number > LINES_MAX) {
            config_problem(config, config->path, "it has more than %d lines", LINES_MAX);
            return;
        }
        read_line(config, line, (size_t)length, number);
    }
    if (ferror(file))
        config_problem(config, config->path, "cannot read it: %s", strerror(errno));
}

struct config *config_load(const char *env_path)
{
    struct config *config = checked(calloc(1, sizeof(*config)));
    FILE *file = NULL;

    config->problems = checked(strdup(""));
    (void)snprintf(config->path, sizeof(config->path), "%s", env_path);
    file = fopen(env_path, "re");
    if (file != NULL) {
        read_file(config, file);
        (void)fclose(file);
    } else if (errno != ENOENT) {
        config_problem(config, config->path, "cannot open it: %s", strerror(errno));
    }
    return config;
}

struct config *config_free(struct config *config)
{
    if (config == NULL)
        return NULL;
    item_free(config->file);
    item_free(config->kept);
    free(config->problems);
    free(config);
    return NULL;
}

const char *config_text(struct config *config, const char *name, const char *fallback)
{
    const char *value = getenv(name);

    if (value != NULL && *value != '\0')
        return value;
    /* Set in the environment, though empty: it wins over the file, and means "not set". */
    if (value != NULL)
        return fallback;
    for (const struct item *item = config->file; item != NULL; item = item->next) {
        if (strcmp(item->name, name) == 0)
            return *item->value != '\0' ? item->value : fallback;
    }
    return fallback;
}

const char *config_required(struct config *config, const char *name)
{
    const char *value = config_text(config, name, NULL);

    if (value != NULL)
        return value;
    config_problem(config, name, "it is not set; set it in the environment or in %s", config->path);
    return "";
}

long config_number(struct config *config, const char *name, long fallback, long min, long max)
{
    const char *value = fallback == CONFIG_REQUIRED ? config_required(config, name)
                                                    : config_text(config, name, NULL);
    char *end = NULL;
    long number = 0;

    if (value == NULL)
        return fallback;
    if (*value == '\0')
        return min;
    errno = 0;
    number = strtol(value, &end, 10);
    if (strspn(value, "-0123456789") != strlen(value) || end == value || *end != '\0' ||
        errno != 0 || number < min || number > max) {
        config_problem(config, name, "\"%.40s\" is not a whole number from %ld to %ld", value, min,
                       max);
        return min;
    }
    return number;
}

const char *config_problems(const struct config *config)
{
    return config->problems;
}

bool config_check(const struct config *config)
{
    const char *line = config->problems;

    while (*line != '\0') {
        size_t length = strcspn(line, "\n");

        log_error("%.*s", (int)length, line);
        line += length + 1;
    }
    return config->problems[0] == '\0';
}
