/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service runs, and its name, which says what is in it. By default it is the executable. One
 * of the machine's own (/usr, /bin, /opt and so on) is named by its hash and run where it is: it
 * belongs to the system's packages, and works only amid its libraries.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "os/listing.h"
#include "os/os.h"
#include "runtime/process/process_priv.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define FILES_MAX    ((size_t)100000)
#define MANIFEST_MAX ((size_t)64 << 20)
#define DEPTH_MAX    64

void artifact_deinit(struct artifact *artifact)
{
    free(artifact->source);
    *artifact = (struct artifact){0};
}

/* Finding */

static bool is_of_machine(const char *path)
{
    static const char *const folders[] = {"/usr/",   "/bin/", "/sbin/", "/lib/",
                                          "/lib64/", "/opt/", "/snap/", "/nix/"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (text_starts_with(path, folders[i]))
            return true;
    }
    return false;
}

static char *find_in_path(const char *folders, const char *name)
{
    while (true) {
        size_t length = strcspn(folders, ":");
        struct stat status;
        char *path;

        if (asprintf(&path, "%.*s/%s", (int)length, folders, name) < 0)
            return NULL;
        if (length > 0 && os->stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
            (status.st_mode & 0111) != 0)
            return path;
        free(path);
        if (folders[length] == '\0')
            return NULL;
        folders += length + 1;
    }
}

static char *find_program(const struct desired_service *service, const char *program)
{
    const char *folder = value_get_text(service->spec, "working_dir");
    const char *folders = value_get_text(value_get(service->spec, "environment"), "PATH");
    char *path = NULL;

    if (program[0] == '/')
        return strdup(program);
    if (strchr(program, '/') == NULL)
        return find_in_path(folders != NULL ? folders : DEFAULT_PATH, program);
    if (folder == NULL || asprintf(&path, "%s/%s", folder, program) < 0)
        return NULL;
    return path;
}

/* Names */

static int hash_file(const char *path, struct content_hash *ret, struct error **reterr)
{
    _cleanup_os_close_ int fd = os_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct stat status;
    void *data;

    if (fd < 0 || os->fstat(fd, &status) < 0)
        return error_set(reterr, fd < 0 ? -fd : errno, "cannot read %s: %s", path,
                         error_text(fd < 0 ? -fd : errno));
    if (!S_ISREG(status.st_mode))
        return error_set(reterr, EINVAL, "%s: is neither a file nor a folder", path);
    if (status.st_size == 0) {
        *ret = content_hash_bytes("", 0);
        return 0;
    }
    data = os->mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return error_set(reterr, errno, "cannot read %s: %s", path, error_text(errno));
    *ret = content_hash_bytes(data, (size_t)status.st_size);
    (void)os->munmap(data, (size_t)status.st_size);
    return 0;
}

struct walk {
    struct strbuf manifest;
    size_t count;
    struct error **reterr;
};

static int add_to_manifest(struct walk *walk, const char *path, const char *name, int depth);

static int add_folder(struct walk *walk, const char *path, const char *name, int depth)
{
    struct os_listing listing;
    int r;

    if (depth > DEPTH_MAX)
        return error_set(walk->reterr, ELOOP, "%s: folders are nested too deeply", path);
    strbuf_printf(&walk->manifest, "folder %s\n", name);
    r = os_list_folder(path, FILES_MAX, &listing, walk->reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count && r == 0; i++) {
        _cleanup_free_ char *below = NULL;
        _cleanup_free_ char *below_name = NULL;

        if (asprintf(&below, "%s/%s", path, listing.names[i]) < 0)
            below = NULL;
        if (asprintf(&below_name, "%s/%s", name, listing.names[i]) < 0)
            below_name = NULL;
        r = below == NULL || below_name == NULL
                ? error_set(walk->reterr, ENOMEM, "out of memory")
                : add_to_manifest(walk, below, below_name, depth + 1);
    }
    os_listing_deinit(&listing);
    return r;
}

static int add_to_manifest(struct walk *walk, const char *path, const char *name, int depth)
{
    struct content_hash hash;
    char target[PATH_MAX] = "";
    struct stat status;
    int r;

    if ((depth == 0 ? os->stat(path, &status) : os->lstat(path, &status)) < 0)
        return error_set(walk->reterr, errno, "cannot read %s: %s", path, error_text(errno));
    if (++walk->count > FILES_MAX)
        return error_set(walk->reterr, E2BIG, "there are more than %zu files in the artifact",
                         FILES_MAX);
    if (S_ISDIR(status.st_mode))
        return add_folder(walk, path, name, depth);
    if (S_ISLNK(status.st_mode)) {
        ssize_t length = readlink(path, target, sizeof(target) - 1);

        if (length < 0)
            return error_set(walk->reterr, errno, "cannot read %s: %s", path, error_text(errno));
        target[length] = '\0';
        strbuf_printf(&walk->manifest, "link %s %s\n", name, target);
        return 0;
    }
    if (!S_ISREG(status.st_mode))
        return 0; /* sockets and pipes that something left there */
    r = hash_file(path, &hash, walk->reterr);
    if (r == 0)
        strbuf_printf(&walk->manifest, "file %s %d %s\n", name, (status.st_mode & 0111) != 0,
                      hash.text);
    return r;
}

const char *artifact_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int name_content(struct artifact *artifact, struct error **reterr)
{
    struct walk walk = {.reterr = reterr};
    struct content_hash hash;
    int r;

    strbuf_init(&walk.manifest, MANIFEST_MAX);
    r = add_to_manifest(&walk, artifact->source, artifact_name_of(artifact->source), 0);
    if (r == 0 && strbuf_failure(&walk.manifest) < 0)
        r = error_set(reterr, -strbuf_failure(&walk.manifest), "%s: the artifact is too large",
                      artifact->source);
    if (r == 0) {
        hash = content_hash_bytes(strbuf_text(&walk.manifest), walk.manifest.length);
        (void)snprintf(artifact->content, sizeof(artifact->content), "%s", hash.text);
    }
    strbuf_deinit(&walk.manifest);
    return r;
}

/* A link counts as the file that it leads to, under its own name: programs look at what they are
 * called. */
static int name_program(struct artifact *artifact, struct error **reterr)
{
    _cleanup_free_ char *real = realpath(artifact->source, NULL);
    struct content_hash hash;
    char text[256];
    int r;

    if (real == NULL)
        return error_set(reterr, errno, "%s: %s", artifact->source, error_text(errno));
    artifact->is_in_place = is_of_machine(artifact->source) || is_of_machine(real);
    r = hash_file(real, &hash, reterr);
    if (r < 0)
        return r;
    (void)snprintf(text, sizeof(text), "file %.150s 1 %s\n", artifact_name_of(artifact->source),
                   hash.text);
    hash = content_hash_bytes(text, strlen(text));
    (void)snprintf(artifact->content, sizeof(artifact->content), "%s", hash.text);
    return 0;
}

int artifact_find(struct process_runtime *runtime, const struct desired_service *service,
                  const char *program, struct artifact *ret, struct error **reterr)
{
    const char *given = value_get_text(value_get(service->spec, "x-slipway"), "artifact");
    _cleanup_(artifact_deinit) struct artifact artifact = {0};
    struct stat status;
    int r;

    (void)runtime;
    artifact.source = given != NULL ? strdup(given) : find_program(service, program);
    if (artifact.source == NULL)
        return error_set(reterr, ENOENT,
                         "service \"%s\": there is no program \"%s\"; give its absolute path, or "
                         "set working_dir or PATH",
                         service->name, program);
    if (os->stat(artifact.source, &status) < 0)
        return error_set(reterr, errno, "service \"%s\": %s: %s", service->name, artifact.source,
                         error_text(errno));
    artifact.is_folder = S_ISDIR(status.st_mode);
    r = given != NULL ? name_content(&artifact, reterr) : name_program(&artifact, reterr);
    if (r < 0)
        return error_prefix(reterr, "service \"%s\"", service->name);
    *ret = artifact;
    artifact = (struct artifact){0};
    return 0;
}
