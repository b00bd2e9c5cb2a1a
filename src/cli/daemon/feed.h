/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of JSON objects, one a line, read as they come. Streams belong to the session, which
 * closes those that are left at its end.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/client.h"

struct session;
struct feed;

/* Waits for the head of the answer. NULL where there is none that says that it worked: that has
 * been told, and the command has failed. */
struct feed *feed_open(struct session *session, const char *method, const char *target,
                       const struct http_content *content);

/* The same without a word: 0, or -errno with the session's error; -EPROTO with the answer's own
 * words where it says that it did not work. */
int feed_try(struct session *session, const char *method, const char *target,
             const struct http_content *content, struct feed **ret_feed);

/* For a connection that shall speak another protocol, which the answer must grant. 0, or -errno
 * with the session's error. */
int feed_upgrade(struct session *session, const char *target, const struct http_content *content,
                 struct http_exchange **ret_http);

void feed_close(struct session *session, struct feed *feed);

/* The next object, which lives until the next call: 1, 0 at the end, -ETIMEDOUT, -EINTR when a
 * signal came, or -errno with the session's error. */
int feed_next(struct session *session, struct feed *feed, uint64_t timeout_ms,
              const json_t **ret_object);

/* For poll(); and whether there may be something to be had without it. */
int feed_fd(const struct feed *feed);
bool feed_may_have_line(const struct feed *feed);
