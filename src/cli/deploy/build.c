/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/deploy/request.h"
#include "model/value_json.h"
#include "os/file.h"
#include "os/os.h"
#include "os/path.h"

#define DOCKERFILE_SENT ".slipway.dockerfile"

enum {
    DOCKERFILE_BYTES_MAX = 4 << 20,
    OUTPUT_BYTES_MAX = 1 << 20
};

/* What is sent */

bool build_is_remote(const char *context)
{
    return strstr(context, "://") != NULL || text_starts_with(context, "git@") ||
           text_starts_with(context, "github.com/");
}

/* A Dockerfile within the context is named as it is there. One that is written in the Compose file,
 * or lies elsewhere, is put into the archive. */
static bool take_dockerfile(struct session *session, const char *service, struct value *build,
                            struct archive_tree *tree, struct archive_file *file)
{
    const char *inline_text = value_get_text(build, "dockerfile_inline");
    const char *name = value_get_text(build, "dockerfile");
    const char *path, *clean;
    char *data;
    size_t size;

    if (inline_text == NULL && name == NULL)
        return true;
    if (inline_text == NULL) {
        clean = path_clean(&session->arena, name);
        if (!path_is_absolute(clean) && !text_starts_with(clean, "../")) {
            tree->dockerfile = clean;
            return true;
        }
        path = path_absolute(&session->arena, tree->folder, name);
        if (os_read_file(path, DOCKERFILE_BYTES_MAX, &data, &size, &session->error) < 0) {
            session_fail(session, "%s: its Dockerfile: %s", service, session->error->message);
            return false;
        }
        session->held = data;
        inline_text = arena_strndup(&session->arena, data, size);
        session->held = NULL;
        free(data);
    }
    *file = (struct archive_file){
        .path = DOCKERFILE_SENT, .data = inline_text, .size = strlen(inline_text)};
    tree->files = file;
    tree->file_count = 1;
    tree->dockerfile = DOCKERFILE_SENT;
    value_map_remove(build, "dockerfile_inline", strlen("dockerfile_inline"));
    request_set_text(session, build, "dockerfile", DOCKERFILE_SENT);
    return true;
}

/* A file without a name, which is gone when it is closed. */
static int temporary_file(struct session *session)
{
    const char *folder = cli_environment(session->context->environment, "TMPDIR");
    char *path = arena_printf(&session->arena, "%s/slipway-build-XXXXXX",
                              folder != NULL && *folder != '\0' ? folder : "/var/tmp");
    int fd = os->mkostemp(path, O_CLOEXEC);

    if (fd < 0) {
        session_fail(session, "cannot make a file for the build's context in %s: %s",
                     path_dirname(&session->arena, path), error_text(errno));
        return -1;
    }
    (void)os->unlink(path);
    return fd;
}

static bool pack(struct session *session, const char *service, const struct archive_tree *tree,
                 struct http_content *ret_content)
{
    struct stat status;
    int r;

    session->held_fd = temporary_file(session);
    if (session->held_fd < 0)
        return false;
    r = archive_write_tree(tree, session->held_fd, &session->error);
    if (r < 0) {
        session_fail(session, "%s: packing %s: %s", service, tree->folder, session->error->message);
        session->error = error_free(session->error);
        return false;
    }
    if (os->fstat(session->held_fd, &status) < 0 || lseek(session->held_fd, 0, SEEK_SET) < 0) {
        session_fail(session, "%s: the packed context cannot be read: %s", service,
                     error_text(errno));
        return false;
    }
    *ret_content = (struct http_content){
        .type = "application/x-tar", .size = (uint64_t)status.st_size, .fd = session->held_fd};
    return true;
}

/* What comes back */

static void print_output(struct session *session, const char *service, const char *text)
{
    _cleanup_strbuf_ struct strbuf out;

    strbuf_init(&out, OUTPUT_BYTES_MAX);
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");

        if (length > 0) {
            strbuf_printf(&out, "%s | ", service);
            text_escape(&out, text, length);
            strbuf_append_char(&out, '\n');
        }
        text += length;
        text += strspn(text, "\r\n");
    }
    (void)os_write_all(session->context->streams.out, strbuf_text(&out), out.length);
}

static void print_object(struct session *session, const json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);

    if (line != NULL) {
        (void)os_write_all(session->context->streams.out, line, strlen(line));
        (void)os_write_all(session->context->streams.out, "\n", 1);
    }
    free(line);
}

/* Until the result. */
static bool read_build(struct session *session, const char *service, struct feed *feed)
{
    const json_t *object;
    int r;

    while ((r = feed_next(session, feed, UINT64_MAX, &object)) != 0) {
        const char *type = json_string_value(json_object_get(object, "type"));
        const char *text = json_string_value(json_object_get(object, "text"));
        const char *error = json_string_value(json_object_get(object, "error"));

        if (r == -EINTR)
            continue;
        if (r < 0) {
            session_fail_call(session, r);
            return false;
        }
        if (session->context->json)
            print_object(session, object);
        else if (text != NULL)
            print_output(session, service, text);
        if (error != NULL) {
            session_fail(session, "%s", error);
            return false;
        }
        if (text_equal(type, "result"))
            return true;
    }
    session_fail(session, "building %s: the daemon's answer ends without a result", service);
    return false;
}

static bool send_build(struct session *session, const char *project, const char *service,
                       const char *hash, bool no_cache, const struct http_content *content)
{
    const char *path = request_path(session, "projects", project, "builds", service, NULL);
    struct feed *feed;
    bool is_done;

    path = request_query(session, path, "spec", hash);
    path = request_query(session, path, "no_cache", no_cache ? "1" : NULL);
    feed = feed_open(session, "POST", path, content);
    if (feed == NULL)
        return false;
    is_done = read_build(session, service, feed);
    feed_close(session, feed);
    return is_done;
}

/* One service */

bool build_one(struct session *session, const char *project, struct value *root,
               const char *service, bool no_cache)
{
    struct value *build = value_get(value_get(value_get(root, "services"), service), "build");
    const char *context = value_get_text(build, "context");
    struct archive_tree tree = {.folder = context != NULL ? context : "."};
    struct archive_file file;
    struct http_content content = {.fd = -1};
    const struct json_style style = {.escape_dollar = true, .compact = true};
    const char *body, *hash;
    bool is_done;

    if (build_is_remote(tree.folder)) {
        session_fail(session,
                     "%s: its build context %s is on another machine, which is not supported; "
                     "fetch it, and name the folder in build.context",
                     service, tree.folder);
        return false;
    }
    if (!take_dockerfile(session, service, build, &tree, &file))
        return false;
    strbuf_reset(&session->text);
    value_write_json(&session->text, root, &style);
    if (strbuf_failure(&session->text) < 0)
        arena_fail(&session->arena, strbuf_failure(&session->text));
    body = arena_strdup(&session->arena, strbuf_text(&session->text));
    if (!session_call(session, "POST", request_path(session, "projects", project, "specs", NULL),
                      body))
        return false;
    hash = session_text(session, session->document, "hash");
    is_done = pack(session, service, &tree, &content) &&
              send_build(session, project, service, hash, no_cache, &content);
    os_closep(&session->held_fd);
    session->held_fd = -1;
    return is_done;
}

/* up */

static const char *image_of(struct session *session, const char *project, const char *service,
                            const struct value *spec)
{
    const char *image = value_get_text(spec, "image");

    return image != NULL ? image : arena_printf(&session->arena, "%s-%s", project, service);
}

/* As an engine names it: with a tag. */
static bool is_named(struct session *session, const char *name, const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *tag = strchr(slash != NULL ? slash : image, ':');

    if (strcmp(name, image) == 0)
        return true;
    return tag == NULL && strchr(image, '@') == NULL &&
           strcmp(name, arena_printf(&session->arena, "%s:latest", image)) == 0;
}

static bool has_image(struct session *session, const struct value *images, const char *image)
{
    for (uint32_t i = 0; i < value_list_count(images); i++) {
        const struct value *names = value_get(images->list.items[i], "names");

        for (uint32_t j = 0; j < value_list_count(names); j++)
            if (names->list.items[j]->kind == VALUE_STRING &&
                is_named(session, names->list.items[j]->string.text, image))
                return true;
    }
    return false;
}

static bool is_native(const struct value *service)
{
    const char *runtime = value_get_text(value_get(service, "x-slipway"), "runtime");

    return text_equal(runtime, "process");
}

bool build_is_needed(const struct value *service)
{
    return value_is(value_get(service, "build"), VALUE_MAP) && !is_native(service);
}

bool build_for_up(struct session *session, const char *project, bool is_forced)
{
    const struct value *services = value_get(session->spec.root, "services");
    const struct value *images = NULL;

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        const char *policy = value_get_text(entry->value, "pull_policy");

        if (!build_is_needed(entry->value))
            continue;
        if (images == NULL && !session_call(session, "GET", "/v1/images", NULL))
            return false;
        if (images == NULL)
            images = value_get(request_value(session, session->document), "images");
        if (!is_forced && !text_equal(policy, "build") &&
            has_image(session, images, image_of(session, project, entry->key, entry->value)))
            continue;
        if (!build_one(session, project, value_copy(&session->arena, session->spec.root),
                       entry->key, false))
            return false;
    }
    return true;
}
