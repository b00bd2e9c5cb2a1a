/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "number_text.h"

#define INTEGER_SIZE 24
#define TIME_SIZE    32

enum {
    ADD,
    LIST,
    FIND,
    DROP,
    STATEMENT_COUNT,
};

enum {
    COLUMN_ID,
    COLUMN_TIME,
    COLUMN_INTEGER,
    COLUMN_NUMBER,
    COLUMN_PRODUCT,
    COLUMN_OUTCOME,
    COLUMN_RULE,
    COLUMN_COUNT,
};

/* SQLite turns the numbers that it keeps as such into texts of 15 digits, which is not enough to
 * tell all of them apart; as texts they stay as they are. PostgreSQL keeps and prints all digits.
 */
static const char schema_sqlite[] =
    "CREATE TABLE IF NOT EXISTS draws ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, integer INTEGER NOT NULL,"
    "  number TEXT NOT NULL, product TEXT NOT NULL, outcome TEXT NOT NULL, rule TEXT NOT NULL);";

static const char schema_postgresql[] =
    "CREATE SCHEMA IF NOT EXISTS generator;"
    "CREATE TABLE IF NOT EXISTS generator.draws ("
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, time timestamptz NOT NULL,"
    "  integer bigint NOT NULL, number double precision NOT NULL,"
    "  product double precision NOT NULL, outcome text NOT NULL, rule text NOT NULL);";

#define SQLITE_COLUMNS "id, time, integer, number, product, outcome, rule"
#define POSTGRESQL_COLUMNS                                                                         \
    "id, to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), integer, number, "    \
    "product, outcome, rule"

static const struct database_statement statements[STATEMENT_COUNT] = {
    [ADD] =
        {
            .sqlite = "INSERT INTO draws (time, integer, number, product, outcome, rule)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
            .postgresql =
                "INSERT INTO generator.draws (time, integer, number, product, outcome, rule)"
                " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        },
    [LIST] =
        {
            .sqlite = "SELECT " SQLITE_COLUMNS " FROM draws ORDER BY id DESC LIMIT ?1",
            .postgresql = "SELECT " POSTGRESQL_COLUMNS
                          " FROM generator.draws ORDER BY id DESC LIMIT $1::bigint",
            .repeatable = true,
        },
    [FIND] =
        {
            .sqlite = "SELECT " SQLITE_COLUMNS " FROM draws WHERE id = ?1",
            .postgresql =
                "SELECT " POSTGRESQL_COLUMNS " FROM generator.draws WHERE id = $1::bigint",
            .repeatable = true,
        },
    [DROP] =
        {
            .sqlite = "DELETE FROM draws WHERE id <= ?1",
            .postgresql = "DELETE FROM generator.draws WHERE id <= $1::bigint",
            .repeatable = true,
        },
};

const char *history_configure(struct history *history, struct config *config)
{
    history->kept = config_number(config, "HISTORY_KEPT", 10000, 1, 100000000);
    return database_configure(config, "generator.db");
}

int history_open(struct history *history, const char *url)
{
    static struct database_options options = {
        .application_name = "generator",
        .schema_sqlite = schema_sqlite,
        .schema_postgresql = schema_postgresql,
        .statements = statements,
        .statement_count = STATEMENT_COUNT,
    };

    options.url = url;
    history->database = database_open(&options);
    return history->database == NULL ? -EIO : 0;
}

void history_close(struct history *history)
{
    history->database = database_close(history->database);
}

static int on_id(void *context, const char *const *columns, size_t column_count)
{
    int64_t *id = context;

    if (column_count != 1 || columns[0] == NULL)
        return -EBADMSG;
    *id = strtoll(columns[0], NULL, 10);
    return 0;
}

/* A failure is logged, and the next draw tries again. */
static void drop_old(struct history *history, int64_t newest)
{
    char last[INTEGER_SIZE];

    if (newest <= history->kept)
        return;
    (void)snprintf(last, sizeof(last), "%" PRId64, newest - history->kept);
    (void)database_run(history->database, DROP, (const char *[]){last}, 1, NULL, NULL);
}

int history_add(struct history *history, struct draw *draw)
{
    char now[TIME_SIZE];
    char integer[INTEGER_SIZE];
    char number[NUMBER_TEXT_SIZE];
    char product[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {now, integer, number, product, draw->outcome, draw->rule};
    time_t seconds = time(NULL);
    struct tm parts;
    int64_t id = 0;
    int r;

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return -EOVERFLOW;
    (void)snprintf(integer, sizeof(integer), "%" PRId64, draw->integer);
    number_text(draw->number, number);
    number_text(draw->product, product);
    r = database_run(history->database, ADD, parameters, sizeof(parameters) / sizeof(parameters[0]),
                     on_id, &id);
    if (r < 0)
        return r;
    draw->time = strdup(now);
    if (draw->time == NULL)
        return -ENOMEM;
    draw->id = id;
    drop_old(history, id);
    return 0;
}

struct reading {
    struct draws draws;
    size_t capacity;
    int failure;
};

static int read_draw(const char *const *columns, struct draw *ret_draw)
{
    struct draw draw = {
        .id = strtoll(columns[COLUMN_ID], NULL, 10),
        .time = strdup(columns[COLUMN_TIME]),
        .integer = strtoll(columns[COLUMN_INTEGER], NULL, 10),
        .number = strtod(columns[COLUMN_NUMBER], NULL),
        .product = strtod(columns[COLUMN_PRODUCT], NULL),
        .outcome = strdup(columns[COLUMN_OUTCOME]),
        .rule = strdup(columns[COLUMN_RULE]),
    };

    if (draw.time == NULL || draw.outcome == NULL || draw.rule == NULL) {
        draw_deinit(&draw);
        return -ENOMEM;
    }
    if (!isfinite(draw.number) || !isfinite(draw.product)) {
        draw_deinit(&draw); /* not written by this program */
        return -EBADMSG;
    }
    *ret_draw = draw;
    return 0;
}

static int on_draw(void *context, const char *const *columns, size_t column_count)
{
    struct reading *reading = context;

    reading->failure = column_count == COLUMN_COUNT ? 0 : -EBADMSG;
    for (size_t i = 0; i < column_count; i++) {
        if (columns[i] == NULL)
            reading->failure = -EBADMSG;
    }
    if (reading->failure == 0 && reading->draws.count == reading->capacity)
        reading->failure = -ENOBUFS;
    if (reading->failure == 0)
        reading->failure = read_draw(columns, &reading->draws.items[reading->draws.count]);
    if (reading->failure == 0)
        reading->draws.count++;
    return reading->failure;
}

static int read_draws(struct history *history, size_t statement, const char *parameter,
                      size_t capacity, struct draws *ret_draws)
{
    struct reading reading = {
        .draws.items = calloc(capacity, sizeof(struct draw)),
        .capacity = capacity,
    };
    int r;

    if (reading.draws.items == NULL)
        return -ENOMEM;
    r = database_run(history->database, statement, &parameter, 1, on_draw, &reading);
    if (reading.failure < 0)
        r = reading.failure;
    if (r < 0) {
        draws_deinit(&reading.draws);
        return r;
    }
    *ret_draws = reading.draws;
    return 0;
}

int history_list(struct history *history, long count, struct draws *ret_draws)
{
    char limit[INTEGER_SIZE];

    (void)snprintf(limit, sizeof(limit), "%ld", count);
    return read_draws(history, LIST, limit, (size_t)count, ret_draws);
}

int history_find(struct history *history, const char *id, struct draw *ret_draw)
{
    struct draws draws;
    int r;

    /* What is no number of a draw finds none; PostgreSQL would refuse it. */
    if (strspn(id, "0123456789") != strlen(id) || strlen(id) > 18)
        return -ENOENT;
    r = read_draws(history, FIND, id, 1, &draws);
    if (r < 0)
        return r;
    if (draws.count == 0) {
        draws_deinit(&draws);
        return -ENOENT;
    }
    *ret_draw = draws.items[0];
    free(draws.items);
    return 0;
}
