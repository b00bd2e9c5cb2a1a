/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making an instance: its folder, with the orders for its shim. The orders are written last, as one
 * step; a folder without them was left half made, and is taken away by who sees it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/os.h"
#include "os/tree.h"
#include "runtime/process/orders_writer.h"
#include "shim/protocol.h"

static void choose_id(char *id)
{
    uint8_t bytes[PROCESS_ID_LENGTH / 2] = {0};

    (void)os_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static int make_folder(struct orders_writer *writer)
{
    _cleanup_free_ char *parent = process_project_folder(writer->runtime, writer->project);
    int r;

    if (parent == NULL)
        return error_set(writer->reterr, ENOMEM, "out of memory");
    r = os_own_folder(parent, 0700, writer->reterr);
    if (r < 0)
        return r;
    choose_id(writer->id);
    if (asprintf(&writer->folder, "%s/%s", parent, writer->id) < 0) {
        writer->folder = NULL;
        return error_set(writer->reterr, ENOMEM, "out of memory");
    }
    r = os_make_folder(writer->folder, 0700);
    if (r < 0)
        return error_set(writer->reterr, -r, "cannot make the folder %s: %s", writer->folder,
                         error_text(-r));
    return 0;
}

static int write_orders(struct orders_writer *writer)
{
    _cleanup_free_ char *path = NULL;

    records_add(&writer->out, "end", "1");
    if (strbuf_failure(&writer->out) < 0)
        return error_set(writer->reterr, -strbuf_failure(&writer->out),
                         "service \"%s\": its command and environment are too large",
                         writer->service->name);
    if (asprintf(&path, "%s/" SHIM_ORDERS_FILE, writer->folder) < 0) {
        path = NULL;
        return error_set(writer->reterr, ENOMEM, "out of memory");
    }
    return os_write_file_atomically(path, writer->out.data, writer->out.length, 0600,
                                    writer->reterr);
}

static int make(struct orders_writer *writer)
{
    int r = make_folder(writer);

    if (r == 0)
        r = ports_choose(writer->runtime, writer->options, writer->targets, writer->ports,
                         &writer->port_count, writer->reterr);
    if (r == 0)
        r = orders_write(writer);
    if (r == 0)
        r = write_orders(writer);
    if (r < 0 && writer->folder != NULL)
        (void)os_remove_tree(writer->folder);
    return r;
}

/* The original of what an earlier revision ran may be gone: its path still says what in the command
 * belongs to it. */
static int take_kept(struct orders_writer *writer)
{
    const char *given = value_get_text(value_get(writer->service->spec, "x-slipway"), "artifact");
    struct stat status;

    writer->artifact.source = given != NULL ? strdup(given) : NULL;
    writer->artifact.is_folder = os->stat(writer->kept, &status) == 0 && S_ISDIR(status.st_mode);
    (void)snprintf(writer->artifact.content, sizeof(writer->artifact.content), "%s",
                   writer->service->content);
    return given != NULL && writer->artifact.source == NULL
               ? error_set(writer->reterr, ENOMEM, "out of memory")
               : 0;
}

/* What is run, under the content that the service was resolved to. */
static int find_content(struct orders_writer *writer, const char *program)
{
    const char *content = writer->service->content != NULL ? writer->service->content : "";
    int r;

    writer->kept = artifact_kept(writer->runtime, content);
    if (writer->kept != NULL)
        return take_kept(writer);
    r = artifact_find(writer->runtime, writer->service, program, &writer->artifact, writer->reterr);
    if (r < 0 || writer->artifact.is_in_place)
        return r;
    if (content[0] != '\0' && !text_equal(content, writer->artifact.content))
        return error_set(writer->reterr, ENOENT,
                         "service \"%s\": its artifact is not kept any more, and %s has changed "
                         "since; deploy it anew",
                         writer->service->name, writer->artifact.source);
    r = artifact_keep(writer->runtime, &writer->artifact, writer->reterr);
    if (r == 0)
        writer->kept = artifact_kept(writer->runtime, writer->artifact.content);
    return r;
}

static int check_options(struct orders_writer *writer)
{
    const struct runtime_instance_options *options = writer->options;

    if (!process_is_name(options->desired->project))
        return error_set(writer->reterr, EINVAL, "\"%.80s\" is no name of a project",
                         options->desired->project);
    return 0;
}

static void writer_deinit(struct orders_writer *writer)
{
    strbuf_deinit(&writer->out);
    artifact_deinit(&writer->artifact);
    free(writer->folder);
    free(writer->kept);
}

static int create(struct orders_writer *writer)
{
    int r = check_options(writer);

    if (r == 0)
        r = orders_read_command(writer);
    if (r == 0)
        r = find_content(writer, writer->arguments[0]);
    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&writer->runtime->lock);
    r = make(writer);
    (void)pthread_mutex_unlock(&writer->runtime->lock);
    return r;
}

int process_create(struct runtime *base, struct arena *arena,
                   const struct runtime_instance_options *options, struct observed_instance *ret,
                   struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_free_ struct orders_writer *writer = calloc(1, sizeof(*writer));
    _cleanup_instance_ struct instance instance = {0};
    int r;

    if (writer == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    writer->runtime = runtime;
    writer->options = options;
    writer->service = options->service;
    writer->project = options->desired->project;
    writer->reterr = reterr;
    strbuf_init(&writer->out, SHIM_ORDERS_MAX);
    r = create(writer);
    if (r == 0)
        r = instance_load(runtime, writer->project, writer->id, &instance, reterr);
    writer_deinit(writer);
    return r == 0 ? process_describe_safely(arena, &instance, ret, reterr) : r;
}
