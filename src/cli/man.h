/* SPDX-License-Identifier: Apache-2.0 */
/* Man pages, made from the table of commands in the format of scdoc(5). */
#pragma once

#include <stdbool.h>

#include "base/strbuf.h"
#include "cli/command.h"

/* Writes the page of that name; false when there is none. */
bool man_write(struct strbuf *out, const char *page);

int man_run(const struct cli_arguments *arguments, const struct cli_context *context);
