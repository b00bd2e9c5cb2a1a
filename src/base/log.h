/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of text for each thing worth telling an operator. Lines go to a writer, which os/os.h
 * can make a descriptor (os_log_to()); before one is set, nothing is written. The settings are
 * changed at start, before there are threads; logging itself works from any thread, allocates no
 * memory, and leaves errno as it was.
 *
 * Library code does not log errors, it returns them; the caller at the top logs once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

/* The longest line, its newline included. What is longer is cut and ends in "...". */
#define LOG_LINE_MAX 4096

/* Called once for each line, which ends in a newline and holds no other control character, except
 * for colour where that was asked for. */
void log_set_writer(void (*write_line)(void *context, const char *line, size_t size),
                    void *context);

/* Lines below the level are dropped. At first this is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Off at first. */
void log_set_colour(bool enabled);

void log_message(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_debug(...)   log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)    log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)   log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
