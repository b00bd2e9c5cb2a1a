/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that an instance sees in the machine's places, in its own mount namespace: /etc/hosts
 * with the names of its project, an own /tmp, configs and secrets, and its kept content. Without
 * privileges there is no such view: then names come as variables (NAME_HOST), TMPDIR leads to its
 * /tmp, and NAME_FILE to its configs and secrets.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/os.h"
#include "os/tree.h"
#include "runtime/process/orders_writer.h"

#define HOSTS_MAX    ((size_t)1 << 20)
#define HOSTS_FILE   "hosts"
#define PRIVATE_TMP  "tmp"
#define FILES_FOLDER "files"

static void bind_at(struct orders_writer *writer, const char *key, const char *source,
                    const char *target)
{
    records_add(&writer->out, key, source);
    records_add(&writer->out, "at", target);
}

static int write_file(struct orders_writer *writer, const char *name, const char *data, size_t size,
                      mode_t mode)
{
    _cleanup_free_ char *path = NULL;

    if (asprintf(&path, "%s/%s", writer->folder, name) < 0) {
        path = NULL;
        return error_set(writer->reterr, ENOMEM, "out of memory");
    }
    return os_write_file_atomically(path, data, size, mode, writer->reterr);
}

/* /etc/hosts */

/* As "NAME ADDRESS..." or "NAME=ADDRESS": the two forms that a canonical tree may have. */
static void add_extra_host(struct strbuf *hosts, const char *name, size_t length,
                           const char *address)
{
    if (text_equal(address, "host-gateway"))
        address = "127.0.0.1";
    if (strpbrk(address, "\n\r") == NULL && memchr(name, '\n', length) == NULL)
        strbuf_printf(hosts, "%s %.*s\n", address, (int)length, name);
}

static void add_extra_hosts(struct strbuf *hosts, const struct value *extra)
{
    for (uint32_t i = 0; i < value_map_count(extra); i++) {
        const struct value_entry *entry = &extra->map.entries[i];
        const struct value *value = entry->value;

        if (value_is(value, VALUE_STRING))
            add_extra_host(hosts, entry->key, entry->key_length, value->string.text);
        for (uint32_t k = 0; k < value_list_count(value); k++) {
            if (value_is(value->list.items[k], VALUE_STRING))
                add_extra_host(hosts, entry->key, entry->key_length,
                               value->list.items[k]->string.text);
        }
    }
    for (uint32_t i = 0; i < value_list_count(extra); i++) {
        const struct value *item = extra->list.items[i];
        const char *text = value_is(item, VALUE_STRING) ? item->string.text : "";
        size_t length = strcspn(text, "=:");

        if (text[length] != '\0')
            add_extra_host(hosts, text, length, text + length + 1);
    }
}

static int write_hosts(struct orders_writer *writer)
{
    const struct desired *desired = writer->options->desired;
    _cleanup_free_ char *machine = NULL;
    _cleanup_strbuf_ struct strbuf hosts;
    int r;

    strbuf_init(&hosts, 2 * HOSTS_MAX);
    strbuf_append_string(&hosts, "# The services of this project, and what the machine knows.\n");
    for (uint32_t i = 0; i < desired->service_count; i++) {
        const struct desired_service *service = &desired->services[i];

        if (service->loopback_address != NULL && service->loopback_address[0] != '\0')
            strbuf_printf(&hosts, "%s %s\n", service->loopback_address, service->name);
    }
    add_extra_hosts(&hosts, value_get(writer->service->spec, "extra_hosts"));
    if (os_read_file("/etc/hosts", HOSTS_MAX, &machine, NULL, NULL) == 0)
        strbuf_append_string(&hosts, machine);
    if (strbuf_failure(&hosts) < 0)
        return error_set(writer->reterr, ENOMEM, "out of memory");
    r = write_file(writer, HOSTS_FILE, hosts.data, hosts.length, 0644);
    if (r == 0)
        bind_at(writer, "bind", HOSTS_FILE, "/etc/hosts");
    return r;
}

/* /tmp */

static bool is_in_tmp(const char *path)
{
    return path != NULL && (text_starts_with(path, "/tmp/") || text_equal(path, "/tmp"));
}

/* What is kept is seen elsewhere. */
static bool has_path_in_tmp(const struct orders_writer *writer, const char *key)
{
    const struct value *words = value_get(writer->service->spec, key);
    char buffer[PATH_MAX];

    for (uint32_t i = 0; i < value_list_count(words); i++) {
        const struct value *word = words->list.items[i];

        if (value_is(word, VALUE_STRING) &&
            is_in_tmp(orders_map_path(writer, word->string.text, buffer, sizeof(buffer))))
            return true;
    }
    return false;
}

/* What lies there must be seen: the user keeps it there. */
static bool uses_tmp(const struct orders_writer *writer)
{
    return is_in_tmp(value_get_text(writer->service->spec, "working_dir")) ||
           (writer->kept == NULL && is_in_tmp(writer->artifact.source)) ||
           has_path_in_tmp(writer, "entrypoint") || has_path_in_tmp(writer, "command");
}

static int make_tmp(struct orders_writer *writer)
{
    _cleanup_free_ char *path = NULL;
    int r;

    if (asprintf(&path, "%s/" PRIVATE_TMP, writer->folder) < 0) {
        path = NULL;
        return error_set(writer->reterr, ENOMEM, "out of memory");
    }
    r = os_make_folder(path, 0700);
    if (r == 0)
        r = os_change_mode(path, 01777);
    if (r < 0)
        return error_set(writer->reterr, -r, "cannot make the folder %s: %s", path, error_text(-r));
    writer->has_private_tmp = writer->runtime->has_mounts && !uses_tmp(writer);
    if (writer->has_private_tmp)
        bind_at(writer, "bind_writable", PRIVATE_TMP, "/tmp");
    return 0;
}

/* Configs and secrets */

struct reference {
    const char *kind; /* "configs", "secrets" */
    const char *source;
    char target[512];
    mode_t mode;
};

static const char *find_text(struct orders_writer *writer, const struct reference *reference,
                             char **ret_data, size_t *ret_size)
{
    const struct value *all = value_get(writer->options->desired->root, reference->kind);
    const struct value *definition = value_get(all, reference->source);
    const char *content = value_get_text(definition, "content");
    const char *file = value_get_text(definition, "file");

    if (content != NULL) {
        if (asprintf(ret_data, "%s", content) < 0) {
            *ret_data = NULL;
            return "out of memory";
        }
        *ret_size = strlen(content);
        return NULL;
    }
    if (file == NULL)
        return "it has no content; external ones belong to an engine";
    return os_read_file(file, PROCESS_FILE_MAX, ret_data, ret_size, writer->reterr) < 0
               ? "its file cannot be read"
               : NULL;
}

static int own_file(struct orders_writer *writer, const char *name, const struct value *item)
{
    _cleanup_free_ char *path = NULL;
    const char *uid = value_get_text(item, "uid");
    const char *gid = value_get_text(item, "gid");
    struct os_user user = writer->user;
    int r = 0;

    if (!writer->runtime->is_root || (uid == NULL && gid == NULL))
        return 0;
    if (uid != NULL)
        r = os_find_user(uid, &user);
    if (r == 0 && gid != NULL)
        r = os_find_group(gid, &user.gid);
    if (asprintf(&path, "%s/%s", writer->folder, name) < 0) {
        path = NULL;
        r = -ENOMEM;
    }
    if (r == 0)
        r = os_change_owner(path, user.uid, user.gid);
    return r < 0 ? error_set(writer->reterr, -r, "service \"%s\": the owner of %s: %s",
                             writer->service->name, name, error_text(-r))
                 : 0;
}

/* "db-password" is told by DB_PASSWORD_FILE. */
static void add_file_variable(struct orders_writer *writer, const struct reference *reference,
                              const char *name)
{
    char record[1024];
    size_t length = 0;

    for (const char *next = reference->source; *next != '\0' && length < 200; next++) {
        bool is_lower = *next >= 'a' && *next <= 'z';
        bool is_plain =
            is_lower || (*next >= 'A' && *next <= 'Z') || (*next >= '0' && *next <= '9');

        record[length++] = is_lower ? (char)(*next - 'a' + 'A') : is_plain ? *next : '_';
    }
    (void)snprintf(record + length, sizeof(record) - length, "_FILE=%s/%s", writer->folder, name);
    records_add(&writer->out, "x-variable", record);
}

static mode_t mode_of(const struct value *item)
{
    const struct value *mode = value_get(item, "mode");

    if (value_is(mode, VALUE_INTEGER))
        return (mode_t)mode->integer & 0777;
    if (value_is(mode, VALUE_STRING))
        return (mode_t)strtoul(mode->string.text, NULL, 8) & 0777;
    return 0444;
}

static int write_reference(struct orders_writer *writer, const struct reference *reference,
                           const struct value *item)
{
    _cleanup_free_ char *data = NULL;
    char name[64];
    size_t size = 0;
    const char *problem = find_text(writer, reference, &data, &size);
    int r;

    if (problem != NULL) {
        if (writer->reterr != NULL && *writer->reterr != NULL)
            return error_prefix(writer->reterr, "service \"%s\": %s: %s", writer->service->name,
                                reference->kind, reference->source);
        return error_set(writer->reterr, EINVAL, "service \"%s\": %s: %s: %s",
                         writer->service->name, reference->kind, reference->source, problem);
    }
    (void)snprintf(name, sizeof(name), FILES_FOLDER "/%zu", writer->file_count++);
    r = write_file(writer, name, data, size, reference->mode);
    if (r == 0)
        r = own_file(writer, name, item);
    if (r < 0)
        return r;
    if (writer->runtime->has_mounts)
        bind_at(writer, "bind", name, reference->target);
    else
        add_file_variable(writer, reference, name);
    return 0;
}

static int write_references(struct orders_writer *writer, const char *kind, const char *folder)
{
    const struct value *list = value_get(writer->service->spec, kind);
    int r = 0;

    for (uint32_t i = 0; i < value_list_count(list) && r == 0; i++) {
        const struct value *item = list->list.items[i];
        const char *source = value_get_text(item, "source");
        const char *target = value_get_text(item, "target");
        struct reference reference = {.kind = kind, .mode = mode_of(item)};

        reference.source = source != NULL ? source : target;
        if (target == NULL)
            target = source;
        if (target == NULL)
            continue;
        (void)snprintf(reference.target, sizeof(reference.target), "%s%s",
                       target[0] == '/' ? "" : folder, target);
        r = write_reference(writer, &reference, item);
    }
    return r;
}

static int write_all_references(struct orders_writer *writer)
{
    _cleanup_free_ char *path = NULL;
    int r;

    if (asprintf(&path, "%s/" FILES_FOLDER, writer->folder) < 0) {
        path = NULL;
        return error_set(writer->reterr, ENOMEM, "out of memory");
    }
    r = os_make_folder(path, 0700);
    if (r < 0)
        return error_set(writer->reterr, -r, "cannot make the folder %s: %s", path, error_text(-r));
    r = write_references(writer, "configs", "/");
    return r == 0 ? write_references(writer, "secrets", "/run/secrets/") : r;
}

/* The kept content is put in place first: the state folder may lie in /tmp. */
static void bind_content(struct orders_writer *writer)
{
    char folder[PATH_MAX];

    if (writer->kept == NULL || !writer->runtime->has_mounts)
        return;
    (void)snprintf(folder, sizeof(folder), "%s", writer->kept);
    *strrchr(folder, '/') = '\0';
    bind_at(writer, "bind", folder, PROCESS_CONTENT_PLACE);
}

int orders_write_files(struct orders_writer *writer)
{
    int r;

    if (writer->runtime->has_mounts)
        records_add(&writer->out, "mounts", "1");
    bind_content(writer);
    r = make_tmp(writer);
    if (r == 0 && writer->runtime->has_mounts)
        r = write_hosts(writer);
    return r == 0 ? write_all_references(writer) : r;
}
