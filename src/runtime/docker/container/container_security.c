/* SPDX-License-Identifier: Apache-2.0 */
/* security_opt, and the namespaces that are shared with other containers. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* The engine wants the profile itself; a path is for whoever asks it, and that is us. */
static int read_profile(struct making *making, const char *path, const char **ret,
                        struct error **reterr)
{
    const char *data;
    size_t size;

    if (container_read_file(making, path, &data, &size, reterr) < 0)
        return error_prefix(reterr, "security_opt: the seccomp profile");
    if (strlen(data) != size)
        return error_set(reterr, EINVAL, "security_opt: %s is no seccomp profile", path);
    *ret = arena_printf(making->arena, "seccomp=%s", data);
    return 0;
}

static int set_option(struct making *making, const char *text, const char *const **options,
                      struct error **reterr)
{
    static const char *const none[] = {NULL};
    size_t length = strcspn(text, "=:");
    const char *value = text[length] != '\0' ? text + length + 1 : "";
    const char *option = arena_strdup(making->arena, text);
    int r;

    if (length == strlen("systempaths") && text_starts_with(text, "systempaths") &&
        strcmp(value, "unconfined") == 0) {
        making->config->masked_paths = none;
        making->config->read_only_paths = none;
        return 0;
    }
    /* "seccomp:unconfined" was once written so. */
    if (text[length] == ':')
        option = arena_printf(making->arena, "%.*s=%s", (int)length, text, value);
    if (length == strlen("seccomp") && text_starts_with(text, "seccomp") &&
        strcmp(value, "unconfined") != 0 && strcmp(value, "builtin") != 0) {
        r = read_profile(making, value, &option, reterr);
        if (r < 0)
            return r;
    }
    *options = texts_with(making->arena, *options, option);
    return 0;
}

static int set_options(struct making *making, struct error **reterr)
{
    const char *const *texts = texts_of(making->arena, value_get(making->service, "security_opt"));
    const char *const *options = NULL;

    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        int r = set_option(making, texts[i], &options, reterr);

        if (r < 0)
            return r;
    }
    making->config->security_options = options;
    return 0;
}

static int set_shared(struct making *making, const char *key, const char **member,
                      struct error **reterr)
{
    const char *text = value_get_text(making->service, key);

    if (text == NULL || *text == '\0')
        return 0;
    return container_refer(making, key, text, "container:", member, reterr);
}

int container_set_security(struct making *making, struct error **reterr)
{
    int r = set_options(making, reterr);

    if (r == 0)
        r = set_shared(making, "ipc", &making->config->ipc_mode, reterr);
    if (r == 0)
        r = set_shared(making, "pid", &making->config->pid_mode, reterr);
    return r;
}
