/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "os/os.h"
#include "store/store_priv.h"

#define BUSY_TIMEOUT_MS 10000
#define TEXT_BYTES_MAX  (256 << 20)

/* Opening, one at a time: SQLite keeps locks that a close of any other descriptor of the file, in
 * this process, would take away. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

/* So that it has the right mode from the start; SQLite's other files take theirs from it. */
static int make_file(const char *path, struct error **reterr)
{
    struct stat found;
    int fd;

    if (os->lstat(path, &found) == 0) {
        if (!S_ISREG(found.st_mode))
            return error_set(reterr, EUCLEAN, "%s: this is no file: move it away", path);
        return 0;
    }
    if (errno != ENOENT)
        return error_set(reterr, errno, "%s: %s", path, error_text(errno));
    fd = os_open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set(reterr, -fd, "%s: cannot make it: %s", path, error_text(-fd));
    (void)os->fchmod(fd, 0600);
    os_closep(&fd);
    return 0;
}

static int configure(struct store *store, struct error **reterr)
{
    static const char settings[] = "PRAGMA foreign_keys = ON;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA journal_mode = WAL;"
                                   "PRAGMA journal_size_limit = 8388608;"
                                   "PRAGMA synchronous = FULL";
    sqlite3 *database = store->database;
    int code;

    (void)sqlite3_extended_result_codes(database, 1);
    (void)sqlite3_busy_timeout(database, BUSY_TIMEOUT_MS);
    (void)sqlite3_limit(database, SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX);
    (void)sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    code = sqlite3_exec(database, settings, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : store_fail(store, code, "opening it", reterr);
}

static int open_file(struct store *store, struct error **reterr)
{
    int r = make_file(store->path, reterr);
    int code;

    if (r < 0)
        return r;
    code = sqlite3_open_v2(store->path, &store->database,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                           NULL);
    if (store->database == NULL)
        return error_set(reterr, ENOMEM, "%s: out of memory", store->path);
    if (code != SQLITE_OK)
        return store_fail(store, code, "opening it", reterr);
    r = configure(store, reterr);
    return r < 0 ? r : store_migrate(store, reterr);
}

int store_open(const char *folder, struct store **ret_store, struct error **reterr)
{
    struct store *store = calloc(1, sizeof(*store));
    int r;

    if (store == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    if (asprintf(&store->path, "%s/slipway.db", folder) < 0) {
        free(store);
        return error_set(reterr, ENOMEM, "out of memory");
    }
    (void)pthread_mutex_lock(&opening);
    r = open_file(store, reterr);
    (void)pthread_mutex_unlock(&opening);
    if (r < 0) {
        (void)store_close(store);
        return r;
    }
    *ret_store = store;
    return 0;
}

struct store *store_close(struct store *store)
{
    if (store == NULL)
        return NULL;
    for (unsigned int i = 0; i < store->statement_count; i++)
        (void)sqlite3_finalize(store->statements[i].statement);
    if (store->database != NULL && sqlite3_close(store->database) != SQLITE_OK)
        assert(false); /* a statement was not given back */
    free(store->path);
    free(store);
    return NULL;
}

static bool read_verdict(sqlite3_stmt *statement, struct arena *arena, void *context)
{
    const char *text = (const char *)sqlite3_column_text(statement, 0);

    (void)arena;
    *(bool *)context = text != NULL && strcmp(text, "ok") == 0;
    return true;
}

int store_check(struct store *store, struct error **reterr)
{
    static const char doing[] = "checking it";
    bool is_good = false;
    struct store_query query = {doing, NULL, read_verdict, &is_good};
    int r = store_read(store, &query, reterr, "PRAGMA quick_check(1)", "");

    return r < 0 || is_good ? r : store_fail_damaged(store, doing, reterr);
}
