/* SPDX-License-Identifier: Apache-2.0 */
/* build [SERVICE...], and build -t NAME FOLDER without a project. */
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/build.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "os/os.h"
#include "os/path.h"

static bool is_folder(struct session *session, const char *word)
{
    struct stat status;

    if (strchr(word, '/') == NULL && strcmp(word, ".") != 0 && strcmp(word, "..") != 0 &&
        cli_source(session->arguments, OPTION_BUILD_TAG) == CLI_SOURCE_NONE)
        return build_is_remote(word);
    return build_is_remote(word) || (os->stat(word, &status) == 0 && S_ISDIR(status.st_mode));
}

/* "A=1", or "A" for the caller's own. */
static struct value *build_arguments(struct session *session)
{
    const struct cli_values *words = cli_values(session->arguments, OPTION_BUILD_ARGUMENT);
    struct value *map = request_map(session);

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        size_t length = strcspn(word, "=");
        const char *name = arena_strndup(&session->arena, word, length);

        request_set_text(session, map, name,
                         word[length] == '='
                             ? word + length + 1
                             : cli_environment(session->context->environment, name));
    }
    return map;
}

static void build_folder(struct session *session, const char *folder)
{
    const struct cli_arguments *arguments = session->arguments;
    const char *tag = cli_value(arguments, OPTION_BUILD_TAG);
    struct value *root = request_map(session), *services = request_map(session);
    struct value *service = request_map(session), *build = request_map(session);

    if (tag == NULL) {
        request_misused(session, "a folder needs a name for its image: slipway build -t NAME %s",
                        session_escaped(session, folder));
        return;
    }
    if (!build_is_remote(folder))
        folder = path_absolute(&session->arena, session->current_directory, folder);
    request_set_text(session, build, "context", folder);
    request_set_text(session, build, "dockerfile", cli_value(arguments, OPTION_BUILD_DOCKERFILE));
    request_set_text(session, build, "target", cli_value(arguments, OPTION_BUILD_TARGET));
    request_set(session, build, "args", build_arguments(session));
    request_set_text(session, service, "image", tag);
    request_set(session, service, "build", build);
    request_set(session, services, "image", service);
    request_set_text(session, root, "name", "build");
    request_set(session, root, "services", services);
    (void)build_one(session, "build", root, "image", cli_flag(arguments, OPTION_BUILD_NO_CACHE));
}

static struct value *built_root(struct session *session, const char *service)
{
    struct value *root = value_copy(&session->arena, session->spec.root);
    struct value *build = value_get(value_get(value_get(root, "services"), service), "build");
    struct value *given = build_arguments(session);
    struct value *arguments = value_get(build, "args");

    if (value_map_count(given) > 0 && !value_is(arguments, VALUE_MAP)) {
        request_set(session, build, "args", given);
        return root;
    }
    for (uint32_t i = 0; i < value_map_count(given); i++)
        request_set(session, arguments, given->map.entries[i].key, given->map.entries[i].value);
    return root;
}

static void build_services(struct session *session, const struct cli_values *names)
{
    const struct value *services;
    struct value *listed;
    size_t count = 0;

    if (!resolved_load(session) || !resolved_services(session, names, false, &listed))
        return;
    services = value_get(session->spec.root, "services");
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        bool is_named_here = request_names_word(names, entry->key);

        if (!build_is_needed(entry->value) || (names->count > 0 && !is_named_here))
            continue;
        count++;
        if (!build_one(session, session->spec.name, built_root(session, entry->key), entry->key,
                       cli_flag(session->arguments, OPTION_BUILD_NO_CACHE)))
            return;
    }
    if (count == 0)
        session_fail(session, "there is nothing to build: none of %s has a build section",
                     names->count > 0 ? "these services" : "the services");
}

static void build(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);

    if (words->count == 1 && is_folder(session, words->items[0]))
        build_folder(session, words->items[0]);
    else if (cli_source(session->arguments, OPTION_BUILD_TAG) != CLI_SOURCE_NONE)
        request_misused(session, "--tag goes with one folder: slipway build -t NAME FOLDER");
    else
        build_services(session, words);
}

int build_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, build, NULL);
}
