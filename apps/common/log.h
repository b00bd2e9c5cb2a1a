/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs: one JSON object a line on stdout, each line one write(), from any thread.
 *
 *   {"time":"2026-11-21T19:30:00.123Z","level":"info","service":"birthday","message":"..."}
 */
#pragma once

enum log_level {
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

/* The name in every line. Call it first; the text must stay. */
void log_init(const char *service);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

/*
 * The line of a request: method, path, status and duration; nothing of its query, headers or body,
 * and not the client's address.
 */
void log_request(const char *method, const char *path, unsigned status, long duration_us);
