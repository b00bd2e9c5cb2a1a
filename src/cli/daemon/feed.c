/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/daemon/session.h"

enum {
    OPEN_TIMEOUT_MS = 60000,
    PART_BYTES = 16384,
    LINE_BYTES_MAX = 4 << 20,
    REFUSAL_BYTES_MAX = 1 << 20
};

struct feed {
    struct feed *next; /* of the session's */
    struct http_exchange *http;
    struct strbuf input; /* what was not handed out yet */
    size_t start;
    json_t *object; /* handed out last */
    bool is_ended;
};

static void feed_free(struct feed *feed)
{
    (void)http_exchange_close(feed->http);
    strbuf_deinit(&feed->input);
    json_decref(feed->object);
    free(feed);
}

void feed_close(struct session *session, struct feed *feed)
{
    for (struct feed **at = &session->feeds; *at != NULL; at = &(*at)->next)
        if (*at == feed) {
            *at = feed->next;
            feed_free(feed);
            return;
        }
}

/* {"error": {"message"}} */
static int read_refusal(struct session *session, struct http_exchange *http)
{
    unsigned int status = http_exchange_status(http);
    _cleanup_strbuf_ struct strbuf body;
    char part[PART_BYTES];
    const char *message;
    json_t *document;
    long length;
    int r;

    strbuf_init(&body, REFUSAL_BYTES_MAX);
    while ((length = http_exchange_read(http, part, sizeof(part), OPEN_TIMEOUT_MS, NULL)) > 0)
        strbuf_append(&body, part, (size_t)length);
    document = json_loadb(strbuf_text(&body), body.length, 0, NULL);
    message = json_string_value(json_object_get(json_object_get(document, "error"), "message"));
    if (message != NULL)
        r = error_set(&session->error, EPROTO, "%s", message);
    else
        r = error_set(&session->error, EPROTO, "the daemon answered with status %u", status);
    json_decref(document);
    return r;
}

int feed_try(struct session *session, const char *method, const char *target,
             const struct http_content *content, struct feed **ret_feed)
{
    struct http_exchange *http = NULL;
    uint64_t timeout_ms = content->fd >= 0 ? UINT64_MAX : OPEN_TIMEOUT_MS;
    struct feed *feed;
    int r;

    session->error = error_free(session->error);
    r = http_open(session->folders.socket_path, method, target, content, timeout_ms, &http,
                  &session->error);
    if (r < 0)
        return r;
    if (http_exchange_status(http) < 200 || http_exchange_status(http) > 299) {
        r = read_refusal(session, http);
        (void)http_exchange_close(http);
        return r;
    }
    feed = calloc(1, sizeof(*feed));
    if (feed == NULL) {
        (void)http_exchange_close(http);
        arena_fail(&session->arena, -ENOMEM);
    }
    strbuf_init(&feed->input, LINE_BYTES_MAX + PART_BYTES);
    feed->http = http;
    feed->next = session->feeds;
    session->feeds = feed;
    *ret_feed = feed;
    return 0;
}

int feed_upgrade(struct session *session, const char *target, const struct http_content *content,
                 struct http_exchange **ret_http)
{
    struct http_exchange *http = NULL;
    int r;

    session->error = error_free(session->error);
    r = http_open(session->folders.socket_path, "POST", target, content, OPEN_TIMEOUT_MS, &http,
                  &session->error);
    if (r < 0)
        return r;
    if (http_exchange_status(http) != 101) {
        r = read_refusal(session, http);
        (void)http_exchange_close(http);
        return r;
    }
    *ret_http = http;
    return 0;
}

struct feed *feed_open(struct session *session, const char *method, const char *target,
                       const struct http_content *content)
{
    struct feed *feed = NULL;
    int r = feed_try(session, method, target, content, &feed);

    if (r == 0)
        return feed;
    session_fail_call(session, r);
    return NULL;
}

int feed_fd(const struct feed *feed)
{
    return http_exchange_fd(feed->http);
}

static const char *line_end(const struct feed *feed)
{
    if (feed->input.length == feed->start)
        return NULL;
    return memchr(feed->input.data + feed->start, '\n', feed->input.length - feed->start);
}

bool feed_may_have_line(const struct feed *feed)
{
    return feed->is_ended || line_end(feed) != NULL || http_exchange_has_input(feed->http);
}

static int take_line(struct session *session, struct feed *feed, const char *end,
                     const json_t **ret_object)
{
    const char *line = feed->input.data + feed->start;

    json_decref(feed->object);
    feed->object = json_loadb(line, (size_t)(end - line), 0, NULL);
    feed->start = (size_t)(end - feed->input.data) + 1;
    if (feed->object == NULL)
        return error_set(&session->error, EPROTO, "the daemon's answer is not JSON");
    *ret_object = feed->object;
    return 1;
}

/* Puts what is left at the front, then adds to it. 0, 1 at the end, or -errno. */
static int receive(struct session *session, struct feed *feed, uint64_t timeout_ms)
{
    char part[PART_BYTES];
    long length;

    if (feed->start > 0) {
        feed->input.length -= feed->start;
        memmove(feed->input.data, feed->input.data + feed->start, feed->input.length);
        feed->start = 0;
    }
    length = http_exchange_read(feed->http, part, sizeof(part), timeout_ms, &session->error);
    if (length == -EAGAIN)
        return -ETIMEDOUT; /* nothing there now */
    if (length <= 0)
        return length == 0 ? 1 : (int)length;
    strbuf_append(&feed->input, part, (size_t)length);
    if (strbuf_failure(&feed->input) < 0 || feed->input.length > LINE_BYTES_MAX)
        return error_set(&session->error, EFBIG, "a line of the daemon's answer is too long");
    return 0;
}

int feed_next(struct session *session, struct feed *feed, uint64_t timeout_ms,
              const json_t **ret_object)
{
    session->error = error_free(session->error);
    for (;;) {
        const char *end = line_end(feed);
        int r;

        if (end != NULL && end == feed->input.data + feed->start) {
            feed->start++; /* an empty line: a sign of life */
            continue;
        }
        if (end != NULL)
            return take_line(session, feed, end, ret_object);
        if (feed->is_ended)
            return 0;
        r = receive(session, feed, timeout_ms);
        if (r < 0)
            return r;
        if (r == 1 && feed->input.length > 0)
            strbuf_append_char(&feed->input, '\n');
        feed->is_ended = r == 1;
    }
}
