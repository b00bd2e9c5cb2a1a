/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and pulling the image of a service. What comes of it is the image's id: containers are
 * made from that, so a name that moves changes nothing that runs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/credentials.h"
#include "engine/image.h"
#include "os/os.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define REGISTRY_SIZE 256

enum policy {
    POLICY_MISSING,
    POLICY_ALWAYS,
    POLICY_NEVER,
    POLICY_BUILD,
    POLICY_REFRESH, /* when it is older than that */
};

struct finding {
    struct call call;
    struct runtime_flow *flow;
    const struct value *service;
    const char *reference;
    const char *platform; /* asked for; NULL */
    enum policy policy;
    uint64_t refresh_ns;
    bool is_built; /* here, from the service's `build` */
};

static bool parse_refresh(struct arena *arena, const char *text, uint64_t *ret)
{
    int64_t duration_ns;

    if (strcmp(text, "daily") == 0)
        *ret = TIME_DAY;
    else if (strcmp(text, "weekly") == 0)
        *ret = 7 * TIME_DAY;
    else if (text_starts_with(text, "every_") &&
             unit_duration_ns(value_new_string(arena, text + 6, strlen(text + 6), (struct mark){0}),
                              &duration_ns) &&
             duration_ns >= 0)
        *ret = (uint64_t)duration_ns;
    else
        return false;
    return true;
}

static int find_policy(struct finding *finding)
{
    const char *text = value_get_text(finding->service, "pull_policy");
    int64_t after_ns;

    finding->policy = POLICY_MISSING;
    if (text == NULL || strcmp(text, "missing") == 0 || strcmp(text, "if_not_present") == 0)
        return 0;
    if (strcmp(text, "always") == 0) {
        finding->policy = POLICY_ALWAYS;
    } else if (strcmp(text, "never") == 0) {
        finding->policy = POLICY_NEVER;
    } else if (strcmp(text, "build") == 0) {
        finding->policy = POLICY_BUILD;
    } else if (strcmp(text, "refresh") == 0) {
        finding->policy = POLICY_REFRESH;
        finding->refresh_ns = TIME_DAY;
        if (unit_duration_ns(value_get(finding->service, "pull_refresh_after"), &after_ns) &&
            after_ns >= 0)
            finding->refresh_ns = (uint64_t)after_ns;
    } else if (parse_refresh(finding->call.arena, text, &finding->refresh_ns)) {
        finding->policy = POLICY_REFRESH;
    } else {
        return error_set(finding->call.reterr, EINVAL, "pull_policy: \"%s\" is none", text);
    }
    return 0;
}

/* Pulling */

static void tell_progress(void *context, const char *text, uint64_t done, uint64_t total)
{
    struct finding *finding = context;
    char line[512];

    if (finding->flow == NULL || finding->flow->progress == NULL)
        return;
    (void)snprintf(line, sizeof(line), "%s: %s", finding->reference, text);
    finding->flow->progress(finding->flow, line, done, total);
}

static int explain(const struct finding *finding, int code, const struct error *error)
{
    const char *message = error != NULL ? error->message : error_text(-code);
    char registry[REGISTRY_SIZE];

    if (code == -EACCES &&
        engine_registry_of(finding->reference, registry, sizeof(registry), NULL) == 0)
        return error_set(finding->call.reterr, EACCES,
                         "pulling %s: %s (log in with `docker login %s`, if it is there)",
                         finding->reference, message, registry);
    if (code == -ENOEXEC)
        return error_set(finding->call.reterr, ENOEXEC,
                         "pulling %s: %s (the registry has it for other machines only; see "
                         "`platform`)",
                         finding->reference, message);
    return error_set(finding->call.reterr, -code, "pulling %s: %s", finding->reference, message);
}

static int pull(struct finding *finding)
{
    _cleanup_free_ char *credentials = NULL;
    struct error *error = NULL;
    struct engine_pull options = {
        .reference = finding->reference,
        .platform = finding->platform,
        .progress = tell_progress,
        .context = finding,
    };
    int r = engine_find_credentials(NULL, finding->reference, finding->call.engine.cancel_fd,
                                    &credentials, finding->call.reterr);

    if (r < 0)
        return error_prefix(finding->call.reterr, "pulling %s", finding->reference);
    options.credentials = credentials;
    flow_tell(finding->flow, "pulling %s", finding->reference);
    r = engine_pull_image(&finding->call.engine, &options, &error);
    if (r < 0) {
        r = r == -ECANCELED ? error_set(finding->call.reterr, ECANCELED, "pulling %s: given up",
                                        finding->reference)
                            : explain(finding, r, error);
    }
    error_free(error);
    return r;
}

/* Looking */

static int look(struct finding *finding, struct engine_image *ret)
{
    return engine_inspect_image(&finding->call.engine, finding->call.arena, finding->reference, ret,
                                finding->call.reterr);
}

/* 1 where it is here, 0 where it is not. */
static int look_quietly(struct finding *finding, struct engine_image *ret)
{
    struct error *error = NULL;
    struct error **reterr = finding->call.reterr;
    int r;

    finding->call.reterr = &error;
    r = look(finding, ret);
    finding->call.reterr = reterr;
    if (r == 0 || r == -ENOENT) {
        error_free(error);
        return r == 0;
    }
    if (reterr != NULL)
        *reterr = error;
    else
        error_free(error);
    return error_prefix(reterr, "looking for the image %s", finding->reference);
}

/* "linux/arm64/v8" */
static bool is_for_platform(const char *platform, const struct engine_image *image)
{
    size_t length = strlen(image->platform_os);
    const char *architecture;

    if (strncmp(platform, image->platform_os, length) != 0 || platform[length] != '/')
        return strcmp(platform, image->platform_os) == 0 ||
               strcmp(platform, image->architecture) == 0;
    architecture = platform + length + 1;
    length = strcspn(architecture, "/");
    return strlen(image->architecture) == length &&
           strncmp(architecture, image->architecture, length) == 0;
}

static int check_platform(struct finding *finding, const struct engine_image *image)
{
    struct engine_information information;
    int r;

    if (finding->platform != NULL) {
        if (is_for_platform(finding->platform, image))
            return 0;
        return error_set(finding->call.reterr, ENOEXEC,
                         "the image %s is for %s/%s, and the service wants %s: pull or build it "
                         "for that platform",
                         finding->reference, image->platform_os, image->architecture,
                         finding->platform);
    }
    r = engine_get_information(&finding->call.engine, finding->call.arena, &information,
                               finding->call.reterr);
    if (r < 0)
        return r;
    if (*information.architecture == '\0' || *image->architecture == '\0' ||
        strcmp(information.architecture, image->architecture) == 0)
        return 0;
    return error_set(finding->call.reterr, ENOEXEC,
                     "the image %s is for %s, and this machine is %s: use an image for %s, or say "
                     "`platform: %s/%s` where the machine can emulate it",
                     finding->reference, image->architecture, information.architecture,
                     information.architecture, image->platform_os, image->architecture);
}

static uint64_t age_of(const struct engine_image *image)
{
    return time_subtract(os_real_time_ns(), image->tagged_unix_ns != 0 ? image->tagged_unix_ns
                                                                       : image->created_unix_ns);
}

static int refuse_absent(struct finding *finding)
{
    if (finding->is_built)
        return error_set(finding->call.reterr, ENOENT,
                         "the image %s is not built yet: `slipway up --build` builds it",
                         finding->reference);
    return error_set(finding->call.reterr, ENOENT,
                     "the image %s is not here, and pull_policy forbids to pull it",
                     finding->reference);
}

static bool wants_pull(const struct finding *finding, const struct engine_image *image,
                       bool force_pull)
{
    if (finding->policy == POLICY_NEVER || finding->policy == POLICY_BUILD)
        return false;
    /* What is built here is pulled only where the file says so. */
    if (finding->is_built)
        return finding->policy == POLICY_ALWAYS &&
               value_get_text(finding->service, "image") != NULL;
    if (image == NULL || force_pull || finding->policy == POLICY_ALWAYS)
        return true;
    return finding->policy == POLICY_REFRESH && age_of(image) >= finding->refresh_ns;
}

static int find(struct finding *finding, bool force_pull, struct engine_image *image)
{
    int found = look_quietly(finding, image);
    int r;

    if (found < 0)
        return found;
    if (wants_pull(finding, found ? image : NULL, force_pull)) {
        r = pull(finding);
        if (r < 0)
            return r;
        r = look(finding, image);
        return r < 0 ? error_prefix(finding->call.reterr, "the image %s, which was pulled",
                                    finding->reference)
                     : 0;
    }
    return found ? 0 : refuse_absent(finding);
}

static int name_reference(struct finding *finding, const struct desired *desired,
                          const struct desired_service *service)
{
    finding->service = service->spec;
    finding->reference = value_get_text(service->spec, "image");
    finding->platform = value_get_text(service->spec, "platform");
    finding->is_built = value_get(service->spec, "build") != NULL;
    if (service->image != NULL && *service->image != '\0')
        finding->reference = service->image;
    if (finding->reference == NULL && finding->is_built)
        finding->reference =
            name_of_built_image(finding->call.arena, desired->project, service->name);
    if (finding->reference == NULL)
        return error_set(finding->call.reterr, EINVAL,
                         "the service \"%s\" has neither image nor build", service->name);
    return 0;
}

int docker_resolve(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                   const struct desired_service *service, bool force_pull,
                   struct runtime_flow *flow, const char **ret_content, struct error **reterr)
{
    struct finding finding = {
        .call = docker_call_in(runtime, arena, flow_cancel_fd(flow), reterr),
        .flow = flow,
    };
    struct engine_image image = {0};
    int r = name_reference(&finding, desired, service);

    if (r < 0)
        return r;
    r = find_policy(&finding);
    if (r == 0)
        r = find(&finding, force_pull, &image);
    if (r == 0)
        r = check_platform(&finding, &image);
    if (r < 0)
        return error_prefix(reterr, "service \"%s\"", service->name);
    *ret_content = image.id;
    return 0;
}

int docker_peek(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                const struct desired_service *service, const char **ret_content,
                struct error **reterr)
{
    struct finding finding = {.call = docker_call_in(runtime, arena, -1, reterr)};
    struct engine_image image;
    int r = name_reference(&finding, desired, service);

    if (r == 0)
        r = look(&finding, &image);
    if (r == 0)
        *ret_content = image.id;
    return r;
}

int docker_volumes(struct runtime *runtime, struct arena *arena, const char *content,
                   const char *const **ret, struct error **reterr)
{
    struct finding finding = {.call = docker_call_in(runtime, arena, -1, reterr),
                              .reference = content};
    static const char *const none[] = {NULL};
    struct engine_image image;
    int r = look(&finding, &image);

    if (r == 0)
        *ret = image.volumes != NULL ? image.volumes : none;
    return r;
}
