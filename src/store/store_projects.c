/* SPDX-License-Identifier: Apache-2.0 */
/* Projects, and what is known of each beside its revisions and deploys. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "os/os.h"
#include "store/store_priv.h"

static bool read_project(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    struct store_project *project =
        store_rows_add((struct store_rows *)context, arena, sizeof(struct store_project));

    project->name = store_column_text(statement, arena, 0);
    project->serving = store_column_u32(statement, 1);
    project->newest = store_column_u32(statement, 2);
    project->is_down = store_column_u32(statement, 3) != 0;
    return true;
}

int store_list_projects(struct store *store, struct arena *arena, struct store_project **ret,
                        uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading projects", arena, read_project, &rows};
    int r = store_read(store, &query, reterr,
                       "SELECT name, serving, newest, is_down FROM projects ORDER BY name", "");

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}

int store_get_project(struct store *store, struct arena *arena, const char *name,
                      struct store_project *ret, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading a project", arena, read_project, &rows};
    int r =
        store_read(store, &query, reterr,
                   "SELECT name, serving, newest, is_down FROM projects WHERE name = ?", "t", name);

    if (r < 0)
        return r;
    if (rows.count == 0)
        return error_set(reterr, ENOENT, "there is no project \"%.100s\"", name);
    *ret = *(struct store_project *)rows.items;
    return 0;
}

int store_need_project(struct store *store, const char *name, struct error **reterr)
{
    int r = store_write(store, "making a project", reterr,
                        "INSERT INTO projects (name) VALUES (?) ON CONFLICT DO NOTHING", "t", name);

    return r < 0 ? r : 0;
}

int store_set_serving(struct store *store, const char *name, uint32_t revision, bool is_down,
                      struct error **reterr)
{
    int r = store_write(store, "keeping what serves", reterr,
                        "INSERT INTO projects (name, serving, is_down) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (name) DO UPDATE SET serving = ?2, is_down = ?3",
                        "tdd", name, revision, (unsigned int)is_down);

    return r < 0 ? r : 0;
}

int store_remove_project(struct store *store, const char *name, struct error **reterr)
{
    int r = store_write(store, "removing a project", reterr, "DELETE FROM projects WHERE name = ?",
                        "t", name);

    return r < 0 ? r : 0;
}

/* Rotation */

int store_set_rotation(struct store *store, const char *project, const char *text,
                       struct error **reterr)
{
    int r = store_write(store, "keeping who is in rotation", reterr,
                        "INSERT INTO projects (name, rotation) VALUES (?1, ?2) "
                        "ON CONFLICT (name) DO UPDATE SET rotation = ?2",
                        "tt", project, text);

    return r < 0 ? r : 0;
}

static bool read_text(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    *(const char **)context = store_column_text(statement, arena, 0);
    return true;
}

int store_get_rotation(struct store *store, struct arena *arena, const char *project,
                       const char **ret_text, struct error **reterr)
{
    const char *text = "";
    struct store_query query = {"reading who is in rotation", arena, read_text, &text};
    int r = store_read(store, &query, reterr, "SELECT rotation FROM projects WHERE name = ?", "t",
                       project);

    if (r == 0)
        *ret_text = text;
    return r;
}

/* What operators have stopped */

static int set_stopped(struct store *store, const char *project, const char *service,
                       bool is_stopped, struct error **reterr)
{
    static const char doing[] = "keeping what is stopped";
    int r;

    if (!is_stopped)
        return store_write(store, doing, reterr,
                           "DELETE FROM stopped WHERE project = ? AND service = ?", "tt", project,
                           service);
    r = store_need_project(store, project, reterr);
    return r < 0 ? r
                 : store_write(store, doing, reterr,
                               "INSERT INTO stopped (project, service) VALUES (?, ?) "
                               "ON CONFLICT DO NOTHING",
                               "tt", project, service);
}

int store_set_stopped(struct store *store, const char *project, const char *service,
                      bool is_stopped, struct error **reterr)
{
    static const char doing[] = "keeping what is stopped";
    int r = store_begin(store, doing, reterr);

    if (r < 0)
        return r;
    r = store_end(store, set_stopped(store, project, service, is_stopped, reterr), doing, reterr);
    return r < 0 ? r : 0;
}

static bool read_stopped(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    const char **place = store_rows_add((struct store_rows *)context, arena, sizeof(const char *));

    *place = store_column_text(statement, arena, 0);
    return true;
}

int store_list_stopped(struct store *store, struct arena *arena, const char *project,
                       const char *const **ret, uint32_t *ret_count, struct error **reterr)
{
    struct store_rows rows = {0};
    struct store_query query = {"reading what is stopped", arena, read_stopped, &rows};
    int r =
        store_read(store, &query, reterr,
                   "SELECT service FROM stopped WHERE project = ? ORDER BY service", "t", project);

    if (r < 0)
        return r;
    *ret = rows.items;
    *ret_count = rows.count;
    return 0;
}

/* Loopback addresses: 127.64.0.0/10 without what ends in .0 and .255. They come by chance, as there
 * may be other stores on the machine, whose services listen there too. */

#define LOOPBACK_FIRST UINT32_C(0x7f400000)
#define LOOPBACK_COUNT UINT32_C(0x00400000)
#define LOOPBACK_TRIES 4096

static bool is_usable(uint32_t address)
{
    return (address & 0xff) != 0 && (address & 0xff) != 0xff;
}

static bool read_address(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    uint32_t address = store_column_u32(statement, 0);

    (void)arena;
    *(uint32_t *)context = address;
    return address >> 24 == 127;
}

static int find_loopback(struct store *store, const char *project, const char *service,
                         uint32_t *address, struct error **reterr)
{
    struct store_query query = {"reading a loopback address", NULL, read_address, address};

    return store_read(store, &query, reterr,
                      "SELECT address FROM loopbacks WHERE project = ? AND service = ?", "tt",
                      project, service);
}

static int make_loopback(struct store *store, const char *project, const char *service,
                         uint32_t *address, struct error **reterr)
{
    uint32_t offset = 0;
    int r = store_need_project(store, project, reterr);

    if (r == 0)
        r = os_random(&offset, sizeof(offset));
    if (r < 0)
        return r;
    offset %= LOOPBACK_COUNT;
    for (int i = 0; i < LOOPBACK_TRIES; i++, offset = (offset + 1) % LOOPBACK_COUNT) {
        if (!is_usable(LOOPBACK_FIRST + offset))
            continue;
        r = store_write(store, "keeping a loopback address", reterr,
                        "INSERT INTO loopbacks (project, service, address) VALUES (?, ?, ?) "
                        "ON CONFLICT DO NOTHING",
                        "ttd", project, service, LOOPBACK_FIRST + offset);
        if (r < 0)
            return r;
        if (r > 0) {
            *address = LOOPBACK_FIRST + offset;
            return 0;
        }
    }
    return error_set(reterr, EADDRNOTAVAIL,
                     "project \"%s\": no loopback address is free for service \"%s\"", project,
                     service);
}

int store_get_loopback(struct store *store, struct arena *arena, const char *project,
                       const char *service, const char **ret_address, struct error **reterr)
{
    static const char doing[] = "keeping a loopback address";
    uint32_t address = 0;
    int r = find_loopback(store, project, service, &address, reterr);

    if (r == 0 && address == 0) {
        r = store_begin(store, doing, reterr);
        if (r < 0)
            return r;
        r = find_loopback(store, project, service, &address, reterr); /* another was faster */
        if (r == 0 && address == 0)
            r = make_loopback(store, project, service, &address, reterr);
        r = store_end(store, r, doing, reterr);
    }
    if (r < 0)
        return r;
    *ret_address = arena_printf(arena, "127.%u.%u.%u", address >> 16 & 0xff, address >> 8 & 0xff,
                                address & 0xff);
    return 0;
}
