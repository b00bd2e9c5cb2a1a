/* SPDX-License-Identifier: Apache-2.0 */
/* What is run, and with which variables. Nothing of our own environment goes to an instance. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "runtime/process/orders_writer.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define VARIABLE_MAX 4096

/* Where things are */

static const char *kept_place(const struct orders_writer *writer, char *buffer, size_t size)
{
    const char *name = strrchr(writer->kept, '/');

    if (!writer->runtime->has_mounts)
        return writer->kept;
    (void)snprintf(buffer, size, "%s%s", PROCESS_CONTENT_PLACE, name);
    return buffer;
}

const char *orders_map_path(const struct orders_writer *writer, const char *path, char *buffer,
                            size_t size)
{
    const char *source = writer->artifact.source;
    char place[PATH_MAX];
    size_t length = source != NULL ? strlen(source) : 0;

    if (writer->kept == NULL || source == NULL || strncmp(path, source, length) != 0 ||
        (path[length] != '\0' && path[length] != '/'))
        return path;
    (void)snprintf(buffer, size, "%s%s", kept_place(writer, place, sizeof(place)), path + length);
    return buffer;
}

/* An argument that is a path, from where the program is run. */
static const char *map_argument(const struct orders_writer *writer, const char *argument,
                                char *buffer, size_t size)
{
    const char *folder = value_get_text(writer->service->spec, "working_dir");
    char whole[PATH_MAX];
    const char *mapped;

    if (argument[0] == '/')
        return orders_map_path(writer, argument, buffer, size);
    if (folder == NULL || argument[0] == '\0' || argument[0] == '-')
        return argument;
    if (text_starts_with(argument, "./"))
        argument += 2;
    (void)snprintf(whole, sizeof(whole), "%s/%s", folder, argument);
    mapped = orders_map_path(writer, whole, buffer, size);
    return mapped == whole ? argument : mapped;
}

/* Variables */

static void add_variable(struct orders_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_variable(struct orders_writer *writer, const char *format, ...)
{
    char text[VARIABLE_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    records_add(&writer->out, "environment", text);
}

/* NAME_HOST and NAME_PORT: where the edge balances over the other service's instances. */
static void add_neighbour(struct orders_writer *writer, const struct desired_service *service)
{
    char name[256];
    size_t length = 0;

    if (service->loopback_address == NULL || service->loopback_address[0] == '\0')
        return;
    for (const char *next = service->name; *next != '\0' && length < sizeof(name) - 1; next++) {
        bool is_lower = *next >= 'a' && *next <= 'z';

        name[length++] = is_lower                       ? (char)(*next - 'a' + 'A')
                         : *next == '-' || *next == '.' ? '_'
                                                        : *next;
    }
    name[length] = '\0';
    add_variable(writer, "%s_HOST=%s", name, service->loopback_address);
    if (service->port_count > 0)
        add_variable(writer, "%s_PORT=%u", name, service->ports[0].target);
}

static void add_files(struct orders_writer *writer)
{
    struct records so_far = {.data = writer->out.data, .size = writer->out.length};
    const char *value = NULL;
    char text[1024];

    for (size_t i = 0; i < writer->file_count; i++) {
        value = so_far.data != NULL ? records_next(&so_far, "x-variable", value) : NULL;
        if (value == NULL)
            return;
        (void)snprintf(text, sizeof(text), "%s", value);
        add_variable(writer, "%s", text);
        /* The buffer may have moved: find the place again. */
        so_far = (struct records){.data = writer->out.data, .size = writer->out.length};
        value = NULL;
        for (size_t k = 0; k <= i; k++)
            value = records_next(&so_far, "x-variable", value);
    }
}

static void add_users(struct orders_writer *writer, const struct value *variables)
{
    bool has_port = writer->port_count > 0;

    for (uint32_t i = 0; i < value_map_count(variables); i++) {
        const struct value_entry *entry = &variables->map.entries[i];

        /* Where it listens is for us to say: two of them cannot have one port. */
        if (!value_is(entry->value, VALUE_STRING) || strchr(entry->key, '=') != NULL ||
            entry->key[0] == '\0' || (has_port && text_equal(entry->key, "PORT")))
            continue;
        strbuf_printf(&writer->out, "environment=%s=%s", entry->key, entry->value->string.text);
        strbuf_append_char(&writer->out, '\0');
    }
}

/* The shim takes the last one of a name. */
static void write_environment(struct orders_writer *writer)
{
    const struct desired *desired = writer->options->desired;

    records_add(&writer->out, "environment", DEFAULT_PATH);
    add_variable(writer, "HOME=%s", writer->user.home);
    if (!writer->has_private_tmp)
        add_variable(writer, "TMPDIR=%s/tmp", writer->folder);
    for (uint32_t i = 0; i < desired->service_count; i++)
        add_neighbour(writer, &desired->services[i]);
    add_files(writer);
    add_users(writer, value_get(writer->service->spec, "environment"));
    for (uint32_t i = 0; i < writer->port_count; i++) {
        if (i == 0)
            add_variable(writer, "PORT=%u", writer->ports[i]);
        add_variable(writer, "PORT_%u=%u", writer->targets[i], writer->ports[i]);
    }
    add_variable(writer, "SLIPWAY_SERVICE=%s", writer->service->name);
    add_variable(writer, "SLIPWAY_REVISION=%" PRIu32, desired->revision);
    add_variable(writer, "SLIPWAY_INSTANCE=%s", writer->id);
}

/* Programs */

static int write_main(struct orders_writer *writer)
{
    const char *folder = value_get_text(writer->service->spec, "working_dir");
    char buffer[PATH_MAX];
    char place[PATH_MAX];

    records_add(&writer->out, "program", "main");
    if (folder != NULL && folder[0] != '/')
        return error_set(writer->reterr, EINVAL,
                         "service \"%s\": working_dir \"%s\" must be absolute for a native process",
                         writer->service->name, folder);
    if (writer->kept != NULL && !writer->artifact.is_folder &&
        value_get_text(value_get(writer->service->spec, "x-slipway"), "artifact") == NULL)
        records_add(&writer->out, "executable", kept_place(writer, place, sizeof(place)));
    records_add(&writer->out, "directory",
                folder != NULL ? orders_map_path(writer, folder, buffer, sizeof(buffer)) : "/");
    if (writer->has_user)
        orders_add_user(writer, &writer->user);
    for (size_t i = 0; i < writer->argument_count; i++)
        records_add(&writer->out, "argument",
                    map_argument(writer, writer->arguments[i], buffer, sizeof(buffer)));
    write_environment(writer);
    return 0;
}

static void add_words(struct orders_writer *writer, const struct value *list, uint32_t first)
{
    if (value_is(list, VALUE_STRING)) {
        records_add(&writer->out, "argument", "/bin/sh");
        records_add(&writer->out, "argument", "-c");
        records_add(&writer->out, "argument", list->string.text);
    }
    for (uint32_t i = first; i < value_list_count(list); i++) {
        if (value_is(list->list.items[i], VALUE_STRING))
            records_add(&writer->out, "argument", list->list.items[i]->string.text);
    }
}

static int write_health(struct orders_writer *writer)
{
    const struct value *health = value_get(writer->service->spec, "healthcheck");
    const struct value *test = value_get(health, "test");
    const struct value *disable = value_get(health, "disable");
    const struct value *kind = value_list_count(test) > 0 ? test->list.items[0] : NULL;
    bool is_shell = value_is_text(kind, "CMD-SHELL");

    if (value_list_count(test) < 2 || value_is_text(kind, "NONE") ||
        (value_is(disable, VALUE_BOOL) && disable->boolean))
        return 0;
    if (!is_shell && !value_is_text(kind, "CMD"))
        return error_set(writer->reterr, EINVAL,
                         "service \"%s\": healthcheck.test begins with CMD, CMD-SHELL or NONE",
                         writer->service->name);
    records_add_number(&writer->out, "health_interval",
                       spec_duration_ns(health, "interval", 30 * TIME_SECOND));
    records_add_number(&writer->out, "health_timeout",
                       spec_duration_ns(health, "timeout", 30 * TIME_SECOND));
    records_add_number(&writer->out, "health_retries",
                       (uint64_t)spec_integer(health, "retries", 3));
    records_add_number(&writer->out, "health_start_period",
                       spec_duration_ns(health, "start_period", 0));
    records_add_number(&writer->out, "health_start_interval",
                       spec_duration_ns(health, "start_interval", 5 * TIME_SECOND));
    records_add(&writer->out, "program", "health");
    if (is_shell) {
        records_add(&writer->out, "argument", "/bin/sh");
        records_add(&writer->out, "argument", "-c");
    }
    add_words(writer, test, 1);
    return 0;
}

static int write_hooks(struct orders_writer *writer, const char *name)
{
    const struct value *hooks = value_get(writer->service->spec, name);

    for (uint32_t i = 0; i < value_list_count(hooks); i++) {
        const struct value *hook = hooks->list.items[i];
        const char *user = value_get_text(hook, "user");
        const char *folder = value_get_text(hook, "working_dir");
        const struct value *variables = value_get(hook, "environment");
        struct os_user who;
        int r;

        records_add(&writer->out, "program", name);
        if (folder != NULL)
            records_add(&writer->out, "directory", folder);
        if (user != NULL) {
            r = orders_find_user(writer, user, &who);
            if (r < 0)
                return r;
            orders_add_user(writer, &who);
        }
        add_words(writer, value_get(hook, "command"), 0);
        for (uint32_t k = 0; k < value_map_count(variables); k++) {
            const struct value_entry *entry = &variables->map.entries[k];

            if (value_is(entry->value, VALUE_STRING) && entry->key[0] != '\0' &&
                strchr(entry->key, '=') == NULL)
                add_variable(writer, "%s=%s", entry->key, entry->value->string.text);
        }
    }
    return 0;
}

int orders_write_programs(struct orders_writer *writer)
{
    int r = write_main(writer);

    if (r == 0)
        r = write_health(writer);
    if (r == 0)
        r = write_hooks(writer, "post_start");
    return r == 0 ? write_hooks(writer, "pre_stop") : r;
}
