/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slipway config: loads the project, reports everything that is wrong with it on standard error,
 * and prints what was asked for. Nothing is printed for a project that is wrong.
 */
#include "cli/config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/project.h"
#include "model/value_json.h"
#include "model/value_yaml.h"
#include "os/file.h"
#include "os/path.h"
#include "spec/mask.h"
#include "spec/report.h"
#include "spec/spec.h"

/* Secrets are not masked in files. */
enum {
    OUTPUT_FILE_MODE = 0600
};

struct config {
    const struct cli_arguments *arguments;
    const struct cli_context *context;
    struct arena arena;
    struct spec spec;
    struct strbuf out;
    char *current_directory;
    bool json;
    int status;
};

static struct spec_options options_of(const struct config *config)
{
    const struct cli_arguments *arguments = config->arguments;
    bool variables = cli_flag(arguments, OPTION_CONFIG_VARIABLES);
    struct spec_options options =
        project_options(arguments, config->context, config->current_directory);

    options.services = (struct spec_list){.items = cli_operands(arguments)->items,
                                          .count = cli_operands(arguments)->count};
    options.keep_templates = variables || cli_flag(arguments, OPTION_CONFIG_NO_INTERPOLATE);
    options.keep_plain = cli_flag(arguments, OPTION_CONFIG_NO_NORMALIZE);
    options.keep_paths = cli_flag(arguments, OPTION_CONFIG_NO_PATH_RESOLUTION);
    options.keep_env_files = variables || cli_flag(arguments, OPTION_CONFIG_NO_ENV_RESOLUTION);
    options.skip_consistency = variables || cli_flag(arguments, OPTION_CONFIG_NO_CONSISTENCY);
    options.all_profiles = variables || cli_flag(arguments, OPTION_CONFIG_PROFILES);
    options.explicit_commands = config->json && cli_value(arguments, OPTION_CONFIG_HASH) == NULL;
    return options;
}

static void print_diagnostics(struct config *config)
{
    int r = project_print_diagnostics(config->context, &config->spec, config->current_directory,
                                      config->json, &config->out);

    if (r < 0)
        arena_fail(&config->arena, r);
}

/* Lists of names */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What comes from a file reaches a program as it is, and a terminal so that it obeys nothing. */
static void print_text(struct config *config, const char *text)
{
    if (config->context->out.is_terminal)
        text_escape(&config->out, text, strlen(text));
    else
        strbuf_append_string(&config->out, text);
}

/* The text in a column of that width. */
static void print_cell(struct config *config, const char *text, size_t width)
{
    size_t start = config->out.length;

    print_text(config, text != NULL ? text : "");
    if (config->out.length - start < width)
        strbuf_append_repeat(&config->out, ' ', width - (config->out.length - start));
    strbuf_append_string(&config->out, "  ");
}

/* One per line, in order, each once. */
static void print_names(struct config *config, const char **names, size_t count)
{
    struct value *list = value_new(&config->arena, VALUE_LIST, (struct mark){0});

    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
            continue;
        if (config->json) {
            value_list_append(
                &config->arena, list,
                value_new_string(&config->arena, names[i], strlen(names[i]), (struct mark){0}));
        } else {
            print_text(config, names[i]);
            strbuf_append_char(&config->out, '\n');
        }
    }
    if (config->json) {
        value_write_json(&config->out, list, NULL);
        strbuf_append_char(&config->out, '\n');
    }
}

static void print_keys(struct config *config, const char *section)
{
    const struct value *map = value_get(config->spec.root, section);
    const char **names = arena_new_array(&config->arena, const char *, value_map_count(map));

    for (uint32_t i = 0; i < value_map_count(map); i++)
        names[i] = map->map.entries[i].key;
    print_names(config, names, value_map_count(map));
}

/* An image that is built and not named gets the name that Compose gives it. */
static void print_images(struct config *config)
{
    const struct value *services = value_get(config->spec.root, "services");
    const char **names = arena_new_array(&config->arena, const char *, value_map_count(services));
    size_t count = 0;

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        const char *image = value_get_text(entry->value, "image");

        if (image == NULL && value_get(entry->value, "build") != NULL)
            image = arena_printf(&config->arena, "%s-%s", config->spec.name, entry->key);
        if (image != NULL)
            names[count++] = image;
    }
    print_names(config, names, count);
}

static void print_profiles(struct config *config)
{
    const struct value *services = value_get(config->spec.root, "services");
    const char **names;
    size_t count = 0;

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value *profiles = value_get(services->map.entries[i].value, "profiles");

        count += value_is(profiles, VALUE_LIST) ? profiles->list.count : 0;
    }
    names = arena_new_array(&config->arena, const char *, count);
    count = 0;
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value *profiles = value_get(services->map.entries[i].value, "profiles");

        for (uint32_t j = 0; value_is(profiles, VALUE_LIST) && j < profiles->list.count; j++)
            if (profiles->list.items[j]->kind == VALUE_STRING)
                names[count++] = profiles->list.items[j]->string.text;
    }
    print_names(config, names, count);
}

/* Hashes */

static bool is_listed(const char *name, const char *list)
{
    if (strcmp(list, "*") == 0)
        return true;
    while (*list != '\0') {
        size_t length = strcspn(list, ",");

        if (length == strlen(name) && strncmp(name, list, length) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

/* Every name in the list must be one of a service. */
static bool names_exist(struct config *config, const struct value *services, const char *list)
{
    while (strcmp(list, "*") != 0 && *list != '\0') {
        size_t length = strcspn(list, ",");

        if (length > 0 && (services == NULL || value_map_find(services, list, length) == NULL)) {
            cli_complain(config->context, "there is no service \"%.*s\" to hash", (int)length,
                         list);
            return false;
        }
        list += length + (list[length] == ',');
    }
    return true;
}

static void print_hashes(struct config *config, const char *list)
{
    const struct value *services = value_get(config->spec.root, "services");
    struct value *map = value_new(&config->arena, VALUE_MAP, (struct mark){0});

    if (!names_exist(config, services, list)) {
        config->status = CLI_EXIT_FAILED;
        return;
    }
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        struct content_hash hash;

        if (!is_listed(entry->key, list))
            continue;
        hash = value_content_hash(&config->arena, entry->value);
        if (config->json)
            value_set(
                &config->arena, map, entry->key,
                value_new_string(&config->arena, hash.text, strlen(hash.text), (struct mark){0}));
        else
            strbuf_printf(&config->out, "%s %s\n", entry->key, hash.text);
    }
    if (config->json) {
        value_write_json(&config->out, map, NULL);
        strbuf_append_char(&config->out, '\n');
    }
}

/* Variables */

static bool is_masked(const struct config *config)
{
    return config->context->out.is_terminal &&
           cli_value(config->arguments, OPTION_CONFIG_OUTPUT) == NULL &&
           !cli_flag(config->arguments, OPTION_CONFIG_SHOW_SECRETS);
}

static struct value *text_value(struct config *config, const char *text, size_t length)
{
    return value_new_string(&config->arena, text, length, (struct mark){0});
}

static void print_environment(struct config *config)
{
    const struct environment *environment = &config->spec.environment;
    struct value *map = value_new(&config->arena, VALUE_MAP, (struct mark){0});

    for (size_t i = 0; i < environment_count(environment); i++) {
        struct environment_variable one = environment_at(environment, i);
        const char *text = one.value;

        if (is_masked(config))
            text = mask_variable(&config->arena, one.name, one.value);
        value_map_put(&config->arena, map, one.name, one.name_length, (struct mark){0},
                      text_value(config, text, strlen(text)));
    }
    value_map_sort(map);
    if (config->json) {
        value_write_json(&config->out, map, NULL);
        strbuf_append_char(&config->out, '\n');
        return;
    }
    for (uint32_t i = 0; i < map->map.count; i++) {
        print_text(config, map->map.entries[i].key);
        strbuf_append_char(&config->out, '=');
        print_text(config, map->map.entries[i].value->string.text);
        strbuf_append_char(&config->out, '\n');
    }
}

static void collect_variables(const struct value *value, struct hashmap *variables)
{
    if (value->kind == VALUE_STRING)
        template_collect_variables(variables, value->string.text, value->string.length);
    for (uint32_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        collect_variables(value->list.items[i], variables);
    for (uint32_t i = 0; value->kind == VALUE_MAP && i < value->map.count; i++)
        collect_variables(value->map.entries[i].value, variables);
}

static struct value *variable_value(struct config *config, const struct template_variable *variable)
{
    struct arena *arena = &config->arena;
    struct mark none = {0};
    struct value *map = value_new(arena, VALUE_MAP, none);

    value_set(arena, map, "required", value_new_bool(arena, variable->required, none));
    if (variable->default_text != NULL)
        value_set(arena, map, "default",
                  text_value(config, variable->default_text, variable->default_length));
    if (variable->alternative != NULL)
        value_set(arena, map, "alternative",
                  text_value(config, variable->alternative, variable->alternative_length));
    return map;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static const char *shown_default(struct config *config, const struct value_entry *variable)
{
    const char *text = value_get_text(variable->value, "default");

    return text != NULL && is_masked(config) ? mask_variable(&config->arena, variable->key, text)
                                             : text;
}

static void print_variables(struct config *config)
{
    struct value *map = value_new(&config->arena, VALUE_MAP, (struct mark){0});
    struct hashmap variables;
    size_t width = strlen("NAME");

    hashmap_init(&variables, &config->arena);
    collect_variables(config->spec.raw, &variables);
    for (size_t i = 0; i < variables.count; i++) {
        value_set(&config->arena, map, variables.entries[i].key,
                  variable_value(config, variables.entries[i].value));
        if (variables.entries[i].key_length > width)
            width = variables.entries[i].key_length;
    }
    value_map_sort(map);
    if (config->json) {
        value_write_json(&config->out, map, NULL);
        strbuf_append_char(&config->out, '\n');
        return;
    }
    strbuf_printf(&config->out, "%-*s  REQUIRED  %-20s  %s\n", (int)width, "NAME", "DEFAULT",
                  "ALTERNATIVE");
    for (uint32_t i = 0; i < map->map.count; i++) {
        const struct value *variable = map->map.entries[i].value;

        print_cell(config, map->map.entries[i].key, width);
        print_cell(config, value_get(variable, "required")->boolean ? "true" : "false", 8);
        print_cell(config, shown_default(config, &map->map.entries[i]), 20);
        print_text(config, or_empty(value_get_text(variable, "alternative")));
        strbuf_append_char(&config->out, '\n');
    }
}

/* The whole */

static void print_report(struct config *config, const char *name)
{
    const struct terminal *out = &config->context->out;
    const char *styles[] = {
        terminal_style(out, TERMINAL_GREEN),
        terminal_style(out, TERMINAL_YELLOW),
        terminal_style(out, TERMINAL_RED),
        terminal_style(out, TERMINAL_PLAIN),
    };
    enum runtime_kind runtime = RUNTIME_DOCKER;
    struct report report;

    while (runtime < RUNTIME_COUNT && strcmp(runtime_kind_name(runtime), name) != 0)
        runtime++;
    assert(runtime < RUNTIME_COUNT); /* the option takes no other names */
    report_make(&config->arena, config->spec.root, runtime, &report);
    if (config->json)
        report_print_json(&config->arena, &report, runtime, &config->out);
    else
        report_print(&report, runtime, &config->out, styles);
}

static void print_canonical(struct config *config)
{
    bool escape = !cli_flag(config->arguments, OPTION_CONFIG_NO_INTERPOLATE);
    struct json_style json = {.escape_dollar = escape};
    struct yaml_style yaml = {.escape_dollar = escape};

    if (is_masked(config))
        mask_tree(&config->arena, config->spec.root);
    if (config->json) {
        value_write_json(&config->out, config->spec.root, &json);
        strbuf_append_char(&config->out, '\n');
    } else {
        value_write_yaml(&config->out, config->spec.root, &yaml);
    }
}

static void print_result(struct config *config)
{
    static const struct {
        enum option_id option;
        const char *section;
    } sections[] = {
        {OPTION_CONFIG_SERVICES, "services"},
        {OPTION_CONFIG_VOLUMES, "volumes"},
        {OPTION_CONFIG_NETWORKS, "networks"},
        {OPTION_CONFIG_MODELS, "models"},
    };
    const struct cli_arguments *arguments = config->arguments;

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (cli_flag(arguments, sections[i].option)) {
            print_keys(config, sections[i].section);
            return;
        }
    if (cli_flag(arguments, OPTION_CONFIG_IMAGES))
        print_images(config);
    else if (cli_flag(arguments, OPTION_CONFIG_PROFILES))
        print_profiles(config);
    else if (cli_value(arguments, OPTION_CONFIG_HASH) != NULL)
        print_hashes(config, cli_value(arguments, OPTION_CONFIG_HASH));
    else if (cli_flag(arguments, OPTION_CONFIG_ENVIRONMENT))
        print_environment(config);
    else if (cli_flag(arguments, OPTION_CONFIG_VARIABLES))
        print_variables(config);
    else if (cli_value(arguments, OPTION_CONFIG_REPORT) != NULL)
        print_report(config, cli_value(arguments, OPTION_CONFIG_REPORT));
    else
        print_canonical(config);
}

static void run(void *context)
{
    struct config *config = context;
    struct spec_options options = options_of(config);
    bool fine = spec_load(&config->spec, &options);

    print_diagnostics(config);
    config->status = fine ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
    if (fine && !cli_flag(config->arguments, OPTION_CONFIG_QUIET))
        print_result(config);
}

static int deliver(struct config *config)
{
    const char *path = cli_value(config->arguments, OPTION_CONFIG_OUTPUT);
    _cleanup_error_ struct error *error = NULL;

    if (config->status != CLI_EXIT_DONE || cli_flag(config->arguments, OPTION_CONFIG_QUIET))
        return config->status;
    if (path == NULL || strbuf_failure(&config->out) != 0)
        return cli_print(config->context, &config->out);
    if (os_write_file(path, strbuf_text(&config->out), config->out.length, OUTPUT_FILE_MODE,
                      &error) < 0) {
        cli_complain(config->context, "%s", error->message);
        return CLI_EXIT_FAILED;
    }
    return CLI_EXIT_DONE;
}

static bool wants_json(const struct cli_arguments *arguments)
{
    if (cli_source(arguments, OPTION_CONFIG_FORMAT) != CLI_SOURCE_NONE)
        return strcmp(cli_value(arguments, OPTION_CONFIG_FORMAT), "json") == 0;
    return cli_flag(arguments, OPTION_JSON);
}

int config_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    struct config config = {.arguments = arguments, .context = context};
    _cleanup_error_ struct error *error = NULL;
    int r;

    if (os_current_directory(&config.current_directory, &error) < 0) {
        cli_complain(context, "%s", error->message);
        return CLI_EXIT_FAILED;
    }
    config.json = wants_json(arguments);
    arena_init(&config.arena, SPEC_MEMORY_MAX);
    strbuf_init(&config.out, SPEC_MEMORY_MAX);
    spec_init(&config.spec, &config.arena);
    r = arena_protect(&config.arena, run, &config);
    if (r == 0) {
        r = deliver(&config);
    } else {
        cli_complain(context, "%s",
                     r == -E2BIG ? "the project is too large: it takes more than 1 GiB of memory"
                                 : "out of memory");
        r = CLI_EXIT_FAILED;
    }
    spec_deinit(&config.spec);
    strbuf_deinit(&config.out);
    arena_deinit(&config.arena);
    free(config.current_directory);
    return r;
}
