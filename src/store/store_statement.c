/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "store/store_priv.h"

/* What went wrong below SQLite. Of a write it knows no more than that, unless the disk was full. */
static int system_error(struct store *store)
{
    int code = sqlite3_system_errno(store->database);

    return sqlite3_extended_errcode(store->database) == SQLITE_IOERR_WRITE || code == EDQUOT
               ? ENOSPC
           : code != 0 ? code
                       : EIO;
}

static int errno_of(struct store *store, int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: /* our statements are good: it is the tables that are others */
    case SQLITE_MISMATCH:
        return EUCLEAN;
    case SQLITE_NOMEM:
        return ENOMEM;
    case SQLITE_READONLY:
        return EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return EACCES;
    case SQLITE_TOOBIG:
        return E2BIG;
    case SQLITE_CONSTRAINT:
        return EEXIST;
    default:
        return system_error(store);
    }
}

/* What to do about it. */
static const char *next_step(int code)
{
    switch (code) {
    case ENOSPC:
        return "it cannot be written, as where the disk is full or a quota is used up: make room "
               "there, "
               "and try again";
    case EBUSY:
        return "another process has held it for too long";
    case EUCLEAN:
        return "the file is damaged: put a copy of it from before in its place, or move it away "
               "to begin anew (what runs goes on running)";
    case EROFS:
        return "it cannot be written to";
    default:
        return error_text(code);
    }
}

int store_fail(struct store *store, int code, const char *doing, struct error **reterr)
{
    int number = errno_of(store, code);
    const char *said = store->database != NULL ? sqlite3_errmsg(store->database) : "";

    return error_set(reterr, number, "%s: %s: %s (%s)", store->path, doing, next_step(number),
                     *said != '\0' ? said : sqlite3_errstr(code));
}

int store_fail_damaged(struct store *store, const char *doing, struct error **reterr)
{
    return error_set(reterr, EUCLEAN, "%s: %s: %s", store->path, doing, next_step(EUCLEAN));
}

static int prepare(struct store *store, const char *sql, const char *doing, sqlite3_stmt **ret,
                   struct error **reterr)
{
    sqlite3_stmt *statement = NULL;
    int code;

    for (unsigned int i = 0; i < store->statement_count; i++) {
        if (store->statements[i].sql == sql) {
            *ret = store->statements[i].statement;
            return 0;
        }
    }
    assert(store->statement_count < STORE_STATEMENTS_MAX);
    code =
        sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK)
        return store_fail(store, code, doing, reterr);
    store->statements[store->statement_count++] = (struct store_statement){sql, statement};
    *ret = statement;
    return 0;
}

/* Texts stay where they are until the statement is given back. */
static int bind(sqlite3_stmt *statement, const char *types, va_list arguments)
{
    int code = SQLITE_OK;

    for (int i = 0; types[i] != '\0' && code == SQLITE_OK; i++) {
        const char *text;
        uint64_t number;

        switch (types[i]) {
        case 't':
            text = va_arg(arguments, const char *);
            code = sqlite3_bind_text(statement, i + 1, text != NULL ? text : "", -1, SQLITE_STATIC);
            break;
        case 'i':
            number = va_arg(arguments, uint64_t);
            code = sqlite3_bind_int64(statement, i + 1,
                                      number > INT64_MAX ? INT64_MAX : (int64_t)number);
            break;
        default:
            code = sqlite3_bind_int64(statement, i + 1, va_arg(arguments, unsigned int));
        }
    }
    return code;
}

static void give_back(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

int store_write(struct store *store, const char *doing, struct error **reterr, const char *sql,
                const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list arguments;
    int code;
    int r = prepare(store, sql, doing, &statement, reterr);

    if (r < 0)
        return r;
    va_start(arguments, types);
    code = bind(statement, types, arguments);
    va_end(arguments);
    while (code == SQLITE_OK || code == SQLITE_ROW)
        code = sqlite3_step(statement);
    r = code == SQLITE_DONE ? sqlite3_changes(store->database)
                            : store_fail(store, code, doing, reterr);
    give_back(statement);
    return r;
}

/* What is below the arena's recovery point. */
struct reading {
    const struct store_query *query;
    sqlite3_stmt *statement;
    int code;
    bool is_damaged;
};

static void read_rows(void *context)
{
    struct reading *reading = context;
    const struct store_query *query = reading->query;

    while ((reading->code = sqlite3_step(reading->statement)) == SQLITE_ROW) {
        if (!query->row(reading->statement, query->arena, query->context)) {
            reading->is_damaged = true;
            return;
        }
    }
}

int store_read(struct store *store, const struct store_query *query, struct error **reterr,
               const char *sql, const char *types, ...)
{
    struct reading reading = {.query = query};
    va_list arguments;
    int failure = 0;
    int r = prepare(store, sql, query->doing, &reading.statement, reterr);

    if (r < 0)
        return r;
    va_start(arguments, types);
    reading.code = bind(reading.statement, types, arguments);
    va_end(arguments);
    if (reading.code == SQLITE_OK && query->arena != NULL)
        failure = arena_protect(query->arena, read_rows, &reading);
    else if (reading.code == SQLITE_OK)
        read_rows(&reading);
    if (failure == 0 && reading.is_damaged)
        r = store_fail_damaged(store, query->doing, reterr);
    else if (failure == 0 && reading.code != SQLITE_DONE)
        r = store_fail(store, reading.code, query->doing, reterr);
    give_back(reading.statement);
    if (failure == 0)
        return r;
    if (sqlite3_get_autocommit(store->database) == 0)
        (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    arena_fail(query->arena, failure);
}

int store_begin(struct store *store, const char *doing, struct error **reterr)
{
    int r = store_write(store, doing, reterr, "BEGIN IMMEDIATE", "");

    return r < 0 ? r : 0;
}

int store_end(struct store *store, int r, const char *doing, struct error **reterr)
{
    int committed = 0;

    if (r >= 0) {
        committed = store_write(store, doing, reterr, "COMMIT", "");
        if (committed >= 0)
            return r;
    }
    if (sqlite3_get_autocommit(store->database) == 0)
        (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    return r < 0 ? r : committed;
}

const char *store_column_text(sqlite3_stmt *statement, struct arena *arena, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    if (text == NULL) {
        if (sqlite3_column_type(statement, column) != SQLITE_NULL)
            arena_fail(arena, -ENOMEM);
        return "";
    }
    return arena_strdup(arena, text);
}

uint64_t store_column_u64(sqlite3_stmt *statement, int column)
{
    int64_t number = sqlite3_column_int64(statement, column);

    return number < 0 ? 0 : (uint64_t)number;
}

uint32_t store_column_u32(sqlite3_stmt *statement, int column)
{
    int64_t number = sqlite3_column_int64(statement, column);

    return number < 0 || number > UINT32_MAX ? 0 : (uint32_t)number;
}

void *store_rows_add(struct store_rows *rows, struct arena *arena, size_t size)
{
    if (rows->count == rows->capacity) {
        uint32_t capacity = rows->capacity == 0 ? 8 : rows->capacity * 2;

        rows->items = arena_grow(arena, rows->items, rows->capacity * size, capacity * size);
        rows->capacity = capacity;
    }
    return (char *)rows->items + size * rows->count++;
}
