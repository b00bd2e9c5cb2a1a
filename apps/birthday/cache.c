/* SPDX-License-Identifier: Apache-2.0 */
#include "birthday/cache.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hiredis/hiredis.h>

#include "birthday/redis_url.h"
#include "common/cleanup.h"
#include "common/config.h"
#include "common/log.h"

#define TIMEOUT_MS 100
/* After a failure readers leave Redis alone for so long; then one of them tries. */
#define RETRY_AFTER_MS 1000
#define PREFIX         "birthday:"

struct cache {
    struct redis_url url;
    pthread_key_t key; /* each thread's redisContext */
    atomic_long retry_at_ms;
    atomic_bool is_down;
};

static void cleanup_replyp(redisReply **reply)
{
    freeReplyObject(*reply);
}
#define _cleanup_reply_ _cleanup_(cleanup_replyp)

static long now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

static void connection_free(void *data)
{
    redisFree(data);
}

struct cache *cache_configure(struct config *config)
{
    const char *url = config_text(config, "REDIS_URL", NULL);
    struct cache *cache = url != NULL ? calloc(1, sizeof(*cache)) : NULL;

    if (url == NULL)
        return NULL;
    if (cache == NULL || pthread_key_create(&cache->key, connection_free) != 0) {
        config_problem(config, "REDIS_URL", "out of memory");
        free(cache);
        return NULL;
    }
    /* Not quoted: it may hold a password. */
    if (!redis_url_parse(url, &cache->url)) {
        config_problem(config, "REDIS_URL",
                       "expected redis://[[user]:password@]host[:port][/database]");
        return cache_close(cache);
    }
    return cache;
}

static void disconnect(struct cache *cache)
{
    redisFree(pthread_getspecific(cache->key));
    (void)pthread_setspecific(cache->key, NULL);
}

struct cache *cache_close(struct cache *cache)
{
    if (cache == NULL)
        return NULL;
    disconnect(cache);
    (void)pthread_key_delete(cache->key);
    free(cache);
    return NULL;
}

static void note_failure(struct cache *cache, const redisContext *connection)
{
    atomic_store(&cache->retry_at_ms, now_ms() + RETRY_AFTER_MS);
    if (!atomic_exchange(&cache->is_down, true))
        log_warning("cache: going on without Redis: %s",
                    connection != NULL ? connection->errstr : "out of memory");
}

/* The next reply of those asked for. NULL: the connection is gone, or Redis refused. */
static redisReply *next_reply(redisContext *connection)
{
    void *reply = NULL;

    if (redisGetReply(connection, &reply) != REDIS_OK)
        return NULL;
    if (reply != NULL && ((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
        (void)snprintf(connection->errstr, sizeof(connection->errstr), "%s",
                       ((redisReply *)reply)->str);
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

/* Reads and drops so many replies. */
static bool skip_replies(redisContext *connection, int count)
{
    for (int i = 0; i < count; i++) {
        _cleanup_reply_ redisReply *reply = next_reply(connection);

        if (reply == NULL)
            return false;
    }
    return true;
}

static bool log_in(redisContext *connection, const struct redis_url *url)
{
    int count = 0;

    if (url->user[0] != '\0')
        count += redisAppendCommand(connection, "AUTH %s %s", url->user, url->password) == REDIS_OK;
    else if (url->password[0] != '\0')
        count += redisAppendCommand(connection, "AUTH %s", url->password) == REDIS_OK;
    if (url->database != 0)
        count += redisAppendCommand(connection, "SELECT %d", url->database) == REDIS_OK;
    return skip_replies(connection, count);
}

static redisContext *connect_new(struct cache *cache)
{
    struct timeval timeout = {.tv_usec = TIMEOUT_MS * 1000};
    redisContext *connection = redisConnectWithTimeout(cache->url.host, cache->url.port, timeout);

    if (connection == NULL || connection->err != 0 ||
        redisSetTimeout(connection, timeout) != REDIS_OK || !log_in(connection, &cache->url) ||
        pthread_setspecific(cache->key, connection) != 0) {
        note_failure(cache, connection);
        redisFree(connection);
        return NULL;
    }
    if (atomic_exchange(&cache->is_down, false))
        log_info("cache: connected to Redis again");
    return connection;
}

/* For readers: not while Redis is taken for down, and then only one thread tries. */
static redisContext *connect_if_up(struct cache *cache)
{
    redisContext *connection = pthread_getspecific(cache->key);
    long retry_at_ms = atomic_load(&cache->retry_at_ms);
    long now = now_ms();

    if (now < retry_at_ms)
        return NULL;
    if (connection != NULL)
        return connection;
    if (atomic_load(&cache->is_down) &&
        !atomic_compare_exchange_strong(&cache->retry_at_ms, &retry_at_ms, now + RETRY_AFTER_MS))
        return NULL;
    connection = connect_new(cache);
    if (connection != NULL)
        atomic_store(&cache->retry_at_ms, 0);
    return connection;
}

static void give_up(struct cache *cache, redisContext *connection)
{
    note_failure(cache, connection);
    disconnect(cache);
}

/* An entry that is not a date, as the empty one of a writer, counts as none. */
static bool take_birthday(const redisReply *reply, char ret_birthday[static DATE_TEXT_SIZE])
{
    struct date date = {0};

    if (reply->type != REDIS_REPLY_STRING || reply->len != DATE_TEXT_SIZE - 1 ||
        !date_parse(reply->str, &date))
        return false;
    memcpy(ret_birthday, reply->str, DATE_TEXT_SIZE);
    return true;
}

/* -1: the connection is of no use; else whether it was found. */
static int find_and_watch(redisContext *connection, const char *key, struct cache_fill *ret_fill,
                          char ret_birthday[static DATE_TEXT_SIZE])
{
    _cleanup_reply_ redisReply *found = NULL;

    (void)redisAppendCommand(connection, "WATCH " PREFIX "%s", key);
    (void)redisAppendCommand(connection, "GET " PREFIX "%s", key);
    if (!skip_replies(connection, 1))
        return -1;
    found = next_reply(connection);
    if (found == NULL)
        return -1;
    if (!take_birthday(found, ret_birthday)) {
        ret_fill->is_watching = true;
        return 0;
    }
    (void)redisAppendCommand(connection, "UNWATCH");
    return skip_replies(connection, 1) ? 1 : -1;
}

bool cache_find(struct cache *cache, const char *key, struct cache_fill *ret_fill,
                char ret_birthday[static DATE_TEXT_SIZE])
{
    redisContext *connection = cache != NULL ? connect_if_up(cache) : NULL;
    _cleanup_reply_ redisReply *reply = NULL;
    int r = 0;

    ret_fill->is_watching = false;
    if (connection == NULL)
        return false;
    (void)redisAppendCommand(connection, "GET " PREFIX "%s", key);
    reply = next_reply(connection);
    if (reply != NULL && take_birthday(reply, ret_birthday))
        return true;
    r = reply != NULL ? find_and_watch(connection, key, ret_fill, ret_birthday) : -1;
    if (r < 0)
        give_up(cache, connection);
    return r > 0;
}

void cache_fill(struct cache *cache, const char *key, const struct cache_fill *fill,
                const char *birthday)
{
    redisContext *connection =
        cache != NULL && fill->is_watching ? pthread_getspecific(cache->key) : NULL;
    int count = 1;

    if (connection == NULL)
        return;
    if (birthday == NULL || *birthday == '\0') {
        (void)redisAppendCommand(connection, "UNWATCH");
    } else {
        (void)redisAppendCommand(connection, "MULTI");
        (void)redisAppendCommand(connection, "SET " PREFIX "%s %s EX " CACHE_TTL_S, key, birthday);
        (void)redisAppendCommand(connection, "EXEC");
        count = 3;
    }
    if (!skip_replies(connection, count))
        give_up(cache, connection);
}

/*
 * A writer tries even while readers leave Redis alone: it may be back already, with entries in it.
 * And it tries a second time, as a connection that stood idle may have died.
 */
void cache_invalidate(struct cache *cache, const char *key)
{
    for (int i = 0; cache != NULL && i < 2; i++) {
        redisContext *connection = pthread_getspecific(cache->key);
        bool is_new = connection == NULL;

        if (is_new)
            connection = connect_new(cache);
        if (connection == NULL)
            return;
        (void)redisAppendCommand(connection, "SET " PREFIX "%s %s PX 1000", key, "");
        if (skip_replies(connection, 1))
            return;
        give_up(cache, connection);
        if (is_new)
            return;
    }
}
