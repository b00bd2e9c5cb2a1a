/* SPDX-License-Identifier: Apache-2.0 */
/* ustar as POSIX has it; names, targets, sizes and owners that do not fit stand in a pax head. */
#include "archive/tar_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

#define RECORDS_LIMIT ((size_t)64 << 10)

struct tar_head {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char modified[12];
    char checksum[8];
    char type;
    char target[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char unused[12];
};

_Static_assert(sizeof(struct tar_head) == TAR_BLOCK, "a head is a block");

/* Octal digits and a NUL; what does not fit is 0, and stands in a pax head. */
static bool put_number(char *field, size_t size, uint64_t number)
{
    bool fits = number >> (3 * (size - 1)) == 0;
    char text[32];

    (void)snprintf(text, sizeof(text), "%0*" PRIo64, (int)size - 1, fits ? number : 0);
    memcpy(field, text, size);
    return fits;
}

/* Without a NUL where it just fits. */
static bool put_text(char *field, size_t size, const char *text, size_t length)
{
    memcpy(field, text, length < size ? length : size);
    return length <= size;
}

/* Split at a slash, if it has one at the right place. */
static bool put_path(struct tar_head *head, const char *path, size_t length)
{
    if (put_text(head->name, sizeof(head->name), path, length))
        return true;
    for (size_t at = length - 1; at > 0; at--) {
        if (path[at] != '/' || at > sizeof(head->prefix) || length - at - 1 > sizeof(head->name) ||
            at + 1 == length)
            continue;
        memset(head->name, 0, sizeof(head->name));
        (void)put_text(head->prefix, sizeof(head->prefix), path, at);
        return put_text(head->name, sizeof(head->name), path + at + 1, length - at - 1);
    }
    return false;
}

static void seal(struct tar_head *head)
{
    const unsigned char *bytes = (const unsigned char *)head;
    unsigned int sum = 0;
    char text[8];

    memset(head->checksum, ' ', sizeof(head->checksum));
    for (size_t i = 0; i < sizeof(*head); i++)
        sum += bytes[i];
    (void)snprintf(text, sizeof(text), "%06o", sum);
    memcpy(head->checksum, text, 7); /* digits, a NUL, and the space that stays */
}

/* "LENGTH KEY=VALUE\n", whose length counts its own digits. */
static void add_record(struct strbuf *records, const char *key, const char *value, size_t length)
{
    size_t base = strlen(key) + length + 3;
    size_t total = base + 1;
    char text[24];

    while ((size_t)snprintf(text, sizeof(text), "%zu", total) + base != total)
        total = base + strlen(text);
    strbuf_printf(records, "%zu %s=", total, key);
    strbuf_append(records, value, length);
    strbuf_append_char(records, '\n');
}

static void add_number(struct strbuf *records, const char *key, uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    add_record(records, key, text, strlen(text));
}

static void begin(struct tar_head *head, char type)
{
    memset(head, 0, sizeof(*head));
    head->type = type;
    memcpy(head->magic, "ustar", 6);
    memcpy(head->version, "00", 2);
    (void)put_number(head->major, sizeof(head->major), 0);
    (void)put_number(head->minor, sizeof(head->minor), 0);
}

static void write_records(struct strbuf *out, const struct strbuf *records)
{
    struct tar_head head;

    begin(&head, 'x');
    memcpy(head.name, "pax", 3);
    (void)put_number(head.mode, sizeof(head.mode), 0644);
    (void)put_number(head.uid, sizeof(head.uid), 0);
    (void)put_number(head.gid, sizeof(head.gid), 0);
    (void)put_number(head.size, sizeof(head.size), records->length);
    (void)put_number(head.modified, sizeof(head.modified), 0);
    seal(&head);
    strbuf_append(out, (const char *)&head, sizeof(head));
    strbuf_append(out, strbuf_text(records), records->length);
    tar_write_padding(out, records->length);
}

void tar_write_head(struct strbuf *out, const struct tar_entry *entry)
{
    _cleanup_strbuf_ struct strbuf records;
    _cleanup_strbuf_ struct strbuf path;
    const char *target = entry->target != NULL ? entry->target : "";
    uint64_t modified = entry->modified_unix_s > 0 ? (uint64_t)entry->modified_unix_s : 0;
    struct tar_head head;

    strbuf_init(&records, RECORDS_LIMIT);
    strbuf_init(&path, RECORDS_LIMIT);
    strbuf_append_string(&path, entry->path);
    if (entry->type == TAR_FOLDER)
        strbuf_append_char(&path, '/');
    begin(&head, (char)entry->type);
    if (!put_path(&head, strbuf_text(&path), path.length))
        add_record(&records, "path", strbuf_text(&path), path.length);
    if (!put_text(head.target, sizeof(head.target), target, strlen(target)))
        add_record(&records, "linkpath", target, strlen(target));
    if (!put_number(head.size, sizeof(head.size), entry->size))
        add_number(&records, "size", entry->size);
    if (!put_number(head.uid, sizeof(head.uid), entry->uid))
        add_number(&records, "uid", entry->uid);
    if (!put_number(head.gid, sizeof(head.gid), entry->gid))
        add_number(&records, "gid", entry->gid);
    if (!put_number(head.modified, sizeof(head.modified), modified))
        add_number(&records, "mtime", modified);
    (void)put_number(head.mode, sizeof(head.mode), entry->mode & 07777);
    seal(&head);
    if (records.length > 0)
        write_records(out, &records);
    strbuf_append(out, (const char *)&head, sizeof(head));
}

void tar_write_padding(struct strbuf *out, uint64_t size)
{
    if (size % TAR_BLOCK != 0)
        strbuf_append_repeat(out, '\0', TAR_BLOCK - (size_t)(size % TAR_BLOCK));
}

void tar_write_end(struct strbuf *out)
{
    strbuf_append_repeat(out, '\0', (size_t)2 * TAR_BLOCK);
}
