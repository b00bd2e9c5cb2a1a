/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the store: store.c opens the file, store_statement.c runs statements in it,
 * store_schema.c knows what it looks like, and each other file is about one kind of thing. */
#pragma once

#include <sqlite3.h>

#include "store/store.h"

#define STORE_STATEMENTS_MAX 96

/* Statements are prepared once. The text is a constant, and its address stands for it. */
struct store_statement {
    const char *sql;
    sqlite3_stmt *statement;
};

struct store {
    sqlite3 *database;
    char *path;
    struct store_statement statements[STORE_STATEMENTS_MAX];
    unsigned int statement_count;
};

/* What SQLite said about it, as -errno with a message; doing is "reading deploys". */
int store_fail(struct store *store, int code, const char *doing, struct error **reterr);
int store_fail_damaged(struct store *store, const char *doing, struct error **reterr);

/* The types of what follows them, a letter each: t for a text (NULL is ""), i for a uint64_t, d for
 * an unsigned int. Returns how many rows it changed, or -errno. */
int store_write(struct store *store, const char *doing, struct error **reterr, const char *sql,
                const char *types, ...);

/* Calls row for each; where that says no the file is damaged. Only an arena may be used there:
 * where its memory is out, the statement is given back before its recovery point is jumped to. */
struct store_query {
    const char *doing;
    struct arena *arena;
    bool (*row)(sqlite3_stmt *statement, struct arena *arena, void *context);
    void *context;
};
int store_read(struct store *store, const struct store_query *query, struct error **reterr,
               const char *sql, const char *types, ...);

/* Several statements as one. store_end() commits where r is not negative, and takes all back where
 * it is; it returns r, or why it could not commit. */
int store_begin(struct store *store, const char *doing, struct error **reterr);
int store_end(struct store *store, int r, const char *doing, struct error **reterr);

/* Makes the row of a project where there is none. */
int store_need_project(struct store *store, const char *name, struct error **reterr);

/* Of a row. Numbers that do not fit are 0. */
const char *store_column_text(sqlite3_stmt *statement, struct arena *arena, int column);
uint64_t store_column_u64(sqlite3_stmt *statement, int column);
uint32_t store_column_u32(sqlite3_stmt *statement, int column);

/* Rows as an array in an arena; the new one is zeroed. */
struct store_rows {
    void *items;
    uint32_t count;
    uint32_t capacity;
};
void *store_rows_add(struct store_rows *rows, struct arena *arena, size_t size);

/* Makes what is not there, and brings what is older up to date. */
int store_migrate(struct store *store, struct error **reterr);
