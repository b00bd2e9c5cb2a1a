/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/credentials.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "engine/base64_priv.h"
#include "os/file.h"
#include "os/filter.h"
#include "os/os.h"

#define CONFIG_SIZE_MAX   ((size_t)1 << 20)
#define HELPER_OUTPUT_MAX 65536
#define HELPER_TIMEOUT_MS 30000
#define REGISTRIES_MAX    64
#define HUB               "docker.io"
#define HUB_KEY           "https://index.docker.io/v1/"

#define _cleanup_json_ __attribute__((cleanup(json_decrefp))) /* it is jansson's own */

struct lookup {
    json_t *config; /* NULL: there is none */
    int cancel_fd;
};

static int out_of_memory(struct error **reterr)
{
    return error_set(reterr, ENOMEM, "out of memory");
}

/* NULL in *ret where there is no configuration. */
static int read_config(const char *folder, json_t **ret, struct error **reterr)
{
    const char *home = os_environment("HOME");
    _cleanup_strbuf_ struct strbuf path;
    _cleanup_free_ char *text = NULL;
    json_error_t error;
    size_t size;
    int r;

    strbuf_init(&path, 4096);
    if (folder == NULL)
        folder = os_environment("DOCKER_CONFIG");
    if (folder != NULL && folder[0] != '\0')
        strbuf_printf(&path, "%s/config.json", folder);
    else if (home != NULL && home[0] != '\0')
        strbuf_printf(&path, "%s/.docker/config.json", home);
    if (path.length == 0 || strbuf_failure(&path) < 0)
        return 0;
    r = os_read_file(strbuf_text(&path), CONFIG_SIZE_MAX, &text, &size, reterr);
    if (r == -ENOENT || r == -ENOTDIR) {
        if (reterr != NULL)
            *reterr = error_free(*reterr);
        return 0;
    }
    if (r < 0)
        return r;
    *ret = json_loadb(text, size, 0, &error);
    if (*ret == NULL)
        return error_set(reterr, EINVAL, "%s:%d: %s", strbuf_text(&path), error.line, error.text);
    return 0;
}

/* "https://registry.example:5000/v1/" and "registry.example:5000" name the same one. */
static bool is_key_of(const char *key, const char *registry)
{
    const char *host = key;
    size_t length;

    if (text_starts_with(host, "https://"))
        host += 8;
    else if (text_starts_with(host, "http://"))
        host += 7;
    length = strcspn(host, "/");
    if (strcmp(registry, HUB) == 0 &&
        (strncmp(host, "index.docker.io", length) == 0 ||
         strncmp(host, "registry-1.docker.io", length) == 0) &&
        length > 0)
        return true;
    return strlen(registry) == length && memcmp(host, registry, length) == 0;
}

static const char *server_of(const char *registry)
{
    return strcmp(registry, HUB) == 0 ? HUB_KEY : registry;
}

/* {"auth": "base64 of USER:PASSWORD"}, or the parts by themselves. */
static json_t *of_entry(const json_t *entry, const char *server)
{
    const char *auth = json_string_value(json_object_get(entry, "auth"));
    const char *token = json_string_value(json_object_get(entry, "identitytoken"));
    const char *user = json_string_value(json_object_get(entry, "username"));
    const char *password = json_string_value(json_object_get(entry, "password"));
    _cleanup_free_ char *pair = auth != NULL ? base64_decode(auth) : NULL;
    char *colon = pair != NULL ? strchr(pair, ':') : NULL;

    if (token != NULL && token[0] != '\0')
        return json_pack("{s:s, s:s}", "identitytoken", token, "serveraddress", server);
    if (colon != NULL) {
        *colon = '\0';
        user = pair;
        password = colon + 1;
    }
    if (user == NULL || password == NULL || user[0] == '\0')
        return NULL;
    return json_pack("{s:s, s:s, s:s}", "username", user, "password", password, "serveraddress",
                     server);
}

static bool is_helper_name(const char *name)
{
    return name[0] != '\0' && strlen(name) < 64 && name[0] != '-' &&
           name[strspn(
               name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0';
}

/* What "docker-credential-NAME ACTION" answers to the input. *ret stays NULL where it knows
 * nothing: it says so in words, and exits with 1. */
static int run_helper(const struct lookup *lookup, const char *name, const char *action,
                      const char *input, json_t **ret, struct error **reterr)
{
    char program[96], action_copy[16];
    char *arguments[] = {program, action_copy, NULL};
    _cleanup_free_ char *output = NULL;
    int r;

    if (!is_helper_name(name))
        return error_set(reterr, EINVAL, "\"%.64s\" is no name of a credential helper", name);
    (void)snprintf(program, sizeof(program), "docker-credential-%s", name);
    (void)snprintf(action_copy, sizeof(action_copy), "%s", action);
    r = os_run_filter(program, arguments, input, strlen(input), HELPER_OUTPUT_MAX,
                      HELPER_TIMEOUT_MS, lookup->cancel_fd, &output);
    if (r == -ENOENT)
        return error_set(reterr, ENOENT,
                         "%s, which your docker configuration names, is not there: install it, or "
                         "take it out of config.json",
                         program);
    if (r < 0)
        return error_set(reterr, -r, "%s: %s", program, error_text(-r));
    if (r > 0 && strstr(output, "credentials not found") != NULL)
        return 0;
    if (r > 0)
        return error_set(reterr, EACCES, "%s failed: %.*s", program, (int)strcspn(output, "\r\n"),
                         output);
    *ret = json_loads(output, 0, NULL);
    return *ret != NULL ? 0 : error_set(reterr, EPROTO, "%s does not answer in JSON", program);
}

static int of_helper(const struct lookup *lookup, const char *name, const char *server,
                     json_t **ret, struct error **reterr)
{
    _cleanup_json_ json_t *answer = NULL;
    const char *user, *secret;
    int r = run_helper(lookup, name, "get", server, &answer, reterr);

    if (r < 0 || answer == NULL)
        return r;
    user = json_string_value(json_object_get(answer, "Username"));
    secret = json_string_value(json_object_get(answer, "Secret"));
    if (user == NULL || secret == NULL)
        return 0;
    if (strcmp(user, "<token>") == 0)
        *ret = json_pack("{s:s, s:s}", "identitytoken", secret, "serveraddress", server);
    else
        *ret = json_pack("{s:s, s:s, s:s}", "username", user, "password", secret, "serveraddress",
                         server);
    return *ret != NULL ? 0 : out_of_memory(reterr);
}

/* A helper for the registry goes before the one for all, and that before what the file holds. */
static int find(const struct lookup *lookup, const char *registry, json_t **ret,
                struct error **reterr)
{
    const char *server = server_of(registry);
    const char *store = json_string_value(json_object_get(lookup->config, "credsStore"));
    const char *key;
    json_t *entry;

    json_object_foreach(json_object_get(lookup->config, "credHelpers"), key, entry)
    {
        if (is_key_of(key, registry) && json_is_string(entry))
            return of_helper(lookup, json_string_value(entry), server, ret, reterr);
    }
    if (store != NULL && store[0] != '\0') {
        int r = of_helper(lookup, store, server, ret, reterr);

        if (r < 0 || *ret != NULL)
            return r;
    }
    json_object_foreach(json_object_get(lookup->config, "auths"), key, entry)
    {
        if (is_key_of(key, registry) && *ret == NULL)
            *ret = of_entry(entry, server);
    }
    return 0;
}

static int encode(const json_t *object, char **ret, struct error **reterr)
{
    char *text = json_dumps(object, JSON_COMPACT);
    char *encoded = text != NULL ? base64_encode_for_url(text, strlen(text)) : NULL;

    free(text);
    if (encoded == NULL)
        return out_of_memory(reterr);
    *ret = encoded;
    return 0;
}

int engine_find_credentials(const char *folder, const char *reference, int cancel_fd, char **ret,
                            struct error **reterr)
{
    _cleanup_json_ json_t *config = NULL;
    _cleanup_json_ json_t *found = NULL;
    char registry[256];
    char *encoded = NULL;
    int r = engine_registry_of(reference, registry, sizeof(registry), reterr);

    if (r == 0)
        r = read_config(folder, &config, reterr);
    if (r == 0 && config != NULL)
        r = find(&(struct lookup){config, cancel_fd}, registry, &found, reterr);
    if (r == 0 && found != NULL)
        r = encode(found, &encoded, reterr);
    if (r == 0)
        *ret = encoded;
    return r;
}

/* The keys of a map, each looked up. */
static int add_all(const struct lookup *lookup, const json_t *map, json_t *all,
                   struct error **reterr)
{
    const char *key;
    json_t *entry;

    json_object_foreach((json_t *)(uintptr_t)map, key, entry)
    {
        const char *host = text_starts_with(key, "https://")  ? key + 8
                           : text_starts_with(key, "http://") ? key + 7
                                                              : key;
        size_t length = strcspn(host, "/");
        char registry[256];
        json_t *found = NULL;
        int r;

        if (length == 0 || length >= sizeof(registry) || json_object_size(all) >= REGISTRIES_MAX)
            continue;
        memcpy(registry, host, length);
        registry[length] = '\0';
        if (strcmp(registry, "index.docker.io") == 0)
            (void)snprintf(registry, sizeof(registry), "%s", HUB);
        if (json_object_get(all, server_of(registry)) != NULL)
            continue;
        r = find(lookup, registry, &found, reterr);
        if (r == 0 && found != NULL && json_object_set_new(all, server_of(registry), found) < 0)
            r = out_of_memory(reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int engine_find_all_credentials(const char *folder, int cancel_fd, char **ret,
                                struct error **reterr)
{
    _cleanup_json_ json_t *config = NULL;
    _cleanup_json_ json_t *all = json_object();
    _cleanup_json_ json_t *stored = NULL;
    struct lookup lookup = {.cancel_fd = cancel_fd};
    const char *store;
    char *encoded = NULL;
    int r = read_config(folder, &config, reterr);

    if (r < 0)
        return r;
    lookup.config = config;
    store = json_string_value(json_object_get(config, "credsStore"));
    if (store != NULL && store[0] != '\0')
        r = run_helper(&lookup, store, "list", "", &stored, reterr);
    if (r == 0)
        r = add_all(&lookup, stored, all, reterr);
    if (r == 0)
        r = add_all(&lookup, json_object_get(config, "credHelpers"), all, reterr);
    if (r == 0)
        r = add_all(&lookup, json_object_get(config, "auths"), all, reterr);
    if (r == 0 && json_object_size(all) > 0)
        r = encode(all, &encoded, reterr);
    if (r == 0)
        *ret = encoded;
    return r;
}
