/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings from the environment and from a file `.env` in the working directory; the environment
 * wins. A getter notes what is wrong with a value and goes on, so that config_check() can name
 * every problem in one go:
 *
 *     struct config *config = config_load(".env");
 *     long port = config_number(config, "PORT", CONFIG_REQUIRED, 1, 65535);
 *     const char *path = config_text(config, "RULES", "rules.json");
 *     if (!config_check(config))
 *         return EXIT_FAILURE;
 *
 * Every text that a getter returns belongs to the config and lives until config_free().
 * An empty value counts as not set: that is what `NAME: ${NAME:-}` in a Compose file gives.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* As the default of config_number(): there is none, the variable must be set. */
#define CONFIG_REQUIRED LONG_MIN

struct config;

/* Never NULL: what is wrong with the file is a problem as any other. A missing file is fine. */
struct config *config_load(const char *env_path);
struct config *config_free(struct config *config);

/* The value; `fallback` where there is none. Fallback NULL: the variable may be missing. */
const char *config_text(struct config *config, const char *name, const char *fallback);

/* The same, but it must be there. After a problem the result is "". */
const char *config_required(struct config *config, const char *name);

/* A whole decimal number between min and max; `fallback` may be CONFIG_REQUIRED. */
long config_number(struct config *config, const char *name, long fallback, long min, long max);

/* For checks of one's own: "NAME: what is wrong, and what is expected". */
void config_problem(struct config *config, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A text made by the caller's format that lives as long as the config. */
const char *config_keep(struct config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* True without problems; else each is logged, and the service must not start. */
bool config_check(const struct config *config);

/* For tests: the problems, one a line; "" without any. */
const char *config_problems(const struct config *config);
