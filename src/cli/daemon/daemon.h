/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that start the daemon or talk to it. Each returns the exit status. */
#pragma once

#include "cli/cli.h"

int up_run(const struct cli_arguments *arguments, const struct cli_context *context);
int down_run(const struct cli_arguments *arguments, const struct cli_context *context);
int serve_run(const struct cli_arguments *arguments, const struct cli_context *context);
int apply_run(const struct cli_arguments *arguments, const struct cli_context *context);

/* The process behind "up --detach": LOG DRAIN_TIMEOUT_MS. */
int daemon_run(const struct cli_arguments *arguments, const struct cli_context *context);

int listeners_run(const struct cli_arguments *arguments, const struct cli_context *context);
int targets_run(const struct cli_arguments *arguments, const struct cli_context *context);
int target_run(const struct cli_arguments *arguments, const struct cli_context *context);
int top_run(const struct cli_arguments *arguments, const struct cli_context *context);
int reopen_logs_run(const struct cli_arguments *arguments, const struct cli_context *context);
int shutdown_run(const struct cli_arguments *arguments, const struct cli_context *context);
