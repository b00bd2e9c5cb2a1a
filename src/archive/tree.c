/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder as an archive. A folder that is ignored is looked through where an exception may lead
 * below it, and is itself sent only with something in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "archive/files_priv.h"
#include "archive/ignore.h"
#include "archive/tar_priv.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "os/file.h"
#include "os/link.h"
#include "os/listing.h"
#include "os/os.h"

#define IGNORE_FILE      ".dockerignore"
#define IGNORE_SIZE_MAX  ((size_t)1 << 20)
#define FOLDER_COUNT_MAX 1000000
#define PATH_SIZE_MAX    4096
#define PART_SIZE        65536
#define HEADS_LIMIT      ((size_t)1 << 20)

struct walk {
    const struct archive_tree *tree;
    const char *dockerfile;
    struct ignore ignore;
    int fd;
    struct strbuf out;
    char part[PART_SIZE];
};

/* A folder that is being looked through. */
struct level {
    struct level *parent; /* NULL for the top one */
    const char *path;     /* in the archive; "" */
    const struct stat *stat;
    bool is_written;
};

static int flush(struct walk *walk, struct error **reterr)
{
    int r = strbuf_failure(&walk->out);

    if (r == 0)
        r = os_write_all(walk->fd, strbuf_text(&walk->out), walk->out.length);
    strbuf_reset(&walk->out);
    return r < 0 ? error_set(reterr, -r, "cannot write the archive: %s", error_text(-r)) : 0;
}

static int cannot_read(int r, const char *path, struct error **reterr)
{
    return error_set(reterr, -r, "cannot read %s: %s", path, error_text(-r));
}

static struct tar_entry entry_of(const char *path, const struct stat *stat, enum tar_type type)
{
    return (struct tar_entry){
        .path = path, .type = type, .mode = stat->st_mode, .modified_unix_s = stat->st_mtime};
}

/* The folder's own entry, and before it those of the ones it is in. */
static void write_level(struct walk *walk, struct level *level)
{
    struct tar_entry entry;

    if (level == NULL || level->is_written)
        return;
    write_level(walk, level->parent);
    level->is_written = true;
    if (level->path[0] == '\0')
        return;
    entry = entry_of(level->path, level->stat, TAR_FOLDER);
    tar_write_head(&walk->out, &entry);
}

static int copy_content(struct walk *walk, int fd, uint64_t size, const char *path,
                        struct error **reterr)
{
    uint64_t left = size;

    while (left > 0) {
        ssize_t length = os_read(fd, walk->part, left < PART_SIZE ? (size_t)left : PART_SIZE);
        int r;

        if (length < 0)
            return cannot_read((int)length, path, reterr);
        if (length == 0)
            return error_set(reterr, EBUSY, "%s became shorter while it was read: try again", path);
        r = os_write_all(walk->fd, walk->part, (size_t)length);
        if (r < 0)
            return error_set(reterr, -r, "cannot write the archive: %s", error_text(-r));
        left -= (uint64_t)length;
    }
    tar_write_padding(&walk->out, size);
    return 0;
}

static int write_file(struct walk *walk, const char *path, const char *name, struct error **reterr)
{
    _cleanup_os_close_ int fd = os_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    struct tar_entry entry;
    struct stat stat;
    int r;

    if (fd < 0)
        return cannot_read(fd, path, reterr);
    if (os->fstat(fd, &stat) < 0)
        return cannot_read(-errno, path, reterr);
    if (!S_ISREG(stat.st_mode))
        return error_set(reterr, EBUSY, "%s became something else meanwhile: try again", path);
    entry = entry_of(name, &stat, TAR_FILE);
    entry.size = (uint64_t)stat.st_size;
    tar_write_head(&walk->out, &entry);
    r = flush(walk, reterr);
    return r < 0 ? r : copy_content(walk, fd, entry.size, path, reterr);
}

static int write_link(struct walk *walk, const char *path, const char *name,
                      const struct stat *stat, struct error **reterr)
{
    _cleanup_free_ char *target = NULL;
    struct tar_entry entry = entry_of(name, stat, TAR_LINK);
    int r = os_read_link(path, &target);

    if (r < 0)
        return cannot_read(r, path, reterr);
    entry.target = target;
    entry.mode = 0777;
    tar_write_head(&walk->out, &entry);
    return 0;
}

/* Whatever is ignored: what the build is told by, and what lies elsewhere goes in its place. */
static bool is_needed(const struct walk *walk, const char *name)
{
    return strcmp(name, walk->dockerfile) == 0 || strcmp(name, IGNORE_FILE) == 0;
}

static bool is_replaced(const struct walk *walk, const char *name)
{
    for (size_t i = 0; i < walk->tree->file_count; i++) {
        if (strcmp(walk->tree->files[i].path, name) == 0)
            return true;
    }
    return false;
}

static bool leads_to_dockerfile(const struct walk *walk, const char *name)
{
    size_t length = strlen(name);

    return text_starts_with(walk->dockerfile, name) && walk->dockerfile[length] == '/';
}

static int walk_folder(struct walk *walk, struct level *level, const char *path,
                       struct error **reterr);

static int walk_subfolder(struct walk *walk, struct level *parent, const char *path,
                          const char *name, const struct stat *stat, struct error **reterr)
{
    struct level level = {.parent = parent, .path = name, .stat = stat};

    if (!ignore_has(&walk->ignore, name))
        write_level(walk, &level);
    else if (!leads_to_dockerfile(walk, name) &&
             !ignore_may_have_exceptions_below(&walk->ignore, name))
        return 0;
    return walk_folder(walk, &level, path, reterr);
}

static int walk_one(struct walk *walk, struct level *level, const char *path, const char *name,
                    struct error **reterr)
{
    struct stat stat;
    int r = 0;

    if (os->lstat(path, &stat) < 0)
        return errno == ENOENT ? 0 : cannot_read(-errno, path, reterr); /* it has just gone */
    if (S_ISDIR(stat.st_mode))
        return walk_subfolder(walk, level, path, name, &stat, reterr);
    if (is_replaced(walk, name) || (ignore_has(&walk->ignore, name) && !is_needed(walk, name)))
        return 0;
    if (!S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode))
        return 0;
    write_level(walk, level);
    r = S_ISREG(stat.st_mode) ? write_file(walk, path, name, reterr)
                              : write_link(walk, path, name, &stat, reterr);
    return r < 0 ? r : flush(walk, reterr);
}

static int walk_names(struct walk *walk, struct level *level, const char *path,
                      const struct os_listing *listing, struct error **reterr)
{
    for (size_t i = 0; i < listing->count; i++) {
        _cleanup_strbuf_ struct strbuf full;
        const char *name;
        int r;

        strbuf_init(&full, PATH_SIZE_MAX);
        strbuf_printf(&full, "%s/%s", path, listing->names[i]);
        if (strbuf_failure(&full) < 0)
            return error_set(reterr, ENAMETOOLONG, "%s/%s: the path is too long", path,
                             listing->names[i]);
        name = strbuf_text(&full) + strlen(walk->tree->folder) + 1;
        r = walk_one(walk, level, strbuf_text(&full), name, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

static int walk_folder(struct walk *walk, struct level *level, const char *path,
                       struct error **reterr)
{
    struct os_listing listing = {0};
    int r = os_list_folder(path, FOLDER_COUNT_MAX, &listing, reterr);

    if (r == 0)
        r = walk_names(walk, level, path, &listing, reterr);
    os_listing_deinit(&listing);
    return r;
}

/* 1 where there is such a file. */
static int read_ignore(struct walk *walk, const char *name, struct error **reterr)
{
    _cleanup_strbuf_ struct strbuf path;
    _cleanup_free_ char *text = NULL;
    _cleanup_error_ struct error *error = NULL;
    size_t size;
    int r;

    strbuf_init(&path, PATH_SIZE_MAX);
    strbuf_printf(&path, "%s/%s", walk->tree->folder, name);
    if (strbuf_failure(&path) < 0)
        return 0;
    r = os_read_file(strbuf_text(&path), IGNORE_SIZE_MAX, &text, &size, &error);
    if (r == -ENOENT || r == -ENOTDIR)
        return 0;
    if (r < 0) {
        if (reterr != NULL)
            *reterr = take_ptr(error);
        return r;
    }
    r = ignore_parse(text, size, strbuf_text(&path), &walk->ignore, reterr);
    return r < 0 ? r : 1;
}

static int read_ignores(struct walk *walk, struct error **reterr)
{
    _cleanup_strbuf_ struct strbuf name;
    int r;

    strbuf_init(&name, PATH_SIZE_MAX);
    strbuf_printf(&name, "%s" IGNORE_FILE, walk->dockerfile);
    r = strbuf_failure(&name) == 0 ? read_ignore(walk, strbuf_text(&name), reterr) : 0;
    if (r == 0)
        r = read_ignore(walk, IGNORE_FILE, reterr);
    return r < 0 ? r : 0;
}

static int write_rest(struct walk *walk, struct error **reterr)
{
    for (size_t i = 0; i < walk->tree->file_count; i++) {
        const struct archive_file *file = &walk->tree->files[i];
        int r = files_check(file, reterr);

        if (r < 0)
            return r;
        walk->out.limit = HEADS_LIMIT + file->size;
        files_write(file, &walk->out);
        r = flush(walk, reterr);
        if (r < 0)
            return r;
    }
    tar_write_end(&walk->out);
    return flush(walk, reterr);
}

static int check_folder(const char *folder, struct error **reterr)
{
    struct stat stat;

    if (os->stat(folder, &stat) < 0)
        return cannot_read(-errno, folder, reterr);
    return S_ISDIR(stat.st_mode) ? 0 : error_set(reterr, ENOTDIR, "%s is no folder", folder);
}

int archive_write_tree(const struct archive_tree *tree, int fd, struct error **reterr)
{
    _cleanup_free_ struct walk *walk = calloc(1, sizeof(*walk));
    struct level top = {.path = "", .is_written = true};
    int r;

    if (walk == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    walk->tree = tree;
    walk->dockerfile = tree->dockerfile != NULL ? tree->dockerfile : "Dockerfile";
    if (text_starts_with(walk->dockerfile, "./"))
        walk->dockerfile += 2;
    walk->fd = fd;
    strbuf_init(&walk->out, HEADS_LIMIT);
    r = check_folder(tree->folder, reterr);
    if (r == 0)
        r = read_ignores(walk, reterr);
    if (r == 0)
        r = walk_folder(walk, &top, tree->folder, reterr);
    if (r == 0)
        r = write_rest(walk, reterr);
    ignore_deinit(&walk->ignore);
    strbuf_deinit(&walk->out);
    return r;
}
