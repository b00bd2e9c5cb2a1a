/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that start the daemon or talk to it. Each returns the exit status. */
#pragma once

#include "cli/cli.h"

int up_run(const struct cli_arguments *arguments, const struct cli_context *context);
int serve_run(const struct cli_arguments *arguments, const struct cli_context *context);
int load_run(const struct cli_arguments *arguments, const struct cli_context *context);

/* The process behind "up --detach": LOG DRAIN_TIMEOUT_MS. */
int daemon_run(const struct cli_arguments *arguments, const struct cli_context *context);

/* What prints the logs beside "up" in the foreground: PARENT PROJECT. */
int watch_run(const struct cli_arguments *arguments, const struct cli_context *context);

int listeners_run(const struct cli_arguments *arguments, const struct cli_context *context);
int targets_run(const struct cli_arguments *arguments, const struct cli_context *context);
int target_run(const struct cli_arguments *arguments, const struct cli_context *context);
int dashboard_run(const struct cli_arguments *arguments, const struct cli_context *context);
int token_run(const struct cli_arguments *arguments, const struct cli_context *context);
int audit_run(const struct cli_arguments *arguments, const struct cli_context *context);
int top_run(const struct cli_arguments *arguments, const struct cli_context *context);
int reopen_logs_run(const struct cli_arguments *arguments, const struct cli_context *context);
int shutdown_run(const struct cli_arguments *arguments, const struct cli_context *context);

/* Deploys, and what runs. */
int down_run(const struct cli_arguments *arguments, const struct cli_context *context);
int destroy_run(const struct cli_arguments *arguments, const struct cli_context *context);
int plan_run(const struct cli_arguments *arguments, const struct cli_context *context);
int apply_run(const struct cli_arguments *arguments, const struct cli_context *context);
int deploy_image_run(const struct cli_arguments *arguments, const struct cli_context *context);
int rollback_run(const struct cli_arguments *arguments, const struct cli_context *context);
int cancel_run(const struct cli_arguments *arguments, const struct cli_context *context);
int scale_run(const struct cli_arguments *arguments, const struct cli_context *context);
int revisions_run(const struct cli_arguments *arguments, const struct cli_context *context);
int diff_run(const struct cli_arguments *arguments, const struct cli_context *context);
int ps_run(const struct cli_arguments *arguments, const struct cli_context *context);
int logs_run(const struct cli_arguments *arguments, const struct cli_context *context);
int exec_run(const struct cli_arguments *arguments, const struct cli_context *context);
int run_run(const struct cli_arguments *arguments, const struct cli_context *context);
int start_run(const struct cli_arguments *arguments, const struct cli_context *context);
int stop_run(const struct cli_arguments *arguments, const struct cli_context *context);
int restart_run(const struct cli_arguments *arguments, const struct cli_context *context);
int rm_run(const struct cli_arguments *arguments, const struct cli_context *context);
int kill_run(const struct cli_arguments *arguments, const struct cli_context *context);
int pull_run(const struct cli_arguments *arguments, const struct cli_context *context);
int build_run(const struct cli_arguments *arguments, const struct cli_context *context);
int images_run(const struct cli_arguments *arguments, const struct cli_context *context);
int rmi_run(const struct cli_arguments *arguments, const struct cli_context *context);
int stats_run(const struct cli_arguments *arguments, const struct cli_context *context);
int events_run(const struct cli_arguments *arguments, const struct cli_context *context);
int prune_run(const struct cli_arguments *arguments, const struct cli_context *context);
int versions_run(const struct cli_arguments *arguments, const struct cli_context *context);
