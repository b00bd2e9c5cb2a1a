/* SPDX-License-Identifier: Apache-2.0 */
/* Help, made from the table of commands. */
#pragma once

#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/terminal.h"

/* The help of one command; of the whole program for COMMAND_NONE. */
void help_write(struct strbuf *out, enum command_id command, const struct terminal *terminal);

/* "slipway config [OPTION]... [SERVICE]...": how the command is called. */
void help_write_usage(struct strbuf *out, enum command_id id);

/* "-o, --output FILE"; without a letter, padded where that is asked for. */
void help_write_option_name(struct strbuf *out, const struct command_option *option, bool padded);

int help_run(const struct cli_arguments *arguments, const struct cli_context *context);
