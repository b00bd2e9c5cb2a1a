/* SPDX-License-Identifier: Apache-2.0 */
#include "control/deploy_request.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

#define TEXT_BYTES_MAX 1024

static bool is_flag(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_map(const json_t *value)
{
    return json_is_object(value);
}

static bool is_plan(const json_t *value)
{
    return json_is_object(value) || json_is_string(value);
}

static bool is_list_of_texts(const json_t *value)
{
    const json_t *item;
    size_t i;

    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, item)
    {
        if (json_string_length(item) == 0)
            return false;
    }
    return true;
}

static bool is_removal(const json_t *value)
{
    return json_is_integer(value) || is_list_of_texts(value);
}

static bool is_lock(const json_t *value)
{
    const char *text = json_string_value(value);

    return text != NULL && (strcmp(text, "wait") == 0 || strcmp(text, "refuse") == 0);
}

static const struct {
    const char *name;
    bool (*is_good)(const json_t *value);
    const char *expected;
} known[] = {
    {"force_recreate", is_flag, "true or false"},
    {"force_pull", is_flag, "true or false"},
    {"no_wait", is_flag, "true or false"},
    {"forget", is_flag, "true or false"},
    {"services", is_list_of_texts, "a list of names"},
    {"instances", is_list_of_texts, "a list of ids"},
    {"scale", is_map, "a map of services to numbers"},
    {"images", is_map, "a map of services to images"},
    {"plan", is_plan, "a plan"},
    {"lock", is_lock, "\"wait\" or \"refuse\""},
    {"remove", is_removal, "a list of \"volumes\" and \"images\""},
};

static int check_option(const char *name, const json_t *value, struct error **reterr)
{
    if (json_is_null(value))
        return 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, name) != 0)
            continue;
        return known[i].is_good(value)
                   ? 0
                   : error_set(reterr, EINVAL, "options.%s is %s", name, known[i].expected);
    }
    return error_set(reterr, EINVAL, "there is no option \"%.40s\"", name);
}

int deploy_request_check_options(const json_t *options, struct error **reterr)
{
    const json_t *value;
    const char *name;
    int r = 0;

    if (options == NULL || json_is_null(options))
        return 0;
    if (!json_is_object(options))
        return error_set(reterr, EINVAL, "options is a map");
    json_object_foreach((json_t *)options, name, value)
    {
        r = check_option(name, value, reterr);
        if (r < 0)
            break;
    }
    return r;
}

int deploy_request_check_text(const char *what, const char *text, struct error **reterr)
{
    if (text == NULL)
        return 0;
    if (strlen(text) > TEXT_BYTES_MAX)
        return error_set(reterr, EINVAL, "the %s is longer than %d bytes", what, TEXT_BYTES_MAX);
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return error_set(reterr, EINVAL, "the %s has control characters", what);
    }
    return 0;
}

int deploy_request_check_services(const json_t *options, const json_t *one, const json_t *other,
                                  const char *project, struct error **reterr)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(options, "services"), i, item)
    {
        const char *name = json_string_value(item);

        if (json_object_get(json_object_get(one, "services"), name) == NULL &&
            json_object_get(json_object_get(other, "services"), name) == NULL)
            return error_set(reterr, ENOENT, "project \"%s\" has no service \"%.100s\"", project,
                             name);
    }
    return 0;
}
