/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts, made from the table of commands. The names of services and profiles are not
 * in the table: the scripts ask "slipway config" for them, with the options that stand before the
 * command.
 */
#pragma once

#include "base/strbuf.h"
#include "cli/command.h"

void completion_write_bash(struct strbuf *out);
void completion_write_zsh(struct strbuf *out);
void completion_write_fish(struct strbuf *out);

int completion_run(const struct cli_arguments *arguments, const struct cli_context *context);
